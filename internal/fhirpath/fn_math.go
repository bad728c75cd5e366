package fhirpath

import (
	"math"
	"math/big"
)

// mathFunction finds the functions of the specification's section on math.
func mathFunction(name string) (function, bool) {
	switch name {
	case "abs":
		return numberFunction(0, 0, func(_ *Evaluator, _ *scalar, v Item) (Item, bool, error) {
			switch v.kind {
			case KindInteger, KindLong:
				ok := v.num != math.MinInt64 && (v.kind != KindInteger || v.num != math.MinInt32)
				v.num = abs64(v.num)
				return v, ok, nil
			case KindQuantity:
				q := *v.data.(*Quantity)
				q.Value = q.Value.abs()
				return quantityItem(q), true, nil
			default:
				return DecimalItem(v.decimalValue().abs()), true, nil
			}
		})
	case "ceiling":
		return wholeFunction(up)
	case "floor":
		return wholeFunction(down)
	case "truncate":
		return wholeFunction(towardZero)
	case "round":
		return numberFunction(0, 1, round)
	case "exp":
		return realFunction(math.Exp)
	case "ln":
		return realFunction(func(x float64) float64 {
			if x <= 0 {
				return math.NaN()
			}
			return math.Log(x)
		})
	case "sqrt":
		return decimalFunction(0, func(_ *Evaluator, _ *scalar, d Decimal) (Decimal, bool, error) {
			out, ok := squareRoot(d)
			return out, ok, nil
		})
	case "log":
		return decimalFunction(1, logarithm)
	case "power":
		return numberFunction(1, 1, power)
	}
	return function{}, false
}

// numberFunction describes a function of a number or quantity. An element gives its System value.
func numberFunction(low, high int, run func(*Evaluator, *scalar, Item) (Item, bool, error)) (function, bool) {
	return scalarFunction(low, high, KindElement, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) {
		if in.kind == KindElement && in.data == nil {
			return Item{}, false, nil
		}
		v, ok := in.system()
		if !ok || (!numeric(v.kind) && v.kind != KindQuantity) {
			return Item{}, false, e.fail(n.pos, "%s() needs a number or quantity, found %s", n.name, describe(&in))
		}
		return run(e, n, v)
	})
}

// decimalFunction describes a function from a decimal to a decimal.
func decimalFunction(args int, run func(*Evaluator, *scalar, Decimal) (Decimal, bool, error)) (function, bool) {
	return numberFunction(args, args, func(e *Evaluator, n *scalar, v Item) (Item, bool, error) {
		d, ok := v.decimal()
		if !ok {
			return Item{}, false, e.fail(n.pos, "%s() needs a number, found %s", n.name, describe(&v))
		}
		out, ok, err := run(e, n, d)
		return DecimalItem(out), ok, err
	})
}

func realFunction(apply func(float64) float64) (function, bool) {
	return decimalFunction(0, func(_ *Evaluator, _ *scalar, d Decimal) (Decimal, bool, error) {
		out, ok := decimalFromFloat(apply(d.float()))
		return out, ok, nil
	})
}

// wholeFunction makes ceiling, floor and truncate: an Integer, or a Quantity with a whole value.
func wholeFunction(mode rounding) (function, bool) {
	return numberFunction(0, 0, func(_ *Evaluator, _ *scalar, v Item) (Item, bool, error) {
		switch v.kind {
		case KindInteger, KindLong:
			return v, true, nil
		case KindQuantity:
			q := *v.data.(*Quantity)
			q.Value = q.Value.roundTo(0, mode)
			return quantityItem(q), true, nil
		default:
			n, ok := v.decimalValue().roundTo(0, mode).int64()
			return Integer(n), ok && n >= math.MinInt32 && n <= math.MaxInt32, nil
		}
	})
}

const maxRoundPrecision = maxResultScale

func round(e *Evaluator, n *scalar, v Item) (Item, bool, error) {
	precision := int64(0)
	if len(n.args) == 1 {
		p, ok, err := e.integerArgument(n.args[0], n.pos, "round()")
		if err != nil {
			return Item{}, false, err
		}
		if ok {
			precision = p
		}
	}
	if precision < 0 {
		return Item{}, false, e.fail(n.pos, "round() needs a precision of 0 or more, found %d", precision)
	}
	apply := func(d Decimal) Decimal {
		if precision >= int64(d.scale) || precision > maxRoundPrecision {
			return d
		}
		return d.round(int(precision))
	}
	if v.kind == KindQuantity {
		q := *v.data.(*Quantity)
		q.Value = apply(q.Value)
		return quantityItem(q), true, nil
	}
	d, _ := v.decimal()
	return DecimalItem(apply(d)), true, nil
}

// squareRoot is exact where the root is, and good to the precision of quotients where it is not.
func squareRoot(d Decimal) (Decimal, bool) {
	if d.Sign() < 0 {
		return Decimal{}, false
	}
	scale := max(quotientScale, int(d.scale))
	wide := new(big.Int).Mul(d.big(), powerOfTen(2*scale-int(d.scale)))
	return makeDecimal(wide.Sqrt(wide), scale).trim().bounded()
}

func logarithm(e *Evaluator, n *scalar, d Decimal) (Decimal, bool, error) {
	it, ok, err := e.single(n.args[0], n.pos, "log()")
	if err != nil || !ok {
		return Decimal{}, false, err
	}
	base, isNumber := it.decimal()
	if !isNumber {
		return Decimal{}, false, e.fail(n.pos, "log() needs a number as base, found %s", describe(&it))
	}
	if d.Sign() <= 0 || base.Sign() <= 0 {
		return Decimal{}, false, e.fail(n.pos, "log() needs a positive number and base")
	}
	out, ok := decimalFromFloat(math.Log(d.float()) / math.Log(base.float()))
	return out, ok, nil
}

const maxExactExponent = 1000

// power is exact for whole exponents; integers stay integers while the exponent is not negative.
func power(e *Evaluator, n *scalar, v Item) (Item, bool, error) {
	base, ok := v.decimal()
	if !ok {
		return Item{}, false, e.fail(n.pos, "power() needs a number, found %s", describe(&v))
	}
	it, ok, err := e.single(n.args[0], n.pos, "power()")
	if err != nil || !ok {
		return Item{}, false, err
	}
	exponent, isNumber := it.decimal()
	if !isNumber {
		return Item{}, false, e.fail(n.pos, "power() needs a number as exponent, found %s", describe(&it))
	}
	k, isWhole := exponent.int64()
	if !isWhole || k > maxExactExponent || k < -maxExactExponent {
		out, ok := decimalFromFloat(math.Pow(base.float(), exponent.float()))
		return DecimalItem(out), ok, nil
	}
	out, ok := wholePower(base, k)
	if !ok {
		return Item{}, false, nil
	}
	if small, fits := out.int64(); fits && v.kind != KindDecimal && it.class() != KindDecimal && k >= 0 && small >= math.MinInt32 && small <= math.MaxInt32 {
		return Integer(small), true, nil
	}
	return DecimalItem(out), true, nil
}

func wholePower(base Decimal, k int64) (Decimal, bool) {
	out := decimalFromInt(1)
	for range abs64(k) {
		var ok bool
		if out, ok = out.mul(base); !ok {
			return Decimal{}, false
		}
	}
	if k < 0 {
		return decimalFromInt(1).quo(out)
	}
	return out, true
}
