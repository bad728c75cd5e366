package search

import (
	"context"
	"fmt"
	"slices"

	"concord.example/concord/internal/fhir"
)

// Result is the answer to a query.
type Result struct {
	// Matches are all resources that match, in the order _sort asks for and otherwise in the index's own. _count plays no
	// part: paging is the caller's.
	Matches []fhir.Resource
	// Included are the resources _include and _revinclude add to all of Matches.
	Included []fhir.Resource
}

// Search answers a query whole. A caller that pages wants Matches, and Included for each page.
func (ix *Index) Search(ctx context.Context, q *Query) (Result, error) {
	matches, err := ix.Matches(ctx, q)
	if err != nil {
		return Result{}, err
	}
	included, err := q.Included(ctx, matches, ix)
	if err != nil {
		return Result{}, err
	}
	return Result{Matches: matches, Included: included}, nil
}

// checkEvery is how many resources are looked at between looks at the context.
const checkEvery = 1024

// Matches returns all resources that match the query, sorted as it asks. It stops with the context's error when that is
// done, and with a *ParamError when a reference value gives an id only and resources of several types have it.
func (ix *Index) Matches(ctx context.Context, q *Query) ([]fhir.Resource, error) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if err := ix.checkAmbiguous(q); err != nil {
		return nil, err
	}
	var matches []fhir.Resource
	m := &matching{store: locked{ix}, options: &q.options, joins: newJoins(ctx.Err)}
	seen := 0
	for _, typ := range q.types {
		store := ix.types[typ]
		if store == nil {
			continue
		}
		err := ix.visit(store, typ, q, m, func(resource fhir.Resource) error {
			if seen++; seen%checkEvery == 0 && ctx.Err() != nil {
				return fmt.Errorf("search %s: %w", typ, ctx.Err())
			}
			if m.root = resource; resource != nil && q.match(m) {
				matches = append(matches, resource)
			}
			if m.joins.err != nil {
				return fmt.Errorf("search %s: %w", typ, m.joins.err)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	q.Sort(matches)
	return matches, nil
}

// visit calls look for the resources that may match: those of the filter that narrows most, or all.
func (ix *Index) visit(store *typeStore, typ string, q *Query, m *matching, look func(fhir.Resource) error) error {
	var best []int32
	narrowed := false
	for _, f := range q.filters[typ] {
		slots, ok := ix.candidates(typ, f, m)
		if ok && (!narrowed || len(slots) < len(best)) {
			best, narrowed = slots, true
		}
		if narrowed && len(best) == 0 {
			return nil
		}
	}
	if !narrowed {
		for _, resource := range store.slots {
			if err := look(resource); err != nil {
				return err
			}
		}
		return nil
	}
	for _, slot := range best {
		if err := look(store.slots[slot]); err != nil {
			return err
		}
	}
	return nil
}

// checkAmbiguous refuses a reference value that is an id alone when resources of more than one type the parameter may
// refer to have it (R4 section 3.1.1.4.12).
func (ix *Index) checkAmbiguous(q *Query) error {
	for _, typ := range q.types {
		for _, f := range q.filters[typ] {
			if vf, ok := f.(*valueFilter); ok && vf.parameter.Kind == Reference {
				if err := ix.checkFilter(vf); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (ix *Index) checkFilter(f *valueFilter) error {
	for _, value := range f.values {
		value, ok := value.(referenceValue)
		if !ok || value.typ != "" || value.id == "" || len(f.parameter.Targets) < 2 {
			continue
		}
		var types []string
		for _, target := range f.parameter.Targets {
			if _, ok := ix.get(target, value.id); ok {
				types = append(types, target)
			}
		}
		if len(types) > 1 {
			slices.Sort(types)
			return &ParamError{Param: f.parameter.Code, Value: value.id, Problem: fmt.Sprintf("is the id of a %s and of a %s: write %s/%s", types[0], types[1], types[0], value.id)}
		}
	}
	return nil
}
