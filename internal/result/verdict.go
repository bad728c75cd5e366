package result

import "fmt"

// Outcome is the one-word verdict of a run.
type Outcome string

const (
	// Conformant says that every Must was demonstrated (a waived one counts, and is counted), and that nothing was left out.
	Conformant Outcome = "conformant"
	// SelectionPassed says that every Must that was asked was demonstrated, and that somebody chose to leave others out.
	SelectionPassed Outcome = "selection-passed"
	// NotClaimed is the verdict of an area that the parties do not claim. A run has it never.
	NotClaimed Outcome = "not-claimed"
	// Partial says that nothing failed but at least one selected Must was not demonstrated.
	Partial Outcome = "partial"
	// NotConformant says that at least one selected Must failed.
	NotConformant Outcome = "not-conformant"
	// Undetermined says that the harness could not tell: something was unreachable, interrupted, or nothing ran.
	Undetermined Outcome = "undetermined"
)

// Outcomes lists every outcome, best first.
func Outcomes() []Outcome {
	return []Outcome{Conformant, SelectionPassed, NotClaimed, Partial, Undetermined, NotConformant}
}

// Exit codes of the concord command. A report that could not be written is never ExitConformant. What was left out by
// choice has a code of its own, so that no gate takes a part for the whole.
const (
	ExitConformant    = 0
	ExitNotConformant = 1
	ExitUsage         = 2
	ExitUndetermined  = 3
	ExitSelection     = 4
)

// ExitCode maps the verdict to the exit code of the command. Partial shares the code of undetermined, because a Must that
// was not demonstrated must not open a release gate.
func (o Outcome) ExitCode() int {
	switch o {
	case Conformant:
		return ExitConformant
	case NotConformant:
		return ExitNotConformant
	case SelectionPassed:
		return ExitSelection
	default:
		return ExitUndetermined
	}
}

// Counts is the number of results per status.
type Counts struct {
	NotApplicable int `json:"notApplicable"`
	Pass          int `json:"pass"`
	Warning       int `json:"warning"`
	Waived        int `json:"waived"`
	Skipped       int `json:"skipped"`
	NotRun        int `json:"notRun"`
	Error         int `json:"error"`
	Fail          int `json:"fail"`
}

// Add counts one more result with the status.
func (c *Counts) Add(s Status) {
	switch s {
	case NotApplicable:
		c.NotApplicable++
	case Pass:
		c.Pass++
	case Warning:
		c.Warning++
	case Waived:
		c.Waived++
	case Skipped:
		c.Skipped++
	case Error:
		c.Error++
	case Fail:
		c.Fail++
	default:
		c.NotRun++
	}
}

// Of returns the number of results with the status.
func (c Counts) Of(s Status) int {
	switch s {
	case NotApplicable:
		return c.NotApplicable
	case Pass:
		return c.Pass
	case Warning:
		return c.Warning
	case Waived:
		return c.Waived
	case Skipped:
		return c.Skipped
	case Error:
		return c.Error
	case Fail:
		return c.Fail
	default:
		return c.NotRun
	}
}

// Total is the number of results counted.
func (c Counts) Total() int {
	return c.NotApplicable + c.Pass + c.Warning + c.Waived + c.Skipped + c.NotRun + c.Error + c.Fail
}

// Verdict is the roll-up of a whole run.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	// Status is the worst status of all results.
	Status Status `json:"status"`
	// Sentence says the outcome in plain English.
	Sentence string `json:"sentence"`
	Counts   Counts `json:"counts"`
	// Areas are the verdicts of the areas that the run is about, in the order of Areas.
	Areas []AreaVerdict `json:"areas,omitempty"`
}

// Judge rolls results up to a verdict.
//
// Only levels of Must decide between the outcomes, except that an Error of any level leaves the run undetermined and a
// stale waiver fails it. So does what was never asked because the system could not be reached or the run was stopped.
// Nothing at all is undetermined: an empty run demonstrates nothing. So is a run in which nothing was demonstrated.
func Judge(results []Result) Verdict {
	v := Verdict{}
	statuses := make([]Status, 0, len(results))
	var failed, undemonstrated, demonstrated, unasked int
	for _, r := range results {
		statuses = append(statuses, r.Status)
		v.Counts.Add(r.Status)
		switch {
		case r.Status == Fail:
			failed++
		case r.NeverAsked():
			unasked++
		case r.Shown():
			demonstrated++
		case r.Level == Must && (r.Status.known() == NotRun || r.Status == Skipped):
			undemonstrated++
		}
	}
	v.Status = RollUp(statuses...)
	total := v.Counts.Total()
	switch {
	case failed > 0:
		v.Outcome = NotConformant
		v.Sentence = fmt.Sprintf("Not conformant: %d of %d results failed.", failed, total)
	case v.Counts.Error > 0:
		v.Outcome = Undetermined
		v.Sentence = fmt.Sprintf("Could not be determined: %d of %d results ended in an error, which says nothing about conformance.",
			v.Counts.Error, total)
	case unasked > 0:
		v.Outcome = Undetermined
		v.Sentence = fmt.Sprintf("Could not be determined: %d of %d results were never asked, which says nothing about conformance.", unasked, total)
	case demonstrated == 0:
		v.Outcome = Undetermined
		v.Sentence = "Could not be determined: nothing was demonstrated."
	case undemonstrated > 0:
		v.Outcome = Partial
		v.Sentence = fmt.Sprintf("Partial: nothing failed, but %d of %d results that must be demonstrated were not.", undemonstrated, total-v.Counts.NotApplicable)
	default:
		v.Outcome = Conformant
		v.Sentence = fmt.Sprintf("Conformant: all %d results that apply were demonstrated.", total-v.Counts.NotApplicable)
		if v.Counts.Warning > 0 || v.Counts.Waived > 0 {
			v.Sentence = fmt.Sprintf("Conformant: all %d results that apply were demonstrated, %d with warnings and %d by waiver.",
				total-v.Counts.NotApplicable, v.Counts.Warning, v.Counts.Waived)
		}
	}
	return v
}
