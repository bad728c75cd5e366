package fhirpath

import (
	"encoding/json"
	"math/big"
)

// Kind says what an item is: a FHIR element or a value of one of FHIRPath's System types.
type Kind uint8

// The kinds of item. An Element is a resource, a complex value or a FHIR primitive together with its id and extensions.
const (
	KindElement Kind = iota
	KindBoolean
	KindString
	KindInteger
	KindLong
	KindDecimal
	KindDate
	KindDateTime
	KindTime
	KindQuantity
	KindType // the result of type()
)

// String is the System type's name; "Element" for FHIR elements and "TypeInfo" for type().
func (k Kind) String() string {
	switch k {
	case KindElement:
		return "Element"
	case KindBoolean:
		return "Boolean"
	case KindString:
		return "String"
	case KindInteger:
		return "Integer"
	case KindLong:
		return "Long"
	case KindDecimal:
		return "Decimal"
	case KindDate:
		return "Date"
	case KindDateTime:
		return "DateTime"
	case KindTime:
		return "Time"
	case KindQuantity:
		return "Quantity"
	case KindType:
		return "TypeInfo"
	}
	return "unknown"
}

// systemKind finds a System type by name; KindElement stands for none.
func systemKind(name string) Kind {
	for k := KindBoolean; k <= KindQuantity; k++ {
		if k.String() == name {
			return k
		}
	}
	return KindElement
}

// Item is one member of a collection. The zero Item stands for nothing; Valid tells. Items are small and are passed by value.
// An Item refers to the JSON it was made from and must not outlive a change to it.
type Item struct {
	kind  Kind
	valid bool
	scale int32          // Decimal
	num   int64          // Boolean (0, 1), Integer, Long, Decimal
	data  any            // Element: decoded JSON. String: string. Decimal: nil or *big.Int. Date, DateTime, Time: *Temporal. Quantity: *Quantity. Type: *typeName
	sib   map[string]any // Element: the "_name" object of a primitive, with its id and extensions
	typ   *Type          // Element: nil when unknown
}

// Collection is an ordered list of items, the result of every expression.
type Collection []Item

type typeName struct{ namespace, name, base string }

// Boolean makes a System.Boolean.
func Boolean(b bool) Item {
	it := Item{kind: KindBoolean, valid: true}
	if b {
		it.num = 1
	}
	return it
}

// String makes a System.String.
func String(s string) Item { return Item{kind: KindString, valid: true, data: s} }

// Integer makes a System.Integer.
func Integer(n int64) Item { return Item{kind: KindInteger, valid: true, num: n} }

func longItem(n int64) Item { return Item{kind: KindLong, valid: true, num: n} }

// DecimalItem makes a System.Decimal.
func DecimalItem(d Decimal) Item {
	it := Item{kind: KindDecimal, valid: true, num: d.coef, scale: d.scale}
	if d.wide != nil {
		it.data = d.wide
	}
	return it
}

func temporalItem(t Temporal) Item { return Item{kind: t.kind, valid: true, data: &t} }

func quantityItem(q Quantity) Item { return Item{kind: KindQuantity, valid: true, data: &q} }

// Valid reports whether there is an item at all.
func (it Item) Valid() bool { return it.valid }

// Kind says what the item is.
func (it Item) Kind() Kind { return it.kind }

// Namespace is "FHIR" for elements and "System" for everything else.
func (it Item) Namespace() string {
	if it.kind == KindElement {
		return "FHIR"
	}
	return "System"
}

// TypeName is the item's type without namespace: "Patient", "code", "BackboneElement", "Integer"; empty when not known.
func (it Item) TypeName() string {
	if it.kind != KindElement {
		return it.kind.String()
	}
	return it.typ.public()
}

// JSON is the decoded JSON of an element: a map, string, json.Number, bool, or nil for a primitive that has extensions only.
// For System values it is a bool, a json.Number, or text.
func (it Item) JSON() any {
	switch it.kind {
	case KindElement:
		return it.data
	case KindBoolean:
		return it.num != 0
	case KindInteger, KindLong, KindDecimal:
		return json.Number(it.Text())
	case KindString, KindDate, KindDateTime, KindTime, KindQuantity, KindType:
	}
	return it.Text()
}

// Sibling is the "_name" object that carries a primitive's id and extensions, or nil.
func (it Item) Sibling() map[string]any { return it.sib }

// Text is the value as toString() writes it; empty for complex elements.
func (it Item) Text() string {
	switch it.kind {
	case KindBoolean:
		if it.num != 0 {
			return "true"
		}
		return "false"
	case KindString:
		s, _ := it.data.(string)
		return s
	case KindInteger, KindLong:
		return Decimal{coef: it.num}.String()
	case KindDecimal:
		return it.decimalValue().String()
	case KindDate, KindDateTime, KindTime:
		return it.data.(*Temporal).String()
	case KindQuantity:
		return it.data.(*Quantity).String()
	case KindType:
		n := it.data.(*typeName)
		return n.namespace + "." + n.name
	case KindElement:
		switch v := it.data.(type) {
		case string:
			return v
		case json.Number:
			return v.String()
		case bool:
			return Boolean(v).Text()
		}
		if it.class() == KindQuantity {
			var q Quantity
			if it.quantity(&q) {
				return q.String()
			}
		}
	}
	return ""
}

func (it *Item) decimalValue() Decimal {
	d := Decimal{coef: it.num, scale: it.scale}
	if w, ok := it.data.(*big.Int); ok {
		d.wide = w
	}
	return d
}

// object returns the members of a complex element.
func (it *Item) object() (map[string]any, bool) {
	if it.kind != KindElement {
		return nil, false
	}
	m, ok := it.data.(map[string]any)
	return m, ok
}

// class is the System type the item is or converts to: KindElement for complex values that convert to nothing.
func (it *Item) class() Kind {
	if it.kind != KindElement {
		return it.kind
	}
	if it.typ != nil && it.typ.known() {
		if it.typ.primitive || it.typ.quantity {
			return it.typ.system
		}
		return KindElement
	}
	return guessClass(it.data)
}

// guessClass judges a value of unknown type by its JSON.
func guessClass(data any) Kind {
	switch v := data.(type) {
	case string:
		return KindString
	case bool:
		return KindBoolean
	case json.Number:
		if isInteger(v.String()) {
			return KindInteger
		}
		return KindDecimal
	case map[string]any:
		if looksLikeQuantity(v) {
			return KindQuantity
		}
	}
	return KindElement
}

// named reports whether an element's type is one of the name, or derives from it. Any resource of unknown type is a Resource.
func (it *Item) named(name string) bool {
	if it.typ.named(name) {
		return true
	}
	if it.typ != nil && !it.typ.known() && (name == "Resource" || name == "DomainResource") {
		m, _ := it.data.(map[string]any)
		_, ok := m["resourceType"]
		return ok
	}
	return false
}

// untyped reports text whose type is not known, which then also converts to dates and times.
func (it *Item) untyped() bool {
	return it.kind == KindElement && (it.typ == nil || !it.typ.known())
}

// looksLikeQuantity recognises a FHIR Quantity where there are no types to say so.
func looksLikeQuantity(m map[string]any) bool {
	if _, ok := m["value"].(json.Number); !ok {
		return false
	}
	for k := range m {
		switch k {
		case "value", "unit", "system", "code", "comparator", "id", "extension":
		default:
			return false
		}
	}
	return true
}

func isInteger(s string) bool {
	for i := range len(s) {
		if c := s[i]; !digit(c) && (c != '-' || i > 0) {
			return false
		}
	}
	return s != ""
}
