package search

import (
	"reflect"
	"strings"

	"concord.example/concord/internal/fhir"
)

// matching is what a filter needs to know beside the element: whose element it is and where other resources are.
type matching struct {
	root    fhir.Resource
	store   Store
	options *Options
	// joins is shared by all that is asked for one search; nil when nothing can be joined.
	joins *joins
}

// joins bounds what chains and _has cost: each is asked about a resource once for a whole search, however many
// resources lead to it, and no more once the search is stopped.
type joins struct {
	// stopped is why no more is asked, nil while it goes on.
	stopped func() error
	err     error
	asked   int
	answers map[question]bool
}

// question is a filter at the far end of a join and the resource it is asked about, by the address of its map.
type question struct {
	filter   filter
	resource uintptr
}

func newJoins(stopped func() error) *joins {
	return &joins{stopped: stopped}
}

// satisfies asks a filter at the far end of a join about a resource found there.
func (m *matching) satisfies(f filter, resource fhir.Resource) bool {
	q := question{f, reflect.ValueOf(resource).Pointer()}
	if answer, ok := m.joins.answers[q]; ok {
		return answer
	}
	if m.joins.asked++; m.joins.asked%checkEvery == 0 && m.joins.err == nil {
		m.joins.err = m.joins.stopped()
	}
	if m.joins.err != nil {
		return false
	}
	next := matching{root: resource, store: m.store, options: m.options, joins: m.joins}
	answer := f.holds(&next)
	if m.joins.answers == nil {
		m.joins.answers = map[question]bool{}
	}
	m.joins.answers[q] = answer
	return answer
}

// matcher is one parsed value of a parameter.
type matcher interface {
	// match reports whether an element that a path of the parameter led to has the value.
	match(m *matching, p *path, element any) bool
}

// filter is one parameter of a query, ready to be asked about resources of one type.
type filter interface {
	holds(m *matching) bool
}

// valueFilter holds when any of its values matches, or with not when none does.
type valueFilter struct {
	parameter *Parameter
	modifier  string
	values    []matcher
	not       bool
}

func (f *valueFilter) holds(m *matching) bool { return f.anyMatches(m) != f.not }

func (f *valueFilter) anyMatches(m *matching) bool {
	for i := range f.parameter.paths {
		p := &f.parameter.paths[i]
		if p.find(m.root, func(element any) bool {
			for _, value := range f.values {
				if value.match(m, p, element) {
					return true
				}
			}
			return false
		}) {
			return true
		}
	}
	return false
}

// missingFilter holds when the parameter has no element in the resource, or has one.
type missingFilter struct {
	parameter *Parameter
	missing   bool
}

func (f *missingFilter) holds(m *matching) bool {
	for i := range f.parameter.paths {
		p := &f.parameter.paths[i]
		if p.find(m.root, func(element any) bool {
			if p.only == "" {
				return true
			}
			reference, ok := object(element)
			return ok && m.ofType(p.only, reference)
		}) {
			return !f.missing
		}
	}
	return f.missing
}

// compositeFilter holds when, for one of its values, all components match under one base element.
type compositeFilter struct {
	parameter *Parameter
	values    [][]matcher
}

func (f *compositeFilter) holds(m *matching) bool {
	for i := range f.parameter.paths {
		if f.parameter.paths[i].find(m.root, func(element any) bool {
			base, ok := object(element)
			if !ok {
				return false
			}
			for _, value := range f.values {
				if f.all(m, base, value) {
					return true
				}
			}
			return false
		}) {
			return true
		}
	}
	return false
}

func (f *compositeFilter) all(m *matching, base map[string]any, value []matcher) bool {
	for i, component := range value {
		paths := f.parameter.components[i].paths
		found := false
		for j := range paths {
			p := &paths[j]
			if found = p.find(base, func(element any) bool { return component.match(m, p, element) }); found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// chainFilter holds when a resource the parameter refers to satisfies the inner filter of its type.
type chainFilter struct {
	parameter *Parameter
	inner     map[string]filter
	// targets are the keys of inner, sorted.
	targets []string
}

func (f *chainFilter) holds(m *matching) bool {
	for i := range f.parameter.paths {
		p := &f.parameter.paths[i]
		if p.typ != "Reference" {
			continue
		}
		if p.find(m.root, func(element any) bool {
			reference, ok := object(element)
			if !ok {
				return false
			}
			text, _ := reference["reference"].(string)
			target, ok := m.resolve(text)
			if !ok {
				return false
			}
			inner, ok := f.inner[target.Type()] // a where(resolve() is T) leaves T as the only target
			return ok && m.satisfies(inner, target)
		}) {
			return true
		}
	}
	return false
}

// hasFilter holds when a resource of another type that refers to this one satisfies the inner filter.
type hasFilter struct {
	resourceType string
	parameter    *Parameter
	inner        filter
}

func (f *hasFilter) holds(m *matching) bool {
	if m.store == nil {
		return false
	}
	for _, referring := range m.store.Referring(f.resourceType, f.parameter.Code, m.root.Reference()) {
		if m.satisfies(f.inner, referring) {
			return true
		}
	}
	return false
}

// references returns the local and foreign references of a reference parameter in a resource: "Type/id" for one under
// the base, the text as it is for another. Contained and logical references are left out.
func (p *Parameter) references(m *matching) []string {
	var found []string
	for i := range p.paths {
		at := &p.paths[i]
		if at.typ != "Reference" {
			continue
		}
		at.find(m.root, func(element any) bool {
			reference, ok := object(element)
			if !ok {
				return false
			}
			text, _ := reference["reference"].(string)
			ref, ok := fhir.ParseReference(text)
			if !ok || ref.Fragment != "" || !m.ofType(at.only, reference) {
				return false
			}
			if ref.URN == "" && m.options.local(ref.Base) {
				text = ref.Type + "/" + ref.ID
			} else {
				text = strings.TrimSpace(text)
			}
			found = append(found, text)
			return false
		})
	}
	return found
}
