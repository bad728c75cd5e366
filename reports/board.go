package reports

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/evidence/signoff"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports/causes"
)

// The board's part of the page ends after two A4 pages, so each of its lists does.
const (
	mostBoardCauses = 6
	mostBoardLines  = 8
)

// boardView is the first part of report.html: what a programme board needs for its decision, in words of its own.
type boardView struct {
	// First is the first sentence: the worst cause, or the verdict where nothing failed.
	First, Verdict string
	Shown          []string
	NotShown       []string
	MoreNotShown   int
	// Explained says how much of what was found the causes account for.
	Explained  string
	Causes     []boardCause
	MoreCauses int
	// Change is what differs from the run before; empty when none was given.
	Change []string
	// Decision is what the board is asked.
	Decision string
	// Decided are the decisions that people have signed.
	Decided []boardDecision
	Hash    string
}

// boardDecision is what one person decided, as a reader sees it.
type boardDecision struct {
	// ID names it to whoever takes it back; Open says that it can be.
	ID               string
	Who, Role, Words string
	When             string
	Conditions       []string
	// Key is the beginning of the id of the key that signed it, Known says how the name came to be known.
	Key, Known string
	// State says why it does not count; empty where it does.
	State string
	Open  bool
}

func newBoardDecision(k signoff.Kept) boardDecision {
	d := boardDecision{
		ID: k.ID, Who: oneLine(k.Who), Role: oneLine(k.Role), Words: k.Answer.Words(), When: k.At.Format("2 January 2006, 15:04 MST"), Key: k.Key[:min(len(k.Key), 8)], Known: oneLine(k.Known), Open: k.Holds(),
	}
	for _, c := range k.Conditions {
		d.Conditions = append(d.Conditions, oneLine(c))
	}
	switch {
	case k.Problem != "":
		d.State = "It counts for nothing: " + oneLine(k.Problem) + "."
	case k.TakenBack:
		d.State = "It was withdrawn since."
	}
	return d
}

type boardCause struct {
	Sentence, Hazard, Harm, Evidence, Owner string
}

func newBoard(o overview, options Options, digest string) boardView {
	v := boardView{Verdict: o.run.Verdict.Sentence, First: o.run.Verdict.Sentence, Hash: digest, Decision: decision(o.run.Verdict.Outcome)}
	hazards := make(map[string]string, len(o.run.Checks))
	for _, c := range o.run.Checks {
		hazards[c.ID] = c.Hazard
	}
	if len(o.causes.Causes) > 0 {
		v.Explained = fmt.Sprintf("%s account for %s of %s.", plural(len(o.causes.Causes), "cause", "causes"),
			number(o.causes.Covered), plural(o.causes.Findings, "finding", "findings"))
	}
	if first := o.foremost(); first != "" {
		v.First = first
	}
	for i, c := range o.causes.Causes {
		if i == mostBoardCauses {
			v.MoreCauses = len(o.causes.Causes) - i
			break
		}
		v.Causes = append(v.Causes, boardCause{
			Sentence: o.says(c), Hazard: hazards[c.Example.Requirement], Harm: harmText(c.Harm), Owner: ownerText(o.run.Systems, c.Systems),
			Evidence: plural(c.Findings, "finding", "findings") + " in " + plural(len(c.Checks), "check", "checks"),
		})
		if at := &v.Causes[i]; at.Hazard == "" && len(c.Checks) > 0 {
			at.Hazard = hazards[c.Checks[0]]
		}
	}
	if text := agreementText(o.run); text != "" {
		v.Shown = append(v.Shown, text)
	}
	for _, w := range o.ways {
		if total := len(o.providers); total > 0 {
			v.Shown = append(v.Shown, fmt.Sprintf("%s of %s, by asking %s", number(w.shown()), plural(total, "provider", "providers"), title(w.system)))
		}
	}
	var open []string
	for _, s := range o.suites {
		held := 0
		for _, c := range s.checks {
			if shown(c.status) {
				held++
			} else if c.status != result.NotApplicable {
				open = append(open, sentence(c.Title)+" "+sentence(statusWord(c.status)))
			}
		}
		v.Shown = append(v.Shown, fmt.Sprintf("%s %s of %s hold.", suiteClaim(s.name).sentence, number(held), plural(len(s.checks), "check", "checks")))
	}
	for _, p := range o.providers {
		if !shown(p.status) {
			open = append([]string{p.Name + " (" + p.ODS + "): " + strings.ToLower(statusWord(p.status)) + "."}, open...)
		}
	}
	v.MoreNotShown = max(len(open)-mostBoardLines, 0)
	v.NotShown = open[:len(open)-v.MoreNotShown]
	for _, one := range options.Decisions {
		v.Decided = append(v.Decided, newBoardDecision(one))
	}
	if options.Before != nil {
		v.Change = change(*options.Before, o)
	}
	return v
}

// ownerText names who sees to what is found at some systems. What nobody is named for is said.
func ownerText(all []result.System, at []string) string {
	var named, unnamed []string
	for _, s := range all {
		switch {
		case !slices.Contains(at, s.Name):
		case s.Owner == "":
			unnamed = append(unnamed, title(s))
		case !slices.Contains(named, oneLine(s.Owner)):
			named = append(named, oneLine(s.Owner))
		}
	}
	if len(named) == 0 {
		return "nobody named"
	}
	text := strings.Join(named, " and ")
	if len(unnamed) > 0 {
		text += "; nobody named for " + strings.Join(unnamed, " and ")
	}
	return text
}

// sentence makes words a sentence: a capital first, a full stop last.
func sentence(text string) string {
	text = oneLine(text)
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + strings.TrimRight(text[1:], ".") + "."
}

// says is a cause in a sentence for a reader who knows no ids.
func (o overview) says(c causes.Cause) string {
	if c.Kind == causes.Rule && len(c.Checks) > 0 {
		says := "This does not hold: "
		if len(c.Checks) > 1 {
			says = "Several things do not hold, and nothing showed a common reason. The first: "
		}
		for _, check := range o.run.Checks {
			if check.ID == c.Checks[0] {
				return says + sentence(check.Title)
			}
		}
	}
	return o.names.Sentence(c)
}

// explainedText says how much the causes account for: "3 causes explain 98 % of 1,057 findings."
func explainedText(e causes.Explained) string {
	if len(e.Causes) == 0 {
		return ""
	}
	explain := "causes explain"
	if len(e.Causes) == 1 {
		explain = "cause explains"
	}
	return fmt.Sprintf("%s %s %d %% of %s.", number(len(e.Causes)), explain, e.Percent(), plural(e.Findings, "finding", "findings"))
}

// harmText is how bad a hazard can be, for people.
func harmText(harm string) string {
	switch harm {
	case "S1":
		return "Could contribute to serious harm"
	case "S2":
		return "Could contribute to harm"
	case "S3":
		return "Could mislead"
	case "S4":
		return "Advisory"
	default:
		return "Harm not judged"
	}
}

// decision is what the board is asked.
func decision(o result.Outcome) string {
	switch o {
	case result.Conformant:
		return "Accept the evidence of this run, with the limits above, or say what else must be shown."
	case result.SelectionPassed:
		return "None: a part of the questions was asked, and this run alone supports no acceptance."
	case result.NotConformant:
		return "Have each cause below corrected and the run repeated, or accept it in writing, with an owner and an end date."
	default:
		return "Say who sees to it that what was not shown is shown, and by when. This run alone supports no acceptance."
	}
}

// change compares the causes of two runs.
func change(before result.Run, now overview) []string {
	earlier := survey(before)
	was, is := map[string]bool{}, map[string]bool{}
	for _, c := range earlier.causes.Causes {
		was[earlier.says(c)] = true
	}
	lines := []string{fmt.Sprintf("The run before (%s): %s", before.StartedAt.Format("2 January 2006"), before.Verdict.Sentence)}
	for _, c := range now.causes.Causes {
		text := now.says(c)
		is[text] = true
		if !was[text] && len(lines) < mostBoardLines {
			lines = append(lines, "New: "+text)
		}
	}
	for _, c := range earlier.causes.Causes {
		if text := earlier.says(c); !is[text] && len(lines) < mostBoardLines {
			lines = append(lines, "No longer seen: "+text)
		}
	}
	if len(lines) == 1 {
		lines = append(lines, "The causes are the same.")
	}
	return lines
}
