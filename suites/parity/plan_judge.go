package parity

import (
	"fmt"
	"slices"
	"strings"

	"concord/fixtures"
	"concord/internal/fhir"
	"concord/internal/result"
	"concord/internal/search"
	"concord/suites/record"
)

// judgement is an answer held against what it must be.
type judgement struct {
	missing, extra []string
	// expected, returned and right count as result.Parameter does.
	expected, returned, right int
}

// hold compares the answer with the keys that it must and may hold. A record that the plan does not know is extra when it
// does not even satisfy the search by what it shows: an endpoint may hold more than the ledger.
func (q Query) hold(known func(string) bool, resources []fhir.Resource) judgement {
	j := judgement{expected: len(q.Must)}
	shown := map[string]bool{}
	for _, resource := range resources {
		name := key(resource)
		switch {
		case name != "" && shown[name]:
		case name != "" && slices.Contains(q.May, name):
		case name != "" && slices.Contains(q.Must, name):
			shown[name] = true
			j.right++
			j.returned++
		case name != "" && known(name), !q.satisfies(resource):
			shown[name] = true
			j.returned++
			j.extra = append(j.extra, resource.Reference()+" ("+short(name)+")")
		}
	}
	for _, name := range q.Must {
		if !shown[name] {
			j.missing = append(j.missing, short(name))
		}
	}
	return j
}

// short is the value of a key.
func short(name string) string { return name[strings.LastIndex(name, "|")+1:] }

// finding words what is wrong with an answer; false when nothing is.
func (q Query) finding(j judgement, answer reply, unfiltered []fhir.Resource) (result.Finding, bool) {
	if len(j.missing)+len(j.extra) == 0 {
		return result.Finding{}, false
	}
	var wrong []string
	if len(j.missing) > 0 {
		wrong = append(wrong, "lacks "+first(j.missing))
	}
	if len(j.extra) > 0 {
		wrong = append(wrong, "should not hold "+first(j.extra))
	}
	f := result.Finding{
		Rule: "search-contract", Severity: result.SeverityError, Requirement: q.Rows[0].ID, Cause: q.cause(j, answer, unfiltered),
		Message:  fmt.Sprintf("the answer to %s (%s) %s", strings.Join(answer.queries, " and "), q.Probe, strings.Join(wrong, " and ")),
		Expected: fmt.Sprintf("%d results", j.expected), Actual: fmt.Sprintf("%d results, %d of them expected", j.returned, j.right),
		Exchanges: answer.exchanges,
	}
	if q.Level() == result.May {
		f.Severity = result.Information
	}
	return f, true
}

// cause says why an answer is wrong, as far as the answer itself and the answer without the filter tell.
func (q Query) cause(j judgement, answer reply, unfiltered []fhir.Resource) result.Cause {
	same := len(unfiltered) > 0 && len(j.missing) == 0 && len(j.extra) > 0 &&
		slices.Equal(references(answer.resources), references(unfiltered))
	kind := search.Kind("")
	for _, term := range q.Terms {
		if parameter, ok := search.Lookup(q.Resource, term.Code); ok && term.Code != "patient" {
			kind = parameter.Kind
		}
	}
	switch {
	case same && (kind != search.Date || len(unfiltered) > 2):
		return result.IgnoredParameter
	case kind == search.Date && (strings.Contains(q.Probe, "year") || strings.Contains(q.Probe, "month")):
		return result.PartialDate
	case kind == search.Date && strings.Contains(q.Probe, "summer time"):
		return result.TimeZone
	case kind == search.Date:
		return result.Boundary
	case kind == search.Token && strings.Contains(q.Probe, "system"):
		return result.CodeSystem
	case len(j.missing) > 0:
		return result.CauseMissing
	default:
		return result.CauseExtra
	}
}

// knows returns what tells whether a key is one of the ledger's.
func knows(ledger *fixtures.Ledger) func(string) bool {
	return func(name string) bool {
		system, value, _ := strings.Cut(name, "|")
		switch system {
		case fhir.NHSNumberSystem:
			_, ok := ledger.Person(value)
			return ok
		case fixtures.PersonSystem:
			_, ok := ledger.PersonByID(value)
			return ok
		case record.ODSSystem:
			_, ok := ledger.Provider(value)
			return ok
		case fixtures.RecordSystem:
			// <ODS>-<fact id>: only the ledger gives records such identifiers.
			return true
		default:
			return false
		}
	}
}
