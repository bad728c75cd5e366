package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"concord.example/concord/profiles/definition"
)

// generator makes inputs from definitions.
type generator struct {
	types  *types
	random *rand.Rand
	codes  map[string][]coded
}

// picking decides about optional elements: whether one is made, and of which type a choice is.
type picking struct {
	// take says whether the optional element at a path, below so many others, is made.
	take func(path string, depth int) bool
	// choose returns the position of the type of a choice.
	choose func(path string, n int) int
}

func minimal() picking {
	return picking{func(string, int) bool { return false }, func(string, int) int { return 0 }}
}

// instances returns valid instances of a type: the smallest, large ones, each optional element alone, and each type of
// each choice.
func (g *generator) instances(name string) []pair {
	var list []pair
	add := func(how string, p picking) {
		list = append(list, pair{
			id: fmt.Sprintf("%s/valid/%d %s", name, len(list), how), about: "valid", typ: name, text: encode(g.resource(name, p)),
		})
	}
	add("minimal", minimal())
	const levels = 2
	for level := 1; level <= levels; level++ {
		p := minimal()
		p.take = func(_ string, depth int) bool { return depth <= level }
		add(fmt.Sprintf("maximal to level %d", level), p)
	}
	const samples = 3
	for i := range samples {
		p := picking{
			func(_ string, depth int) bool { return g.random.IntN(2+depth) == 0 },
			func(_ string, n int) int { return g.random.IntN(n) },
		}
		add(fmt.Sprintf("random %d", i), p)
	}
	g.each(g.types.trees[name], name, 0, func(path string, n *definition.Node) {
		for i := range n.Types {
			if n.Min > 0 && i == 0 {
				continue // the minimal instance has it
			}
			p := minimal()
			p.take = func(at string, _ int) bool { return at == path || strings.HasPrefix(path, at+".") }
			p.choose = func(at string, _ int) int {
				if at == path {
					return i
				}
				return 0
			}
			add(fmt.Sprintf("%s as %s", path, n.Types[i].Code), p)
			if !strings.HasSuffix(n.Name, "[x]") {
				break
			}
		}
	})
	return list
}

// each visits the elements of a resource, those of backbone elements too.
func (g *generator) each(n *definition.Node, path string, depth int, visit func(string, *definition.Node)) {
	const deepest = 3
	for _, kid := range n.Children {
		if kid.Max == 0 || plumbing(kid.Name) || depth > deepest {
			continue
		}
		at := path + "." + kid.Name
		visit(at, kid)
		g.each(kid, at, depth+1, visit)
	}
}

// plumbing names elements that the generator leaves to mutations.
func plumbing(name string) bool {
	return name == "id" || name == "extension" || name == "modifierExtension" || name == "contained"
}

// resource makes an instance of a type of resource.
func (g *generator) resource(name string, p picking) map[string]any {
	o := map[string]any{"resourceType": name}
	g.fill(o, name, g.types.trees[name].Children, name, 1, p)
	return o
}

// deepest bounds the nesting of what is made.
const deepest = 6

// fill makes the children of an object.
func (g *generator) fill(o map[string]any, resource string, children []*definition.Node, path string, depth int, p picking) {
	for _, kid := range children {
		at := path + "." + kid.Name
		if kid.Max == 0 || kid.Min == 0 && (plumbing(kid.Name) || depth > deepest || !p.take(at, depth)) {
			continue
		}
		types := kid.Types
		if kid.ContentReference != "" {
			types = []definition.Type{{Code: "BackboneElement"}}
		}
		if len(types) == 0 {
			continue
		}
		typ := types[0]
		if len(types) > 1 {
			typ = types[p.choose(at, len(types))]
		}
		v := g.value(resource, kid, typ, at, depth, p)
		if v == nil {
			continue
		}
		if repeats(kid) {
			v = []any{v}
		}
		o[propertyOf(kid, typ.Code)] = v
	}
}

func repeats(n *definition.Node) bool { return n.Max > 1 || n.BaseMax > 1 }

// value makes a value of a type for an element.
func (g *generator) value(resource string, n *definition.Node, typ definition.Type, path string, depth int, p picking) any {
	switch {
	case n.Fixed != nil:
		return n.Fixed.JSON
	case n.Pattern != nil:
		return n.Pattern.JSON
	case isPrimitive(typ.Code):
		return g.primitive(n, typ)
	case typ.Code == "Resource":
		return map[string]any{"resourceType": "Basic", "code": map[string]any{"text": "x"}}
	}
	if v := g.common(n, typ); v != nil && !p.take(path+".*", depth+1) {
		return v
	}
	o := map[string]any{}
	children := g.types.children(resource, n, typ.Code)
	g.fill(o, resource, children, path, depth+1, p)
	if len(o) == 0 {
		g.fillOne(o, resource, children, path, depth, p)
	}
	if len(o) == 0 {
		return nil
	}
	return o
}

// fillOne makes the first child that gives an object something in it.
func (g *generator) fillOne(o map[string]any, resource string, children []*definition.Node, path string, depth int, p picking) {
	for _, kid := range children {
		if plumbing(kid.Name) || depth > deepest {
			continue
		}
		one := p
		one.take = func(at string, d int) bool { return at == path+"."+kid.Name || p.take(at, d) }
		g.fill(o, resource, []*definition.Node{kid}, path, depth+1, one)
		if len(o) > 0 {
			return
		}
	}
}

// common makes a small value of a frequent datatype, nil for the others.
func (g *generator) common(n *definition.Node, typ definition.Type) any {
	switch typ.Code {
	case "Reference":
		return map[string]any{"reference": g.target(typ) + "/example"}
	case "CodeableConcept":
		if c, bound := g.code(n); bound {
			return map[string]any{"coding": []any{c.coding()}}
		}
		return map[string]any{"text": "x"}
	case "Coding":
		if c, bound := g.code(n); bound {
			return c.coding()
		}
		return map[string]any{"display": "x"}
	case "Narrative":
		return map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">x</div>`}
	case "Extension":
		return map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
	case "Meta":
		return map[string]any{"versionId": "1"}
	case "Quantity", "Age", "Duration", "Distance", "Count", "SimpleQuantity":
		return map[string]any{"value": 1, "unit": "d", "system": "http://unitsofmeasure.org", "code": quantityUnit(typ.Code)}
	default:
		return nil
	}
}

func quantityUnit(typ string) string {
	switch typ {
	case "Distance":
		return "m"
	case "Count":
		return "1"
	default:
		return "d"
	}
}

// target names a type that a reference may lead to.
func (g *generator) target(typ definition.Type) string {
	if len(typ.Targets) == 0 {
		return "Patient"
	}
	name := typ.Targets[g.random.IntN(len(typ.Targets))]
	name = name[strings.LastIndexByte(name, '/')+1:]
	if s, err := g.types.registry.Structure(definition.TypeURL(name)); err == nil && s != nil {
		name = s.Type
	}
	if name == "Resource" || g.types.trees[name] == nil {
		return "Patient"
	}
	return name
}
