package ukrules

import (
	"maps"
	"slices"
)

// Walk judges a resource whose items of one property come one at a time, each in its place while it is judged. It comes to
// the faults of Judge, up to the most that there may be.
type Walk struct {
	visit    visit
	property string
}

// Walk begins with a resource and a property that holds items. ordered says that which faults come first when there are too
// many must not depend on chance, which takes longer.
func (s *Set) Walk(resource map[string]any, property string, ordered bool) *Walk {
	w := &Walk{visit{set: s, sorted: ordered, resources: []map[string]any{resource}}, property}
	if name, _ := resource["resourceType"].(string); name != "" {
		w.visit.resource(name, resource)
	}
	w.visit.object(resource)
	return w
}

// Item judges an item and returns its faults.
func (w *Walk) Item(i int, item any) []Fault {
	if w.Full() {
		return nil
	}
	before := len(w.visit.faults)
	w.visit.steps = append(w.visit.steps[:0], step{name: w.property, index: -1}, step{index: i})
	w.visit.value(item)
	w.visit.steps = w.visit.steps[:0]
	return w.visit.faults[before:]
}

// Rest judges the other properties of the resource, once, and returns the faults that are in no item.
func (w *Walk) Rest() []Fault {
	resource, before := w.visit.resources[0], len(w.visit.faults)
	for _, name := range slices.Sorted(maps.Keys(resource)) {
		if name != w.property {
			w.visit.below(name, resource[name])
		}
	}
	return w.visit.faults[before:]
}

// Full says that no more faults are taken.
func (w *Walk) Full() bool { return len(w.visit.faults) == mostFaults }
