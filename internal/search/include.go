package search

import (
	"context"
	"fmt"

	"concord.example/concord/internal/fhir"
)

// Included returns the resources that _include and _revinclude add to the matches: each once, none that is a match, in
// the order they are come upon. A reference that resolves to nothing adds nothing. It needs no Index, so it serves for
// matches merged from several places.
func (q *Query) Included(ctx context.Context, matches []fhir.Resource, store Store) ([]fhir.Resource, error) {
	if len(q.includes) == 0 {
		return nil, nil
	}
	taken := make(map[string]bool, len(matches))
	for _, match := range matches {
		taken[match.Reference()] = true
	}
	var included []fhir.Resource
	// The first round is over the matches with every include, each later one over what the last added, with those that
	// iterate. It ends because no resource is added twice.
	for round, from := 0, matches; len(from) > 0; round++ {
		var added []fhir.Resource
		for i, resource := range from {
			if i%checkEvery == 0 && ctx.Err() != nil {
				return nil, fmt.Errorf("include resources: %w", ctx.Err())
			}
			for _, include := range q.includes {
				if round > 0 && !include.Iterate {
					continue
				}
				for _, found := range q.joined(include, resource, store) {
					if reference := found.Reference(); !taken[reference] {
						taken[reference] = true
						added = append(added, found)
					}
				}
			}
			if limit := q.options.Limits.Included; len(included)+len(added) > limit {
				return nil, &LimitError{What: "included resources", Limit: limit}
			}
		}
		included = append(included, added...)
		from = added
	}
	return included, nil
}

// joined returns the resources one include joins to a resource.
func (q *Query) joined(include Include, resource fhir.Resource, store Store) []fhir.Resource {
	if include.Reverse {
		return q.referring(include, resource, store)
	}
	if include.Source != "*" && include.Source != resource.Type() {
		return nil
	}
	m := &matching{root: resource, store: store, options: &q.options}
	var found []fhir.Resource
	for _, parameter := range referenceParameters(resource.Type(), include.Code) {
		for _, reference := range parameter.references(m) {
			target, ok := store.Resolve(reference)
			if ok && (include.Target == "" || include.Target == target.Type()) {
				found = append(found, target)
			}
		}
	}
	return found
}

func (q *Query) referring(include Include, resource fhir.Resource, store Store) []fhir.Resource {
	if include.Target != "" && include.Target != resource.Type() {
		return nil
	}
	sources := []string{include.Source}
	if include.Source == "*" {
		sources = parameters().types
	}
	var found []fhir.Resource
	for _, source := range sources {
		for _, parameter := range referenceParameters(source, include.Code) {
			found = append(found, store.Referring(source, parameter.Code, resource.Reference())...)
		}
	}
	return found
}

// referenceParameters returns the reference parameter of the code, or all for "*".
func referenceParameters(resourceType, code string) []*Parameter {
	if code != "*" {
		if parameter, ok := Lookup(resourceType, code); ok && parameter.Kind == Reference && parameter.Unsupported == "" {
			return []*Parameter{parameter}
		}
		return nil
	}
	var all []*Parameter
	for _, parameter := range parameters().sorted[resourceType] {
		if parameter.Kind == Reference && parameter.Unsupported == "" {
			all = append(all, parameter)
		}
	}
	return all
}
