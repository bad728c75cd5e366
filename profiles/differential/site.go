package main

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/profiles/definition"
)

// site is one property of an object in an instance, with the element that defines it.
type site struct {
	object map[string]any
	key    string
	node   *definition.Node
	typ    definition.Type
	// siblings are the elements that the object may have.
	siblings []*definition.Node
}

func (s site) value() any { return s.object[s.key] }

// first returns the value, or of an array its first item.
func (s site) first() any {
	if list, ok := s.value().([]any); ok && len(list) > 0 {
		return list[0]
	}
	return s.value()
}

// put sets the value, or of an array its first item.
func (s site) put(v any) {
	if list, ok := s.value().([]any); ok && len(list) > 0 {
		list[0] = v
		return
	}
	s.object[s.key] = v
}

// sites lists the properties in an instance, those of contained resources and of entries left out.
func (t *types) sites(instance map[string]any) []site {
	name, _ := instance["resourceType"].(string)
	if t.trees[name] == nil {
		return nil
	}
	return t.sitesIn(nil, name, instance, t.trees[name].Children)
}

func (t *types) sitesIn(list []site, resource string, o map[string]any, children []*definition.Node) []site {
	for _, key := range slices.Sorted(maps.Keys(o)) {
		n, typ := elementOf(children, key)
		if n == nil || typ.Code == "Resource" {
			continue
		}
		list = append(list, site{o, key, n, typ, children})
		if isPrimitive(typ.Code) {
			continue
		}
		below := t.children(resource, n, typ.Code)
		switch v := o[key].(type) {
		case map[string]any:
			list = t.sitesIn(list, resource, v, below)
		case []any:
			for _, item := range v {
				if kid, ok := item.(map[string]any); ok {
					list = t.sitesIn(list, resource, kid, below)
				}
			}
		}
	}
	return list
}

// elementOf finds the element that a property is of, with its type.
func elementOf(children []*definition.Node, key string) (*definition.Node, definition.Type) {
	for _, n := range children {
		if !strings.HasSuffix(n.Name, "[x]") {
			if n.Name == key {
				if len(n.Types) == 0 {
					return n, definition.Type{Code: "BackboneElement"}
				}
				return n, n.Types[0]
			}
			continue
		}
		for _, typ := range n.Types {
			if propertyOf(n, typ.Code) == key {
				return n, typ
			}
		}
	}
	return nil, definition.Type{}
}

// read decodes what was encoded, with numbers as they are written.
func read(text []byte) map[string]any {
	var o map[string]any
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	if decoder.Decode(&o) != nil {
		return nil
	}
	return o
}
