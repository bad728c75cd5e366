package fhirpath

import (
	"math"
	"strconv"
	"strings"

	"concord.example/concord/internal/fhirpath/ucum"
)

// conversionFunction finds toX() and convertsToX().
func conversionFunction(name string) (function, bool) {
	switch name {
	case "toBoolean":
		return converter(KindBoolean, toBoolean)
	case "toInteger":
		return converter(KindInteger, toInteger)
	case "toLong":
		return converter(KindLong, toLong)
	case "toDecimal":
		return converter(KindDecimal, toDecimal)
	case "toDate":
		return converter(KindDate, toDate)
	case "toDateTime":
		return converter(KindDateTime, toDateTime)
	case "toTime":
		return converter(KindTime, toTime)
	case "toString":
		return converter(KindString, toText)
	case "toQuantity":
		return scalarFunction(0, 1, KindQuantity, toQuantity)
	case "convertsToBoolean":
		return convertsTo(toBoolean)
	case "convertsToInteger":
		return convertsTo(toInteger)
	case "convertsToLong":
		return convertsTo(toLong)
	case "convertsToDecimal":
		return convertsTo(toDecimal)
	case "convertsToDate":
		return convertsTo(toDate)
	case "convertsToDateTime":
		return convertsTo(toDateTime)
	case "convertsToTime":
		return convertsTo(toTime)
	case "convertsToString":
		return convertsTo(toText)
	case "convertsToQuantity":
		return scalarFunction(0, 1, KindBoolean, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) {
			_, ok, err := toQuantity(e, n, in)
			return Boolean(ok), err == nil, err
		})
	}
	return function{}, false
}

// conversion turns a System value into another; false when it cannot be.
type conversion func(v *Item) (Item, bool)

func converter(result Kind, convert conversion) (function, bool) {
	return scalarFunction(0, 0, result, func(_ *Evaluator, _ *scalar, in Item) (Item, bool, error) {
		v, ok := in.system()
		if !ok {
			return Item{}, false, nil
		}
		out, ok := convert(&v)
		return out, ok, nil
	})
}

func convertsTo(convert conversion) (function, bool) {
	return scalarFunction(0, 0, KindBoolean, func(_ *Evaluator, _ *scalar, in Item) (Item, bool, error) {
		v, ok := in.system()
		if ok {
			_, ok = convert(&v)
		}
		return Boolean(ok), true, nil
	})
}

func toBoolean(v *Item) (Item, bool) {
	switch v.kind {
	case KindBoolean:
		return *v, true
	case KindInteger, KindLong, KindDecimal:
		d, _ := v.decimal()
		switch {
		case d.Cmp(decimalFromInt(1)) == 0:
			return Boolean(true), true
		case d.Sign() == 0:
			return Boolean(false), true
		}
	case KindString:
		s, _ := v.str()
		switch strings.ToLower(s) {
		case "true", "t", "yes", "y", "1", "1.0":
			return Boolean(true), true
		case "false", "f", "no", "n", "0", "0.0":
			return Boolean(false), true
		}
	case KindElement, KindDate, KindDateTime, KindTime, KindQuantity, KindType:
	}
	return Item{}, false
}

// whole reads an optional sign and digits.
func whole(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func toLong(v *Item) (Item, bool) {
	switch v.kind {
	case KindInteger, KindLong, KindBoolean:
		return longItem(v.num), true
	case KindString:
		s, _ := v.str()
		n, ok := whole(s)
		return longItem(n), ok
	case KindElement, KindDecimal, KindDate, KindDateTime, KindTime, KindQuantity, KindType:
	}
	return Item{}, false
}

func toInteger(v *Item) (Item, bool) {
	l, ok := toLong(v)
	if !ok || l.num < math.MinInt32 || l.num > math.MaxInt32 {
		return Item{}, false
	}
	return Integer(l.num), true
}

// plainDecimal reads the decimal of the conversion rules: a sign, digits and perhaps a point, but no exponent.
func plainDecimal(s string) (Decimal, bool) {
	if strings.ContainsAny(s, "eE") {
		return Decimal{}, false
	}
	return ParseDecimal(s)
}

func toDecimal(v *Item) (Item, bool) {
	switch v.kind {
	case KindBoolean:
		return DecimalItem(Decimal{coef: v.num * 10, scale: 1}), true
	case KindInteger, KindLong, KindDecimal:
		d, _ := v.decimal()
		return DecimalItem(d), true
	case KindString:
		s, _ := v.str()
		d, ok := plainDecimal(s)
		return DecimalItem(d), ok
	case KindElement, KindDate, KindDateTime, KindTime, KindQuantity, KindType:
	}
	return Item{}, false
}

func toDate(v *Item) (Item, bool) {
	switch v.kind {
	case KindDate, KindDateTime:
		return temporalItem(v.data.(*Temporal).date()), true
	case KindString:
		s, _ := v.str()
		t, ok := parseDate(s)
		return temporalItem(t), ok
	case KindElement, KindBoolean, KindInteger, KindLong, KindDecimal, KindTime, KindQuantity, KindType:
	}
	return Item{}, false
}

func toDateTime(v *Item) (Item, bool) {
	switch v.kind {
	case KindDateTime:
		return *v, true
	case KindDate:
		t := *v.data.(*Temporal)
		t.kind = KindDateTime
		return temporalItem(t), true
	case KindString:
		s, _ := v.str()
		t, ok := parseDateTime(s)
		return temporalItem(t), ok && !strings.HasSuffix(s, "T")
	case KindElement, KindBoolean, KindInteger, KindLong, KindDecimal, KindTime, KindQuantity, KindType:
	}
	return Item{}, false
}

func toTime(v *Item) (Item, bool) {
	switch v.kind {
	case KindTime:
		return *v, true
	case KindString:
		s, _ := v.str()
		t, ok := parseTime(s)
		return temporalItem(t), ok
	case KindElement, KindBoolean, KindInteger, KindLong, KindDecimal, KindDate, KindDateTime, KindQuantity, KindType:
	}
	return Item{}, false
}

func toText(v *Item) (Item, bool) {
	if v.kind == KindElement || v.kind == KindType {
		return Item{}, false
	}
	if v.kind == KindString {
		return *v, true
	}
	return String(v.Text()), true
}

// toQuantity converts to a quantity, and to the unit given if there is one.
func toQuantity(e *Evaluator, n *scalar, in Item) (Item, bool, error) {
	v, ok := in.system()
	if !ok {
		return Item{}, false, nil
	}
	q, ok := quantityFrom(&v)
	if !ok || len(n.args) == 0 {
		return quantityItem(q), ok, nil
	}
	unit, given, err := e.stringArgument(n.args[0], n.pos, n.label)
	if err != nil || !given {
		return quantityItem(q), err == nil, err
	}
	target := quantityUnit(unit)
	if target.calendar == notCalendar && ucum.Validate(unit) != nil {
		return Item{}, false, nil
	}
	if q.plain() {
		target.Value = q.Value
		return quantityItem(target), true, nil
	}
	if (q.calendar == notCalendar) == (target.calendar == notCalendar) {
		q, ok = q.convert(target)
		return quantityItem(q), ok, nil
	}
	q, ok = q.crossCalendar(target)
	return quantityItem(q), ok, nil
}

// crossCalendar converts between calendar and definite durations: within the units of the source, and then the unit is exchanged
// for its counterpart.
func (q Quantity) crossCalendar(target Quantity) (Quantity, bool) {
	if q.calendar != notCalendar {
		u := definiteUnit(target.Unit)
		if u == notCalendar {
			return Quantity{Unit: q.calendar.ucum(), Value: q.Value}.convert(target)
		}
		out, ok := q.convert(Quantity{Unit: u.name(), calendar: u})
		target.Value = out.Value
		return target, ok
	}
	out, ok := q.convert(Quantity{Unit: target.calendar.ucum()})
	target.Value = out.Value
	return target, ok
}

func quantityFrom(v *Item) (Quantity, bool) {
	switch v.kind {
	case KindQuantity:
		return *v.data.(*Quantity), true
	case KindInteger, KindLong, KindDecimal:
		d, _ := v.decimal()
		return Quantity{Value: d, Unit: "1"}, true
	case KindBoolean:
		return Quantity{Value: Decimal{coef: v.num * 10, scale: 1}, Unit: "1"}, true
	case KindString:
		s, _ := v.str()
		return parseQuantity(s)
	case KindElement, KindDate, KindDateTime, KindTime, KindType:
	}
	return Quantity{}, false
}

// parseQuantity reads a number followed by nothing, a unit in quotes, or a calendar keyword.
func parseQuantity(s string) (Quantity, bool) {
	end := 0
	for end < len(s) && (digit(s[end]) || s[end] == '.' || ((s[end] == '-' || s[end] == '+') && end == 0)) {
		end++
	}
	value, ok := plainDecimal(s[:end])
	if !ok {
		return Quantity{}, false
	}
	unit := strings.TrimLeft(s[end:], " \t\r\n")
	switch {
	case unit == "":
		return Quantity{Value: value, Unit: "1"}, end == len(s)
	case len(unit) > 2 && unit[0] == '\'' && strings.IndexByte(unit[1:], '\'') == len(unit)-2:
		q := quantityUnit(unit[1 : len(unit)-1])
		q.Value = value
		return q, true
	}
	q := quantityUnit(unit)
	q.Value = value
	return q, q.calendar != notCalendar
}
