package main

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
)

// builder makes instances of profiles: what must be there, and what is asked for besides.
type builder struct {
	registry *profiles.Registry
	trees    map[string]*definition.Node
	// wanted are ids of elements that are made although they need not be, those above them too.
	wanted map[string]bool
	// at says where each element was made, by id: the steps from the root. Elements of an extension's definition have the id
	// of the extension in front.
	at map[string][]any
}

func newBuilder(registry *profiles.Registry) *builder {
	return &builder{registry: registry, trees: map[string]*definition.Node{}, at: map[string][]any{}, wanted: map[string]bool{}}
}

// tree is the tree of a definition's snapshot; nil where there is none.
func (b *builder) tree(canonical string) *definition.Node {
	canonical, _, _ = strings.Cut(canonical, "|")
	if tree, known := b.trees[canonical]; known {
		return tree
	}
	var tree *definition.Node
	if s, err := b.registry.Structure(canonical); err == nil && s != nil {
		tree, _ = definition.Tree(s.Snapshot)
	}
	b.trees[canonical] = tree
	return tree
}

// want asks for an element by id, and for those above it.
func (b *builder) want(id string) {
	for id != "" {
		b.wanted[id] = true
		i := strings.LastIndexAny(id, ".>")
		if i < 0 {
			return
		}
		id = id[:i]
	}
}

// resource makes an instance of a profile of a resource.
func (b *builder) resource(canonical string) (map[string]any, error) {
	tree := b.tree(canonical)
	if tree == nil {
		return nil, fmt.Errorf("%s has no snapshot", canonical)
	}
	b.at[tree.Name] = []any{}
	o := map[string]any{"resourceType": tree.Name, "meta": map[string]any{"profile": []any{canonical}}}
	b.fill(o, tree, tree.Name, nil)
	return o, nil
}

// needs are elements without which what holds them breaks a constraint of R4 itself.
func needs() []string {
	return []string{
		"AllergyIntolerance.clinicalStatus", "Appointment.participant.actor", "Composition.section.entry", "Organization.name", "Patient.contact.name",
		"RelatedPerson.name", "Bundle.type", "Questionnaire.item.text",
	}
}

// made reports whether an element is made: it must be there, it is asked for, or it says which of several things its holder is.
func (b *builder) made(n *definition.Node, id string) bool {
	return n.Min > 0 || b.wanted[id] || slices.Contains(needs(), n.Path) || n.Name != "extension" && decides(n)
}

// decides reports whether an element or one below it has a fixed value or a pattern.
func decides(n *definition.Node) bool {
	return n.Fixed != nil || n.Pattern != nil || slices.ContainsFunc(n.Children, decides) ||
		slices.ContainsFunc(n.Slices, func(slice *definition.Node) bool { return slice.Min > 0 && decides(slice) })
}

// fill makes the children of an object, which is the element with an id.
func (b *builder) fill(o map[string]any, n *definition.Node, id string, steps []any) {
	children := n.Children
	if len(children) == 0 && n.ContentReference == "" && len(n.Types) > 0 {
		if tree := b.tree(definition.TypeURL(n.Types[0].Code)); tree != nil {
			children = tree.Children
		}
	}
	for _, kid := range children {
		b.element(o, kid, id+"."+kid.Name, steps)
	}
}

// element makes an element with its slices in an object.
func (b *builder) element(o map[string]any, n *definition.Node, id string, steps []any) {
	if n.Max == 0 || n.Name == "id" {
		return
	}
	var items []any
	list := n.Max > 1 || n.BaseMax > 1
	typ := definition.Type{Code: "BackboneElement"}
	if len(n.Types) > 0 {
		typ = n.Types[0]
	}
	property, choice := strings.CutSuffix(n.Name, "[x]")
	named := func() string {
		if choice {
			return property + strings.ToUpper(typ.Code[:1]) + typ.Code[1:]
		}
		return property
	}
	place := func(i int) []any {
		at := append(slices.Clone(steps), named())
		if list {
			at = append(at, i)
		}
		return at
	}
	for _, slice := range n.Slices {
		sliceID := id + ":" + slice.SliceName
		if slice.Max == 0 || slice.Min == 0 && !b.wanted[sliceID] {
			continue
		}
		if len(slice.Types) > 0 {
			typ = slice.Types[0]
		}
		for range max(1, slice.Min) {
			if v := b.value(slice, typ, sliceID, place(len(items))); v != nil {
				items = append(items, v)
			}
		}
	}
	if len(items) == 0 && (n.Name == "extension" || !b.made(n, id)) {
		return
	}
	for n.Name != "extension" && len(items) < max(1, n.Min) {
		v := b.value(n, typ, id, place(len(items)))
		if v == nil {
			break
		}
		items = append(items, v)
	}
	if len(items) == 0 {
		return
	}
	b.at[id] = append(slices.Clone(steps), named())
	if list {
		o[named()] = items
		return
	}
	o[named()] = items[0]
}

// value makes a value of an element.
func (b *builder) value(n *definition.Node, typ definition.Type, id string, steps []any) any {
	b.at[id] = steps
	switch {
	case n.Fixed != nil:
		return n.Fixed.JSON
	case typ.Code == "Extension":
		if len(typ.Profiles) > 0 {
			return b.defined(typ.Profiles[0], id+">Extension", steps)
		}
		// A part of an extension that is defined in place.
		o := map[string]any{}
		b.fill(o, n, id, steps)
		return o
	case typ.Code[0] >= 'a' && typ.Code[0] <= 'z':
		return b.primitive(n, typ.Code)
	case typ.Code == "Resource":
		return nil
	}
	o := map[string]any{}
	if pattern, is := copied(n.Pattern).(map[string]any); is {
		o = pattern
	}
	b.fill(o, n, id, steps)
	sample, _ := b.datatype(n, typ).(map[string]any)
	switch {
	case len(o) > 0 && (typ.Code == "Quantity" || typ.Code == "Identifier" || typ.Code == "ContactPoint"):
		// Its parts belong together.
		for name, value := range sample {
			if o[name] == nil {
				o[name] = value
			}
		}
		return o
	case len(o) > 0 && o["coding"] == nil && o["code"] == nil && (typ.Code == "CodeableConcept" || typ.Code == "Coding"):
		for name, value := range sample {
			if o[name] == nil {
				o[name] = value
			}
		}
		return o
	case len(o) > 0:
		return o
	case sample != nil:
		for name := range sample {
			b.at[id+"."+name] = append(slices.Clone(steps), name)
		}
		return sample
	}
	children := n.Children
	for _, kid := range children {
		if kid.Name != "id" && kid.Name != "extension" && kid.Name != "modifierExtension" {
			b.wanted[id+"."+kid.Name] = true
			b.element(o, kid, id+"."+kid.Name, steps)
			if len(o) > 0 {
				return o
			}
		}
	}
	return nil
}

func copied(v *definition.Value) any {
	if v == nil {
		return nil
	}
	return clone(v.JSON)
}

// defined makes an extension by its canonical.
func (b *builder) defined(canonical, id string, steps []any) map[string]any {
	tree := b.tree(canonical)
	if tree == nil {
		return nil
	}
	canonical, _, _ = strings.Cut(canonical, "|")
	o := map[string]any{"url": canonical}
	b.at[id] = steps
	b.fill(o, tree, id, steps)
	b.at[id+".url"] = append(slices.Clone(steps), "url")
	if len(o) > 1 {
		return o
	}
	// It must have a value, or parts.
	if kid := tree.Child("value[x]"); kid != nil && kid.Max > 0 {
		b.wanted[id+".value[x]"] = true
		b.element(o, kid, id+".value[x]", steps)
	}
	if parts := tree.Child("extension"); parts != nil && len(o) == 1 {
		for _, slice := range parts.Slices {
			if slice.Max > 0 {
				b.wanted[id+".extension:"+slice.SliceName] = true
				break
			}
		}
		b.element(o, parts, id+".extension", steps)
	}
	return o
}
