package fhirpath

import "strings"

// comparison is <, <=, > and >=.
type comparison struct {
	pos         int
	op          string
	left, right expr
}

func (n *comparison) eval(e *Evaluator) error { return pushTruth(e, n) }

func (n *comparison) one(e *Evaluator) (Item, int, error) { return oneTruth(e, n) }

func (n *comparison) test(e *Evaluator) (Truth, error) {
	a, ok, err := e.single(n.left, n.pos, n.op)
	if err != nil || !ok {
		return Unknown, err
	}
	b, ok, err := e.single(n.right, n.pos, n.op)
	if err != nil || !ok {
		return Unknown, err
	}
	order, known, err := e.order(&a, &b, n.pos, n.op)
	if err != nil || !known {
		return Unknown, err
	}
	switch n.op {
	case "<":
		return truthOf(order < 0), nil
	case "<=":
		return truthOf(order <= 0), nil
	case ">":
		return truthOf(order > 0), nil
	}
	return truthOf(order >= 0), nil
}

// single evaluates an operand or input that must have at most one item.
func (e *Evaluator) single(x expr, pos int, what string) (Item, bool, error) {
	it, n, err := x.one(e)
	if err != nil {
		return Item{}, false, err
	}
	if n > 1 {
		return Item{}, false, e.fail(pos, "%s needs a single item, found %d", what, n)
	}
	return it, n == 1, nil
}

// order compares two items: unknown when precision, time zone or unit leaves it open; an error when the types cannot be ordered.
func (e *Evaluator) order(a, b *Item, pos int, what string) (order int, known bool, err error) {
	if err := e.step(); err != nil {
		return 0, false, err
	}
	if (a.kind == KindElement && a.data == nil) || (b.kind == KindElement && b.data == nil) {
		return 0, false, nil // a primitive that has extensions only
	}
	switch relate(a, b) {
	case pairStrings:
		var t, u Temporal
		if a.untyped() && b.untyped() && a.temporal(&t) && b.temporal(&u) && (t.kind == KindTime) == (u.kind == KindTime) {
			order, known = t.compare(u) // texts of unknown type that are both dates are ordered as dates
			return order, known, nil
		}
		x, okX := a.str()
		y, okY := b.str()
		return strings.Compare(x, y), okX && okY, nil
	case pairNumbers:
		x, okX := a.decimal()
		y, okY := b.decimal()
		return x.Cmp(y), okX && okY, nil
	case pairTemporals:
		var x, y Temporal
		if !a.temporal(&x) || !b.temporal(&y) || (x.kind == KindTime) != (y.kind == KindTime) {
			return 0, false, nil
		}
		order, known = x.compare(y)
		return order, known, nil
	case pairQuantities:
		var x, y Quantity
		if !a.quantity(&x) || !b.quantity(&y) {
			return 0, false, nil
		}
		order, known = x.compare(y)
		return order, known, nil
	case pairOther, pairBooleans, pairElements:
	}
	return 0, false, e.fail(pos, "%s cannot order %s and %s", what, describe(a), describe(b))
}

// describe names an item's type for messages.
func describe(it *Item) string {
	if it.kind == KindElement {
		if name := it.TypeName(); name != "" {
			return "FHIR." + name
		}
		return "an element of unknown type"
	}
	return "System." + it.kind.String()
}
