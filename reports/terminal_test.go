package reports_test

import (
	"errors"
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
	if err := reports.Terminal(&b, run, reports.Screen{Colour: colour}, paths...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGoldenTerminal(t *testing.T) {
	for name, run := range map[string]result.Run{"small": smallRun(), "full": fullRun(t), "clean": cleanRun(t)} {
		golden(t, name+".terminal.txt", []byte(screen(t, run, false, "runs/1/report.html")))
	}
}

func TestATerminalIsWrappedAndAPipeNeverCut(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("long ", 60)) + " end"
	run := fullRun(t)
	run.Systems[0].Title = long
	for name, run := range map[string]result.Run{"long": run, "small": smallRun(), "hostile": hostileRun()} {
		t.Run(name, func(t *testing.T) {
			var wrapped strings.Builder
			if err := reports.Terminal(&wrapped, run, reports.Screen{Width: 80}, "runs/1/report.html"); err != nil {
				t.Fatal(err)
			}
			piped := screen(t, run, false, "runs/1/report.html")
			for line := range strings.Lines(wrapped.String()) {
				line = strings.TrimSuffix(line, "\n")
				if n := utf8.RuneCountInString(line); n > 80 && strings.Contains(strings.TrimSpace(line), " ") && !strings.HasPrefix(line, "Report: ") && !strings.HasPrefix(line, "Next: ") {
					if words := strings.Fields(line); len(words) > 1 && utf8.RuneCountInString(line)-utf8.RuneCountInString(words[len(words)-1]) > 80 {
						t.Errorf("a line has %d characters: %s", n, line)
					}
				}
			}
			if name == "long" && !strings.Contains(piped, long) {
				t.Errorf("a pipe is given less than there is:\n%s", piped)
			}
			for _, text := range []string{wrapped.String(), piped} {
				if strings.Contains(text, "…") || strings.ContainsAny(text, "\x1b\x00\x07") {
					t.Errorf("the text is cut, or holds control characters from elsewhere: %q", text)
				}
			}
		})
	}
}

func TestATableIsNeverWrappedNorIsACommand(t *testing.T) {
	run := fullRun(t)
	for width, want := range map[int]string{
		200: "Suite             checks     fail    error",
		80:  "Suite     checks fail error not-run skipped waived warning  pass n/a\n",
		40:  "\nparity: ",
	} {
		var b strings.Builder
		if err := reports.Terminal(&b, run, reports.Screen{Width: width}, "runs/1/report.html"); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if !strings.Contains(text, want) || strings.Contains(text, "Suite") != (width > 40) {
			t.Errorf("at %d columns there is no %q:\n%s", width, want, text)
		}
		commands := 0
		for line := range strings.Lines(text) {
			if command, ok := strings.CutPrefix(strings.TrimSpace(line), "curl "); ok {
				if commands++; !strings.HasSuffix(command, "'") {
					t.Errorf("at %d columns a command is broken: %s", width, line)
				}
			}
		}
		if commands == 0 {
			t.Error("no command to look at")
		}
	}
}

func TestAQuietRunSaysItsVerdictAndWhereTheReportIs(t *testing.T) {
	var b strings.Builder
	if err := reports.Terminal(&b, smallRun(), reports.Screen{Quiet: true}, "runs/1/report.html"); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); strings.Count(text, "\n") > 5 || !strings.Contains(text, "NOT CONFORMANT") || !strings.Contains(text, "Report: runs/1/report.html") {
		t.Errorf("a quiet run says:\n%s", text)
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
	if err := reports.Terminal(brokenWriter{}, smallRun(), reports.Screen{}); !errors.Is(err, errBroken) {
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

func TestWhatManyChecksWereNotRunForIsToldOnce(t *testing.T) {
	run := fakeHead()
	for _, id := range []string{"A-001", "A-002", "A-003"} {
		run.Checks = append(run.Checks, result.Check{ID: id, Title: "a title", Suite: "profile", Level: result.Must})
		run.Results = append(run.Results, result.Result{
			Check: id, Suite: "profile", Level: result.Must, Scope: result.Scope{System: "ccr"}, Status: result.NotRun, Reason: result.Unreachable, Message: "not asked: nobody answers",
		})
	}
	run.Verdict = result.Judge(run.Results)
	for _, text := range []string{screen(t, run, false), string(written(t, run, reports.Options{})[reports.SummaryFile])} {
		// The head names what is in the way; below it each reason stands once.
		head, below, headed := strings.Cut(text, "rest on what was not answered. The first: not asked: nobody answers")
		if headed {
			text = head + below
		}
		if strings.Count(text, "nobody answers") != 1 || !strings.Contains(text, "A-001 and 2 more checks") {
			t.Errorf("one reason for three checks is told so:\n%s", text)
		}
	}
}
