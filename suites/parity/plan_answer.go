package parity

import (
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/fhirpath/ucum"
	"concord.example/concord/internal/search"
)

// answer works out what queries must and may find. The records that several are about are gone through once.
//
// Three things are left open by FHIR R4 and are never held against a system: whether amounts are converted (see inUnits), and two more. A date without an offset may be read in UTC or
// in the local time of England, so what only one of them finds is a may. And ge and le of a value that is itself a range
// (a year, a Period) are defined as "gt or eq", which leaves out a range that only begins or ends inside the value asked
// for; servers differ, so that is a may too.
func (p *planner) answer(queries []Query) error {
	var (
		order  []string
		asked  = map[string][]*tally{}
		failed []error
	)
	for i := range queries {
		t, err := p.tally(&queries[i])
		if err != nil {
			failed = append(failed, fmt.Errorf("plan %s: %w", queries[i], err))
			continue
		}
		place := queries[i].place()
		if asked[place] == nil {
			order = append(order, place)
		}
		asked[place] = append(asked[place], t)
	}
	for _, place := range order {
		query := asked[place][0].query
		scope := query.scope(p.values)
		if query.Subject == nil {
			scope = p.few.each(query.Resource)
		}
		for resource := range scope {
			for _, t := range asked[place] {
				t.add(resource)
			}
		}
		for _, t := range asked[place] {
			t.close()
		}
	}
	return errors.Join(failed...)
}

// scope yields the records that the query is about.
func (q Query) scope(values Values) iter.Seq[fhir.Resource] {
	if q.Subject != nil {
		return slices.Values(values.About(*q.Subject, q.Resource))
	}
	return values.Each(q.Resource)
}

// tally is what a query finds among the records that it has been held against.
type tally struct {
	query    *Query
	values   Values
	readings []reading
	// units are the UCUM units that amounts are asked for in.
	units map[string]ucum.Unit
	// found says of the records by key whether an answer must hold them.
	found map[string]bool
}

// tally reads a query in every zone that its dates may be read in.
func (p *planner) tally(q *Query) (*tally, error) {
	t := &tally{query: q, values: p.values, units: q.unitsOf(), found: map[string]bool{}}
	read := zones()
	if !q.dated() {
		read = read[:1]
	}
	// The subject's own terms decide nothing: the scope is what is known about the subject. A system that shows the records
	// of linked Patients under each of them is right.
	values := q.filters().values(p.id)
	for _, zone := range read {
		r, err := p.read(q.Resource, values, zone)
		if err != nil {
			return nil, err
		}
		t.readings = append(t.readings, r)
	}
	return t, nil
}

// add holds the query against one more record. A search over all of a type that finds too much is not asked, so there
// is no need to know how much more it would find.
func (t *tally) add(resource fhir.Resource) {
	if t.query.Subject == nil && len(t.found) > longAnswer {
		return
	}
	found, open := 0, false
	for _, r := range t.readings {
		if r.finds(resource) {
			found++
			open = open || r.disputed(resource)
		}
	}
	if found == 0 {
		if t.foundInUnits(resource) || t.query.undatable(resource) {
			t.found[t.values.Key(resource)] = false
		}
		return
	}
	if name := t.values.Key(resource); name != "" {
		t.found[name] = t.found[name] || found == len(t.readings) && !open
	}
}

// foundInUnits reports whether a record is found once its amounts are told in the units that are asked for.
func (t *tally) foundInUnits(resource fhir.Resource) bool {
	if len(t.units) == 0 || t.values.Key(resource) == "" {
		return false
	}
	return slices.ContainsFunc(inUnits(resource, t.units), func(converted fhir.Resource) bool {
		return slices.ContainsFunc(t.readings, func(r reading) bool { return r.finds(converted) })
	})
}

// close gives the query its answer.
func (t *tally) close() {
	t.query.Must, t.query.May = []string{}, []string{}
	for _, name := range slices.Sorted(maps.Keys(t.found)) {
		if t.found[name] {
			t.query.Must = append(t.query.Must, name)
		} else {
			t.query.May = append(t.query.May, name)
		}
	}
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

// undatable reports whether a record shows no date where one is asked for, but something else: what it is found by cannot be told from
// what it shows, and that it is no date is told where the record itself is judged.
func (q Query) undatable(resource fhir.Resource) bool {
	for _, term := range q.Terms {
		parameter, ok := search.Lookup(q.Resource, term.Code)
		if !ok || parameter.Kind != search.Date {
			continue
		}
		for _, element := range parameter.Elements(resource) {
			for _, part := range []any{element.Value, fhir.Get(element.Value, "start"), fhir.Get(element.Value, "end")} {
				if text := fhir.Text(part); text != "" {
					if _, err := fhir.ParseDate(text, nil); err != nil {
						return true
					}
				}
			}
		}
	}
	return false
}

// finder reports whether a query finds a record.
type finder func(fhir.Resource) bool

// reading is a query as one zone has it, with the stricter queries that stand in for each ge and le.
type reading struct {
	finds finder
	// strict holds for every ge or le the two queries of which one must match for the answer to be beyond dispute.
	strict [][]finder
}

func (p *planner) read(resourceType string, values url.Values, zone *time.Location) (reading, error) {
	options := search.Options{Handling: search.Strict, Base: p.values.Base(), Zone: zone, Now: p.values.Now()}
	query, err := search.Parse(resourceType, values.Encode(), options)
	if err != nil {
		return reading{}, err
	}
	r := reading{finds: query.Matcher(p.values.Store())}
	for _, applied := range query.Applied() {
		if applied.Kind != search.Date || applied.Code == "" {
			continue
		}
		prefix, rest := fhir.CutPrefix(applied.Value)
		stricter := map[fhir.Prefix]string{fhir.GreaterOrEqual: "gt", fhir.LessOrEqual: "lt"}[prefix]
		if stricter == "" {
			continue
		}
		var either []finder
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
			either = append(either, parsed.Matcher(p.values.Store()))
		}
		r.strict = append(r.strict, either)
	}
	return r, nil
}

// disputed reports whether a record that the query finds is found by the wide reading of ge or le only.
func (r reading) disputed(resource fhir.Resource) bool {
	for _, either := range r.strict {
		if !slices.ContainsFunc(either, func(finds finder) bool { return finds(resource) }) {
			return true
		}
	}
	return false
}

// Open reports whether FHIR R4 leaves open whether the dates that a search names find a record: where the record only begins or ends in
// what a ge or le names, or is found in one alone of the zones in which a date without an offset may be read.
func Open(resourceType string, query url.Values, resource fhir.Resource) bool {
	dates := url.Values{}
	for name, values := range query {
		if parameter, known := search.Lookup(resourceType, name); known && parameter.Kind == search.Date {
			dates[name] = values
		}
	}
	p := &planner{values: &shownValues{index: search.NewIndex(search.Options{})}}
	found, open := 0, false
	for _, zone := range zones() {
		r, err := p.read(resourceType, dates, zone)
		if err != nil {
			return false
		}
		if r.finds(resource) {
			found++
			open = open || r.disputed(resource)
		}
	}
	return open || found > 0 && found < len(zones())
}

// zones are those in which a date without an offset may be read: UTC and the local time of England.
func zones() []*time.Location {
	return []*time.Location{time.UTC, time.FixedZone("BST", int(time.Hour/time.Second))}
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
