package fhirpath

import "math"

// arithmetic is +, -, *, /, div and mod.
type arithmetic struct {
	pos         int
	op          string
	left, right expr
}

func (n *arithmetic) eval(e *Evaluator) error { return pushOne(e, n) }

func (n *arithmetic) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

func (n *arithmetic) one(e *Evaluator) (Item, int, error) {
	a, okA, err := e.single(n.left, n.pos, n.op)
	if err != nil {
		return Item{}, 0, err
	}
	b, okB, err := e.single(n.right, n.pos, n.op)
	if err != nil || !okA || !okB {
		return Item{}, 0, err
	}
	if err := e.step(); err != nil {
		return Item{}, 0, err
	}
	out, ok, err := e.calculate(&a, &b, n.op, n.pos)
	if err != nil || !ok {
		return Item{}, 0, err
	}
	return out, 1, nil
}

// calculate applies an operator to two items. False is the empty result of overflow, division by zero and units that do not fit.
func (e *Evaluator) calculate(a, b *Item, op string, pos int) (Item, bool, error) {
	ca, cb := a.class(), b.class()
	if (a.kind == KindElement && a.data == nil) || (b.kind == KindElement && b.data == nil) {
		return Item{}, false, nil
	}
	switch {
	case ca == KindString && cb == KindString && op == "+":
		return e.join(a, b)
	case isTemporal(ca) && (cb == KindQuantity) && (op == "+" || op == "-"):
		return e.shiftTime(a, b, op == "-", pos)
	case (ca == KindInteger || ca == KindLong) && (cb == KindInteger || cb == KindLong):
		x, okX := a.integer()
		y, okY := b.integer()
		if !okX || !okY {
			break
		}
		if op == "/" {
			out, ok := decimalArithmetic(decimalFromInt(x), decimalFromInt(y), op)
			return out, ok, nil
		}
		out, ok := integerArithmetic(x, y, op, ca == KindLong || cb == KindLong)
		return out, ok, nil
	case numeric(ca) && numeric(cb):
		x, okX := a.decimal()
		y, okY := b.decimal()
		if !okX || !okY {
			break
		}
		out, ok := decimalArithmetic(x, y, op)
		return out, ok, nil
	case (ca == KindQuantity || cb == KindQuantity) && (numeric(ca) || ca == KindQuantity) && (numeric(cb) || cb == KindQuantity) && op != "div" && op != "mod":
		var x, y Quantity
		if !a.quantity(&x) || !b.quantity(&y) {
			return Item{}, false, nil
		}
		out, ok := quantityArithmetic(x, y, op)
		return out, ok, nil
	}
	return Item{}, false, e.fail(pos, "%s cannot be applied to %s and %s", op, describe(a), describe(b))
}

func (e *Evaluator) join(a, b *Item) (Item, bool, error) {
	x, okX := a.str()
	y, okY := b.str()
	if !okX || !okY {
		return Item{}, false, nil
	}
	if err := e.addText(len(x) + len(y)); err != nil {
		return Item{}, false, err
	}
	return String(x + y), true, nil
}

// integerArithmetic works in 64 bits and gives nothing when the result leaves the range of its type.
func integerArithmetic(x, y int64, op string, long bool) (Item, bool) {
	var r int64
	ok := true
	switch op {
	case "+":
		r = x + y
		ok = (r > x) == (y > 0)
	case "-":
		r = x - y
		ok = (r < x) == (y > 0)
	case "*":
		r = x * y
		ok = x == 0 || (r/x == y && (x != -1 || y != math.MinInt64))
	case "div":
		if ok = y != 0 && (x != math.MinInt64 || y != -1); ok {
			r = x / y
		}
	case "mod":
		if ok = y != 0; ok && y != -1 {
			r = x % y
		}
	}
	if long {
		return longItem(r), ok
	}
	return Integer(r), ok && r >= math.MinInt32 && r <= math.MaxInt32
}

func decimalArithmetic(x, y Decimal, op string) (Item, bool) {
	var r Decimal
	ok := true
	switch op {
	case "+":
		r, ok = x.add(y)
	case "-":
		r, ok = x.sub(y)
	case "*":
		r, ok = x.mul(y)
	case "/":
		r, ok = x.quo(y)
	case "div":
		r, _, ok = x.quoInt(y)
	case "mod":
		_, r, ok = x.quoInt(y)
	}
	return DecimalItem(r), ok
}

func quantityArithmetic(x, y Quantity, op string) (Item, bool) {
	var r Quantity
	ok := true
	switch op {
	case "+":
		r, ok = x.plus(y)
	case "-":
		y.Value = y.Value.neg()
		r, ok = x.plus(y)
	case "*":
		r, ok = x.times(y, false)
	case "/":
		r, ok = x.times(y, true)
	}
	return quantityItem(r), ok
}

// shiftTime adds or subtracts a time-valued quantity.
func (e *Evaluator) shiftTime(a, b *Item, subtract bool, pos int) (Item, bool, error) {
	var t Temporal
	var q Quantity
	if !a.temporal(&t) || !b.quantity(&q) {
		return Item{}, false, nil
	}
	unit := q.asCalendar(false)
	if unit == notCalendar {
		return Item{}, false, e.fail(pos, "a quantity with unit '%s' cannot be added to a date or time; calendar durations, 'wk', 'd', 'h', 'min', 's' and 'ms' can", q.Unit)
	}
	if subtract {
		q.Value = q.Value.neg()
	}
	out, reason := t.addDuration(q.Value, unit)
	if reason != "" {
		return Item{}, false, e.fail(pos, "%s", reason)
	}
	return temporalItem(out), true, nil
}

// concatenation is &, which takes an empty operand for the empty string.
type concatenation struct {
	pos         int
	left, right expr
}

func (n *concatenation) eval(e *Evaluator) error { return pushOne(e, n) }

func (n *concatenation) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

func (n *concatenation) one(e *Evaluator) (Item, int, error) {
	a, err := n.operand(e, n.left)
	if err != nil {
		return Item{}, 0, err
	}
	b, err := n.operand(e, n.right)
	if err != nil {
		return Item{}, 0, err
	}
	if err := e.addText(len(a) + len(b)); err != nil {
		return Item{}, 0, err
	}
	return String(a + b), 1, nil
}

func (n *concatenation) operand(e *Evaluator, x expr) (string, error) {
	it, ok, err := e.single(x, n.pos, "&")
	if err != nil || !ok || (it.kind == KindElement && it.data == nil) {
		return "", err
	}
	s, isText := it.str()
	if !isText || it.class() != KindString {
		return "", e.fail(n.pos, "& joins strings, found %s", describe(&it))
	}
	return s, nil
}

// polarity is unary plus and minus.
type polarity struct {
	pos    int
	negate bool
	inner  expr
}

func (n *polarity) eval(e *Evaluator) error { return pushOne(e, n) }

func (n *polarity) test(e *Evaluator) (Truth, error) {
	it, count, err := n.one(e)
	if err != nil {
		return Unknown, err
	}
	return singleTruth(e, n.pos, it, count)
}

func (n *polarity) one(e *Evaluator) (Item, int, error) {
	it, ok, err := e.single(n.inner, n.pos, "a sign")
	if err != nil || !ok {
		return Item{}, 0, err
	}
	v, ok := it.system()
	if !ok || (!numeric(v.kind) && v.kind != KindQuantity) {
		return Item{}, 0, e.fail(n.pos, "a sign needs a number or quantity, found %s", describe(&it))
	}
	if !n.negate {
		return v, 1, nil
	}
	switch v.kind {
	case KindInteger, KindLong:
		if v.num == math.MinInt64 || (v.kind == KindInteger && v.num == math.MinInt32) {
			return Item{}, 0, nil
		}
		if v.kind == KindLong && -v.num == math.MinInt32 {
			return Integer(-v.num), 1, nil // the least Integer can be written in no other way
		}
		v.num = -v.num
	case KindDecimal:
		v = DecimalItem(v.decimalValue().neg())
	default:
		q := *v.data.(*Quantity)
		q.Value = q.Value.neg()
		v = quantityItem(q)
	}
	return v, 1, nil
}
