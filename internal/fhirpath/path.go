package fhirpath

import (
	"slices"
	"strings"
)

// expr is a compiled node. Every method leaves the evaluator's stack as it found it, but for the result that eval appends.
type expr interface {
	// eval appends the result to the stack.
	eval(e *Evaluator) error
	// one returns the result if it is a single item, and how many items there are.
	one(e *Evaluator) (Item, int, error)
	// test evaluates the result as a Boolean.
	test(e *Evaluator) (Truth, error)
}

// step goes from an element to its children of one name.
type step struct {
	pos           int
	name, sibling string
	known         *Type    // the type the compiler expects here, if it knows one
	el            *element // the child of that type
}

// path is a chain of steps from an item: the workhorse of every invariant.
type path struct {
	root  expr // nil for $this
	steps []step
	poly  bool // JSON names of choice elements are accepted
	lean  bool // only values matter, so siblings of present primitives are not looked up
}

// walk follows the steps. A single result is returned; several are left on the stack.
func (p *path) walk(e *Evaluator) (Item, int, error) {
	base := len(e.stack)
	cur := e.this
	if p.root != nil {
		var n int
		var err error
		if cur, n, err = many(e, p.root); err != nil || n == 0 {
			return Item{}, 0, err
		}
		if n > 1 {
			return p.spread(e, base, 0)
		}
	} else if !cur.valid {
		return Item{}, 0, nil
	}
	for i := range p.steps {
		var n int
		var err error
		cur, n, err = e.advance(cur, &p.steps[i], p, i == len(p.steps)-1)
		if err != nil || n == 0 {
			return Item{}, 0, err
		}
		if n > 1 {
			return p.spread(e, base, i+1)
		}
	}
	return cur, 1, nil
}

// many evaluates an expression that may have any number of results: a single one is returned, several stay on the stack.
func many(e *Evaluator, x expr) (Item, int, error) {
	if p, ok := x.(*path); ok {
		return p.walk(e)
	}
	base := len(e.stack)
	if err := x.eval(e); err != nil {
		return Item{}, 0, err
	}
	n := len(e.stack) - base
	if n != 1 {
		return Item{}, n, nil
	}
	it := e.stack[base]
	e.stack = e.stack[:base]
	return it, 1, nil
}

// spread follows the remaining steps from the items on the stack.
func (p *path) spread(e *Evaluator, base, from int) (Item, int, error) {
	for i := from; i < len(p.steps); i++ {
		end := len(e.stack)
		for k := base; k < end; k++ {
			it, n, err := e.advance(e.stack[k], &p.steps[i], p, i == len(p.steps)-1)
			if err != nil {
				return Item{}, 0, err
			}
			if n == 1 {
				if err := e.push(it); err != nil {
					return Item{}, 0, err
				}
			}
		}
		e.settle(base, end)
	}
	n := len(e.stack) - base
	if n == 1 {
		it := e.stack[base]
		e.stack = e.stack[:base]
		return it, 1, nil
	}
	return Item{}, n, nil
}

func (p *path) eval(e *Evaluator) error {
	it, n, err := p.walk(e)
	if err == nil && n == 1 {
		err = e.push(it)
	}
	return err
}

func (p *path) one(e *Evaluator) (Item, int, error) {
	base := len(e.stack)
	it, n, err := p.walk(e)
	e.stack = e.stack[:base]
	return it, n, err
}

func (p *path) test(e *Evaluator) (Truth, error) {
	it, n, err := p.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, p.steps[len(p.steps)-1].pos, it, n)
}

// singleTruth is the singleton evaluation of a collection where a Boolean is needed.
func singleTruth(e *Evaluator, pos int, it Item, n int) (Truth, error) {
	switch n {
	case 0:
		return Unknown, nil
	case 1:
		return it.truth(), nil
	}
	return Unknown, e.fail(pos, "a single Boolean is needed, found %d items", n)
}

// truth is a Boolean's value; any other single item is true. A Boolean element without a value is unknown.
func (it *Item) truth() Truth {
	if it.class() != KindBoolean {
		if it.kind == KindElement && it.data == nil {
			return Unknown
		}
		return True
	}
	b, ok := it.boolean()
	if !ok {
		return Unknown
	}
	return truthOf(b)
}

// advance takes one step from one item. A single child is returned; several are pushed.
func (e *Evaluator) advance(cur Item, s *step, p *path, last bool) (Item, int, error) {
	if err := e.step(); err != nil {
		return Item{}, 0, err
	}
	m, ok := cur.data.(map[string]any)
	if !ok || cur.kind != KindElement {
		return e.valueChild(cur, s)
	}
	t := cur.typ
	if t == nil || !t.known() {
		return e.untypedChild(m, s)
	}
	el := s.el
	if t != s.known {
		el = t.elements[s.name]
	}
	if el == nil {
		if !p.poly {
			return Item{}, 0, nil
		}
		ref, ok := t.keys[s.name]
		if !ok {
			return Item{}, 0, nil
		}
		return e.property(m, s.name, s.sibling, ref.typ, p.lean && last)
	}
	if el.choices != nil {
		c := el.present(t, m)
		if c == nil {
			return Item{}, 0, nil
		}
		return e.property(m, c.key, c.sibling, c.typ, p.lean && last)
	}
	return e.property(m, s.name, s.sibling, el.typ, p.lean && last)
}

// present finds which type of a choice element is there; of several, which is invalid, the first of the definition.
func (el *element) present(t *Type, m map[string]any) *choice {
	best := -1
	for key := range m {
		name := key
		if name != "" && name[0] == '_' {
			name = name[1:]
		}
		if len(name) <= len(el.name) || name[:len(el.name)] != el.name {
			continue
		}
		if ref, ok := t.keys[name]; ok && ref.el == el && (best < 0 || ref.choice < best) {
			best = ref.choice
		}
	}
	if best < 0 {
		return nil
	}
	return &el.choices[best]
}

// property makes the items of one JSON property.
func (e *Evaluator) property(m map[string]any, key, sibling string, t *Type, lean bool) (Item, int, error) {
	v := m[key]
	list, isList := v.([]any)
	var sib any
	if (t == nil || t.isPrimitive()) && (!lean || v == nil || slices.Contains(list, nil)) {
		sib = m[sibling]
	}
	if v == nil && sib == nil {
		return Item{}, 0, nil
	}
	sibs, sibIsList := sib.([]any)
	if !isList && !sibIsList {
		so, _ := sib.(map[string]any)
		if v == nil && so == nil {
			return Item{}, 0, nil
		}
		return e.child(v, so, t), 1, nil
	}
	return e.listItems(list, sibs, t)
}

// listItems makes the items of an array and its sibling array.
func (e *Evaluator) listItems(list, sibs []any, t *Type) (Item, int, error) {
	total := max(len(list), len(sibs))
	base := len(e.stack)
	for i := range total {
		var v any
		if i < len(list) {
			v = list[i]
		}
		var so map[string]any
		if i < len(sibs) {
			so, _ = sibs[i].(map[string]any)
		}
		if v == nil && so == nil {
			continue
		}
		it := e.child(v, so, t)
		if total == 1 {
			return it, 1, nil
		}
		if err := e.push(it); err != nil {
			return Item{}, 0, err
		}
	}
	n := len(e.stack) - base
	if n == 1 {
		it := e.stack[base]
		e.stack = e.stack[:base]
		return it, 1, nil
	}
	return Item{}, n, e.work(n)
}

// child makes one item; resources inside others say their own type.
func (e *Evaluator) child(v any, sib map[string]any, t *Type) Item {
	if t == nil || t.resource {
		if m, ok := v.(map[string]any); ok {
			if name, ok := m["resourceType"].(string); ok {
				t = e.types.resourceType(name)
			}
		}
	}
	return Item{kind: KindElement, valid: true, data: v, sib: sib, typ: t}
}

// valueChild steps into what is not a JSON object: a primitive's id, extensions and value, or parts of System values.
func (e *Evaluator) valueChild(cur Item, s *step) (Item, int, error) {
	switch cur.kind {
	case KindElement:
		switch s.name {
		case "value":
			if it, ok := cur.system(); ok && cur.class() != KindElement {
				return it, 1, nil
			}
		case "extension":
			return e.property(cur.sib, "extension", "", e.types.Lookup("Extension"), true)
		case "id":
			return e.property(cur.sib, "id", "", e.types.Lookup("string"), true)
		}
	case KindQuantity:
		q := cur.data.(*Quantity)
		switch s.name {
		case "value":
			return DecimalItem(q.Value), 1, nil
		case "unit":
			return String(q.Unit), 1, nil
		}
	case KindType:
		n := cur.data.(*typeName)
		switch s.name {
		case "namespace":
			return String(n.namespace), 1, nil
		case "name":
			return String(n.name), 1, nil
		case "baseType":
			return String(n.base), 1, nil
		}
	case KindBoolean, KindString, KindInteger, KindLong, KindDecimal, KindDate, KindDateTime, KindTime:
	}
	return Item{}, 0, nil
}

// untypedChild finds a child by its JSON name, or else as a choice element whose name ends in a type.
func (e *Evaluator) untypedChild(m map[string]any, s *step) (Item, int, error) {
	if _, ok := m[s.name]; ok {
		return e.property(m, s.name, s.sibling, nil, false)
	}
	if _, ok := m[s.sibling]; ok {
		return e.property(m, s.name, s.sibling, nil, false)
	}
	found, suffix := "", ""
	for key := range m {
		name := strings.TrimPrefix(key, "_")
		rest, ok := strings.CutPrefix(name, s.name)
		if ok && (found == "" || name < found) {
			if t, ok := choiceSuffix(rest); ok {
				found, suffix = name, t
			}
		}
	}
	if found == "" {
		return Item{}, 0, nil
	}
	return e.property(m, found, "_"+found, e.types.guess(suffix), false)
}

// guess is a type known by name only.
func (ts *Types) guess(name string) *Type {
	if t := ts.Lookup(name); t != nil {
		return t
	}
	return &Type{name: name}
}

// choiceSuffix recognises the type at the end of a choice element's JSON name, among the types choices take in FHIR R4.
func choiceSuffix(s string) (string, bool) {
	switch s {
	case "Base64Binary", "Boolean", "Canonical", "Code", "Date", "DateTime", "Decimal", "Id", "Instant", "Integer", "Markdown", "Oid",
		"PositiveInt", "String", "Time", "UnsignedInt", "Uri", "Url", "Uuid":
		return strings.ToLower(s[:1]) + s[1:], true
	case "Address", "Age", "Annotation", "Attachment", "CodeableConcept", "Coding", "ContactDetail", "ContactPoint", "Contributor", "Count",
		"DataRequirement", "Distance", "Dosage", "Duration", "Expression", "HumanName", "Identifier", "Meta", "Money", "ParameterDefinition",
		"Period", "Quantity", "Range", "Ratio", "Reference", "RelatedArtifact", "SampledData", "Signature", "Timing", "TriggerDefinition", "UsageContext":
		return s, true
	}
	return "", false
}
