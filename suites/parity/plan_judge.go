package parity

import (
	"fmt"
	"slices"
	"strings"

	"concord/fixtures"
	"concord/internal/fhir"
	"concord/internal/result"
	"concord/suites/record"
)

// judgement is an answer held against what it must be.
type judgement struct {
	missing, extra []string
	// expected, returned and right count as result.Parameter does.
	expected, returned, right int
}

// wrong reports whether something is missing or too many.
func (j judgement) wrong() bool { return len(j.missing)+len(j.extra) > 0 }

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
func (q Query) finding(j judgement, answer reply) (result.Finding, bool) {
	if !j.wrong() {
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
		Rule: "search-contract", Severity: result.SeverityError, Requirement: q.Rows[0].ID, Query: answer.curl,
		Message:  fmt.Sprintf("the answer to %s (%s) %s", strings.Join(answer.queries, " and "), q.Probe, strings.Join(wrong, " and ")),
		Expected: fmt.Sprintf("%d results", j.expected), Actual: fmt.Sprintf("%d results, %d of them expected", j.returned, j.right),
		Exchanges: answer.exchanges,
	}
	for _, outcome := range answer.outcomes[:min(1, len(answer.outcomes))] {
		if text := outcome.Text("issue", "details", "text"); text != "" {
			f.Message += ", and it says: " + text
		}
	}
	return f, true
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
