package parity

import (
	"cmp"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// edge is a search for a day near one end of which a record is.
type edge struct {
	subject *Thing
	probe   probe
}

// nearMidnight is how far from where a day begins or ends a record may be that shows in which zone a day is cut.
const nearMidnight = 3 * time.Hour

// dayEdges are a search from a day on for the record that is soonest after its beginning, and one to the end of a day for the record that
// is latest on it, whoever has them: only such records show that a system cuts days in another zone than those in which a search without
// an offset may be read. Where one person has both on one day it is one search. can says which prefixes may be asked with.
func (p *planner) dayEdges(resourceType string, parameter *search.Parameter, can func(prefix string) bool) []edge {
	type near struct {
		subject Thing
		day     string
		away    time.Duration
		cost    int
	}
	nearest := map[string]near{}
	for _, subject := range p.values.Subjects() {
		for _, resource := range p.values.About(subject, resourceType) {
			prefix, day, away := edgeOf(parameter, resource)
			found, known := nearest[prefix]
			if cost := p.values.Cost(subject); prefix != "" && (!known || cmp.Or(cmp.Compare(away, found.away), cmp.Compare(cost, found.cost)) < 0) {
				nearest[prefix] = near{subject, day, away, cost}
			}
		}
	}
	var edges []edge
	for _, prefix := range []string{"ge", "le"} {
		found, known := nearest[prefix]
		if !known {
			continue
		}
		value := found.day
		if can(prefix) {
			value = prefix + value
		}
		asked := one(parameter, value, map[string]string{"ge": "from the day that has just begun", "le": "to the day that is about to end"}[prefix])
		if len(edges) > 0 && *edges[0].subject == found.subject && nearest["ge"].day == found.day {
			both := append(edges[0].probe.terms, asked.terms...)
			if !can("ge") || !can("le") {
				both = one(parameter, found.day, "").terms
			}
			edges[0].probe = probe{terms: both, why: "a day that had just begun and was about to end"}
			continue
		}
		edges = append(edges, edge{&found.subject, asked})
	}
	return edges
}

// edgeOf says by which prefix and day a record is asked for that is within hours of one end of the day, and how far from it; "" for any other.
func edgeOf(parameter *search.Parameter, resource fhir.Resource) (prefix, day string, away time.Duration) {
	first, last, lasts := ends(parameter, resource)
	if lasts && first == last {
		return "", "", 0 // nobody knows when it ended
	}
	return edgeAt(first, last)
}

// edgeAt is edgeOf for what is recorded from a moment to another. By the clock of summer a day begins and ends an hour before it does in
// UTC, and what is near its end is so by both.
func edgeAt(first, last string) (prefix, day string, away time.Duration) {
	start, err := fhir.ParseDate(first, nil)
	if err != nil || start.Precision < fhir.Minute {
		return "", "", 0
	}
	end, err := fhir.ParseDate(last, nil)
	if err != nil || end.Precision < fhir.Minute {
		return "", "", 0
	}
	begins := start.Low.UTC().Truncate(24 * time.Hour)
	day, ended := begins.Format(time.DateOnly), begins.Add(23*time.Hour)
	after, before := end.High.Sub(begins), ended.Sub(start.Low)
	switch {
	case after <= nearMidnight:
		return "ge", day, after
	case end.High.Before(ended) && before <= nearMidnight:
		return "le", day, before
	default:
		return "", "", 0
	}
}
