package fhirpath

import "math/big"

// calendarUnit is a calendar duration, or the definite UCUM duration that equals it in date arithmetic.
type calendarUnit uint8

const (
	notCalendar calendarUnit = iota
	unitYear
	unitMonth
	unitWeek
	unitDay
	unitHour
	unitMinute
	unitSecond
	unitMillisecond
)

// calendarKeyword reads a calendar duration keyword, singular or plural.
func calendarKeyword(word string) calendarUnit {
	switch word {
	case "year", "years":
		return unitYear
	case "month", "months":
		return unitMonth
	case "week", "weeks":
		return unitWeek
	case "day", "days":
		return unitDay
	case "hour", "hours":
		return unitHour
	case "minute", "minutes":
		return unitMinute
	case "second", "seconds":
		return unitSecond
	case "millisecond", "milliseconds":
		return unitMillisecond
	}
	return notCalendar
}

// definiteUnit maps the UCUM durations that have a calendar counterpart. Only those up to the week equal it.
func definiteUnit(code string) calendarUnit {
	switch code {
	case "a":
		return unitYear
	case "mo":
		return unitMonth
	case "wk":
		return unitWeek
	case "d":
		return unitDay
	case "h":
		return unitHour
	case "min":
		return unitMinute
	case "s":
		return unitSecond
	case "ms":
		return unitMillisecond
	}
	return notCalendar
}

// milliseconds of a unit from week down; zero for years and months, whose length varies.
func (u calendarUnit) milliseconds() int64 {
	switch u {
	case unitWeek:
		return 7 * 86_400_000
	case unitDay:
		return 86_400_000
	case unitHour:
		return 3_600_000
	case unitMinute:
		return 60_000
	case unitSecond:
		return 1000
	case unitMillisecond:
		return 1
	case notCalendar, unitYear, unitMonth:
	}
	return 0
}

// ucum is the code of the definite duration that corresponds to the calendar one.
func (u calendarUnit) ucum() string {
	switch u {
	case unitYear:
		return "a"
	case unitMonth:
		return "mo"
	case unitWeek:
		return "wk"
	case unitDay:
		return "d"
	case unitHour:
		return "h"
	case unitMinute:
		return "min"
	case unitSecond:
		return "s"
	case unitMillisecond:
		return "ms"
	case notCalendar:
	}
	return ""
}

// addDuration is date and time arithmetic: calendar semantics, decimals dropped except for seconds, and a quantity finer than
// the value converted to the value's precision. The reason is empty when the result is valid.
func (t Temporal) addDuration(amount Decimal, unit calendarUnit) (result Temporal, reason string) {
	if t.kind == KindTime {
		if unit < unitHour {
			return t, "a Time takes hours, minutes, seconds or milliseconds only"
		}
		return t.addTime(amount, unit, true)
	}
	whole, ok := amount.roundTo(0, towardZero).int64()
	if !ok || whole > 1e15 || whole < -1e15 {
		return t, "the quantity is too large"
	}
	switch {
	case unit == unitYear:
		return t.addMonths(whole * 12)
	case unit == unitMonth:
		if t.precision < precisionMonth {
			whole = whole / 12 * 12
		}
		return t.addMonths(whole)
	case t.precision >= precisionHour && unit >= unitHour:
		return t.addTime(amount, unit, false)
	}
	days := whole
	if unit == unitWeek {
		days = whole * 7
	} else if unit >= unitHour {
		days, ok = wholeUnits(amount, unit.milliseconds(), unitDay.milliseconds())
		if !ok {
			return t, "the quantity is too large"
		}
	}
	switch t.precision {
	case precisionYear:
		return t.addMonths(days / 365 * 12)
	case precisionMonth:
		return t.addMonths(days / 30)
	case precisionNone, precisionDay, precisionHour, precisionMinute, precisionSecond:
	}
	if days > 4e6 || days < -4e6 || !t.setDays(t.days()+days) {
		return t, "the year would be out of the range 1 to 9999"
	}
	return t, ""
}

// wholeUnits converts an amount of one unit to whole numbers of a larger one, dropping the rest.
func wholeUnits(amount Decimal, from, to int64) (int64, bool) {
	r := new(big.Rat).Mul(amount.Rat(), big.NewRat(from, to))
	q := new(big.Int).Quo(r.Num(), r.Denom())
	return q.Int64(), q.IsInt64()
}

func (t Temporal) addMonths(months int64) (Temporal, string) {
	total := int64(t.year)*12 + int64(t.month) - 1
	if months > 120_000 || months < -120_000 || total+months < 12 || total+months >= 10_000*12 {
		return t, "the year would be out of the range 1 to 9999"
	}
	total += months
	t.year, t.month = int(total/12), int(total%12+1)
	if last := daysIn(t.year, t.month); t.day > last {
		t.day = last
	}
	return t, ""
}

// addTime adds hours or less; a Time wraps at midnight, a DateTime moves its date.
func (t Temporal) addTime(amount Decimal, unit calendarUnit, wrap bool) (Temporal, string) {
	finest := unitMillisecond
	switch t.precision {
	case precisionHour:
		finest = unitHour
	case precisionMinute:
		finest = unitMinute
	case precisionNone, precisionYear, precisionMonth, precisionDay, precisionSecond:
	}
	var nanos int64
	if finest == unitMillisecond && unit >= unitSecond {
		r := new(big.Rat).Mul(amount.Rat(), big.NewRat(unit.milliseconds()*1_000_000, 1))
		n := new(big.Int).Quo(r.Num(), r.Denom())
		if !n.IsInt64() {
			return t, "the quantity is too large"
		}
		nanos = n.Int64()
	} else {
		if unit < finest {
			amount = amount.roundTo(0, towardZero)
		}
		if finest == unitMillisecond {
			finest = unit
		}
		n, ok := wholeUnits(amount, unit.milliseconds(), finest.milliseconds())
		if !ok || n > 3e8 || n < -3e8 {
			return t, "the quantity is too large"
		}
		return t.addNanos(n*finest.milliseconds()/60_000, 0, wrap)
	}
	return t.addNanos(0, nanos, wrap)
}

// addNanos adds whole minutes and nanoseconds.
func (t Temporal) addNanos(minutes, nanos int64, wrap bool) (Temporal, string) {
	const minute = 60_000_000_000
	within := int64(t.second)*1e9 + int64(t.nano) + nanos%minute
	minutes += nanos/minute + floorDiv(within, minute)
	within -= floorDiv(within, minute) * minute
	t.second, t.nano = int(within/1e9), int(within%1e9)
	if t.nano%1_000_000 != 0 {
		t.fractionDigits = 9
	} else if t.nano != 0 {
		t.fractionDigits = max(t.fractionDigits, 3)
	}
	total := int64(t.hour)*60 + int64(t.minute) + minutes
	days := floorDiv(total, 1440)
	total -= days * 1440
	t.hour, t.minute = int(total/60), int(total%60)
	if !wrap && !t.setDays(t.days()+days) {
		return t, "the year would be out of the range 1 to 9999"
	}
	return t, ""
}

// digitsOfPrecision is the count that precision() and the boundary functions use: yyyyMMddHHmmssfff.
func (t Temporal) digitsOfPrecision() int {
	n := 0
	switch t.precision {
	case precisionYear:
		n = 4
	case precisionMonth:
		n = 6
	case precisionDay:
		n = 8
	case precisionHour:
		n = 10
	case precisionMinute:
		n = 12
	case precisionSecond:
		n = 14
		if t.fractionDigits > 0 {
			n = 17
		}
	case precisionNone:
	}
	if t.kind == KindTime {
		n -= 8
	}
	return n
}

// boundary is the earliest (or latest) instant the value may stand for, to the given number of digits;
// false when the kind has no such precision.
func (t Temporal) boundary(wanted int, high bool) (Temporal, bool) {
	target, ok := precisionOf(t.kind, wanted)
	if !ok {
		return t, false
	}
	if t.kind == KindDateTime && !t.zoned && target >= precisionHour {
		t.zoned, t.zone = true, 14*60
		if high {
			t.zone = -12 * 60
		}
	}
	if t.kind == KindDateTime && target < precisionHour {
		t.zoned, t.zone = false, 0
	}
	if high {
		t.fill()
	}
	t.truncateTo(target)
	if wanted == 17 || (t.kind == KindTime && wanted == 9) {
		if high && t.fractionDigits == 0 {
			t.nano = 999_000_000
		}
		t.fractionDigits = max(t.fractionDigits, 3)
	} else {
		t.nano, t.fractionDigits = 0, 0
	}
	return t, true
}

// fill sets every field beyond the precision to its greatest value.
func (t *Temporal) fill() {
	if t.precision < precisionMonth {
		t.month = 12
	}
	if t.precision < precisionDay {
		t.day = daysIn(t.year, t.month)
	}
	if t.precision < precisionHour {
		t.hour = 23
	}
	if t.precision < precisionMinute {
		t.minute = 59
	}
	if t.precision < precisionSecond {
		t.second = 59
	}
}

// truncateTo clears the fields beyond a precision and makes it the value's own.
func (t *Temporal) truncateTo(target precision) {
	t.precision = target
	if target < precisionMonth {
		t.month = 1
	}
	if target < precisionDay {
		t.day = 1
	}
	if target < precisionHour {
		t.hour = 0
	}
	if target < precisionMinute {
		t.minute = 0
	}
	if target < precisionSecond {
		t.second = 0
	}
}

func precisionOf(kind Kind, digits int) (precision, bool) {
	if kind == KindTime {
		digits += 8
	}
	switch {
	case digits == 4 && kind != KindTime:
		return precisionYear, true
	case digits == 6 && kind != KindTime:
		return precisionMonth, true
	case digits == 8 && kind != KindTime:
		return precisionDay, true
	case kind == KindDate:
		return precisionNone, false
	case digits == 10:
		return precisionHour, true
	case digits == 12:
		return precisionMinute, true
	case digits == 14, digits == 17:
		return precisionSecond, true
	}
	return precisionNone, false
}
