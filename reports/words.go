package reports

import (
	"fmt"
	"strings"
	"unicode"

	"concord.example/concord/internal/result"
)

// statusWord is the status as a board reads it.
func statusWord(s result.Status) string {
	switch s {
	case result.Pass:
		return "Passed"
	case result.Warning:
		return "Passed with a warning"
	case result.Waived:
		return "Waived"
	case result.Skipped:
		return "Skipped"
	case result.Error:
		return "Error"
	case result.Fail:
		return "Failed"
	case result.NotApplicable:
		return "Not applicable"
	default:
		return "Not run"
	}
}

// statusMeaning says in one sentence what the status claims and what it does not.
func statusMeaning(s result.Status) string {
	switch s {
	case result.Pass:
		return "The question was asked, answered from data, and the answer was right."
	case result.Warning:
		return "The answer was usable, but something that is only recommended was missing or probably wrong."
	case result.Waived:
		return "The check failed, and a named person accepted that failure for a stated time."
	case result.Skipped:
		return "A person chose not to ask."
	case result.Error:
		return "Concord could not tell. This says nothing about the system, good or bad."
	case result.Fail:
		return "The system gave a wrong answer."
	case result.NotApplicable:
		return "The system does not offer what the question is about, and does not have to."
	default:
		return "The question could not be put, so nothing was shown."
	}
}

// severityOrder lists the statuses worst first, the order in which a reader wants them.
func severityOrder() []result.Status {
	return []result.Status{
		result.Fail, result.Error, result.NotRun, result.Skipped, result.Waived, result.Warning, result.Pass, result.NotApplicable,
	}
}

// shown reports whether the status demonstrates what was asked. A waiver does not: somebody accepted that it was not shown.
func shown(s result.Status) bool { return s == result.Pass || s == result.Warning }

// reasonMeaning says in one sentence what the reason code stands for.
func reasonMeaning(r result.Reason) string {
	switch r {
	case result.NoReason:
		return "None."
	case result.NoData:
		return "The system holds nothing that the question could be put with."
	case result.NotConfigured:
		return "The configuration does not say what the question needs, such as how to ask in a role."
	case result.NotOffered:
		return "The system does not offer what the question needs."
	case result.NotAllowed:
		return "The system refused to answer: not signed in, not permitted, or a policy."
	case result.Broken:
		return "The system answered, and the answer is wrong."
	case result.Unreachable:
		return "The system could not be reached or did not answer in time."
	case result.Throttled:
		return "The system kept asking to be left alone for longer than a run waits."
	case result.NotAsked:
		return "The question was not sent: the ones before it failed, or a budget was used up."
	case result.Interrupted:
		return "The run was stopped before the check could finish."
	case result.Deselected:
		return "A person left the check out."
	case result.Accepted:
		return "A waiver covers the failure."
	case result.StaleWaiver:
		return "A failure was expected and did not happen, so the waiver is out of date."
	case result.HarnessFault:
		return "Concord itself went wrong. It is not the system's fault."
	case result.NeedsWitness:
		return "Somebody has to do something to the system, and nobody was there to do it and say so (concord run --witness)."
	case result.NoDifference:
		return "What was asked made no difference to the answer, so a right answer shows nothing."
	case result.NotClaimedReason:
		return "The parties do not claim the area that the question is about."
	case result.NotCheckable:
		return "Concord could not evaluate a rule, so nothing is known of what the rule is about."
	case result.HeldUp:
		return "Concord's own process was kept from working by others on its machine, so whether a time was kept is too close to call."
	default:
		return "This reason is not one that Concord knows."
	}
}

// causeText is the cause with its meaning, "" for none.
func causeText(c result.Cause) string {
	if c == result.NoCause {
		return ""
	}
	return string(c) + ": " + c.Meaning()
}

// declaredText says what became of a declared difference.
func declaredText(d result.Declared) string {
	switch d.State {
	case result.DeclaredOccurs:
		return "found " + plural(d.Occurred, "time", "times") + " and waived"
	case result.DeclaredStale:
		return "no longer found: take it out of the register"
	case result.DeclaredExpired:
		return "expired, so it counts for nothing"
	default:
		return "not looked for in this run"
	}
}

// levelMeaning says how strongly the source words the requirement.
func levelMeaning(l result.Level) string {
	switch l {
	case result.Must:
		return "Must: a system that does not do this is not conformant"
	case result.Should:
		return "Should: not doing this is a warning"
	case result.May:
		return "May: optional"
	default:
		return string(l)
	}
}

// outcomeWord is the verdict as a board reads it.
func outcomeWord(o result.Outcome) string {
	switch o {
	case result.Conformant:
		return "Conformant"
	case result.NotConformant:
		return "Not conformant"
	case result.Partial:
		return "Partial"
	case result.Undetermined:
		return "Could not be determined"
	case result.SelectionPassed:
		return "Selection passed"
	case result.NotClaimed:
		return "Not claimed"
	default:
		return string(o)
	}
}

// unclaimedText says that an area is not claimed, or only a part of it, and why.
func unclaimedText(u result.Unclaimed) string {
	if u.Partly {
		return areaWord(u.Area) + " is claimed in part: " + u.Why
	}
	return areaWord(u.Area) + " is not claimed: " + u.Why
}

// areaWord is the area of a verdict as a board reads it.
func areaWord(a result.Area) string {
	switch a {
	case result.AreaSearch:
		return "Search"
	case result.AreaFacts:
		return "Facts"
	case result.AreaFederation:
		return "Federation"
	case result.AreaProfile:
		return "UK Core profiles"
	case result.AreaCapability:
		return "Capabilities"
	case result.AreaSecurity:
		return "Security"
	default:
		return label(string(a))
	}
}

// areasText names every area with its verdict: "search conformant, UK Core profiles not claimed".
func areasText(v result.Verdict) string {
	parts := make([]string, 0, len(v.Areas))
	for _, a := range v.Areas {
		area := areaWord(a.Area)
		if a.Area != result.AreaProfile { // whose first word is a name
			area = strings.ToLower(area)
		}
		parts = append(parts, area+" "+strings.ToLower(outcomeWord(a.Outcome)))
	}
	return strings.Join(parts, ", ")
}

// claim is the question that a suite answers, as a sentence that is true or false, and what its answer cannot show.
type claim struct{ sentence, limits string }

// claimWord is the answer to a claim whose evidence has that status. some says that a part of it was shown.
func claimWord(s result.Status, some bool) string {
	switch s {
	case result.Pass:
		return "Shown"
	case result.Warning:
		return "Shown, with a warning"
	case result.Error:
		return "Could not tell"
	case result.Skipped, result.NotRun:
		if some {
			return "Not fully shown"
		}
		return statusWord(s)
	default:
		return statusWord(s)
	}
}

// suiteClaim says what a suite claims when every check of it passes.
func suiteClaim(suite string) claim {
	switch suite {
	case "capability":
		return claim{
			"The systems do what they declare, and refuse what they should refuse.",
			"Shown for the declared capabilities that were asked about. An undeclared capability is not a fault and is not tested.",
		}
	case "profile":
		return claim{
			"The resources that the systems return meet their UK Core profiles.",
			"Shown for the resources that were fetched, against the package versions named in this report.",
		}
	case "parity":
		return claim{
			"Searches give complete and correct answers, and the same clinical facts from both systems.",
			"Shown for the searches of the contract named in this report, over the data of this run.",
		}
	case "scenario":
		return claim{
			"A clinician on either side sees what the other side's record holds.",
			"Shown for the situations that were played, with the people and facts of this run.",
		}
	default:
		return claim{"The checks of this suite hold.", "Shown for what the checks of the suite asked."}
	}
}

// suiteOrder sorts the suites that Concord knows in the order a reader wants, and any other after them.
func suiteOrder(suite string) int {
	switch suite {
	case "capability":
		return 0
	case "profile":
		return 1
	case "parity":
		return 2
	case "scenario":
		return 3
	default:
		return 4
	}
}

// label turns a code such as "gp-practice" into words for a heading: "GP practice".
func label(code string) string {
	words := strings.FieldsFunc(code, func(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) })
	for i, w := range words {
		switch strings.ToLower(w) {
		case "gp", "nhs", "chc", "ooh", "icb", "ics":
			words[i] = strings.ToUpper(w)
		}
	}
	text := strings.Join(words, " ")
	if text == "" {
		return "Type not given"
	}
	first := []rune(text)
	first[0] = unicode.ToUpper(first[0])
	return string(first)
}

// plural renders a number with its noun: "1 provider", "848 providers", "1,448 providers".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

// number renders a count with a comma between thousands.
func number(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// statusCount is the status behind a number: "3 failed", "1 in error".
func statusCount(s result.Status) string {
	if s == result.Error {
		return "in error"
	}
	return strings.ToLower(statusWord(s))
}

// countsText renders counts worst first, without the zeros: "2 failed, 1 not run, 845 passed".
func countsText(c result.Counts) string {
	var parts []string
	for _, s := range severityOrder() {
		if n := c.Of(s); n > 0 {
			parts = append(parts, number(n)+" "+statusCount(s))
		}
	}
	if len(parts) == 0 {
		return "nothing recorded"
	}
	return strings.Join(parts, ", ")
}

// oneLine makes text from elsewhere safe for a line of plain text: control characters, which could steer a terminal or
// break a table, and runs of space become one space.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "\uFFFD"), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
}

// clip shortens text to at most n characters and shows that it did.
func clip(text string, n int) string {
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	return strings.TrimRight(string(runes[:n-1]), " ") + "…"
}

// ownHazard is the hazard of a finding where it says another than its check, whose hazard stands beside it.
func ownHazard(check result.Check, f result.Finding) string {
	if f.Hazard == check.Hazard {
		return ""
	}
	return f.Hazard
}

// required names the rule that a finding breaks, and how strongly it is worded.
func required(f result.Finding) string {
	if f.Requirement == "" || f.Level == "" {
		return f.Requirement
	}
	return f.Requirement + " (" + levelWord(f.Level) + ")"
}
