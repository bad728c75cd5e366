package parity

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// judgement is an answer held against what it must be.
type judgement struct {
	missing, extra []string
	// lacks and holds are the keys of both, or the reference of a record that has no key.
	lacks, holds []string
	// wanted and shown name what must be there and what counts of what is; right is how much of the latter must be.
	wanted, shown []string
	right         int
}

// wrong reports whether something is missing or too many.
func (j judgement) wrong() bool { return len(j.missing)+len(j.extra) > 0 }

// hold compares the answer with the keys that it must and may hold. A record that the plan does not know is extra when it
// does not even satisfy the search by what it shows: an endpoint may hold more than the ledger.
func (q Query) hold(values Values, resources []fhir.Resource) judgement {
	var j judgement
	shown := map[string]bool{}
	for _, resource := range resources {
		name := values.Key(resource)
		if shown[name] {
			// It may be the next of those that say the same.
			if keys := values.Keys(resource); slices.ContainsFunc(keys, func(key string) bool { return !shown[key] }) {
				name = keys[slices.IndexFunc(keys, func(key string) bool { return !shown[key] })]
			}
		}
		switch {
		case name != "" && shown[name]:
		case name != "" && slices.Contains(q.May, name):
		case name != "" && slices.Contains(q.Must, name):
			shown[name] = true
			j.right++
			j.shown = append(j.shown, short(name))
		case name != "" && values.Knows(name), !q.satisfies(resource):
			shown[name] = true
			j.extra = append(j.extra, named(resource.Reference(), name))
			j.shown = append(j.shown, named(resource.Reference(), name))
			j.holds = append(j.holds, cmp.Or(name, resource.Reference()))
		}
	}
	for _, name := range q.Must {
		j.wanted = append(j.wanted, short(name))
		if !shown[name] {
			j.missing = append(j.missing, short(name))
			j.lacks = append(j.lacks, name)
		}
	}
	return j
}

// named writes a reference with the value of the key of what it leads to, where it has one.
func named(reference, key string) string {
	if key == "" || short(key) == reference {
		return reference
	}
	return reference + " (" + short(key) + ")"
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
		Rule: "search-contract", Severity: result.SeverityError, Requirement: q.requirement(), Level: q.Level(), Query: answer.line(),
		Message:  fmt.Sprintf("the answer to %s (%s) %s", strings.Join(answer.queries, " and "), q.Probe, strings.Join(wrong, " and ")),
		Expected: results(j.wanted, j.missing), Actual: results(j.shown, j.extra),
		Exchanges: answer.exchanges,
	}
	for _, outcome := range answer.outcomes[:min(1, len(answer.outcomes))] {
		if text := outcome.Text("issue", "details", "text"); text != "" {
			f.Message += ", and it says: " + text
		}
	}
	return f, true
}
