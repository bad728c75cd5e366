package fhirpath

import (
	"strings"
	"sync"
)

// Model tells the engine what types there are. It must give the same answers for ever and be safe for concurrent use.
//
// Names are those of the FHIR specification: "Patient", "HumanName", "code"; the anonymous types of backbone elements are named by
// their path, "Patient.contact". An element with a contentReference has the path it refers to as its type.
// System types in definitions (Element.id, Extension.url, primitive values) are given as the FHIR type they stand for: "string", "id", "uri".
type Model interface {
	// Define returns the definition of a type, or false when there is none of that name.
	Define(name string) (Definition, bool)
}

// Definition is one type of a Model.
type Definition struct {
	Name      string
	Base      string // "" for a root
	Primitive bool   // has a value, and id and extensions in a "_name" sibling
	Elements  []ElementDefinition
}

// ElementDefinition is one child of a type, inherited ones included, in the order of the definition.
type ElementDefinition struct {
	Name   string   // without "[x]"
	Choice bool     // a choice element: in JSON its name ends in its type, valueQuantity
	Types  []string // one type, or for a choice the types it may take
}

// Types is a Model prepared for use: types are looked up once, linked and kept. It is safe for concurrent use.
// A nil *Types is the empty model: elements are then found by their JSON names alone.
type Types struct {
	model  Model
	byName sync.Map // string -> *Type
}

// Type is one type of a model.
type Type struct {
	types     *Types
	name      string
	once      sync.Once
	defined   bool // the model has it; set by load
	primitive bool
	quantity  bool // Quantity or derived from it
	resource  bool // Resource or DomainResource: the type is in the data
	abstract  bool // a type whose instances are of other types
	system    Kind // what a primitive or a quantity converts to
	base      *Type
	elements  map[string]*element
	ordered   []*element
	keys      map[string]keyRef
}

// element is a child of a type.
type element struct {
	name    string
	sibling string // "_" + name
	typ     *Type  // nil for a choice
	choices []choice
	types   []*Type // all the types it may have
}

type choice struct {
	key, sibling string
	typ          *Type
}

// keyRef finds what a JSON property name stands for.
type keyRef struct {
	order  int // of the element in its type
	choice int // of the type among the element's
	el     *element
	typ    *Type

	sibling string // "_" and the property name
}

// NewTypes prepares a model. A nil model gives a nil *Types.
func NewTypes(model Model) *Types {
	if model == nil {
		return nil
	}
	return &Types{model: model}
}

// intern returns the one *Type of a name, which may turn out not to be defined.
func (ts *Types) intern(name string) *Type {
	if t, ok := ts.byName.Load(name); ok {
		return t.(*Type)
	}
	resource := name == "Resource" || name == "DomainResource"
	t, _ := ts.byName.LoadOrStore(name, &Type{types: ts, name: name, resource: resource})
	return t.(*Type)
}

// Lookup finds a type of the model, or nil.
func (ts *Types) Lookup(name string) *Type {
	if ts == nil || name == "" {
		return nil
	}
	if t, ok := ts.byName.Load(name); ok {
		if t := t.(*Type); t.known() {
			return t
		}
		return nil
	}
	if _, ok := ts.model.Define(name); !ok {
		return nil // not interned: names may come from data
	}
	if t := ts.intern(name); t.known() {
		return t
	}
	return nil
}

// Name is the type's name.
func (t *Type) Name() string { return t.name }

// public is the name that type() shows: the anonymous type of a backbone element is its base type.
func (t *Type) public() string {
	if t == nil {
		return ""
	}
	for strings.Contains(t.name, ".") && t.known() && t.base != nil {
		t = t.base
	}
	return t.name
}

// known loads the type and reports whether the model defines it. Types guessed without a model are not known.
func (t *Type) known() bool {
	t.once.Do(t.load)
	return t.defined
}

func (t *Type) load() {
	if t.types == nil {
		return
	}
	def, ok := t.types.model.Define(t.name)
	if !ok {
		return
	}
	t.defined, t.primitive = true, def.Primitive
	if def.Base != "" && def.Base != t.name {
		t.base = t.types.intern(def.Base)
	}
	t.classify()
	t.elements = make(map[string]*element, len(def.Elements))
	t.keys = make(map[string]keyRef, len(def.Elements))
	for _, d := range def.Elements {
		t.addElement(d)
	}
}

// classify derives what the name and the chain of bases say.
func (t *Type) classify() {
	switch t.name {
	case "Resource", "DomainResource":
		t.abstract = true
	case "Element", "BackboneElement", "Base", "DataType", "PrimitiveType", "BackboneType":
		t.abstract = true
	}
	t.system = KindString
	seen := 0
	for b := t; b != nil && seen < 32; seen++ { // a cycle of bases ends here
		if k, ok := primitiveKind(b.name); ok && t.primitive {
			t.system = k
			break
		}
		if b.name == "Quantity" {
			t.quantity, t.system = true, KindQuantity
			break
		}
		def, ok := t.types.model.Define(b.name)
		if !ok || def.Base == "" {
			break
		}
		b = t.types.intern(def.Base)
	}
}

// primitiveKind maps FHIR primitives to System types (FHIR R4, section 2.9.1.2); those not listed are strings.
func primitiveKind(name string) (Kind, bool) {
	switch name {
	case "boolean":
		return KindBoolean, true
	case "integer", "unsignedInt", "positiveInt":
		return KindInteger, true
	case "integer64":
		return KindLong, true
	case "decimal":
		return KindDecimal, true
	case "date":
		return KindDate, true
	case "dateTime", "instant":
		return KindDateTime, true
	case "time":
		return KindTime, true
	}
	return KindElement, false
}

func (t *Type) addElement(d ElementDefinition) {
	if _, twice := t.elements[d.Name]; twice {
		return
	}
	el := &element{name: d.Name, sibling: "_" + d.Name}
	order := len(t.ordered)
	for _, name := range d.Types {
		ct := t.types.intern(name)
		el.types = append(el.types, ct)
		if d.Choice {
			key := d.Name + strings.ToUpper(name[:min(1, len(name))]) + name[min(1, len(name)):]
			el.choices = append(el.choices, choice{key: key, sibling: "_" + key, typ: ct})
			t.keys[key] = keyRef{order: order, choice: len(el.choices) - 1, el: el, typ: ct, sibling: "_" + key}
		}
	}
	if !d.Choice {
		if len(el.types) > 0 {
			el.typ = el.types[0]
		}
		t.keys[d.Name] = keyRef{order: order, el: el, typ: el.typ, sibling: el.sibling}
	}
	t.elements[d.Name] = el
	t.ordered = append(t.ordered, el)
}

// isPrimitive reports a primitive type; a type that is only guessed may be one.
func (t *Type) isPrimitive() bool { return !t.known() || t.primitive }

// child finds an element by its FHIRPath name.
func (t *Type) child(name string) *element {
	if !t.known() {
		return nil
	}
	return t.elements[name]
}

// isA reports whether the type is another one or derives from it.
func (t *Type) isA(other *Type) bool {
	for n := 0; t != nil && n < 32; n++ {
		if t == other {
			return true
		}
		if !t.known() {
			return false
		}
		t = t.base
	}
	return false
}

// named reports whether the type or one of its bases has the name.
func (t *Type) named(name string) bool {
	for n := 0; t != nil && n < 32; n++ {
		if t.name == name {
			return true
		}
		if !t.known() {
			return false
		}
		t = t.base
	}
	return false
}

// Resource makes the item of a resource, typed by its resourceType where the model knows it.
func (ts *Types) Resource(resource map[string]any) Item {
	it := Item{kind: KindElement, valid: resource != nil, data: resource}
	if name, ok := resource["resourceType"].(string); ok {
		it.typ = ts.resourceType(name)
	}
	return it
}

// Element makes the item of an element: its JSON value, its "_name" sibling if it is a primitive that has one, and its type.
// A nil type means it is not known.
func Element(value any, sibling map[string]any, t *Type) Item {
	return Item{kind: KindElement, valid: true, data: value, sib: sibling, typ: t}
}

// resourceType is the type of a resource found in data; a guessed one where the model does not have it.
func (ts *Types) resourceType(name string) *Type {
	if t := ts.Lookup(name); t != nil {
		return t
	}
	return &Type{name: name}
}
