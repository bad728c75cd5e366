package reports

import (
	"fmt"
	"io"
	"strings"

	"concord.example/concord/internal/result"
)

// The size of the screen that Terminal keeps to.
const (
	screenLines   = 24
	screenColumns = 100
)

// Terminal prints the verdict of the run on one screen: at most 24 lines of at most 100 characters. colour adds ANSI
// colours to the verdict; nothing is told by colour alone. paths are the reports to name at the end, first the one to
// open.
func Terminal(w io.Writer, run result.Run, colour bool, paths ...string) error {
	run, err := prepare(run)
	if err != nil {
		return fmt.Errorf("print the verdict: %w", err)
	}
	o := survey(run)
	head := terminalHead(run, colour)
	suites := terminalSuites(o)
	ways := terminalWays(o)
	foot := []string{""}
	for _, path := range paths {
		foot = append(foot, "Report: "+oneLine(path))
	}
	room := screenLines - len(head) - len(suites) - len(ways) - len(foot)
	lines := append(head, suites...)
	lines = append(lines, ways...)
	lines = append(lines, terminalProblems(o, room)...)
	for i, line := range lines {
		if i > 0 || !colour {
			lines[i] = clip(line, screenColumns)
		}
	}
	// A path is never clipped: it is there to be copied.
	lines = append(lines, foot...)
	if _, err := io.WriteString(w, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("print the verdict: %w", err)
	}
	return nil
}

// terminalHead is the verdict and what it is about.
func terminalHead(run result.Run, colour bool) []string {
	verdict := outcomeShape(run.Verdict.Outcome) + " " + strings.ToUpper(outcomeWord(run.Verdict.Outcome))
	if colour {
		verdict = ansi(run.Verdict.Outcome) + verdict + "\x1b[0m"
	}
	data := "data not declared synthetic"
	if run.Data.Synthetic {
		data = "synthetic data"
	}
	lines := []string{verdict, run.Verdict.Sentence}
	if areas := areasText(run.Verdict); areas != "" {
		lines = append(lines, "By area: "+areas)
	}
	if limit := unseen(run); limit != "" {
		lines = append(lines, limit)
	}
	lines = append(lines, "")
	lines = append(lines, oneLine(fmt.Sprintf("Run %s, seed %d, %s", run.ID, run.Seed, data)))
	const most = 3
	for i, s := range run.Systems {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %s, see the report", plural(len(run.Systems)-most, "more system", "more systems")))
			break
		}
		line := fmt.Sprintf("%s: %s, %s", s.Name, title(s), software(s))
		if len(s.Defects) > 0 {
			line += ", defects: " + strings.Join(s.Defects, " ")
		}
		lines = append(lines, oneLine(line))
	}
	return append(lines, "")
}

// terminalSuites is the table of results per suite.
func terminalSuites(o overview) []string {
	lines := []string{terminalRow("Suite", "checks", "fail", "error", "not-run", "skipped", "waived", "warning", "pass", "n/a")}
	const most = 5
	for i, s := range o.suites {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %s, see the report", plural(len(o.suites)-most, "more suite", "more suites")))
			break
		}
		cells := []string{clip(oneLine(s.name), 14), number(len(s.checks))}
		for _, status := range severityOrder() {
			cells = append(cells, number(s.counts.Of(status)))
		}
		lines = append(lines, terminalRow(cells...))
	}
	return lines
}

func terminalRow(cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-15s", cells[0])
	for _, c := range cells[1:] {
		fmt.Fprintf(&b, "%9s", c)
	}
	return b.String()
}

// terminalWays says how many of the providers each system showed.
func terminalWays(o overview) []string {
	if len(o.providers) == 0 {
		return nil
	}
	lines := []string{""}
	const most = 3
	for i, w := range o.ways {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %s, see the report", plural(len(o.ways)-most, "more system", "more systems")))
			break
		}
		lines = append(lines, oneLine(fmt.Sprintf("Asking %s showed %s of %s; not shown: %s",
			w.system.Name, number(w.shown()), plural(len(o.providers), "provider", "providers"), notShown(w))))
	}
	if text := stressText(o); text != "" {
		lines = append(lines, oneLine(text))
	}
	return lines
}

// stressText says how many providers of the stress profile each system showed; nothing when there is no such profile.
func stressText(o overview) string {
	if len(o.apart) == 0 {
		return ""
	}
	each := make([]string, 0, len(o.ways))
	for _, w := range o.ways {
		each = append(each, fmt.Sprintf("%s showed %s", w.system.Name, number(w.apart.Pass+w.apart.Warning)))
	}
	return fmt.Sprintf("Stress profile, counted apart: of %s more, %s", plural(len(o.apart), "provider", "providers"), strings.Join(each, ", "))
}

// terminalProblems names the checks that were not demonstrated, in at most room lines.
func terminalProblems(o overview, room int) []string {
	problems := o.problems()
	if len(problems) == 0 || room < 2 {
		return nil
	}
	lines := []string{""}
	for i, c := range problems {
		if len(lines) == room-1 && len(problems)-i > 1 {
			lines = append(lines, fmt.Sprintf("and %s, see the report", plural(len(problems)-i, "more check", "more checks")))
			break
		}
		worst := c.worst()
		lines = append(lines, oneLine(fmt.Sprintf("%s %s (%s): %s", c.ID, strings.ToLower(statusWord(c.status)), worst.Scope, why(worst))))
	}
	return lines
}

// ansi is the escape sequence that starts the colour of the verdict.
func ansi(o result.Outcome) string {
	switch o {
	case result.Conformant:
		return "\x1b[1;32m"
	case result.NotConformant:
		return "\x1b[1;31m"
	case result.SelectionPassed:
		return "\x1b[1;36m"
	default:
		return "\x1b[1;33m"
	}
}
