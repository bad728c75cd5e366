package search

import (
	"strings"

	"concord.example/concord/internal/fhir"
)

// path leads from a resource (or a composite's base element) to elements of one type.
type path struct {
	text   string
	steps  []step
	typ    string // FHIR type of the elements
	system string // implied code system of a code
	only   string // resource type a reference must be of
	family bool   // the element is a family name
	// exists makes the path a derived boolean: whether one of these properties is there and not false.
	exists []string
}

type step struct {
	name string
	// filter and value keep only the objects whose property filter is value.
	filter, value string
}

func parsePaths(text string) []path {
	var paths []path
	for _, field := range strings.Fields(text) {
		paths = append(paths, parsePath(field))
	}
	return paths
}

// parsePath reads steps:type{system}<only>, the form the generator writes.
func parsePath(text string) path {
	p := path{text: text}
	steps, typ, _ := strings.Cut(text, ":")
	if rest, only, ok := strings.Cut(typ, "<"); ok {
		typ, p.only = rest, strings.TrimSuffix(only, ">")
	}
	if rest, system, ok := strings.Cut(typ, "{"); ok {
		typ, p.system = rest, strings.TrimSuffix(system, "}")
	}
	p.typ = typ
	if names, ok := strings.CutSuffix(steps, "!"); ok {
		p.exists = strings.Split(names, "|")
		return p
	}
	if steps == "." {
		return p
	}
	for _, name := range strings.Split(steps, ".") {
		s := step{name: name}
		if rest, filter, ok := strings.Cut(name, "["); ok {
			s.name = rest
			s.filter, s.value, _ = strings.Cut(strings.TrimSuffix(filter, "]"), "=")
		}
		p.steps = append(p.steps, s)
	}
	p.family = p.typ == "string" && p.steps[len(p.steps)-1].name == "family"
	return p
}

// find calls visit for each element the path leads to, until visit returns true, and reports whether it did.
func (p *path) find(object map[string]any, visit func(element any) bool) bool {
	if p.exists != nil {
		for _, name := range p.exists {
			if value, ok := object[name]; ok && value != nil && value != false {
				return visit(true)
			}
		}
		return visit(false)
	}
	if len(p.steps) == 0 {
		return visit(object)
	}
	return descend(object, p.steps, visit)
}

func descend(object map[string]any, steps []step, visit func(any) bool) bool {
	value, ok := object[steps[0].name]
	if !ok || value == nil {
		return false
	}
	if list, ok := value.([]any); ok {
		for _, item := range list {
			if item != nil && arrive(item, steps, visit) {
				return true
			}
		}
		return false
	}
	return arrive(value, steps, visit)
}

// arrive is at one element of the first step.
func arrive(element any, steps []step, visit func(any) bool) bool {
	if steps[0].filter != "" {
		child, ok := object(element)
		if !ok || fhir.Text(child[steps[0].filter]) != steps[0].value {
			return false
		}
	}
	if len(steps) == 1 {
		return visit(element)
	}
	child, ok := object(element)
	return ok && descend(child, steps[1:], visit)
}

func object(value any) (map[string]any, bool) {
	switch value := value.(type) {
	case map[string]any:
		return value, true
	case fhir.Resource:
		return value, true
	default:
		return nil, false
	}
}

// each calls visit for the items of a value that may be one or a list, until visit returns true.
func each(value any, visit func(any) bool) bool {
	list, ok := value.([]any)
	if !ok {
		return value != nil && visit(value)
	}
	for _, item := range list {
		if item != nil && visit(item) {
			return true
		}
	}
	return false
}
