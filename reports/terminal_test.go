package reports_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// screen returns what Terminal prints.
func screen(t *testing.T, run result.Run, colour bool, paths ...string) string {
	t.Helper()
	var b strings.Builder
	if err := reports.Terminal(&b, run, colour, paths...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenTerminal(t *testing.T) {
	for name, run := range map[string]result.Run{"small": smallRun(), "full": fullRun(t), "clean": cleanRun(t)} {
		golden(t, name+".terminal.txt", []byte(screen(t, run, false, "runs/1/report.html")))
	}
}

func TestTheTerminalKeepsToOneScreen(t *testing.T) {
	many := fullRun(t)
	for i := range 30 {
		many.Systems = append(many.Systems, result.System{Name: fmt.Sprintf("s%d", i), Title: strings.Repeat("long ", 50), Mock: true, Defects: []string{"d"}})
		check := result.Check{ID: fmt.Sprintf("Z-%d", i), Title: strings.Repeat("long ", 50), Suite: fmt.Sprintf("suite %d", i), Level: result.Must}
		many.Checks = append(many.Checks, check)
		many.Results = append(many.Results, result.Result{
			Check: check.ID, Suite: check.Suite, Level: check.Level, Scope: result.Scope{System: "ccr"}, Status: result.Fail,
			Reason: result.Broken, Message: strings.Repeat("long ", 50),
		})
	}
	many.Verdict = many.Judge()
	for name, run := range map[string]result.Run{"small": smallRun(), "many": many, "hostile": hostileRun()} {
		t.Run(name, func(t *testing.T) {
			text := screen(t, run, false, "runs/1/report.html")
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if len(lines) > 24 {
				t.Errorf("prints %d lines:\n%s", len(lines), text)
			}
			for _, line := range lines {
				if utf8.RuneCountInString(line) > 100 {
					t.Errorf("a line has %d characters: %s", utf8.RuneCountInString(line), line)
				}
			}
			if lines[len(lines)-1] != "Report: runs/1/report.html" {
				t.Errorf("the last line is %q", lines[len(lines)-1])
			}
			if strings.ContainsAny(text, "\x1b\x00\x07") {
				t.Errorf("text from elsewhere reaches the terminal as control characters: %q", text)
			}
		})
	}
}

func TestColourIsOnlyOnTheVerdict(t *testing.T) {
	for _, run := range []result.Run{smallRun(), cleanRun(t), fakeHeadJudged()} {
		plain, coloured := screen(t, run, false), screen(t, run, true)
		if plain == coloured {
			t.Error("no colour although it was asked for")
		}
		first, _, _ := strings.Cut(coloured, "\n")
		if strings.Count(coloured, "\x1b") != 2 || strings.Count(first, "\x1b") != 2 {
			t.Errorf("colour outside the verdict: %q", coloured)
		}
	}
}

// fakeHeadJudged is a run in which nothing was asked.
func fakeHeadJudged() result.Run {
	run := fakeHead()
	run.Verdict = result.Judge(nil)
	return run
}

func TestNothingAskedIsSaidPlainly(t *testing.T) {
	files := written(t, fakeHeadJudged(), reports.Options{})
	for _, text := range []string{screen(t, fakeHeadJudged(), false), string(files[reports.SummaryFile]), string(files[reports.HTMLFile])} {
		if !strings.Contains(strings.ToLower(text), "could not be determined") || !strings.Contains(text, "nothing was demonstrated") {
			t.Errorf("an empty run says:\n%s", text)
		}
	}
}

func TestATerminalThatCannotBeWrittenIsAnError(t *testing.T) {
	if err := reports.Terminal(brokenWriter{}, smallRun(), false); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

var errBroken = errors.New("broken pipe")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestTheSummaryCannotBeSteeredByWhatASystemSays(t *testing.T) {
	text := string(written(t, hostileRun(), reports.Options{})[reports.SummaryFile])
	for _, bad := range []string{"<script", "[l](", "@all", "\x1b", "\x00", "`x`"} {
		if strings.Contains(text, bad) {
			t.Errorf("the summary holds %q", bad)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| ") && strings.Count(line, "|")-strings.Count(line, `\|`) > 5 {
			t.Errorf("text from elsewhere made a new cell: %s", line)
		}
	}
}

func TestEveryReportSaysWhatARunWithoutAGoldenLedgerCannotSee(t *testing.T) {
	run := smallRun()
	run.Data.Found = true
	const two = "missing or wrong in all systems alike could not be seen"
	if text := screen(t, run, false); !strings.Contains(text, two) {
		t.Errorf("the terminal does not say %q:\n%s", two, text)
	}
	folder := t.TempDir()
	if err := reports.Write(folder, run, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"report.html", "summary.md"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), two) {
			t.Errorf("%s does not say %q", name, two)
		}
		if strings.Contains(string(text), "asked about are invented") {
			t.Errorf("%s says that the data is invented, which nobody knows", name)
		}
	}
	run.Systems, run.Results, run.Verdict = run.Systems[:1], nil, result.Judge(nil)
	if text := screen(t, run, false); !strings.Contains(text, "of one system alone") {
		t.Errorf("the terminal does not say that one system was asked:\n%s", text)
	}
}
