package fhirpath

import (
	"math/big"

	"concord.example/concord/internal/fhirpath/ucum"
)

// Quantity is a System.Quantity: a decimal with a UCUM unit, a calendar duration or some other unit text.
type Quantity struct {
	Value Decimal
	Unit  string // UCUM code, calendar keyword in the singular, or free text

	calendar calendarUnit // set for calendar durations
	fromFHIR bool         // a FHIR Quantity: its UCUM durations also stand for calendar ones
	notUCUM  bool         // a FHIR Quantity without a UCUM code: comparable with its like alone
}

// name is the singular keyword.
func (u calendarUnit) name() string {
	switch u {
	case unitYear:
		return "year"
	case unitMonth:
		return "month"
	case unitWeek:
		return "week"
	case unitDay:
		return "day"
	case unitHour:
		return "hour"
	case unitMinute:
		return "minute"
	case unitSecond:
		return "second"
	case unitMillisecond:
		return "millisecond"
	case notCalendar:
	}
	return ""
}

// String writes the quantity as toString() does: UCUM units in quotes, calendar durations as words.
func (q Quantity) String() string {
	if q.calendar != notCalendar {
		if q.Value.Cmp(decimalFromInt(1)) == 0 {
			return q.Value.String() + " " + q.Unit
		}
		return q.Value.String() + " " + q.Unit + "s"
	}
	return q.Value.String() + " '" + q.Unit + "'"
}

// asCalendar reads the unit as a calendar one: itself, or the duration that a UCUM code equals (loose: or is equivalent to).
func (q Quantity) asCalendar(loose bool) calendarUnit {
	if q.calendar != notCalendar {
		return q.calendar
	}
	if q.notUCUM {
		return notCalendar
	}
	u := definiteUnit(q.Unit)
	if u >= unitWeek || loose || q.fromFHIR {
		return u
	}
	return notCalendar
}

// factorTo returns the number by which values in q's unit are multiplied to give values in o's unit, exactly.
// It is false when the units cannot be compared. Loose allows what only equivalence allows: year with 'a', month with 'mo'.
func (q Quantity) factorTo(o Quantity, loose bool) (*big.Rat, bool) {
	if q.calendar == notCalendar && o.calendar == notCalendar {
		if q.notUCUM || o.notUCUM {
			return big.NewRat(1, 1), q.Unit == o.Unit
		}
		if q.Unit == o.Unit {
			return big.NewRat(1, 1), true
		}
		a, err := ucum.Parse(q.Unit)
		if err != nil {
			return nil, false
		}
		b, err := ucum.Parse(o.Unit)
		if err != nil {
			return nil, false
		}
		return a.Factor(b)
	}
	a, b := q.asCalendar(loose), o.asCalendar(loose)
	definite := q.calendar == notCalendar && !q.fromFHIR || o.calendar == notCalendar && !o.fromFHIR
	switch {
	case a != notCalendar && b != notCalendar:
		if definite && !loose && (a < unitWeek || b < unitWeek) {
			return nil, false // years and months have no definite length
		}
		return calendarFactor(a, b), true
	case a >= unitWeek && q.calendar != notCalendar && definiteUnit(o.Unit) == notCalendar:
		return Quantity{Unit: a.ucum()}.factorTo(o, loose)
	case b >= unitWeek && o.calendar != notCalendar && definiteUnit(q.Unit) == notCalendar:
		return q.factorTo(Quantity{Unit: b.ucum()}, loose)
	}
	return nil, false
}

// calendarFactor converts calendar durations by the shortest chain of the specification's table:
// a year is 12 months or 365 days, a month 30 days.
func calendarFactor(a, b calendarUnit) *big.Rat {
	if a == b {
		return big.NewRat(1, 1)
	}
	if a == unitYear && b == unitMonth {
		return big.NewRat(12, 1)
	}
	if a == unitMonth && b == unitYear {
		return big.NewRat(1, 12)
	}
	return big.NewRat(nominalMilliseconds(a), nominalMilliseconds(b))
}

func nominalMilliseconds(u calendarUnit) int64 {
	switch u {
	case unitYear:
		return 365 * unitDay.milliseconds()
	case unitMonth:
		return 30 * unitDay.milliseconds()
	case notCalendar, unitWeek, unitDay, unitHour, unitMinute, unitSecond, unitMillisecond:
	}
	return u.milliseconds()
}

// compare orders two quantities; unknown when their units are not comparable.
func (q Quantity) compare(o Quantity) (order int, known bool) {
	if q.calendar == o.calendar && q.Unit == o.Unit && q.notUCUM == o.notUCUM {
		return q.Value.Cmp(o.Value), true
	}
	f, ok := q.factorTo(o, false)
	if !ok {
		return 0, false
	}
	return new(big.Rat).Mul(q.Value.Rat(), f).Cmp(o.Value.Rat()), true
}

// equivalent rounds both values to the precision of the less precise one in the coarser of the two units.
func (q Quantity) equivalent(o Quantity) Truth {
	f, ok := q.factorTo(o, true)
	if !ok {
		return Unknown
	}
	a, b := q.Value, o.Value
	switch f.Cmp(big.NewRat(1, 1)) {
	case -1: // o's unit is the coarser one
		a = decimalFromRat(new(big.Rat).Mul(a.Rat(), f))
	case 1:
		b = decimalFromRat(new(big.Rat).Quo(b.Rat(), f))
	}
	return truthOf(equivalentDecimals(a, b))
}

// equivalentDecimals compares after rounding to the fewer digits after the point, trailing zeros not counted.
func equivalentDecimals(a, b Decimal) bool {
	a, b = a.trim(), b.trim()
	scale := int(min(a.scale, b.scale))
	return a.round(scale).Cmp(b.round(scale)) == 0
}

// convert expresses the quantity in another unit; false when it cannot be.
func (q Quantity) convert(unit Quantity) (Quantity, bool) {
	f, ok := q.factorTo(unit, false)
	if !ok {
		return Quantity{}, false
	}
	v, ok := q.Value, true
	if f.Cmp(big.NewRat(1, 1)) != 0 {
		v, ok = decimalFromRat(new(big.Rat).Mul(v.Rat(), f)).bounded()
	}
	unit.Value = v
	return unit, ok
}

// quantityUnit reads a unit, in quotes or not: the name of a calendar duration, which is no UCUM code, or else a UCUM code.
func quantityUnit(unit string) Quantity {
	if c := calendarKeyword(unit); c != notCalendar {
		return Quantity{Unit: c.name(), calendar: c}
	}
	return Quantity{Unit: unit}
}

// plus adds. The result has the finer of the two units, and the left one where they are of one size (FHIRPath, addition of
// quantities). Units of other dimensions give false, and so does a plain number beside a unit: its unit is 1.
func (q Quantity) plus(o Quantity) (Quantity, bool) {
	if (q.variable() || o.variable()) && q.asCalendar(false) != o.asCalendar(false) {
		return Quantity{}, false // years and months need an explicit conversion
	}
	f, ok := q.factorTo(o, false)
	if !ok {
		return Quantity{}, false
	}
	unit := q
	if f.Cmp(big.NewRat(1, 1)) > 0 {
		unit = o
	}
	a, okA := q.convert(unit)
	b, okB := o.convert(unit)
	if !okA || !okB {
		return Quantity{}, false
	}
	unit.Value, ok = a.Value.add(b.Value)
	return unit, ok
}

func (q Quantity) plain() bool { return q.Unit == "1" && q.calendar == notCalendar }

// variable reports calendar years and months, whose length in days is only nominal.
func (q Quantity) variable() bool { return q.calendar == unitYear || q.calendar == unitMonth }

// times multiplies (or divides) values and units. Calendar durations allow a plain number only.
func (q Quantity) times(o Quantity, divide bool) (Quantity, bool) {
	value, ok := q.Value.mul(o.Value)
	if divide {
		value, ok = q.Value.quo(o.Value)
	}
	if !ok {
		return Quantity{}, false
	}
	switch {
	case o.plain():
		q.Value = value
		return q, true
	case q.plain() && !divide:
		o.Value = value
		return o, true
	case q.calendar != notCalendar || o.calendar != notCalendar || q.notUCUM || o.notUCUM:
		return Quantity{}, false
	}
	a, err := ucum.Parse(q.Unit)
	if err != nil {
		return Quantity{}, false
	}
	b, err := ucum.Parse(o.Unit)
	if err != nil || a.Special() || b.Special() {
		return Quantity{}, false
	}
	u := a.Multiply(b)
	if divide {
		u = a.Divide(b)
	}
	return Quantity{Value: value, Unit: u.String()}, true
}
