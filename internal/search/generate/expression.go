package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// reached is one place an expression can reach: a JSON path from its base and the type of the element found there.
type reached struct {
	steps  []string // JSON property names; a step may carry a filter, as in telecom[system=email]
	typ    string   // FHIR element type
	system string   // implied code system of a code, if there is just one
	only   string   // for where(resolve() is T): the type the reference must have
	to     []string // types a reference may be to; nil is any
}

func (r reached) String() string {
	text := strings.Join(r.steps, ".") + ":" + r.typ
	if r.system != "" {
		text += "{" + r.system + "}"
	}
	if r.only != "" {
		text += "<" + r.only + ">"
	}
	return text
}

// place is where the walk through the definitions stands: one element, with one type of those it may have.
type place struct {
	path   string // path of the element in the definitions
	typ    string // "" for the base the walk starts from
	steps  []string
	system string
	to     []string
}

// The shapes SearchParameter expressions come in (one alternative of the union each).
func shapes() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`^\((?P<path>[\w.]+) as (?P<type>\w+)\)(?:\.(?P<tail>[\w.]+))?$`),
		regexp.MustCompile(`^(?P<path>[\w.]+)\.as\((?P<type>\w+)\)$`),
		regexp.MustCompile(`^(?P<path>[\w.]+)\.where\(resolve\(\) is (?P<only>\w+)\)$`),
		regexp.MustCompile(`^(?P<path>[\w.]+)\.where\((?P<filter>\w+='[\w-]+')\)(?:\.(?P<tail>[\w.]+))?$`),
		regexp.MustCompile(`^(?P<exists>[\w.]+)\.exists\(\) and [\w.]+ != false$`),
		regexp.MustCompile(`^(?P<path>[\w.]+)$`),
	}
}

// reach evaluates a whole expression, a union of shapes, from a base path in the definitions ("Observation" for a
// parameter, "Observation.component" for a composite's component, whose expression is relative). Alternatives about other resource types are
// left out.
func (d *definitions) reach(base place, expression string, relative bool) ([]reached, error) {
	var all []reached
	for _, alternative := range strings.Split(expression, "|") {
		places, err := d.reachOne(base, strings.TrimSpace(alternative), relative)
		if err != nil {
			return nil, err
		}
		all = append(all, places...)
	}
	return all, nil
}

func (d *definitions) reachOne(base place, alternative string, relative bool) ([]reached, error) {
	for _, shape := range shapes() {
		match := shape.FindStringSubmatch(alternative)
		if match == nil {
			continue
		}
		part := func(name string) string {
			if i := shape.SubexpIndex(name); i >= 0 {
				return match[i]
			}
			return ""
		}
		path := part("path")
		if path == "" {
			path = part("exists")
		}
		if !relative {
			owner, rest, _ := strings.Cut(path, ".")
			switch {
			case owner == base.path || owner == "Resource" || owner == "DomainResource":
				path = rest
			case owner == path && owner == strings.ToLower(owner): // InsurancePlan's expressions name the element only
			default:
				return nil, nil
			}
		}
		if part("exists") != "" {
			return d.existsNotFalse(base, path)
		}
		places, err := d.walk([]place{base}, path)
		if err != nil {
			return nil, err
		}
		if typ := part("type"); typ != "" {
			places = narrow(places, typ)
		}
		if filter := part("filter"); filter != "" {
			for i := range places {
				last := len(places[i].steps) - 1
				places[i].steps[last] += "[" + strings.ReplaceAll(filter, "'", "") + "]"
			}
		}
		if tail := part("tail"); tail != "" {
			if places, err = d.walk(places, tail); err != nil {
				return nil, err
			}
		}
		return finish(places, part("only")), nil
	}
	return nil, fmt.Errorf("expression %q has a shape that is not supported", alternative)
}

// existsNotFalse handles Patient-deceased, the one derived value in R4: true when the element exists and is not false.
func (d *definitions) existsNotFalse(base place, path string) ([]reached, error) {
	places, err := d.walk([]place{base}, path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range places {
		names = append(names, p.steps...)
	}
	return []reached{{steps: []string{strings.Join(names, "|") + "!"}, typ: "boolean"}}, nil
}

// walk follows a dotted path through the element definitions, into data types where an element has one.
func (d *definitions) walk(places []place, path string) ([]place, error) {
	if path == "" {
		return places, nil
	}
	for _, name := range strings.Split(path, ".") {
		var next []place
		for _, p := range places {
			found, err := d.child(p, name)
			if err != nil {
				return nil, err
			}
			next = append(next, found...)
		}
		places = next
	}
	return places, nil
}

// child returns the child element of the name, once for each type it may have.
func (d *definitions) child(p place, name string) ([]place, error) {
	parent := p.path
	if p.typ != "" && p.typ != "BackboneElement" && p.typ != "Element" {
		parent = p.typ
	}
	for _, e := range d.children[parent] {
		if last := lastName(e.Path); last != name && last != name+"[x]" {
			continue
		}
		if e.ContentReference != "" {
			steps := append(slices.Clone(p.steps), name)
			return []place{{path: strings.TrimPrefix(e.ContentReference, "#"), typ: "BackboneElement", steps: steps}}, nil
		}
		var places []place
		for _, t := range e.Type {
			typ := strings.TrimPrefix(t.Code, "http://hl7.org/fhirpath/System.")
			if lastName(e.Path) == "id" {
				typ = "id"
			}
			child := place{path: e.Path, typ: typ, steps: append(slices.Clone(p.steps), jsonName(e.Path, typ))}
			if typ == "code" {
				child.system = d.systemOf(e)
			}
			for _, profile := range t.TargetProfile {
				if target := profile[strings.LastIndexByte(profile, '/')+1:]; target != "Resource" {
					child.to = append(child.to, target)
				}
			}
			places = append(places, child)
		}
		return places, nil
	}
	return nil, fmt.Errorf("element %s has no child %q", parent, name)
}

// narrow applies "as T". A SearchParameter writes DateTime for dateTime once, hence the comparison without case.
func narrow(places []place, typ string) []place {
	var kept []place
	for _, p := range places {
		if strings.EqualFold(p.typ, typ) {
			kept = append(kept, p)
		}
	}
	return kept
}

func finish(places []place, only string) []reached {
	all := make([]reached, 0, len(places))
	for _, p := range places {
		all = append(all, reached{steps: p.steps, typ: p.typ, system: p.system, only: only, to: p.to})
	}
	return all
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// jsonName returns the JSON property of an element for one of its types: value[x] as Quantity is valueQuantity.
func jsonName(path, typ string) string {
	name := lastName(path)
	if stem, ok := strings.CutSuffix(name, "[x]"); ok {
		return stem + strings.ToUpper(typ[:1]) + typ[1:]
	}
	return name
}
