package parity

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord/internal/fhir"
	"concord/internal/search"
)

// answer works out what a query must and may find.
//
// Two things are left open by FHIR R4 and are never held against a system. A date without an offset may be read in UTC or
// in the local time of England, so what only one of them finds is a may. And ge and le of a value that is itself a range
// (a year, a Period) are defined as "gt or eq", which leaves out a range that only begins or ends inside the value asked
// for; servers differ, so that is a may too.
func (p *planner) answer(q *Query) error {
	scope := p.values.All(q.Resource)
	if q.Subject != nil {
		scope = p.values.About(*q.Subject, q.Resource)
	}
	// The subject's own terms decide nothing: the scope is what is known about the subject. A system that shows the records
	// of linked Patients under each of them is right.
	values := q.filters().values(p.id)
	zones := []*time.Location{time.UTC}
	if q.dated() {
		zones = append(zones, time.FixedZone("BST", int(time.Hour/time.Second)))
	}
	readings := make([]reading, 0, len(zones))
	for _, zone := range zones {
		r, err := p.read(q.Resource, values, zone)
		if err != nil {
			return fmt.Errorf("plan %s: %w", q, err)
		}
		readings = append(readings, r)
	}
	must, may := map[string]bool{}, map[string]bool{}
	for _, resource := range scope {
		found, open := 0, false
		for _, r := range readings {
			if r.query.Match(resource, p.values.Store()) {
				found++
				open = open || r.disputed(resource, p.values.Store())
			}
		}
		if found == 0 {
			continue
		}
		name := p.values.Key(resource)
		switch {
		case name == "":
		case found == len(readings) && !open:
			must[name] = true
		default:
			may[name] = true
		}
	}
	for name := range must {
		delete(may, name)
	}
	q.Must, q.May = sortedKeys(must), sortedKeys(may)
	return nil
}

// filters is the query without the terms that say whom it is about.
func (q Query) filters() Query {
	if q.Subject != nil {
		q.Terms = slices.DeleteFunc(slices.Clone(q.Terms), func(term Term) bool { return term.Code == "patient" })
	}
	return q
}

// dated reports whether a date parameter is among the terms.
func (q Query) dated() bool {
	return slices.ContainsFunc(q.Terms, func(term Term) bool {
		parameter, ok := search.Lookup(q.Resource, term.Code)
		return ok && parameter.Kind == search.Date
	})
}

// reading is a query as one zone has it, with the stricter queries that stand in for each ge and le.
type reading struct {
	query *search.Query
	// strict holds for every ge or le the two queries of which one must match for the answer to be beyond dispute.
	strict [][]*search.Query
}

func (p *planner) read(resourceType string, values url.Values, zone *time.Location) (reading, error) {
	options := search.Options{Handling: search.Strict, Base: p.values.Base(), Zone: zone, Now: p.values.Now()}
	query, err := search.Parse(resourceType, values.Encode(), options)
	if err != nil {
		return reading{}, err
	}
	r := reading{query: query}
	for _, applied := range query.Applied() {
		if applied.Kind != search.Date || applied.Code == "" {
			continue
		}
		prefix, rest := fhir.CutPrefix(applied.Value)
		stricter := map[fhir.Prefix]string{fhir.GreaterOrEqual: "gt", fhir.LessOrEqual: "lt"}[prefix]
		if stricter == "" {
			continue
		}
		var either []*search.Query
		for _, instead := range []string{stricter, "eq"} {
			changed := url.Values{}
			for name, list := range values {
				changed[name] = slices.Clone(list)
				if i := slices.Index(list, applied.Value); name == applied.Name && i >= 0 {
					changed[name][i] = instead + rest
				}
			}
			parsed, err := search.Parse(resourceType, changed.Encode(), options)
			if err != nil {
				return reading{}, err
			}
			either = append(either, parsed)
		}
		r.strict = append(r.strict, either)
	}
	return r, nil
}

// disputed reports whether a record that the query finds is found by the wide reading of ge or le only.
func (r reading) disputed(resource fhir.Resource, store search.Store) bool {
	for _, either := range r.strict {
		if !slices.ContainsFunc(either, func(q *search.Query) bool { return q.Match(resource, store) }) {
			return true
		}
	}
	return false
}

// id is the id of a thing among the values.
func (p *planner) id(thing Thing, form Form) string {
	resource, ok := p.values.Find(thing)
	if !ok {
		return "unknown"
	}
	return written(p.values.Base(), resource, form)
}

// written writes the id of a record of an endpoint in a form.
func written(base string, resource fhir.Resource, form Form) string {
	switch form {
	case ByType:
		return resource.Reference()
	case ByURL:
		return strings.TrimSuffix(base, "/") + "/" + resource.Reference()
	default:
		return resource.ID()
	}
}

func sortedKeys(set map[string]bool) []string {
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
