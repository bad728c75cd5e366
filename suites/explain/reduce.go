package explain

import (
	"context"
	"net/url"
	"slices"
	"strings"
)

// Budget is how many requests may be spent on making one question smaller.
const Budget = 16

// parameter is one name with one value.
type parameter struct{ name, value string }

// Reduce finds a smallest search that still shows a fault, by delta debugging (Zeller and Hildebrandt, "Simplifying and
// isolating failure-inducing input", 2002): first over the parameters, then over the values of each list. shows asks
// whether a search shows the fault; it is called at most budget times, and never for a search without parameters when
// keep is empty. When it fails, or the budget is spent, the smallest search that was seen to show the fault is returned.
func Reduce(ctx context.Context, parameters url.Values, budget int, shows func(context.Context, url.Values) (bool, error)) url.Values {
	r := &reducer{left: budget, shows: func(list []parameter) bool {
		found, err := shows(ctx, join(list))
		return err == nil && found && ctx.Err() == nil
	}}
	smallest := minimise(r, split(parameters), func(list []parameter) []parameter { return list })
	for i, p := range smallest {
		values := strings.Split(p.value, ",")
		if len(values) < 2 || r.left <= 0 {
			continue
		}
		kept := minimise(r, values, func(values []string) []parameter {
			if len(values) == 0 {
				return slices.Delete(slices.Clone(smallest), i, i+1)
			}
			changed := slices.Clone(smallest)
			changed[i].value = strings.Join(values, ",")
			return changed
		})
		smallest[i].value = strings.Join(kept, ",")
	}
	return join(smallest)
}

// reducer counts what was asked.
type reducer struct {
	left  int
	shows func([]parameter) bool
}

func (r *reducer) try(list []parameter) bool {
	if r.left <= 0 {
		return false
	}
	r.left--
	return r.shows(list)
}

// minimise is ddmin: it takes away ever smaller parts of the items as long as what is left, made into parameters, shows
// the fault.
func minimise[T any](r *reducer, items []T, parameters func([]T) []parameter) []T {
	for parts := 2; len(items) > 1 && r.left > 0; {
		size := (len(items) + parts - 1) / parts
		smaller := false
		for from := 0; from < len(items); from += size {
			rest := slices.Delete(slices.Clone(items), from, min(from+size, len(items)))
			if r.try(parameters(rest)) {
				items, smaller = rest, true
				parts = max(parts-1, 2)
				break
			}
		}
		if smaller {
			continue
		}
		if size == 1 {
			break
		}
		parts = min(2*parts, len(items))
	}
	return items
}

// split lists parameters in the order of their names.
func split(parameters url.Values) []parameter {
	var list []parameter
	for name, values := range parameters {
		for _, value := range values {
			list = append(list, parameter{name, value})
		}
	}
	slices.SortStableFunc(list, func(a, b parameter) int { return strings.Compare(a.name, b.name) })
	return list
}

func join(list []parameter) url.Values {
	parameters := url.Values{}
	for _, p := range list {
		parameters.Add(p.name, p.value)
	}
	return parameters
}
