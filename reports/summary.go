package reports

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// mostFailures is how many checks summary.md names before it refers to report.html.
const mostFailures = 10

// summary prints one screen of Markdown for a pull request. It makes the same claims as report.html, and no more.
func summary(run result.Run) []byte {
	o := survey(run)
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	p("## %s %s\n\n%s\n\n", outcomeShape(run.Verdict.Outcome), outcomeWord(run.Verdict.Outcome), md(run.Verdict.Sentence))
	for _, c := range cautions(run) {
		p("> %s\n\n", md(c))
	}
	if areas := areasText(run.Verdict); areas != "" {
		p("Verdict by area: %s.\n\n", md(areas))
	}
	p("| System | Software | Address |\n|---|---|---|\n")
	for _, s := range run.Systems {
		p("| %s (%s) | %s | %s |\n", md(title(s)), md(s.Name), md(software(s)), md(s.BaseURL))
	}
	p("\n| Suite | Checks | Results |\n|---|--:|---|\n")
	for _, s := range o.suites {
		p("| %s | %s | %s |\n", md(s.name), number(len(s.checks)), countsText(s.counts))
	}
	if len(o.providers) > 0 {
		p("\n| Providers shown | Of | Not shown |\n|---|--:|---|\n")
		for _, w := range o.ways {
			p("| %s by asking %s | %s | %s |\n", number(w.shown()), md(title(w.system)), number(len(o.providers)), notShown(w))
		}
		if text := stressText(o); text != "" {
			p("\n%s.\n", md(text))
		}
	}
	p("%s", agreementTable(run))
	if len(o.causes.Causes) > 0 {
		p("\n%s\n\n", md(explainedText(o.causes)))
		for i, c := range o.causes.Causes {
			if i == mostFailures {
				p("- and %s\n", plural(len(o.causes.Causes)-i, "smaller cause", "smaller causes"))
				break
			}
			p("%d. %s (%s in %s)\n", i+1, md(o.says(c)), plural(c.Findings, "finding", "findings"), plural(len(c.Checks), "check", "checks"))
		}
	}
	if problems := o.problems(); len(problems) > 0 {
		p("\n| Check | Status | Where | Why |\n|---|---|---|---|\n")
		groups := alike(problems)
		for i, c := range groups {
			if i == mostFailures {
				p("| and %s more | | see %s | |\n", number(len(groups)-i), HTMLFile)
				break
			}
			worst := c.worst()
			p("| %s %s | %s | %s | %s |\n", md(c.ID+c.others()), md(c.Title), countsText(c.counts), md(worst.Scope.String()), because(worst))
		}
	}
	if texts := offeringTexts(run); len(texts) > 0 {
		p("\n%s\n", md(strings.Join(texts, " ")))
	}
	if len(run.Declared) > 0 {
		p("\nDifferences declared to be lawful:\n\n")
		for _, d := range run.Declared {
			p("- %s (%s, %s): %s. %s, until %s: %s\n", md(d.ID), md(d.Check), md(d.Scope.String()), declaredText(d), md(d.Owner), md(d.Expires), md(clip(d.Reason, 120)))
		}
	}
	p("\n%s", md(when(run)))
	if run.Harness.Commit != "" {
		p(" (%s)", md(clip(run.Harness.Commit, 12)))
	}
	p(".")
	for _, part := range []fact{{"Contract", artefact(run.Contract)}, {"Packages", packages(run)}, {"Concord:", run.ProofText()}} {
		if part.Value != "" {
			p(" %s %s.", part.Label, md(part.Value))
		}
	}
	p("\n")
	return []byte(b.String())
}

// because says why a result is not a pass, what that means for a clinician, and how to see it.
func because(r result.Result) string {
	text := md(clip(why(r), 160))
	f, _ := worstFinding(r)
	if f.Hazard != "" {
		text += "<br>" + md(clip(f.Hazard, 160))
	}
	if f.Query != "" {
		// Not clipped: it is there to be copied.
		text += "<br>" + md(f.Query)
	}
	return text
}

// cautions are the sentences that must stand beside every verdict, so that it is not read for more than it is.
func cautions(run result.Run) []string {
	var out []string
	switch {
	case run.Data.Found:
		out = append(out, "Synthetic data, as far as can be known: the people asked about have NHS numbers that are never issued. Nothing here is evidence about a real patient or a real provider.",
			unseen(run))
	case run.Data.Synthetic:
		out = append(out, "Synthetic data: the people and facts that were asked about are invented. Nothing here is evidence about a real patient or a real provider.")
	default:
		out = append(out, "The data was not declared synthetic. Handle this report as the data it came from.")
	}
	var mocks []string
	for _, s := range run.Systems {
		if s.Mock {
			name := title(s)
			if len(s.Defects) > 0 {
				name += " (with defects switched on: " + strings.Join(s.Defects, ", ") + ")"
			}
			mocks = append(mocks, name)
		}
	}
	if len(mocks) > 0 {
		out = append(out, "Mocks that Concord supplies, not a supplier's product: "+strings.Join(mocks, "; ")+".")
	}
	for _, s := range run.Partners {
		out = append(out, fmt.Sprintf("One system alone: it was compared with %s (%s), a mock that Concord supplies with the other part of the golden ledger, and not with a neighbour. "+
			"Nothing is said about that partner.", title(s), s.Name))
	}
	if left := run.LeftOut(); left != "" {
		out = append(out, "A selection, and so no verdict about the whole: "+left+" were left out by choice and not asked.")
	}
	if text := uncheckedText(run); text != "" {
		out = append(out, text)
	}
	for _, u := range run.Unclaimed {
		out = append(out, unclaimedText(u))
	}
	if text := unplayedText(run); text != "" {
		out = append(out, text)
	}
	return out
}

// ruleNotCheckable is the rule of findings that say what could not be checked.
const ruleNotCheckable = "fhir-not-checkable"

// uncheckedText counts what nobody could check, and names it; "" when everything could be.
func uncheckedText(run result.Run) string {
	times := map[string]int{}
	total := 0
	for _, r := range run.Results {
		for _, f := range r.Findings {
			if f.Rule == ruleNotCheckable {
				times[f.Message] += max(f.Occurrences, 1)
				total += max(f.Occurrences, 1)
			}
		}
	}
	if total == 0 {
		return ""
	}
	const most = 3
	var named []string
	for i, message := range slices.Sorted(maps.Keys(times)) {
		if i == most {
			named = append(named, fmt.Sprintf("and %s", plural(len(times)-most, "other kind", "other kinds")))
			break
		}
		named = append(named, fmt.Sprintf("%s (%s)", message, plural(times[message], "time", "times")))
	}
	return fmt.Sprintf("Could not be checked, and so neither right nor wrong: %s in all: %s.", plural(total, "thing", "things"), strings.Join(named, "; "))
}

// unseen says what a run without a golden ledger cannot show; "" for one that has it.
func unseen(run result.Run) string {
	switch {
	case !run.Data.Found:
		return ""
	case len(run.Systems) < 2:
		return "Without the golden ledger, of one system alone: whether its records are right could not be seen."
	default:
		return "Without the golden ledger: what is missing or wrong in all systems alike could not be seen."
	}
}

// notShown counts the providers that a way did not demonstrate.
func notShown(w way) string {
	c := w.counts
	c.Pass, c.Warning = 0, 0
	if c.Total() == 0 {
		return "none"
	}
	return countsText(c)
}

// problems are the checks that were not demonstrated, worst first, then by id.
func (o overview) problems() []checkTally {
	var out []checkTally
	for _, status := range severityOrder() {
		if status == result.NotApplicable || status == result.Waived || shown(status) {
			continue
		}
		for _, s := range o.suites {
			for _, c := range s.checks {
				if c.status == status {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// problemGroup is a check that was not demonstrated, and how many more were not run for the same reason.
type problemGroup struct {
	checkTally
	more int
}

// others says how many checks stand behind the one that is named; "" for none.
func (g problemGroup) others() string {
	if g.more == 0 {
		return ""
	}
	return " and " + plural(g.more, "more check", "more checks")
}

// alike takes checks together that were not run for one and the same reason: it is told once, and not 200 times.
func alike(problems []checkTally) []problemGroup {
	var groups []problemGroup
	first := map[string]int{}
	for _, c := range problems {
		if c.status == result.NotRun {
			reason := why(c.worst())
			if at, known := first[reason]; known {
				groups[at].more++
				continue
			}
			first[reason] = len(groups)
		}
		groups = append(groups, problemGroup{checkTally: c})
	}
	return groups
}

// worst is the first of the check's results that has its status, or an empty result for a check without any.
func (c checkTally) worst() result.Result {
	for _, r := range c.results {
		if r.Status == c.status {
			return r
		}
	}
	return result.Result{Check: c.ID, Status: result.NotRun, Reason: result.NoData, Message: "No result was recorded."}
}

// software names the system's build as its CapabilityStatement gave it.
func software(s result.System) string {
	name := artefact(s.Software)
	if name == "" {
		name = "not stated"
	}
	if s.Mock {
		name += " (mock)"
	}
	return name
}

// outcomeShape is a shape for the verdict, so that it is not told by colour or word alone.
func outcomeShape(o result.Outcome) string {
	switch o {
	case result.Conformant:
		return "✔"
	case result.NotConformant:
		return "✘"
	case result.Partial:
		return "◐"
	case result.SelectionPassed:
		return "◔"
	case result.NotClaimed:
		return "–"
	default:
		return "?"
	}
}

// md makes text from elsewhere safe inside a Markdown table cell: it cannot end the cell, make a link, an image or HTML,
// or mention anybody.
func md(text string) string {
	return strings.NewReplacer(
		"&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "\\|", "@", "&#64;", "\\", "\\\\", "`", "\\`", "*", "\\*", "_", "\\_",
		"[", "\\[", "]", "\\]", "#", "\\#", "~", "\\~",
	).Replace(oneLine(text))
}
