package command

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

func newShow(s streams) *cobra.Command {
	var body bool
	command := &cobra.Command{
		Use:   "show RUN [ID]",
		Short: "Print a recorded exchange: the request as curl, the answer and its body",
		Long: "Print one exchange that a run recorded: the request as a curl line, with placeholders for credentials, and the answer.\n" +
			"Without an id, list them all. Reports name the ids beside each finding.",
		Args: cobra.RangeArgs(1, 2),
		Example: `  concord show runs/latest
  concord show runs/latest 98fc1c14a2b3c4d5
  concord show runs/latest 98fc1c14a2b3c4d5 --body | jq .entry`,
		RunE: func(_ *cobra.Command, args []string) error {
			log, err := evidence.Open(filepath.Join(args[0], reports.ExchangesFolder))
			if err != nil {
				return err
			}
			defer log.Close() //nolint:errcheck // it is only read
			if len(args) == 1 {
				return listExchanges(s, log)
			}
			record, err := log.Find(args[1])
			if errors.Is(err, evidence.ErrNotFound) {
				return fmt.Errorf("show %s in %s: %w; \"concord show %s\" lists those that were", args[1], args[0], err, args[0])
			}
			if err != nil {
				return undetermined(fmt.Errorf("show %s: %w", args[1], err))
			}
			text, err := log.Body(record)
			if err != nil {
				return undetermined(fmt.Errorf("show %s: %w", args[1], err))
			}
			if body {
				_, err := io.WriteString(s.out, text)
				return err
			}
			return printExchange(s.out, record, text)
		},
	}
	command.Flags().BoolVar(&body, "body", false, "print the body of the answer alone, as it was recorded")
	return command
}

// listExchanges prints a line for each exchange. What is damaged is told, and the rest printed.
func listExchanges(s streams, log evidence.Log) error {
	var damage error
	for record, err := range log.All() {
		if err != nil {
			damage = err
			_, _ = fmt.Fprintf(s.err, "concord: %v\n", err)
			continue
		}
		if _, err := fmt.Fprintf(s.out, "%s %-8s %s %s %s\n", record.ID, record.System, outcomeOf(record), record.Request.Method, visible(record.Request.URL)); err != nil {
			return err
		}
	}
	if damage != nil {
		return &exitError{code: result.ExitUndetermined}
	}
	return nil
}

// outcomeOf is the status of an answer, or why there was none.
func outcomeOf(record evidence.Record) string {
	switch {
	case record.Reply != nil:
		return fmt.Sprint(record.Reply.Status)
	case record.Failure != nil:
		return visible(record.Failure.Kind)
	default:
		return "---"
	}
}

func printExchange(w io.Writer, record evidence.Record, body string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# exchange %s with %s\n%s\n\n", record.ID, visible(record.System), visible(record.Curl()))
	if f := record.Failure; f != nil {
		fmt.Fprintf(&b, "# no answer (%s): %s\n", visible(f.Kind), visible(f.Message))
	}
	if r := record.Reply; r != nil {
		fmt.Fprintf(&b, "HTTP %d %s\n", r.Status, http.StatusText(r.Status))
		for _, name := range slices.Sorted(maps.Keys(r.Header)) {
			for _, value := range r.Header[name] {
				fmt.Fprintf(&b, "%s: %s\n", visible(name), visible(value))
			}
		}
		fmt.Fprintf(&b, "# %d ms, %d bytes, SHA-256 %s\n", r.DurationMs, r.BodyBytes, visible(r.BodySHA256))
		if r.Altered {
			b.WriteString("# something in the answer must not be kept: this is not all that the checks saw\n")
		}
		b.WriteString("\n" + pretty(body))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// pretty indents a body that is JSON. Characters that a terminal would obey are written as escapes.
func pretty(body string) string {
	var indented bytes.Buffer
	if json.Indent(&indented, []byte(body), "", "  ") == nil {
		body = indented.String()
	}
	lines := strings.Split(strings.TrimRight(body, "\n"), "\n")
	for i, line := range lines {
		lines[i] = visible(line)
	}
	return strings.Join(lines, "\n") + "\n"
}

// visible writes what a system wrote so that a terminal does nothing but show it, on one line.
func visible(text string) string {
	if !strings.ContainsFunc(text, disobeyed) && strings.ToValidUTF8(text, "") == text {
		return text
	}
	var b strings.Builder
	for _, c := range text {
		if disobeyed(c) {
			fmt.Fprintf(&b, `\u%04x`, c)
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// disobeyed are the characters that a terminal would obey, and those that turn the direction of text.
func disobeyed(c rune) bool {
	return c != '\t' && unicode.IsControl(c) || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069
}
