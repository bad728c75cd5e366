package main

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
)

// types are the types of R4 with the trees of their elements.
type types struct {
	registry *profiles.Registry
	trees    map[string]*definition.Node
	// resources are the types of resource that can stand alone, sorted.
	resources []string
	// choices names the element of each property of a choice: "valueQuantity" is of "value".
	choices map[string]string
}

func readTypes(registry *profiles.Registry) (*types, error) {
	t := &types{registry: registry, trees: map[string]*definition.Node{}, choices: map[string]string{}}
	for _, system := range []string{"http://hl7.org/fhir/resource-types", "http://hl7.org/fhir/data-types"} {
		list, err := registry.CodeSystem(system)
		if err != nil || list == nil {
			return nil, fmt.Errorf("list the types of R4: code system %s is not loaded (%w)", system, err)
		}
		for _, c := range list.Concepts {
			s, err := registry.Structure(definition.TypeURL(c.Code))
			if err != nil {
				return nil, fmt.Errorf("read type %s: %w", c.Code, err)
			}
			if s == nil {
				continue
			}
			tree, err := definition.Tree(s.Snapshot)
			if err != nil {
				return nil, fmt.Errorf("read type %s: %w", c.Code, err)
			}
			t.trees[c.Code] = tree
			t.addChoices(tree)
			if s.Kind == "resource" && !s.Abstract {
				t.resources = append(t.resources, c.Code)
			}
		}
	}
	slices.Sort(t.resources)
	return t, nil
}

func (t *types) addChoices(n *definition.Node) {
	if name, ok := strings.CutSuffix(n.Name, "[x]"); ok {
		for _, typ := range n.Types {
			t.choices[propertyOf(n, typ.Code)] = name
		}
	}
	for _, kid := range n.Children {
		t.addChoices(kid)
	}
}

// propertyOf names the JSON property of an element with a value of the type.
func propertyOf(n *definition.Node, typ string) string {
	name, choice := strings.CutSuffix(n.Name, "[x]")
	if !choice {
		return name
	}
	return name + strings.ToUpper(typ[:1]) + typ[1:]
}

// children returns the elements below one, from the snapshot it is in, from where its content is defined, or from its type.
func (t *types) children(resource string, n *definition.Node, typ string) []*definition.Node {
	if len(n.Children) > 0 {
		return n.Children
	}
	if n.ContentReference != "" {
		if at := t.byPath(resource, n.ContentReference[strings.IndexByte(n.ContentReference, '#')+1:]); at != nil {
			return at.Children
		}
	}
	if tree := t.trees[typ]; tree != nil {
		return tree.Children
	}
	return nil
}

func (t *types) byPath(resource, path string) *definition.Node {
	n := t.trees[resource]
	for _, part := range strings.Split(path, ".")[1:] {
		if n == nil {
			return nil
		}
		n = n.Child(part)
	}
	return n
}

// isPrimitive says whether a type is one of the primitives: their names, and only theirs, begin with a small letter.
func isPrimitive(typ string) bool { return typ != "" && typ[0] >= 'a' && typ[0] <= 'z' }
