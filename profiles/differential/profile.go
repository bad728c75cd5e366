package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// profiled returns instances around the borders of random profiles, which are written to a folder.
func (g *generator) profiled(count int, work string) ([]pair, error) {
	folder := filepath.Join(work, "profiles")
	const mode = 0o700
	if err := os.MkdirAll(folder, mode); err != nil {
		return nil, fmt.Errorf("make a folder for the random profiles: %w", err)
	}
	var list []pair
	for i := range count {
		name := fmt.Sprintf("random-%d", i)
		url := "http://a.test/StructureDefinition/" + name
		p := g.randomProfile(name, url)
		file := filepath.Join(folder, "StructureDefinition-"+name+".json")
		const readable = 0o600
		if err := os.WriteFile(file, encode(p.definition), readable); err != nil {
			return nil, fmt.Errorf("write a random profile: %w", err)
		}
		list = append(list, pair{id: name + "/definition", about: "profile itself", typ: "StructureDefinition", text: encode(p.definition)})
		for k, instance := range p.instances {
			list = append(list, pair{
				id: fmt.Sprintf("%s/%d", name, k), about: p.about, typ: p.typ, text: encode(instance),
				profiles: []string{url}, definitions: []string{folder},
			})
		}
	}
	return list, nil
}

// randomProfile is a profile with instances that keep to it and that do not.
type randomProfile struct {
	about, typ string
	definition map[string]any
	instances  []map[string]any
}

// sliceable is an element that a random profile slices.
type sliceable struct {
	typ, property string
	// kind and path are the discriminator; within gives the elements of the slice for a key, below the element; item an
	// occurrence for a key.
	kind, path string
	within     func(key string) []map[string]any
	item       func(key string) any
}

func concept(key string) map[string]any {
	return map[string]any{"coding": []any{map[string]any{"system": "http://a.test/system", "code": key}}}
}

func below(path string, more map[string]any) map[string]any {
	e := map[string]any{"path": path}
	maps.Copy(e, more)
	return e
}

// sliceables are of every type of discriminator and at several depths.
func sliceables() []sliceable {
	pattern := func(path string) func(string) []map[string]any {
		return func(key string) []map[string]any {
			return []map[string]any{below(path, map[string]any{"patternCodeableConcept": concept(key)})}
		}
	}
	component := func(key string) any { return map[string]any{"code": concept(key), "valueString": "x"} }
	typed := func(key string) any {
		c := map[string]any{"code": concept(key)}
		switch key {
		case "a":
			c["valueString"] = "x"
		case "b":
			c["valueInteger"] = 1
		}
		return c
	}
	identifier := func(key string) any {
		return map[string]any{"system": "http://a.test/" + key, "value": "1"}
	}
	return []sliceable{
		{"Observation", "component", "value", "code", pattern("code"), component},
		{"Observation", "component", "pattern", "code", pattern("code"), component},
		{"Observation", "component", "value", "code.coding.code", pattern("code"), component},
		{"Observation", "component", "type", "value", func(key string) []map[string]any {
			return []map[string]any{below("value[x]", map[string]any{"type": []any{map[string]any{"code": map[string]string{"a": "string", "b": "integer"}[key]}}})}
		}, typed},
		{"Observation", "component", "exists", "value", func(key string) []map[string]any {
			if key == "a" {
				return []map[string]any{below("value[x]", map[string]any{"min": 1})}
			}
			return []map[string]any{below("value[x]", map[string]any{"max": "0"})}
		}, func(key string) any {
			c := map[string]any{"code": concept(key)}
			if key == "a" {
				c["valueString"] = "x"
			}
			return c
		}},
		{"Observation", "category", "pattern", "$this", func(key string) []map[string]any {
			return []map[string]any{below("", map[string]any{"patternCodeableConcept": concept(key)})}
		}, func(key string) any { return concept(key) }},
		{"Observation", "category", "value", "coding.code", func(key string) []map[string]any {
			return []map[string]any{below("coding", map[string]any{"min": 1}), below("coding.code", map[string]any{"min": 1, "fixedCode": key})}
		}, func(key string) any { return concept(key) }},
		{"Patient", "identifier", "value", "system", func(key string) []map[string]any {
			return []map[string]any{below("system", map[string]any{"min": 1, "fixedUri": "http://a.test/" + key})}
		}, identifier},
		{"Patient", "identifier", "value", "system", func(key string) []map[string]any {
			return []map[string]any{below("", map[string]any{"patternIdentifier": map[string]any{"system": "http://a.test/" + key}})}
		}, identifier},
		{"Observation", "performer", "type", "resolve()", func(key string) []map[string]any {
			target := map[string]string{"a": "Practitioner", "b": "Organization"}[key]
			return []map[string]any{below("", map[string]any{"type": []any{map[string]any{
				"code": "Reference", "targetProfile": []any{"http://hl7.org/fhir/StructureDefinition/" + target},
			}}})}
		}, func(key string) any {
			return map[string]any{"reference": map[string]string{"a": "Practitioner/1", "b": "Organization/1", "c": "Patient/1"}[key]}
		}},
	}
}

// randomProfile draws what is sliced, how, how often each slice may be there, and one more constraint.
func (g *generator) randomProfile(name, url string) randomProfile {
	list := sliceables()
	s := list[g.random.IntN(len(list))]
	rules := []string{"open", "closed", "openAtEnd"}[g.random.IntN(3)]
	ordered := g.random.IntN(4) == 0
	path := s.typ + "." + s.property
	elements := []any{
		map[string]any{"id": s.typ, "path": s.typ},
		map[string]any{"id": path, "path": path, "slicing": map[string]any{
			"discriminator": []any{map[string]any{"type": s.kind, "path": s.path}}, "rules": rules, "ordered": ordered,
		}},
	}
	for _, key := range []string{"a", "b"} {
		slice := map[string]any{"id": path + ":" + key, "path": path, "sliceName": key, "min": g.random.IntN(2), "max": []string{"1", "2", "*"}[g.random.IntN(3)]}
		var inner []any
		for _, e := range s.within(key) {
			at, _ := e["path"].(string)
			if at == "" {
				delete(e, "path")
				maps.Copy(slice, e)
				continue
			}
			e["id"], e["path"] = path+":"+key+"."+at, path+"."+at
			inner = append(inner, e)
		}
		elements = append(append(elements, slice), inner...)
	}
	if more := g.further(s.typ); more != nil && s.property != "component" {
		elements = append(elements, more)
	}
	p := randomProfile{about: "profile sliced by " + s.kind, typ: s.typ, definition: map[string]any{
		"resourceType": "StructureDefinition", "id": name, "url": url, "name": strings.ReplaceAll(name, "random-", "Random"), "status": "draft",
		"fhirVersion": "4.0.1", "kind": "resource", "abstract": false, "type": s.typ, "derivation": "constraint",
		"baseDefinition": "http://hl7.org/fhir/StructureDefinition/" + s.typ, "differential": map[string]any{"element": elements},
	}}
	for _, keys := range []string{"", "a", "b", "ab", "ba", "aa", "abc", "cab"} {
		instance := g.resource(s.typ, minimal())
		var items []any
		for _, key := range keys {
			items = append(items, s.item(string(key)))
		}
		if len(items) > 0 {
			instance[s.property] = items
		}
		p.instances = append(p.instances, instance)
	}
	return p
}

// further draws one more constraint on a type, or none. What comes after the sliced element in the type is all that a
// differential may name after it.
func (g *generator) further(typ string) map[string]any {
	path := map[string]string{"Observation": "Observation.component", "Patient": "Patient.link"}[typ]
	switch g.random.IntN(4) {
	case 0:
		return map[string]any{"id": path, "path": path, "max": "0"}
	case 1:
		return map[string]any{"id": path, "path": path, "min": 1}
	default:
		return nil
	}
}
