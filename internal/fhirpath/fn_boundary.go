package fhirpath

// boundaryFunction finds precision(), lowBoundary(), highBoundary() and comparable().
func boundaryFunction(name string) (function, bool) {
	switch name {
	case "lowBoundary":
		return scalarFunction(0, 1, KindElement, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) { return e.boundary(n, in, false) })
	case "highBoundary":
		return scalarFunction(0, 1, KindElement, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) { return e.boundary(n, in, true) })
	case "precision":
		return scalarFunction(0, 0, KindInteger, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) {
			v, ok := in.dated()
			switch {
			case !ok:
				return Item{}, false, nil
			case numeric(v.kind):
				d, _ := v.decimal()
				return Integer(int64(d.scale)), true, nil
			case isTemporal(v.kind):
				return Integer(int64(v.data.(*Temporal).digitsOfPrecision())), true, nil
			}
			return Item{}, false, e.fail(n.pos, "precision() needs a decimal, date or time, found %s", describe(&in))
		})
	case "comparable":
		return scalarFunction(1, 1, KindBoolean, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) {
			other, ok, err := e.single(n.args[0], n.pos, "comparable()")
			if err != nil || !ok {
				return Item{}, false, err
			}
			var a, b Quantity
			if !in.quantity(&a) || !other.quantity(&b) {
				return Item{}, false, nil
			}
			_, ok = a.factorTo(b, false)
			return Boolean(ok), true, nil
		})
	}
	return function{}, false
}

const (
	defaultDecimalBoundary = 8
	maxDecimalBoundary     = 28
)

// boundary is the least or greatest value an item may stand for, to a number of digits.
func (e *Evaluator) boundary(n *scalar, in Item, high bool) (Item, bool, error) {
	v, ok := in.dated()
	if !ok {
		return Item{}, false, nil
	}
	wanted, given := int64(0), false
	if len(n.args) == 1 {
		var err error
		if wanted, given, err = e.integerArgument(n.args[0], n.pos, n.label); err != nil {
			return Item{}, false, err
		}
	}
	switch {
	case numeric(v.kind):
		if !given {
			wanted = defaultDecimalBoundary
		}
		d, _ := v.decimal()
		if !given {
			wanted = max(wanted, int64(d.scale)+1)
		}
		out, ok := d.boundary(wanted, high)
		return DecimalItem(out), ok, nil
	case isTemporal(v.kind):
		if !given {
			wanted = finest(v.kind)
		}
		if wanted < 0 || wanted > 17 {
			return Item{}, false, nil
		}
		out, ok := v.data.(*Temporal).boundary(int(wanted), high)
		return temporalItem(out), ok, nil
	case v.kind == KindQuantity:
		q := *v.data.(*Quantity)
		if !given {
			wanted = max(defaultDecimalBoundary, int64(q.Value.scale)+1)
		}
		q.Value, ok = q.Value.boundary(wanted, high)
		return quantityItem(q), ok, nil
	}
	return Item{}, false, e.fail(n.pos, "%s() needs a decimal, date or time, found %s", n.name, describe(&in))
}

func finest(k Kind) int64 {
	switch k {
	case KindDate:
		return 8
	case KindTime:
		return 9
	default:
		return 17
	}
}

// boundary is half a unit of the last digit away, to the digits wanted. The specification does not say how to drop digits; as in its
// official test suite the bound nearer to zero drops them and the one further from zero rounds.
func (d Decimal) boundary(wanted int64, high bool) (Decimal, bool) {
	if wanted < 0 || wanted > maxDecimalBoundary {
		return Decimal{}, false
	}
	half := Decimal{coef: 5, scale: d.scale + 1}
	outward := d.Sign() == 0 || high == (d.Sign() > 0)
	if !high {
		half = half.neg()
	}
	edge, ok := d.add(half)
	if !ok {
		return Decimal{}, false
	}
	if outward {
		return edge.roundTo(int(wanted), halfAwayFromZero), true
	}
	return edge.roundTo(int(wanted), towardZero), true
}
