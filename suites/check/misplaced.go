package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// misplacedIn is the first record of a Bundle that stands under the URL of another one, with that URL.
func misplacedIn(bundle fhir.Resource) (record, at string) {
	if bundle.Type() != "Bundle" {
		return "", ""
	}
	for _, entry := range fhir.Entries(bundle) {
		if name := entry.Resource.Reference(); entry.Resource.ID() != "" && !strings.HasSuffix(entry.FullURL, "/"+name) {
			if full, ok := fhir.ParseReference(entry.FullURL); ok && full.Type != "" && full.Relative() != name {
				return name, entry.FullURL
			}
		}
	}
	return "", ""
}

// Misplaced says which of the answers to some exchanges show a record under the URL of another one, of those whose pages were read. Each is
// told once, in the order of what is told.
func (e *Endpoint) Misplaced(ids []string) []WrongAnswer {
	var found []WrongAnswer
	for _, id := range ids {
		e.whose.mu.Lock()
		seen := e.whose.answers[id]
		e.whose.mu.Unlock()
		got, kept := e.client.Had(e.Name, id)
		if seen.misplaced == "" || kept && seen.from.Value() != got {
			continue
		}
		query, curl := "an earlier question", ""
		if kept {
			request := got.Request
			query, curl = strings.TrimPrefix(strings.TrimPrefix(request.URL, e.Base()), "/"), e.curl(request)
		}
		found = append(found, WrongAnswer{e.Name, result.Finding{
			Rule: RuleFullURL, Severity: result.SeverityError, Cause: result.CauseError, Path: "Bundle.entry.fullUrl", Query: curl, Exchanges: []string{id},
			Message:  fmt.Sprintf("%s shows %s in the answer to %s under the URL of another resource", e.Name, seen.misplaced, query),
			Expected: "a fullUrl that ends in " + seen.misplaced, Actual: seen.at,
		}})
	}
	slices.SortStableFunc(found, func(a, b WrongAnswer) int { return cmp.Compare(a.Finding.Message, b.Finding.Message) })
	return found
}
