package profiles

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"concord.example/concord/profiles/definition"
)

// shape is a definition made ready for judging: a tree of nodes with their properties by JSON name.
type shape struct {
	definition *definition.Structure
	registry   *Registry
	root       *node
	// url is the canonical without version; profile says that the definition constrains a type.
	url      string
	profile  bool
	resource bool
	// byID finds nodes for content references.
	byID map[string]*node
	// bases are the URLs of what the definition builds on, nearest first, so that they need not be judged too, and
	// baseVersions their versions.
	bases, baseVersions []string
	// imposed are the canonicals of profiles that whatever meets this one must meet too.
	imposed []string
}

// node is one element of a shape, or one slice of an element.
type node struct {
	// Min and Max are the cardinalities of the element. They stand here, beside what else the walk asks of nearly every
	// node, so that it seldom needs the rest.
	Min, Max int
	choice   bool
	array    bool
	// limited says that a primitive has limits of length, form or range; valued that there is a fixed value or a pattern.
	limited, valued bool
	// must is the bit of the element among the first 64 musts of the one around it, or 0.
	must  uint64
	types []*typeRef
	// props holds the properties by JSON name when the snapshot expands the element; children lists them in order.
	props *propTable
	shape *shape
	*definition.Element
	// name is the property name, for a choice without "[x]".
	name     string
	children []*node
	// content is where the children of an element with a content reference are.
	content    *node
	slices     []*slice
	byURL      map[string]*slice // the slices of an element that extensions' URLs tell apart
	invariants []*invariant
	binding    *binding
	primitive  primitive
	xhtml      bool
	// matching is done when the conditions of the slices are worked out, which needs other definitions.
	matching sync.Once
	// typeName is the name under which the FHIRPath engine knows the children of the element.
	typeName   string
	sliceCount int
	sliceName  string
	// names are the properties in which the element can be there; musts are the children that must be there.
	names []string
	musts []*node
}

// prop is a property of a JSON object: an element, and for a choice the type that the name selects.
type prop struct {
	name
	node *node
	typ  *typeRef
	sib  string // "_" and the property, where a primitive's id and extensions are
	isID bool   // it is the id of an element or a resource
}

// typeRef is a type that an element may have.
type typeRef struct {
	definition.Type
	primitive primitive
	special   special
	// link is the shape of the type, worked out when it is first needed.
	link atomic.Pointer[shape]
	// targets are the names of the resource types that a reference may lead to, nil for any.
	targets atomic.Pointer[targetSet]
}

// special is a type for whose values there are rules of their own.
type special uint8

const (
	notSpecial special = iota
	anyResource
	extensionType
	referenceType
	codingType
	attachmentType
	identifierType
	periodType
	quantityType
	sampledType
)

func specialOf(code string) special {
	switch code {
	case "Resource", "DomainResource":
		return anyResource
	case "Extension":
		return extensionType
	case "Reference":
		return referenceType
	case "Coding":
		return codingType
	case "Attachment":
		return attachmentType
	case "Identifier":
		return identifierType
	case "Period":
		return periodType
	case "Quantity", "SimpleQuantity", "Age", "Count", "Distance", "Duration", "MoneyQuantity":
		return quantityType
	case "SampledData":
		return sampledType
	default:
		return notSpecial
	}
}

// shapeOf returns the shape of a profile or type by canonical, or nil if it is not loaded or cannot be used; why says
// which.
func (r *Registry) shapeOf(canonical string) (s *shape, why error) {
	if found, done := r.shapes.Load(canonical); done {
		switch v := found.(type) {
		case *shape:
			return v, nil
		case error:
			return nil, v
		default:
			return nil, nil
		}
	}
	s, why = r.makeShape(canonical)
	switch {
	case why != nil:
		r.shapes.Store(canonical, why)
	case s == nil:
		r.shapes.Store(canonical, false)
	default:
		if kept, raced := r.shapes.LoadOrStore(canonical, s); raced {
			if first, ok := kept.(*shape); ok {
				return first, nil
			}
		}
	}
	return s, why
}

func (r *Registry) makeShape(canonical string) (*shape, error) {
	owner := r
	for ; owner != nil; owner = owner.parent {
		found, err := owner.set.Structure(canonical)
		if err != nil {
			return nil, err
		}
		if found != nil {
			break
		}
	}
	if owner == nil {
		return nil, nil //nolint:nilnil // a definition that is not loaded is not an error
	}
	if owner != r {
		return owner.shapeOf(canonical)
	}
	structure, err := r.structure(canonical)
	if err != nil || structure == nil {
		return nil, err
	}
	return r.compile(structure)
}

func (r *Registry) compile(structure *definition.Structure) (*shape, error) {
	tree, err := definition.Tree(structure.Snapshot)
	if err != nil {
		return nil, fmt.Errorf("use definition %s: %w", structure.URL, err)
	}
	s := &shape{
		definition: structure, registry: r, url: structure.URL,
		profile: structure.Derivation == "constraint", resource: structure.Kind == "resource",
	}
	c := compiler{shape: s, registry: r}
	s.root = c.node(tree, structure.Type)
	s.byID = c.byID
	c.linkContent()
	s.bases, s.baseVersions, s.imposed = r.basesOf(structure)
	if s.profile {
		// A definition may leave its kind out; what it constrains says it.
		if base, err := r.shapeOf(definition.TypeURL(structure.Type)); err == nil && base != nil {
			s.resource = base.resource
		}
	}
	return s, nil
}

// basesOf lists the definitions that a definition builds on, each by URL and version, and the canonicals that it and they impose.
func (r *Registry) basesOf(structure *definition.Structure) (urls, versions, imposed []string) {
	const deepest = 50
	for range deepest {
		if structure == nil {
			break
		}
		imposed = append(imposed, structure.Imposed...)
		if structure.Base == "" {
			break
		}
		url, version := definition.SplitCanonical(structure.Base)
		if structure, _ = find(r, structure.Base, (*definition.Set).Structure); structure != nil {
			version = structure.Version
		}
		urls, versions = append(urls, url), append(versions, version)
	}
	return urls, versions, imposed
}

// buildsOn says whether a definition builds on another, in the version that this is.
func (s *shape) buildsOn(other *shape) bool {
	i := slices.Index(s.bases, other.url)
	return i >= 0 && s.baseVersions[i] == other.definition.Version
}

type compiler struct {
	shape    *shape
	registry *Registry
	pending  []*node
	byID     map[string]*node
}

func (c *compiler) node(n *definition.Node, typeName string) *node {
	made := &node{Element: &n.Element, shape: c.shape, sliceName: n.SliceName, typeName: typeName}
	made.name, made.choice = strings.CutSuffix(n.Name, "[x]")
	made.Min, made.Max = n.Min, unboundedIfUnset(n.Max)
	made.limited = n.MaxLength > 0 || n.MinLength > 0 || n.MaxDecimals != nil || n.MaxSize != nil || n.Regex != "" || n.MinValue != nil || n.MaxValue != nil
	made.valued = n.Fixed != nil || n.Pattern != nil
	if i := strings.LastIndexByte(made.name, '.'); i >= 0 {
		made.name = made.name[i+1:]
	}
	if c.byID == nil {
		c.byID = map[string]*node{}
	}
	c.byID[n.ID] = made
	most := n.BaseMax
	if most == definition.Unset {
		most = n.Max
	}
	made.array = most > 1
	for i := range n.Types {
		made.types = append(made.types, &typeRef{Type: n.Types[i], primitive: primitiveOf(n.Types[i].Code), special: specialOf(n.Types[i].Code)})
	}
	if len(made.types) == 1 {
		made.primitive = made.types[0].primitive
	}
	made.xhtml = made.primitive == primXHTML
	if n.Binding != nil && n.Binding.ValueSet != "" {
		made.binding = &binding{strength: n.Binding.Strength, valueSet: n.Binding.ValueSet, maxValueSet: n.Binding.MaxValueSet}
		for _, one := range n.Binding.Additional {
			strength := "required"
			if one.Purpose == "extensible" {
				strength = one.Purpose
			}
			made.binding.additional = append(made.binding.additional, &binding{strength: strength, valueSet: one.ValueSet})
		}
	}
	made.invariants = invariantsOf(n.Constraints)
	if n.ContentReference != "" {
		c.pending = append(c.pending, made)
	}
	if len(n.Children) > 0 {
		made.props = &propTable{slots: make([]propSlot, 8)}
		for _, child := range n.Children {
			kid := c.node(child, childType(made, child))
			made.children = append(made.children, kid)
			made.addProps(kid)
			if kid.mustBeThere() {
				kid.must = 1 << len(made.musts) // 0 from the 65th on
				made.musts = append(made.musts, kid)
			}
		}
	}
	for _, s := range n.Slices {
		made.slices = append(made.slices, &slice{node: c.node(s, typeName), name: s.SliceName})
	}
	return made
}

// childType names the type of a child for the FHIRPath engine.
func childType(parent *node, child *definition.Node) string {
	name := strings.TrimSuffix(child.Name, "[x]")
	within := parent.typeName
	if t := parent.onlyType(); t != nil && t.Code != "BackboneElement" && t.Code != "Element" {
		within = t.Code
	}
	return within + "." + name
}

// mustBeThere says whether an object may not go without the element or one of its slices.
func (n *node) mustBeThere() bool {
	if n.Min > 0 {
		return true
	}
	for _, s := range n.slices {
		if n.Max != 0 && s.node.mustBeThere() {
			return true
		}
	}
	return false
}

func (n *node) addProps(kid *node) {
	if !kid.choice {
		p := &prop{node: kid, name: name{json: kid.name, path: kid.name}, sib: "_" + kid.name, isID: kid.name == "id"}
		if len(kid.types) == 1 {
			p.typ = kid.types[0]
		}
		n.props.set(kid.name, p)
		kid.names = []string{p.json}
		if p.typ != nil && p.typ.primitive != notPrimitive {
			kid.names = append(kid.names, p.sib)
		}
		return
	}
	for _, t := range kid.types {
		property := kid.name + strings.ToUpper(t.Code[:1]) + t.Code[1:]
		n.props.set(property, &prop{node: kid, typ: t, name: name{property, kid.name, t.Code}, sib: "_" + property})
		kid.names = append(kid.names, property)
		if t.primitive != notPrimitive {
			kid.names = append(kid.names, "_"+property)
		}
	}
}

// linkContent finds the elements that content references lead to: those of the type, not of a profile on it, as what a
// profile says of an element does not hold for what only has the same content.
func (c *compiler) linkContent() {
	byID := c.byID
	if c.shape.profile && len(c.pending) > 0 {
		if base, err := c.registry.shapeOf(definition.TypeURL(c.shape.definition.Type)); err == nil && base != nil {
			byID = base.byID
		}
	}
	for _, n := range c.pending {
		id := n.ContentReference[strings.IndexByte(n.ContentReference, '#')+1:]
		n.content = byID[id]
		if n.content != nil && len(n.types) == 0 {
			n.types = n.content.types
		}
	}
}

// shapeOfType returns the shape of a type that a node has.
func (t *typeRef) shapeIn(r *Registry) *shape {
	if s := t.link.Load(); s != nil {
		return s
	}
	s, err := r.shapeOf(definition.TypeURL(t.Code))
	if err != nil || s == nil {
		return nil
	}
	t.link.Store(s)
	return s
}

// childrenOf returns the node whose properties the object at n has: n itself where the snapshot expands it, the element
// that n refers to, or the root of its type.
func (n *node) childrenOf(t *typeRef) *node {
	if n.props != nil && !n.partial() {
		return n
	}
	if n.content != nil {
		return n.content.childrenOf(t)
	}
	if t == nil {
		return nil
	}
	s := t.shapeIn(n.shape.registry)
	if s == nil {
		return nil
	}
	return s.root
}

// partial says whether the properties that the snapshot gives a choice are not all that its values have, as each of its
// types has more.
func (n *node) partial() bool { return n.choice && len(n.types) > 1 }

// typeRoot returns the root of the definition of a type, or nil.
func (n *node) typeRoot(t *typeRef) *node {
	if t == nil {
		return nil
	}
	s := t.shapeIn(n.shape.registry)
	if s == nil {
		return nil
	}
	return s.root
}
