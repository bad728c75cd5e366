package reports

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports/causes"
)

// Screen says where Terminal prints to.
type Screen struct {
	// Width is how many characters fit on a line of a terminal, where longer lines are wrapped at spaces. 0 is a pipe or a
	// file, where no line is wrapped or cut.
	Width int
	// Colour adds ANSI colours to the verdict; nothing is told by colour alone.
	Colour bool
	// Quiet leaves everything out but the verdict, the first sentence and the report.
	Quiet bool
}

// mostProblems is how many checks Terminal names before it refers to the report.
const mostProblems = 5

// Terminal prints the verdict of the run, the causes of what was found, and what to do next. paths are the reports to name
// at the end, first the one to open. Text from elsewhere reaches the terminal without control characters.
func Terminal(w io.Writer, run result.Run, screen Screen, paths ...string) error {
	run, err := prepare(run)
	if err != nil {
		return fmt.Errorf("print the verdict: %w", err)
	}
	o := survey(run)
	lines := terminalHead(o, screen)
	if !screen.Quiet {
		lines = append(lines, terminalSystems(run)...)
		lines = append(lines, terminalSuites(o, screen.Width)...)
		if text := agreementText(run); text != "" {
			lines = append(lines, "", oneLine(text))
		}
		lines = append(lines, terminalWays(o)...)
		lines = append(lines, terminalOfferings(run)...)
		lines = append(lines, terminalCauses(o)...)
		lines = append(lines, terminalProblems(o)...)
		lines = append(lines, terminalUnasked(o)...)
		lines = append(lines, "")
	}
	for i, line := range lines {
		// A path or a command is never wrapped: it is there to be copied.
		if i > 0 && !strings.HasPrefix(strings.TrimSpace(line), "curl ") {
			lines[i] = wrap(line, screen.Width)
		}
	}
	for _, path := range paths {
		lines = append(lines, "Report: "+oneLine(path))
	}
	if next := nextCommand(o, paths); next != "" && !screen.Quiet {
		lines = append(lines, "Next: "+next)
	}
	if _, err := io.WriteString(w, strings.Join(lines, "\n")+"\n"); err != nil {
		return fmt.Errorf("print the verdict: %w", err)
	}
	return nil
}

// terminalHead is the verdict and what it is about.
func terminalHead(o overview, screen Screen) []string {
	run := o.run
	verdict := outcomeShape(run.Verdict.Outcome) + " " + strings.ToUpper(outcomeWord(run.Verdict.Outcome))
	if screen.Colour {
		verdict = ansi(run.Verdict.Outcome) + verdict + "\x1b[0m"
	}
	lines := []string{verdict}
	if first := o.foremost(); first != "" {
		lines = append(lines, oneLine(first))
	}
	lines = append(lines, oneLine(run.Verdict.Sentence))
	if areas := areasText(run.Verdict); areas != "" {
		lines = append(lines, "By area: "+areas)
	}
	for _, u := range run.Unclaimed {
		lines = append(lines, oneLine(unclaimedText(u)))
	}
	if limit := unseen(run); limit != "" {
		lines = append(lines, limit)
	}
	return lines
}

// terminalSystems says which run it is and who was asked.
func terminalSystems(run result.Run) []string {
	data := "data not declared synthetic"
	if run.Data.Synthetic {
		data = "synthetic data"
	}
	lines := []string{""}
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
	for _, s := range run.Partners {
		lines = append(lines, oneLine(fmt.Sprintf("%s: %s, %s; nothing is said about it", s.Name, title(s), software(s))))
	}
	return append(lines, "")
}

// terminalSuites is the table of results per suite: with wide columns, with narrow ones where a terminal has no room for
// those, and as sentences where it has none for a table.
func terminalSuites(o overview, width int) []string {
	rows := [][]string{{"Suite", "checks", "fail", "error", "not-run", "skipped", "waived", "warning", "pass", "n/a"}}
	const most = 5
	more := ""
	for i, s := range o.suites {
		if i == most {
			more = fmt.Sprintf("and %s, see the report", plural(len(o.suites)-most, "more suite", "more suites"))
			break
		}
		cells := []string{clip(oneLine(s.name), 14), number(len(s.checks))}
		for _, status := range severityOrder() {
			cells = append(cells, number(s.counts.Of(status)))
		}
		rows = append(rows, cells)
	}
	lines := terminalTable(rows, 9)
	if width > 0 && len([]rune(lines[0])) > width {
		lines = terminalTable(rows, 0)
	}
	if width > 0 && slices.ContainsFunc(lines, func(line string) bool { return len([]rune(line)) > width }) {
		lines = terminalSentences(rows)
	}
	if more != "" {
		lines = append(lines, more)
	}
	return lines
}

// terminalTable aligns cells, in columns that are at least as wide as least and than what they hold.
func terminalTable(rows [][]string, least int) []string {
	widths := make([]int, len(rows[0]))
	for _, cells := range rows {
		for i, c := range cells {
			widths[i] = max(widths[i], least, len([]rune(c))+1)
		}
	}
	if least > 0 {
		widths[0] = max(widths[0], 15)
	}
	lines := make([]string, 0, len(rows))
	for _, cells := range rows {
		var b strings.Builder
		fmt.Fprintf(&b, "%-*s", widths[0], cells[0])
		for i, c := range cells[1:] {
			fmt.Fprintf(&b, "%*s", widths[i+1], c)
		}
		lines = append(lines, b.String())
	}
	return lines
}

// terminalSentences says a row at a time what is not nought.
func terminalSentences(rows [][]string) []string {
	var lines []string
	for _, cells := range rows[1:] {
		parts := []string{}
		for i, c := range cells[1:] {
			if c != "0" {
				parts = append(parts, c+" "+rows[0][i+1])
			}
		}
		lines = append(lines, cells[0]+": "+strings.Join(parts, ", "))
	}
	return lines
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

// terminalOfferings sums up what is asked for, declared and observed.
func terminalOfferings(run result.Run) []string {
	texts := offeringTexts(run)
	if len(texts) == 0 {
		return nil
	}
	const most = 3
	lines := []string{""}
	for _, text := range texts[:min(most, len(texts))] {
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

// terminalCauses names the causes of what was found, each with how much it accounts for and one request that shows it.
func terminalCauses(o overview) []string {
	if len(o.causes.Causes) == 0 {
		return nil
	}
	lines := []string{"", explainedText(o.causes)}
	const most = 3
	for i, c := range o.causes.Causes {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %s, see the report", plural(len(o.causes.Causes)-most, "smaller cause", "smaller causes")))
			break
		}
		lines = append(lines, oneLine(fmt.Sprintf("%d. %s (%s in %s)", i+1, o.says(c), plural(c.Findings, "finding", "findings"),
			plural(len(c.Checks), "check", "checks"))))
		if c.Query != "" {
			lines = append(lines, "   "+oneLine(c.Query))
		}
	}
	return lines
}

// terminalProblems names the checks that failed or could not be told, each in three lines: what; expected and actual; what to
// do; then, where there is room, those that were not run, each with the reason.
func terminalProblems(o overview) []string {
	var problems []checkTally
	for _, c := range o.problems() {
		if c.status == result.Fail || c.status == result.Error || c.status == result.NotRun {
			problems = append(problems, c)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	lines, groups := []string{""}, alike(problems)
	for i, c := range groups {
		if i == mostProblems {
			lines = append(lines, fmt.Sprintf("and %s, see the report", plural(len(groups)-i, "more check", "more checks")))
			break
		}
		worst := c.worst()
		f, _ := worstFinding(worst)
		if c.status == result.NotRun {
			lines = append(lines, oneLine(fmt.Sprintf("%s%s not run (%s): %s", c.ID, c.others(), worst.Scope, why(worst))))
			continue
		}
		lines = append(lines, oneLine(fmt.Sprintf("%s %s (%s): %s", c.ID, strings.ToLower(statusWord(c.status)), worst.Scope, o.headline(c.checkTally))))
		if f.Expected != "" || f.Actual != "" {
			lines = append(lines, "  expected "+oneLine(cmp.Or(f.Expected, "not stated")+" -> actual "+cmp.Or(f.Actual, "not stated")))
		}
		if fix := cmp.Or(f.Cause.Remedy(), c.Fix); fix != "" && c.status == result.Fail { // what could not be told is not mended by it
			lines = append(lines, "  do: "+oneLine(fix))
		}
	}
	return lines
}

// headline says why a check is not a pass: the cause of most of its findings, else what its worst result says.
func (o overview) headline(c checkTally) string {
	if cause, ok := o.causes.Of(c.ID); ok && cause.Kind <= causes.Type {
		return o.says(cause)
	}
	return why(c.worst())
}

// terminalUnasked counts what was not run or left out, with the reasons.
func terminalUnasked(o overview) []string {
	var lines []string
	for _, u := range unasked(o.run) {
		if u.Status == result.NotApplicable || u.Status == result.Error {
			continue
		}
		lines = append(lines, oneLine(fmt.Sprintf("%s: %s (%s)", statusWord(u.Status), plural(u.Count, "result", "results"), u.Meaning)))
	}
	if n := o.run.Verdict.Counts.Waived; n > 0 {
		lines = append(lines, plural(n, "result counts", "results count")+" by waiver: a failure that somebody accepted")
	}
	if left := o.run.LeftOut(); left != "" {
		lines = append(lines, "Left out by choice: "+left)
	}
	if text := uncheckedText(o.run); text != "" {
		lines = append(lines, oneLine(text))
	}
	if len(lines) > 0 {
		lines = append([]string{""}, lines...)
	}
	return lines
}

// nextCommand is what to type next; "" when there is nothing to do.
func nextCommand(o overview, paths []string) string {
	counts := o.run.Verdict.Counts
	if (counts.Fail > 0 || counts.Error > 0) && len(paths) > 0 {
		return "concord run --failed " + shellQuote(oneLine(filepath.Dir(paths[0])))
	}
	for _, r := range o.run.Results {
		if r.Reason == result.NeedsWitness {
			return command(o.run, "--witness")
		}
	}
	return ""
}

// wrap breaks a line at spaces so that no part is longer than width, where that can be; what goes on is indented. A width of
// 0 leaves the line as it is.
func wrap(line string, width int) string {
	if width <= 0 || len([]rune(line)) <= width {
		return line
	}
	indent := line[:len(line)-len(strings.TrimLeft(line, " "))] + "  "
	var out []string
	current, empty := strings.TrimSuffix(indent, "  "), true
	for _, word := range strings.Fields(line) {
		switch {
		case empty:
			current += word
		case len([]rune(current))+1+len([]rune(word)) > width:
			out = append(out, current)
			current = indent + word
		default:
			current += " " + word
		}
		empty = false
	}
	return strings.Join(append(out, current), "\n")
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
