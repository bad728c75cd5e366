package search

import (
	"cmp"
	"slices"

	"concord.example/concord/internal/fhir"
)

// Sort puts resources into the order _sort asks for; those it does not tell apart keep their order. Of several values a
// resource has, the one that comes first in the direction of the rule counts (R4 section 3.1.1.5.1); a resource without
// a value comes last in either direction. Without _sort nothing changes.
func (q *Query) Sort(resources []fhir.Resource) {
	if len(q.sort) == 0 || len(resources) < 2 {
		return
	}
	type keyed struct {
		resource fhir.Resource
		keys     []sortKey
	}
	all := make([]keyed, len(resources))
	for i, resource := range resources {
		all[i] = keyed{resource, q.keys(resource)}
	}
	slices.SortStableFunc(all, func(a, b keyed) int { return q.compareKeys(a.keys, b.keys) })
	for i := range all {
		resources[i] = all[i].resource
	}
}

// Compare returns -1, 0 or 1 as a comes before b, neither before the other, or after, in the order _sort asks for.
func (q *Query) Compare(a, b fhir.Resource) int { return q.compareKeys(q.keys(a), q.keys(b)) }

func (q *Query) compareKeys(a, b []sortKey) int {
	for i, rule := range q.sort {
		order := 0
		switch {
		case a[i].missing != b[i].missing:
			if a[i].missing {
				return 1
			}
			return -1
		case a[i].missing:
		case rule.Descending:
			order = b[i].compare(a[i])
		default:
			order = a[i].compare(b[i])
		}
		if order != 0 {
			return order
		}
	}
	return 0
}

// After reports whether b certainly comes before a in the order _sort asks for. R4 does not say where a resource without a value
// stands, nor by which of its ends a range of time is ordered: a day and an instant within it, or two periods of which one lies
// within the other, may stand either way.
func (q *Query) After(a, b fhir.Resource) bool {
	keysA, keysB := q.keys(a), q.keys(b)
	for i, rule := range q.sort {
		first, second := keysA[i], keysB[i]
		if rule.Descending {
			first, second = second, first
		}
		if first.missing || second.missing {
			return false
		}
		if order := cmp.Or(cmp.Compare(first.text, second.text), first.number.compare(second.number)); order != 0 {
			return order > 0
		}
		if first.time.Compare(second.time) != 0 {
			return later(first.time, second.time)
		}
	}
	return false
}

// later reports whether a range of time both begins and ends later than another.
func later(a, b fhir.Interval) bool {
	return !a.NoLow && !b.NoHigh && (b.NoLow || a.Low.After(b.Low)) && (a.NoHigh || a.High.After(b.High))
}

// sortKey is the value of one rule for one resource. Only the field of the parameter's type is set.
type sortKey struct {
	missing bool
	text    string
	number  decimal
	time    fhir.Interval
}

func (k sortKey) compare(other sortKey) int {
	return cmp.Or(cmp.Compare(k.text, other.text), k.number.compare(other.number), k.time.Compare(other.time))
}

func (q *Query) keys(resource fhir.Resource) []sortKey {
	m := &matching{root: resource, options: &q.options}
	keys := make([]sortKey, len(q.sort))
	for i, rule := range q.sort {
		keys[i].missing = true
		parameter, ok := Lookup(resource.Type(), rule.Code)
		if !ok {
			continue
		}
		for j := range parameter.paths {
			p := &parameter.paths[j]
			p.find(resource, func(element any) bool {
				sortValues(m, parameter, p, element, func(value sortKey) {
					order := value.compare(keys[i])
					if keys[i].missing || !rule.Descending && order < 0 || rule.Descending && order > 0 {
						keys[i] = value
					}
				})
				return false
			})
		}
	}
	return keys
}

// sortValues visits the values an element sorts by.
func sortValues(m *matching, parameter *Parameter, p *path, element any, visit func(sortKey)) {
	switch parameter.Kind {
	case Date:
		if interval, ok := when(p, element, m.options); ok {
			visit(sortKey{time: interval})
		}
	case Number:
		if number, ok := numberOf(element); ok {
			visit(sortKey{number: number})
		}
	case Quantity:
		value, _ := object(element)
		if p.typ == "Range" {
			value, _ = object(cmp.Or(value["low"], value["high"]))
		}
		if number, ok := numberOf(value["value"]); ok {
			visit(sortKey{number: number})
		}
	case Token:
		tokenCodes(p, element, func(code string) {
			if code != "" {
				visit(sortKey{text: fold(code)})
			}
		})
	case Reference:
		text := fhir.Text(element)
		if reference, ok := object(element); ok && m.ofType(p.only, reference) {
			text = fhir.Text(reference["reference"])
		}
		if text != "" {
			visit(sortKey{text: text})
		}
	default:
		fields(p, element, func(text string) { visit(sortKey{text: normalize(text)}) })
	}
}

// fields visits the strings of a string or uri parameter's element.
func fields(p *path, element any, visit func(string)) {
	var names []string
	switch p.typ {
	case "HumanName":
		names = []string{"family", "given", "text"}
	case "Address":
		names = []string{"line", "city", "district", "state", "postalCode", "country", "text"}
	default:
		if text, ok := element.(string); ok {
			visit(text)
		}
		return
	}
	value, _ := object(element)
	for _, name := range names {
		each(value[name], func(item any) bool {
			if text, ok := item.(string); ok {
				visit(text)
			}
			return false
		})
	}
}
