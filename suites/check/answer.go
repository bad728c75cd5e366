package check

import (
	"fmt"
	"slices"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// Answer is a searchset read to its last page.
type Answer struct {
	// Query is the search as it was asked, relative to the base URL.
	Query string
	// curl writes the same for a shell. Few answers are ever shown, so it is written when one is.
	curl func() string
	// Matches are the entries with search mode match (or without a mode), Includes those with mode include.
	Matches, Includes []fhir.Entry
	// Outcomes are OperationOutcomes that came as entries. They can say that the answer is not complete.
	Outcomes []fhir.Resource
	// Self is the self link of the first page, which tells the parameters that were applied; "" when it is absent.
	Self string
	// Total is Bundle.total of the first page, -1 when it is absent; Totals are those of all pages that state one.
	Total  int
	Totals []int
	// Pages is the number of pages read.
	Pages int
	// Exchanges are the ids of the exchanges the answer was read from.
	Exchanges []string
	// Remarks are what is odd or wrong about the answer and does not make it unusable.
	Remarks []result.Finding
	// seen are the references of the matches, subjects those of whom they are about.
	seen, subjects map[string]bool
	// one says that the search is about one person.
	one bool
	// overlong says that there is an entry with an id that is too long to be asked about.
	overlong bool
	// Took is how long those exchanges took together, by the run's clock, without HeldUp.
	Took time.Duration
	// Waited is the same in real time, also when the run's clock stands still. Nothing that is printed may depend on it but
	// whether a limit was kept.
	Waited time.Duration
	// HeldUp is for how long Concord's own process was kept from working meanwhile.
	HeldUp time.Duration
}

// TooClose reports whether the answer kept a limit of time only without what Concord itself was held up.
func (a *Answer) TooClose(limit time.Duration) bool {
	return a.Waited <= limit && limit < a.Waited+a.HeldUp
}

// Miscounted is the first total that a page states and that is not the number of matches.
func (a *Answer) Miscounted() (total int, is bool) {
	if i := slices.IndexFunc(a.Totals, func(total int) bool { return total != len(a.Matches) }); i >= 0 {
		return a.Totals[i], true
	}
	return 0, false
}

// Resources returns the matching resources.
func (a *Answer) Resources() []fhir.Resource {
	resources := make([]fhir.Resource, 0, len(a.Matches))
	for _, entry := range a.Matches {
		resources = append(resources, entry.Resource)
	}
	return resources
}

// Curl writes the search for a shell, without credentials.
func (a *Answer) Curl() string {
	if a.curl == nil {
		return ""
	}
	return a.curl()
}

// incomplete turns an OperationOutcome entry that says that something is missing into an error. An answer that says so
// proves nothing by what it lacks: the endpoint told the truth, and the record could not be seen.
func (a *Answer) incomplete(system string) error {
	for _, outcome := range a.Outcomes {
		for _, issue := range outcome.Objects("issue") {
			severity, code := fhir.Text(issue["severity"]), fhir.Text(issue["code"])
			if severity == "information" || !slices.Contains(IncompleteCodes(), code) {
				continue
			}
			return &Inconclusive{Reason: result.Unreachable, Detail: fmt.Sprintf(
				"%s says that its answer to %s is not complete: %s", system, a.Query, describe(outcome))}
		}
	}
	return nil
}

// IncompleteCodes lists the issue types (http://hl7.org/fhir/ValueSet/issue-type) that say that a part of the answer could
// not be had.
func IncompleteCodes() []string {
	return []string{"incomplete", "timeout", "transient", "exception", "no-store", "throttled", "lock-error"}
}
