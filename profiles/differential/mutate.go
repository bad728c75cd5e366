package main

import (
	"fmt"
	"strings"
)

// mutation changes an instance at a place that it draws, and says whether it could.
type mutation struct {
	name   string
	change func(g *generator, instance map[string]any, sites []site) bool
}

// mutants returns mutants of instances: so many of each kind, as far as a kind applies.
func (g *generator) mutants(name string, clean []pair, rounds int) []pair {
	var list []pair
	for _, m := range mutations() {
		seen := map[string]bool{}
		const attempts = 6
		for try := 0; try < rounds*attempts && len(seen) < rounds; try++ {
			source := clean[g.random.IntN(len(clean))]
			instance := read(source.text)
			if !m.change(g, instance, g.types.sites(instance)) {
				continue
			}
			text := encode(instance)
			if seen[string(text)] || string(text) == string(source.text) {
				continue
			}
			seen[string(text)] = true
			list = append(list, pair{id: fmt.Sprintf("%s/%s/%d", name, m.name, len(seen)), about: m.name, typ: name, text: text})
		}
	}
	for i := range rounds {
		text := clean[g.random.IntN(len(clean))].text
		twice := strings.Replace(string(text), "{", `{"language":"en","language":"en",`, 1)
		list = append(list, pair{id: fmt.Sprintf("%s/repeated key/%d", name, i), about: "repeated key", typ: name, text: []byte(twice)})
	}
	return list
}

func mutations() []mutation {
	at := func(name string, fits func(site) bool, change func(g *generator, s site) bool) mutation {
		return mutation{name, func(g *generator, _ map[string]any, sites []site) bool {
			s, ok := g.draw(sites, fits)
			return ok && change(g, s)
		}}
	}
	list := []mutation{
		at("required element gone", func(s site) bool { return s.node.Min > 0 }, func(_ *generator, s site) bool { delete(s.object, s.key); return true }),
		at("scalar in array", func(s site) bool { return !repeats(s.node) }, func(_ *generator, s site) bool { s.object[s.key] = []any{s.value()}; return true }),
		at("array as scalar", func(s site) bool { return repeats(s.node) }, func(_ *generator, s site) bool { s.object[s.key] = s.first(); return true }),
		at("primitive as object", primitiveSite, func(_ *generator, s site) bool { s.put(map[string]any{"value": "x"}); return true }),
		at("object as text", complexSite, func(_ *generator, s site) bool { s.put("x"); return true }),
		at("wrong kind of JSON", primitiveSite, func(_ *generator, s site) bool { s.put(otherKind(s.first())); return true }),
		at("null", anySite, func(_ *generator, s site) bool { s.object[s.key] = nil; return true }),
		at("empty object", complexSite, func(_ *generator, s site) bool { s.put(map[string]any{}); return true }),
		at("empty array", func(s site) bool { return repeats(s.node) }, func(_ *generator, s site) bool { s.object[s.key] = []any{}; return true }),
		at("empty text", textSite, func(_ *generator, s site) bool { s.put(""); return true }),
		at("outer blanks", textSite, func(_ *generator, s site) bool { s.put(" " + s.first().(string)); return true }), //nolint:forcetypeassert // textSite
		at("unknown element", complexSite, func(_ *generator, s site) bool { return into(s, "unknownElement", "x") }),
		at("wrong format", primitiveSite, func(g *generator, s site) bool { return g.putOneOf(s, wrong(s.typ.Code)) }),
		at("format at a border", func(s site) bool { return primitiveSite(s) && s.node.Binding == nil && len(s.typ.Targets) == 0 },
			func(g *generator, s site) bool { return g.putOneOf(s, samples(s.typ.Code)) }),
		at("two types of a choice", choiceSite, func(g *generator, s site) bool { return g.secondChoice(s) }),
		at("type not of the choice", choiceSite, func(_ *generator, s site) bool { return wrongChoice(s) }),
		at("code not in value set", boundSite, func(_ *generator, s site) bool { return foreignCode(s) }),
		at("element added", complexSite, func(g *generator, s site) bool { return g.addElement(s) }),
		at("element repeated", func(s site) bool { return repeats(s.node) }, func(_ *generator, s site) bool { s.object[s.key] = []any{s.first(), s.first()}; return true }),
		at("id only", primitiveSite, func(_ *generator, s site) bool {
			if repeats(s.node) {
				return false
			}
			delete(s.object, s.key)
			s.object["_"+s.key] = map[string]any{"id": "a"}
			return true
		}),
		at("extension instead of value", primitiveSite, func(_ *generator, s site) bool {
			return besides(s, map[string]any{"extension": []any{absent()}}, true)
		}),
		at("extension besides value", primitiveSite, func(_ *generator, s site) bool {
			return besides(s, map[string]any{"extension": []any{knownExtension()}}, false)
		}),
		at("wrong object besides value", primitiveSite, func(g *generator, s site) bool {
			odd := []any{"x", []any{}, map[string]any{}, map[string]any{"value": "x"}, map[string]any{"extension": []any{}}, []any{nil, nil}, nil}
			s.object["_"+s.key] = odd[g.random.IntN(len(odd))]
			return true
		}),
		at("null besides value", primitiveSite, func(_ *generator, s site) bool {
			s.object["_"+s.key] = map[string]any{"extension": []any{absent()}}
			s.object[s.key] = nil
			return true
		}),
		at("reference", func(s site) bool { return s.typ.Code == "Reference" }, func(g *generator, s site) bool {
			refs := references()
			s.put(refs[g.random.IntN(len(refs))])
			return true
		}),
		at("extension in element", complexSite, func(g *generator, s site) bool {
			list := extensions()
			return into(s, "extension", []any{list[g.random.IntN(len(list))]})
		}),
		at("modifier extension in element", complexSite, func(_ *generator, s site) bool {
			return into(s, "modifierExtension", []any{map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/nobody", "valueString": "x"}})
		}),
		{"extension in resource", func(g *generator, instance map[string]any, _ []site) bool {
			list := extensions()
			instance["extension"] = []any{list[g.random.IntN(len(list))]}
			return true
		}},
		{"element of resource added", func(g *generator, instance map[string]any, _ []site) bool { return g.addTo(instance) }},
		{"contained", func(g *generator, instance map[string]any, sites []site) bool { return g.contain(instance, sites) }},
		{"id", func(g *generator, instance map[string]any, _ []site) bool {
			ids := []any{"a b", "", 1, strings.Repeat("a", 65), "a_b", "ok", "A.b-1"}
			instance["id"] = ids[g.random.IntN(len(ids))]
			return true
		}},
		{"object besides id", func(_ *generator, instance map[string]any, _ []site) bool {
			instance["id"] = "a"
			instance["_id"] = map[string]any{"extension": []any{knownExtension()}}
			return true
		}},
		{"resourceType", func(g *generator, instance map[string]any, _ []site) bool {
			types := []any{"Nobody", "patient", "", 1, nil, "Resource", "DomainResource", "HumanName"}
			instance["resourceType"] = types[g.random.IntN(len(types))]
			return true
		}},
	}
	return list
}

func anySite(s site) bool       { return s.key != "resourceType" }
func primitiveSite(s site) bool { return isPrimitive(s.typ.Code) && s.node.Name != "div" }
func complexSite(s site) bool {
	_, ok := s.first().(map[string]any)
	return ok
}

func textSite(s site) bool {
	_, ok := s.first().(string)
	return ok && primitiveSite(s)
}

func choiceSite(s site) bool { return strings.HasSuffix(s.node.Name, "[x]") }
func boundSite(s site) bool  { return s.node.Binding != nil && s.node.Binding.ValueSet != "" }

// draw returns one of the sites that fit.
func (g *generator) draw(sites []site, fits func(site) bool) (site, bool) {
	var list []site
	for _, s := range sites {
		if fits(s) {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return site{}, false
	}
	return list[g.random.IntN(len(list))], true
}

// into sets a property of the object at a site.
func into(s site, key string, v any) bool {
	o, ok := s.first().(map[string]any)
	if ok {
		o[key] = v
	}
	return ok
}

// besides sets the object beside a primitive, and takes the value away where it is to go.
func besides(s site, o map[string]any, instead bool) bool {
	if repeats(s.node) {
		s.object["_"+s.key] = []any{o}
	} else {
		s.object["_"+s.key] = o
	}
	if instead {
		delete(s.object, s.key)
	}
	return true
}

func otherKind(v any) any {
	switch value := v.(type) {
	case string:
		return 1
	case bool:
		return fmt.Sprint(value)
	default:
		return fmt.Sprint(v)
	}
}

func (g *generator) putOneOf(s site, list []any) bool {
	if len(list) == 0 {
		return false
	}
	s.put(list[g.random.IntN(len(list))])
	return true
}

func (g *generator) secondChoice(s site) bool {
	other := s.node.Types[g.random.IntN(len(s.node.Types))]
	if other.Code == s.typ.Code {
		return false
	}
	v := g.value("", s.node, other, s.node.Path, 1, minimal())
	if v == nil {
		return false
	}
	s.object[propertyOf(s.node, other.Code)] = v
	return true
}

func wrongChoice(s site) bool {
	for _, t := range s.node.Types {
		if t.Code == "base64Binary" {
			return false
		}
	}
	delete(s.object, s.key)
	s.object[propertyOf(s.node, "base64Binary")] = "QUJD"
	return true
}

func foreignCode(s site) bool {
	switch v := s.first().(type) {
	case string:
		s.put("not-a-code")
	case map[string]any:
		foreign := map[string]any{"system": "http://hl7.org/fhir/administrative-gender", "code": "male"}
		switch s.typ.Code {
		case "CodeableConcept":
			v["coding"] = []any{foreign}
		case "Coding":
			s.put(foreign)
		default:
			return false
		}
	default:
		return false
	}
	return true
}

// addElement adds an optional element to the object at a site.
func (g *generator) addElement(s site) bool {
	o, ok := s.first().(map[string]any)
	if !ok || isPrimitive(s.typ.Code) {
		return false
	}
	resource, _, _ := strings.Cut(s.node.Path, ".")
	return g.addOne(o, resource, s)
}

func (g *generator) addOne(o map[string]any, resource string, s site) bool {
	children := g.types.children(resource, s.node, s.typ.Code)
	if len(children) == 0 {
		return false
	}
	kid := children[g.random.IntN(len(children))]
	if plumbing(kid.Name) || kid.Max == 0 {
		return false
	}
	before := len(o)
	p := minimal()
	p.take = func(at string, _ int) bool { return at == "."+kid.Name }
	p.choose = func(_ string, n int) int { return g.random.IntN(n) }
	g.fill(o, resource, children[indexOf(children, kid):indexOf(children, kid)+1], "", 1, p)
	return len(o) > before
}

// addTo adds an optional element to a resource.
func (g *generator) addTo(instance map[string]any) bool {
	name, _ := instance["resourceType"].(string)
	return g.addOne(instance, name, site{node: g.types.trees[name], typ: g.typeNamed(name)})
}
