package fhirpath

import (
	"encoding/json"
	"strings"
	"unicode"
)

// equality is =, !=, ~ and !~.
type equality struct {
	pos         int
	equivalent  bool
	negate      bool
	direct      bool // both sides may be evaluated twice: no traces, no side effects
	left, right expr
}

func (n *equality) eval(e *Evaluator) error { return pushTruth(e, n) }

func (n *equality) one(e *Evaluator) (Item, int, error) { return oneTruth(e, n) }

func (n *equality) test(e *Evaluator) (Truth, error) {
	t, err := n.compare(e)
	if err == nil && n.negate {
		t = t.Not()
	}
	return t, err
}

func (n *equality) compare(e *Evaluator) (Truth, error) {
	if n.direct {
		a, countA, err := n.left.one(e)
		if err != nil {
			return Unknown, err
		}
		if countA == 0 && !n.equivalent {
			return Unknown, nil
		}
		b, countB, err := n.right.one(e)
		if err != nil {
			return Unknown, err
		}
		if countA <= 1 && countB <= 1 {
			return e.compareSingles(&a, &b, countA, countB, n.equivalent)
		}
	}
	base := len(e.stack)
	if err := n.left.eval(e); err != nil {
		return Unknown, err
	}
	middle := len(e.stack)
	if err := n.right.eval(e); err != nil {
		return Unknown, err
	}
	t, err := e.compareCollections(base, middle, n.equivalent)
	e.stack = e.stack[:base]
	return t, err
}

func (e *Evaluator) compareSingles(a, b *Item, countA, countB int, equivalent bool) (Truth, error) {
	switch {
	case equivalent && countA == 1 && countB == 1:
		return e.equivalentItems(a, b)
	case equivalent:
		return truthOf(countA == countB), nil
	case countA == 0 || countB == 0:
		return Unknown, nil
	}
	return e.equal(a, b)
}

// compareCollections compares the items of the stack from base to middle with those from middle on.
func (e *Evaluator) compareCollections(base, middle int, equivalent bool) (Truth, error) {
	countA, countB := middle-base, len(e.stack)-middle
	switch {
	case equivalent:
		if countA != countB {
			return False, nil
		}
		return e.equivalentSets(base, middle)
	case countA == 0 || countB == 0:
		return Unknown, nil
	case countA != countB:
		return False, nil
	}
	result := True
	for i := range countA {
		t, err := e.equal(&e.stack[base+i], &e.stack[middle+i])
		if err != nil || t == False {
			return t, err
		}
		if t == Unknown {
			result = Unknown
		}
	}
	return result, nil
}

// equivalentSets pairs items regardless of order.
func (e *Evaluator) equivalentSets(base, middle int) (Truth, error) {
	used := make([]bool, middle-base)
next:
	for i := base; i < middle; i++ {
		for k := range used {
			if used[k] {
				continue
			}
			t, err := e.equivalentItems(&e.stack[i], &e.stack[middle+k])
			if err != nil {
				return Unknown, err
			}
			if t == True {
				used[k] = true
				continue next
			}
		}
		return False, nil
	}
	return True, nil
}

// pair is how two items relate for equality and order.
type pair uint8

const (
	pairOther pair = iota // of types that have nothing in common
	pairStrings
	pairBooleans
	pairNumbers
	pairTemporals
	pairQuantities
	pairElements
)

func numeric(k Kind) bool { return k == KindInteger || k == KindDecimal || k == KindLong }

func isTemporal(k Kind) bool { return k == KindDate || k == KindDateTime || k == KindTime }

// relate applies the implicit conversions: integer to decimal to quantity, date to dateTime, and text of unknown type to what it meets.
func relate(a, b *Item) pair {
	ca, cb := a.class(), b.class()
	switch {
	case ca == KindString && cb == KindString:
		return pairStrings
	case ca == KindBoolean && cb == KindBoolean:
		return pairBooleans
	case numeric(ca) && numeric(cb):
		return pairNumbers
	case ca == KindTime && cb == KindTime:
		return pairTemporals
	case isTemporal(ca) && isTemporal(cb) && ca != KindTime && cb != KindTime:
		return pairTemporals
	case ca == KindQuantity && (cb == KindQuantity || numeric(cb)), cb == KindQuantity && numeric(ca):
		return pairQuantities
	case ca == KindElement && cb == KindElement:
		return pairElements
	case isTemporal(ca) && cb == KindString && b.untyped(), isTemporal(cb) && ca == KindString && a.untyped():
		return pairTemporals
	}
	return pairOther
}

// equal is the = operator on two items.
func (e *Evaluator) equal(a, b *Item) (Truth, error) {
	if err := e.step(); err != nil {
		return Unknown, err
	}
	switch relate(a, b) {
	case pairStrings:
		x, okX := a.str()
		y, okY := b.str()
		if okX && okY {
			return truthOf(x == y), nil
		}
	case pairBooleans:
		x, okX := a.boolean()
		y, okY := b.boolean()
		if okX && okY {
			return truthOf(x == y), nil
		}
	case pairNumbers:
		x, okX := a.decimal()
		y, okY := b.decimal()
		if okX && okY {
			return truthOf(x.Cmp(y) == 0), nil
		}
	case pairTemporals:
		var x, y Temporal
		if a.temporal(&x) && b.temporal(&y) {
			if (x.kind == KindTime) != (y.kind == KindTime) {
				return False, nil
			}
			order, known := x.compare(y)
			if !known {
				return Unknown, nil
			}
			return truthOf(order == 0), nil
		}
	case pairQuantities:
		var x, y Quantity
		if a.quantity(&x) && b.quantity(&y) {
			order, known := x.compare(y)
			if !known {
				return Unknown, nil
			}
			return truthOf(order == 0), nil
		}
	case pairElements, pairOther:
	}
	return e.equalElements(a, b, false)
}

// equalElements compares complex items, and primitives without a proper value, by their JSON.
func (e *Evaluator) equalElements(a, b *Item, equivalent bool) (Truth, error) {
	if a.kind == KindType && b.kind == KindType {
		return truthOf(*a.data.(*typeName) == *b.data.(*typeName)), nil
	}
	if a.kind != KindElement || b.kind != KindElement {
		return False, nil
	}
	same, err := e.sameJSON(a.data, b.data, equivalent)
	if err != nil || !same {
		return False, err
	}
	if a.data == nil || b.data == nil {
		same, err = e.sameObjects(a.sib, b.sib, equivalent)
	}
	return truthOf(same), err
}

// sameJSON is deep equality: the order of properties does not matter, numbers compare by value.
func (e *Evaluator) sameJSON(a, b any, equivalent bool) (bool, error) {
	if err := e.step(); err != nil {
		return false, err
	}
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok {
			return false, nil
		}
		return e.sameObjects(x, y, equivalent)
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false, nil
		}
		return e.sameArrays(x, y, equivalent)
	case json.Number:
		y, ok := b.(json.Number)
		if !ok {
			return false, nil
		}
		if x == y {
			return true, nil
		}
		dx, okX := ParseDecimal(x.String())
		dy, okY := ParseDecimal(y.String())
		if equivalent {
			return okX && okY && equivalentDecimals(dx, dy), nil
		}
		return okX && okY && dx.Cmp(dy) == 0, nil
	case string:
		y, ok := b.(string)
		if equivalent {
			return ok && equivalentStrings(x, y), nil
		}
		return ok && x == y, nil
	case bool:
		y, ok := b.(bool)
		return ok && x == y, nil
	}
	return a == nil && b == nil, nil
}

func (e *Evaluator) sameObjects(x, y map[string]any, equivalent bool) (bool, error) {
	if len(x) != len(y) {
		return false, nil
	}
	if err := e.enter(); err != nil {
		return false, err
	}
	defer e.leave()
	for key, v := range x {
		w, ok := y[key]
		if !ok {
			return false, nil
		}
		if same, err := e.sameJSON(v, w, equivalent); err != nil || !same {
			return false, err
		}
	}
	return true, nil
}

func (e *Evaluator) sameArrays(x, y []any, equivalent bool) (bool, error) {
	if err := e.enter(); err != nil {
		return false, err
	}
	defer e.leave()
	if !equivalent {
		for i := range x {
			if same, err := e.sameJSON(x[i], y[i], false); err != nil || !same {
				return false, err
			}
		}
		return true, nil
	}
	used := make([]bool, len(y))
next:
	for _, v := range x {
		for k, w := range y {
			if used[k] {
				continue
			}
			same, err := e.sameJSON(v, w, true)
			if err != nil {
				return false, err
			}
			if same {
				used[k] = true
				continue next
			}
		}
		return false, nil
	}
	return true, nil
}

// equivalentItems is the ~ operator on two items.
func (e *Evaluator) equivalentItems(a, b *Item) (Truth, error) {
	if err := e.step(); err != nil {
		return Unknown, err
	}
	switch relate(a, b) {
	case pairStrings:
		x, okX := a.str()
		y, okY := b.str()
		if okX && okY {
			return truthOf(equivalentStrings(x, y)), e.work((len(x) + len(y)) / 256)
		}
	case pairNumbers:
		x, okX := a.decimal()
		y, okY := b.decimal()
		if okX && okY {
			return truthOf(equivalentDecimals(x, y)), nil
		}
	case pairTemporals:
		t, err := e.equal(a, b)
		return truthOf(t == True), err
	case pairQuantities:
		var x, y Quantity
		if a.quantity(&x) && b.quantity(&y) {
			// Units of other dimensions, or of none that is known, make quantities that are not equivalent: an answer, unlike of =.
			return truthOf(x.equivalent(y) == True), nil
		}
	case pairBooleans, pairElements, pairOther:
	}
	if a.class() == KindBoolean && b.class() == KindBoolean {
		return e.equal(a, b)
	}
	return e.equalElements(a, b, true)
}

// equivalentStrings ignores case and treats every white space character alike.
func equivalentStrings(a, b string) bool {
	if a == b {
		return true
	}
	return strings.EqualFold(normalizeSpace(a), normalizeSpace(b))
}

func normalizeSpace(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, s)
}
