package definition

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNoBase says that a snapshot cannot be generated because a definition that it builds on is not loaded.
var ErrNoBase = errors.New("the definition that it builds on is not loaded; load the package that has it, before this one or in one folder with it")

// Lookup finds a StructureDefinition by canonical, with a snapshot that is given or generated. It returns nil without an
// error for one that is not loaded.
type Lookup func(canonical string) (*Structure, error)

const (
	// maxElements bounds a snapshot, so that definitions that nest in each other cannot fill the memory.
	maxElements = 50000
)

// GenerateSnapshot returns the snapshot of a profile: the snapshot of its base with the differential laid over it, as
// section 5.1 (Profiling FHIR) of the R4 specification describes.
func GenerateSnapshot(s *Structure, lookup Lookup) ([]Element, error) {
	base, err := lookup(s.Base)
	if err != nil {
		return nil, fmt.Errorf("generate snapshot of %s: %w", s.URL, err)
	}
	if base == nil || len(base.Snapshot) == 0 {
		return nil, fmt.Errorf("generate snapshot of %s: base %s: %w", s.URL, s.Base, ErrNoBase)
	}
	root, err := Tree(base.Snapshot)
	if err != nil {
		return nil, fmt.Errorf("generate snapshot of %s: base %s: %w", s.URL, s.Base, err)
	}
	g := generator{root: root, lookup: lookup, closed: map[*Node][]Type{}}
	g.original = func() *Node { return g.typeTree(s.Type) }
	if s.Derivation == "specialization" || len(s.Differential) > 0 && firstPart(s.Differential[0].Path) != root.Name {
		root.Name = firstPart(firstPath(s.Differential, s.Type))
	}
	for _, d := range withIDs(s.Differential) {
		if err := g.apply(d, s.Derivation == "specialization"); err != nil {
			return nil, fmt.Errorf("generate snapshot of %s: %w", s.URL, err)
		}
	}
	return root.Flatten(), nil
}

// typeTree returns the tree of a type, or that of the base where the type is not loaded.
func (g *generator) typeTree(name string) *Node {
	s, err := g.lookup(TypeURL(name))
	if err == nil && s != nil && len(s.Snapshot) > 0 {
		if tree, err := Tree(s.Snapshot); err == nil {
			return tree
		}
	}
	return g.root
}

func firstPath(elements []Element, otherwise string) string {
	if len(elements) == 0 {
		return otherwise
	}
	return elements[0].Path
}

func firstPart(path string) string {
	first, _, _ := strings.Cut(path, ".")
	return first
}

type generator struct {
	root   *Node
	lookup Lookup
	// original gives the tree of the type, which content references lead into.
	original func() *Node
	added    int
	// closed holds the types that a choice had before it was closed to those that the differential names by shortcut.
	closed map[*Node][]Type
}

// apply lays one element of the differential over the tree.
func (g *generator) apply(d Element, adds bool) error {
	parts := SplitID(d.ID)
	n := g.root
	for i, part := range parts[1:] {
		next, err := g.step(n, part, &d, i == len(parts)-2)
		if err != nil {
			return fmt.Errorf("element %s: %w", d.ID, err)
		}
		if next == nil && adds && i == len(parts)-2 {
			next = &Node{Name: part, Element: Element{Min: 0, Max: 1, BaseMax: d.Max}}
			n.Children = append(n.Children, next)
		}
		if next == nil {
			return fmt.Errorf("element %s: its base has no element %s", d.ID, part)
		}
		n = next
	}
	return g.merge(n, &d)
}

// step finds the child of n that a part of an element id names, expanding the type of n and making slices as needed.
func (g *generator) step(n *Node, part string, d *Element, last bool) (*Node, error) {
	name, slice, isSlice := strings.Cut(part, ":")
	c := n.Child(name)
	if c == nil && len(n.Children) == 0 {
		if err := g.expand(n); err != nil {
			return nil, err
		}
		c = n.Child(name)
	}
	if c == nil {
		// Differentials may write "valueQuantity" for the slice of value[x] that has this type.
		if choice, code := g.choice(n, name); choice != nil {
			c = choice
			if len(choice.Types) > 1 || choice.Slicing != nil {
				slice, isSlice = name, true
				if choice.Slice(slice) == nil {
					g.shortcut(choice, slice, code)
				}
			}
		}
	}
	if c == nil {
		c = g.ofSomeType(n, name)
	}
	if c == nil || !isSlice {
		return c, nil
	}
	if found := c.Slice(slice); found != nil {
		return found, nil
	}
	if !last && d.SliceName == "" && !strings.HasSuffix(c.Name, "[x]") {
		return nil, fmt.Errorf("slice %s of %s is used before it is defined", slice, c.Name)
	}
	return g.slice(c, slice), nil
}

// ofSomeType gives a choice of several types the child that only some of them have: what the differential says of it holds
// for values of those.
func (g *generator) ofSomeType(n *Node, name string) *Node {
	if len(n.Types) < 2 || n.ContentReference != "" {
		return nil
	}
	for _, t := range n.Types {
		s, err := g.lookup(TypeURL(t.Code))
		if err != nil || s == nil || len(s.Snapshot) == 0 {
			continue
		}
		tree, err := Tree(s.Snapshot)
		if err != nil {
			continue
		}
		if c := tree.Child(name); c != nil {
			n.Children = append(n.Children, c)
			return c
		}
	}
	return nil
}

// choice finds the child "value[x]" for the name "valueQuantity", with the name of the type. A choice that an earlier shortcut has
// closed can still be given the types that it had.
func (g *generator) choice(n *Node, name string) (*Node, string) {
	for _, c := range n.Children {
		stem, isChoice := strings.CutSuffix(c.Name, "[x]")
		if !isChoice || !strings.HasPrefix(name, stem) || len(name) == len(stem) {
			continue
		}
		for _, t := range slices.Concat(c.Types, g.closed[c]) {
			if strings.EqualFold(t.Code, name[len(stem):]) {
				return c, t.Code
			}
		}
	}
	return nil, ""
}

// shortcut makes the slice that "valueQuantity" stands for. Where the differential does not slice value[x] itself, the
// published snapshots close it to the types that are named so.
func (g *generator) shortcut(n *Node, name, code string) {
	isType := func(t Type) bool { return t.Code == code }
	closes := n.Slicing == nil
	if closes {
		n.Slicing = &Slicing{Discriminators: []Discriminator{{Type: "type", Path: "$this"}}, Rules: "closed"}
		g.closed[n] = n.Types
	}
	all, closed := g.closed[n]
	if !closed {
		all = n.Types
	}
	one := slices.DeleteFunc(slices.Clone(all), func(t Type) bool { return !isType(t) })
	g.slice(n, name).Types = one
	switch {
	case closes:
		n.Types = one
	case closed:
		n.Types = append(slices.Clip(n.Types), one...)
	}
}

// slice makes a new slice of n.
func (g *generator) slice(n *Node, name string) *Node {
	sliced := n
	if whole, _, re := cutLast(name, "/"); re {
		if outer := n.Slice(whole); outer != nil {
			sliced = outer
		}
	}
	s := &Node{Element: sliced.Element, Name: n.Name, Children: cloneAll(sliced.Children)}
	s.SliceName, s.Slicing, s.Min = name, nil, 0
	if stem, isChoice := strings.CutSuffix(n.Name, "[x]"); isChoice {
		if code, ok := strings.CutPrefix(name, stem); ok {
			for _, t := range n.Types {
				if strings.EqualFold(t.Code, code) {
					s.Types = []Type{t}
				}
			}
		}
		if n.Slicing == nil {
			n.Slicing = &Slicing{Discriminators: []Discriminator{{Type: "type", Path: "$this"}}, Rules: "open"}
		}
	}
	if n.Slicing == nil && (n.Name == "extension" || n.Name == "modifierExtension") {
		n.Slicing = &Slicing{Discriminators: []Discriminator{{Type: "value", Path: "url"}}, Rules: "open"}
	}
	sliced.Slices = append(sliced.Slices, s)
	return s
}

// expand gives n the children of its type, of the profile on its type, or of the element that it refers to.
func (g *generator) expand(n *Node) error {
	if n.ContentReference != "" {
		target := g.original()
		id := n.ContentReference[strings.IndexByte(n.ContentReference, '#')+1:]
		for _, part := range SplitID(id)[1:] {
			if target = target.find(part); target == nil {
				return fmt.Errorf("content reference %s leads nowhere", n.ContentReference)
			}
		}
		n.Children, n.Types, n.ContentReference = cloneAll(target.Children), target.Types, ""
		return g.count(n)
	}
	canonical := CoreURL + "Element"
	if len(n.Types) == 1 {
		canonical = TypeURL(n.Types[0].Code)
		if len(n.Types[0].Profiles) == 1 {
			canonical = n.Types[0].Profiles[0]
		}
	}
	s, err := g.lookup(canonical)
	if err == nil && s == nil && len(n.Types) == 1 {
		s, err = g.lookup(TypeURL(n.Types[0].Code))
	}
	if err != nil {
		return err
	}
	if s == nil || len(s.Snapshot) == 0 {
		return fmt.Errorf("type %s: %w", canonical, ErrNoBase)
	}
	tree, err := Tree(s.Snapshot)
	if err != nil {
		return err
	}
	n.Children = tree.Children
	// What holds for every value of the type holds here too.
	n.Constraints = mergeConstraints(n.Constraints, tree.Constraints)
	return g.count(n)
}

func (g *generator) count(n *Node) error {
	g.added += n.size()
	if g.added > maxElements {
		return fmt.Errorf("the snapshot would have more than %d elements", maxElements)
	}
	return nil
}

func (n *Node) size() int {
	total := 1
	for _, c := range n.Children {
		total += c.size()
	}
	for _, s := range n.Slices {
		total += s.size()
	}
	return total
}

// TypeURL returns the canonical URL of the definition of a type; the name of a type of a logical model is a URL itself.
func TypeURL(code string) string {
	if strings.Contains(code, ":") {
		return code
	}
	return CoreURL + code
}

// merge lays what the differential says of an element over what the base says.
func (g *generator) merge(n *Node, d *Element) error {
	if n.SliceName != "" && len(d.Types) == 1 && d.Types[0].Code == "Extension" && len(d.Types[0].Profiles) > 0 {
		if err := g.mergeExtension(n, d.Types[0].Profiles[0]); err != nil {
			return err
		}
	}
	if d.Min != Unset {
		n.Min = d.Min
	}
	if d.Max != Unset {
		n.Max = d.Max
	}
	if len(d.Types) > 0 {
		n.Types = mergeTypes(n.Types, d.Types)
	}
	if d.ContentReference != "" {
		n.ContentReference = d.ContentReference
	}
	for _, v := range []struct{ into, from **Value }{
		{&n.Fixed, &d.Fixed}, {&n.Pattern, &d.Pattern}, {&n.MinValue, &d.MinValue}, {&n.MaxValue, &d.MaxValue},
	} {
		if *v.from != nil {
			*v.into = *v.from
		}
	}
	if d.MaxLength > 0 {
		n.MaxLength = d.MaxLength
	}
	if d.MinLength > 0 {
		n.MinLength = d.MinLength
	}
	if d.MaxSize != nil {
		n.MaxSize = d.MaxSize
	}
	if d.MaxDecimals != nil {
		n.MaxDecimals = d.MaxDecimals
	}
	n.MustHaveValue = n.MustHaveValue || d.MustHaveValue
	if len(d.Alternatives) > 0 {
		n.Alternatives = d.Alternatives
	}
	if d.Regex != "" {
		n.Regex = d.Regex
	}
	if d.Binding != nil {
		b := *d.Binding
		if b.ValueSet == "" && n.Binding != nil {
			b.ValueSet = n.Binding.ValueSet
		}
		if b.MaxValueSet == "" && n.Binding != nil {
			b.MaxValueSet = n.Binding.MaxValueSet
		}
		if n.Binding != nil {
			b.Additional = append(slices.Clip(n.Binding.Additional), b.Additional...)
		}
		n.Binding = &b
	}
	if d.Slicing != nil {
		s := *d.Slicing
		if len(s.Discriminators) == 0 && n.Slicing != nil {
			s.Discriminators = n.Slicing.Discriminators
		}
		if s.Rules == "" && n.Slicing != nil {
			s.Rules = n.Slicing.Rules
		}
		n.Slicing = &s
	}
	if d.MustSupport != NotSaid {
		n.MustSupport = d.MustSupport
	}
	if d.IsModifier != NotSaid {
		n.IsModifier = d.IsModifier
	}
	n.Constraints = mergeConstraints(n.Constraints, d.Constraints)
	return nil
}

// mergeTypes narrows the types of an element. A differential that names a type without profiles or targets leaves those
// of the base in force.
func mergeTypes(base, narrowed []Type) []Type {
	list := slices.Clone(narrowed)
	for i := range list {
		for _, b := range base {
			if b.Code != list[i].Code {
				continue
			}
			if len(list[i].Targets) == 0 {
				list[i].Targets = b.Targets
			}
			if len(list[i].Profiles) == 0 {
				list[i].Profiles = b.Profiles
			}
		}
	}
	return list
}

// mergeExtension gives an extension slice the cardinality and the flags of the extension's own definition.
func (g *generator) mergeExtension(n *Node, canonical string) error {
	s, err := g.lookup(canonical)
	if errors.Is(err, ErrNoBase) {
		return nil
	}
	if err != nil {
		return err
	}
	n.Children, n.Slices = nil, nil
	if s == nil || len(s.Snapshot) == 0 {
		return nil
	}
	root := &s.Snapshot[0]
	if root.Max != Unset && root.Max < n.Max {
		n.Max = root.Max
	}
	if root.IsModifier != NotSaid {
		n.IsModifier = root.IsModifier
	}
	n.Constraints = mergeConstraints(n.Constraints, root.Constraints)
	return nil
}

func mergeConstraints(base, more []Constraint) []Constraint {
	list := slices.Clip(base)
	for _, c := range more {
		if i := slices.IndexFunc(list, func(b Constraint) bool { return b.Key == c.Key }); i >= 0 {
			if list[i] != c {
				list = slices.Clone(list)
				list[i] = c
			}
			continue
		}
		list = append(list, c)
	}
	return list
}
