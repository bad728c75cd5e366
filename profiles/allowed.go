package profiles

import "slices"

// Codes lists the codes that a value set allows, in its order, and whether these are all of them. It lists at most most, and none
// of a value set that takes more than its own definitions to list: one that filters, excludes, is built on others, or names a code
// system that is not held whole.
func (r *Registry) Codes(valueSet string, most int) (codes []string, whole bool) {
	set, err := r.ValueSet(valueSet)
	if err != nil || set == nil {
		return nil, false
	}
	add := func(code string) bool {
		if slices.Contains(codes, code) {
			return true
		}
		if len(codes) == most {
			return false
		}
		codes = append(codes, code)
		return true
	}
	if len(set.Exclude) > 0 {
		return nil, false
	}
	if set.HasExpansion {
		for _, c := range set.Expansion {
			if !add(c.Code) {
				return codes, false
			}
		}
		return codes, true
	}
	for _, include := range set.Include {
		concepts := include.Codes
		if len(include.Filters)+len(include.ValueSets) > 0 {
			return nil, false
		}
		if len(concepts) == 0 {
			system, err := r.CodeSystem(include.System)
			if err != nil || system == nil || system.Content != "complete" {
				return nil, false
			}
			concepts = system.Concepts
		}
		for _, c := range concepts {
			if !add(c.Code) {
				return codes, false
			}
		}
	}
	return codes, len(codes) > 0
}
