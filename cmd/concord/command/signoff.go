package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/evidence/pack"
	"concord.example/concord/internal/evidence/signoff"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

func newSignoff(s streams) *cobra.Command {
	var (
		d        signoff.Decision
		answer   string
		withdraw string
		keyFile  string
		trusted  []string
		out      output
	)
	command := &cobra.Command{
		Use:   "signoff DIR|PACK",
		Short: "Write down, signed, what a board decided about a run, or list what was decided",
		Long: "Sign what somebody decided about a run: who, in which role, what and under which conditions, over the hashes of run.json and the\n" +
			"exchanges. Decisions are kept beside the folder or pack, in NAME" + signoff.Beside + ", and are handed on with it; nothing in the run\n" +
			"changes. More than one person decides by running it again, each with a key of their own. Without --decision and --withdraw the\n" +
			"decisions are listed. Whoever signs should run \"concord verify\" first, which judges the exchanges again.\n\n" +
			"Exit codes: 0 written, or every decision is as it was signed; 1 one was changed, or the run was since; 2 usage;\n" +
			"3 it could not be written.",
		Args: cobra.ExactArgs(1),
		Example: `  concord signoff runs/latest --who "Ann Other" --role "Programme manager" --decision accept --key ann.pem
  concord signoff runs/latest --who "Ann Other" --role "Programme manager" --decision accept-with-conditions --condition "asked again in March" --key ann.pem
  concord signoff runs/latest
  concord signoff runs/latest --withdraw 4f1d0c22 --who "Ann Other" --role "Programme manager" --key ann.pem`,
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, err := out.json()
			if err != nil {
				return err
			}
			d.Answer = signoff.Answer(answer)
			if withdraw != "" {
				if answer != "" {
					return errors.New("--withdraw takes a decision back and --decision makes one: give one of them")
				}
				d.Answer = signoff.Withdrawn
			}
			of, err := openDecided(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer of.close()
			if d.Answer == "" {
				return listDecisions(cmd.Context(), s.out, of, trusted, asJSON)
			}
			if withdraw == "" {
				if err := d.Check(); err != nil {
					return fmt.Errorf("signoff: %w", err)
				}
			}
			if keyFile == "" {
				return errors.New("signoff needs a --key: a PEM file with an Ed25519 or ECDSA private key")
			}
			key, err := pack.ReadKey(keyFile)
			if err != nil {
				return err
			}
			d.At, d.Run, d.Verdict, d.Known = time.Now(), of.run.ID, of.run.Verdict.Sentence, signoff.ByKey
			if withdraw != "" {
				if d.Withdraws, err = of.find(cmd.Context(), withdraw); err != nil {
					return err
				}
			}
			line, err := signoff.Sign(cmd.Context(), d, of.hashes, key)
			if err != nil {
				return err
			}
			if err := signoff.Add(of.beside, line); err != nil {
				return undetermined(err)
			}
			_, err = fmt.Fprintf(s.out, "%s: %s by %s (%s); hand it on together with %s\n", of.beside, d.Answer.Words(), d.Who, d.Role, args[0])
			return err
		},
	}
	f := command.Flags()
	f.StringVar(&d.Who, "who", "", "name of the person who decides")
	f.StringVar(&d.Role, "role", "", "in which role they decide")
	f.StringVar(&answer, "decision", "", "what they decide: accept, accept-with-conditions or do-not-accept")
	f.StringArrayVar(&d.Conditions, "condition", nil, "a condition of an acceptance (repeatable)")
	f.StringVar(&withdraw, "withdraw", "", "the first characters of the id of a decision of the same person and key, which is taken back")
	f.StringVar(&keyFile, "key", "", "PEM file with the Ed25519 or ECDSA private key of that person")
	f.StringSliceVar(&trusted, "trust", nil, "when listing: PEM file with the public key of somebody whom you know (repeatable)")
	out.flags(command)
	return command
}

// decided is what decisions are about.
type decided struct {
	run    result.Run
	hashes signoff.Hashes
	beside string
	close  func()
}

// openDecided reads a run folder or a pack.
func openDecided(ctx context.Context, path string) (decided, error) {
	of := decided{beside: besideOf(path), close: func() {}}
	dir := path
	if isPack(path) {
		opened, err := openPack(ctx, path)
		if err != nil {
			return of, err
		}
		of.close, dir = opened.close, opened.dir
		if err := opened.whole(); err != nil {
			opened.close()
			return of, fmt.Errorf("nobody can decide about %s: %w", path, err)
		}
	}
	var err error
	if of.run, err = reports.Load(dir); err == nil {
		of.hashes, err = signoff.HashesOf(dir)
	}
	if err != nil {
		of.close()
	}
	return of, err
}

// besideOf is the file for the decisions about a run folder or pack. One that is named by a link has it beside itself, and not
// beside the link, which leads elsewhere tomorrow.
func besideOf(path string) string {
	if at, err := filepath.EvalSymlinks(path); err == nil {
		path = at
	}
	return filepath.Clean(path) + signoff.Beside
}

// decisions reads what stands beside a run; nothing is no error.
func (d decided) decisions(ctx context.Context) ([]signoff.Kept, error) {
	return decisionsBeside(ctx, d.beside, d.hashes)
}

// decisionsAbout reads what stands in a file about a run folder, which is hashed only if something does.
func decisionsAbout(ctx context.Context, dir, beside string) ([]signoff.Kept, error) {
	if _, err := os.Stat(beside); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	hashes, err := signoff.HashesOf(dir)
	if err != nil {
		return nil, err
	}
	return decisionsBeside(ctx, beside, hashes)
}

func decisionsBeside(ctx context.Context, path string, now signoff.Hashes) ([]signoff.Kept, error) {
	file, err := os.Open(path) //nolint:gosec // beside the run that the person names
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the decisions: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	all, err := signoff.Read(ctx, file, now)
	if err != nil {
		return all, fmt.Errorf("%s: %w", path, err)
	}
	return all, nil
}

// find returns the id of the one decision that begins with the characters.
func (d decided) find(ctx context.Context, begin string) (string, error) {
	all, err := d.decisions(ctx)
	if err != nil {
		return "", err
	}
	id := ""
	for _, one := range all {
		if one.ID == "" || !strings.HasPrefix(one.ID, begin) {
			continue
		}
		if id != "" {
			return "", fmt.Errorf("--withdraw %s: more than one decision begins so: give more characters", begin)
		}
		id = one.ID
	}
	if id == "" {
		return "", fmt.Errorf("--withdraw %s: there is no such decision in %s (\"concord signoff\" lists them)", begin, d.beside)
	}
	return id, nil
}

// decisionLine is a decision as it is printed for programs.
type decisionLine struct {
	signoff.Decision
	ID      string `json:"id"`
	Key     string `json:"key"`
	KnownAs string `json:"keyFile,omitempty"`
	Holds   bool   `json:"holds"`
	Problem string `json:"problem,omitempty"`
	Taken   bool   `json:"withdrawn,omitempty"`
}

func listDecisions(ctx context.Context, w io.Writer, of decided, trusted []string, asJSON bool) error {
	keys, err := pack.ReadKeys(trusted)
	if err != nil {
		return err
	}
	all, err := of.decisions(ctx)
	if err != nil {
		return err
	}
	lines := make([]decisionLine, 0, len(all))
	wrong := false
	for _, one := range all {
		line := decisionLine{Decision: one.Decision, ID: one.ID, Key: one.Key, Holds: one.Holds(), Problem: one.Problem, Taken: one.TakenBack}
		for _, key := range keys {
			if key.ID == one.Key {
				line.KnownAs = key.From
			}
		}
		wrong = wrong || one.Problem != "" && (one.ID == "" || one.Run == of.run.ID)
		lines = append(lines, line)
	}
	if asJSON {
		err = printJSON(w, lines, nil)
	} else {
		err = printDecisions(w, of, lines)
	}
	if err == nil && wrong {
		return &exitError{code: result.ExitNotConformant}
	}
	return err
}

func printDecisions(w io.Writer, of decided, lines []decisionLine) error {
	var b strings.Builder
	if len(lines) == 0 {
		b.WriteString("Nobody has decided about this run yet: \"concord signoff --help\" says how.\n")
	}
	for _, one := range lines {
		if one.ID == "" {
			fmt.Fprintf(&b, "counts for nothing: %s\n", visible(one.Problem))
			continue
		}
		fmt.Fprintf(&b, "%s  %s by %s (%s), %s\n", short(one.ID), one.Answer.Words(), visible(one.Who), visible(one.Role), one.At.Format("2 January 2006, 15:04 MST"))
		for _, c := range one.Conditions {
			fmt.Fprintf(&b, "    condition: %s\n", visible(c))
		}
		if one.Withdraws != "" {
			fmt.Fprintf(&b, "    withdraws: %s\n", short(visible(one.Withdraws)))
		}
		switch {
		case one.Problem != "":
			fmt.Fprintf(&b, "    counts for nothing: %s\n", visible(one.Problem))
		case one.Taken:
			b.WriteString("    it was withdrawn since\n")
		}
		if one.KnownAs != "" {
			fmt.Fprintf(&b, "    signed by the key in %s\n", one.KnownAs)
		} else {
			fmt.Fprintf(&b, "    signed by the key %s, which nobody vouched for (--trust)\n", short(one.Key))
		}
	}
	fmt.Fprintf(&b, "about run %s: %s\n", visible(of.run.ID), visible(of.run.Verdict.Sentence))
	_, err := io.WriteString(w, b.String())
	return err
}

// short is the beginning of an id, enough to name it.
func short(id string) string { return id[:min(len(id), 8)] }
