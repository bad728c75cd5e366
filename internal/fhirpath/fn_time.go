package fhirpath

// timeFunction finds the clock, the functions that take dates apart, and the two that measure between them.
func timeFunction(name string) (function, bool) {
	switch name {
	case "now":
		return clockFunction(KindDateTime, func(t Temporal) Temporal { return t })
	case "today":
		return clockFunction(KindDate, Temporal.date)
	case "timeOfDay":
		return clockFunction(KindTime, Temporal.timeOfDay)
	case "yearOf":
		return componentFunction(precisionYear)
	case "monthOf":
		return componentFunction(precisionMonth)
	case "dayOf":
		return componentFunction(precisionDay)
	case "hourOf":
		return componentFunction(precisionHour)
	case "minuteOf":
		return componentFunction(precisionMinute)
	case "secondOf":
		return componentFunction(precisionSecond)
	case "millisecondOf":
		return temporalFunction(KindInteger, func(t Temporal) (Item, bool) {
			return Integer(int64(t.nano / 1_000_000)), t.kind != KindDate && t.fractionDigits > 0
		})
	case "timezoneOffsetOf":
		return temporalFunction(KindDecimal, func(t Temporal) (Item, bool) {
			d, ok := decimalFromInt(int64(t.zone)).quo(decimalFromInt(60))
			if d.scale == 0 {
				d = d.round(1)
			}
			return DecimalItem(d), ok && t.zoned
		})
	case "dateOf":
		return temporalFunction(KindDate, func(t Temporal) (Item, bool) { return temporalItem(t.date()), t.kind != KindTime })
	case "timeOf":
		return temporalFunction(KindTime, func(t Temporal) (Item, bool) {
			return temporalItem(t.timeOfDay()), t.kind == KindDateTime && t.precision >= precisionHour
		})
	case "duration":
		return scalarFunction(2, 2, KindInteger, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) { return e.span(n, in, Temporal.duration) })
	case "difference":
		return scalarFunction(2, 2, KindInteger, func(e *Evaluator, n *scalar, in Item) (Item, bool, error) { return e.span(n, in, Temporal.difference) })
	}
	return function{}, false
}

// clock is now(), today() or timeOfDay(), which do not depend on an input.
type clock struct {
	pos  int
	name string
	part func(Temporal) Temporal
}

func clockFunction(kind Kind, part func(Temporal) Temporal) (function, bool) {
	return function{0, 0, func(_ *compiler, n *syntax, _ expr, _ static) (expr, static, error) {
		return &clock{pos: n.pos, name: n.name, part: part}, ofKind(kind), nil
	}}, true
}

func (n *clock) eval(e *Evaluator) error { return pushOne(e, n) }

func (n *clock) one(e *Evaluator) (Item, int, error) {
	if e.now == nil {
		if e.env.Clock == nil {
			return Item{}, 0, e.unavailable(n.pos, n.name, "a clock")
		}
		t := temporalFromClock(e.env.Clock())
		e.now = &t
	}
	return temporalItem(n.part(*e.now)), 1, nil
}

func (n *clock) test(e *Evaluator) (Truth, error) {
	_, _, err := n.one(e)
	return True, err
}

// temporalFunction describes a function of a date or time; other items give nothing.
func temporalFunction(result Kind, run func(Temporal) (Item, bool)) (function, bool) {
	return scalarFunction(0, 0, result, func(_ *Evaluator, _ *scalar, in Item) (Item, bool, error) {
		var t Temporal
		if !isTemporal(in.class()) && !in.untyped() || !in.temporal(&t) {
			return Item{}, false, nil
		}
		out, ok := run(t)
		return out, ok, nil
	})
}

func componentFunction(p precision) (function, bool) {
	return temporalFunction(KindInteger, func(t Temporal) (Item, bool) {
		if t.precision < p || (t.kind == KindTime && p < precisionHour) {
			return Item{}, false
		}
		if p == precisionSecond {
			return Integer(int64(t.second)), true
		}
		return Integer(t.field(p)), true
	})
}

// span evaluates the arguments of duration() and difference().
func (e *Evaluator) span(n *scalar, in Item, measure func(Temporal, Temporal, calendarUnit) int64) (Item, bool, error) {
	other, ok, err := e.single(n.args[0], n.pos, n.label)
	if err != nil || !ok {
		return Item{}, false, err
	}
	word, ok, err := e.stringArgument(n.args[1], n.pos, n.label)
	if err != nil || !ok {
		return Item{}, false, err
	}
	var a, b Temporal
	if !in.temporal(&a) || !other.temporal(&b) || (a.kind == KindTime) != (b.kind == KindTime) {
		return Item{}, false, e.fail(n.pos, "%s() needs two dates or two times, found %s and %s", n.name, describe(&in), describe(&other))
	}
	unit := calendarKeyword(word)
	if unit == notCalendar || (a.kind == KindTime && unit < unitHour) || (unit >= unitHour && (a.kind == KindDate || b.kind == KindDate)) {
		return Item{}, false, e.fail(n.pos, "%s() cannot measure these in '%s'", n.name, word)
	}
	if p := unit.precision(); a.precision < p || b.precision < p {
		return Item{}, false, nil
	}
	if unit >= unitHour && a.zoned && b.zoned {
		a.shift(int64(-a.zone))
		b.shift(int64(-b.zone))
	}
	return Integer(measure(a, b, unit)), true, nil
}

// precision is what a value needs to be measured in the unit.
func (u calendarUnit) precision() precision {
	switch u {
	case unitYear:
		return precisionYear
	case unitMonth:
		return precisionMonth
	case unitWeek, unitDay:
		return precisionDay
	case unitHour:
		return precisionHour
	case unitMinute:
		return precisionMinute
	case unitSecond, unitMillisecond:
		return precisionSecond
	case notCalendar:
	}
	return precisionNone
}

// milliseconds counts from 0001-01-01 on the value's own clock.
func (t Temporal) milliseconds() int64 {
	return t.minutes()*60_000 + int64(t.second)*1000 + int64(t.nano/1_000_000)
}

// duration is the number of whole periods from one value to another.
func (t Temporal) duration(o Temporal, unit calendarUnit) int64 {
	if unit != unitYear && unit != unitMonth {
		return (o.milliseconds() - t.milliseconds()) / unit.milliseconds()
	}
	if o.milliseconds() < t.milliseconds() {
		return -o.duration(t, unit)
	}
	months := (int64(o.year)-int64(t.year))*12 + int64(o.month) - int64(t.month)
	if later, _ := t.addMonths(months); later.milliseconds() > o.milliseconds() {
		months--
	}
	if unit == unitYear {
		return months / 12
	}
	return months
}

// difference is the number of boundaries of a period that lie between two values. Weeks begin on Sunday.
func (t Temporal) difference(o Temporal, unit calendarUnit) int64 {
	switch unit {
	case unitYear:
		return int64(o.year) - int64(t.year)
	case unitMonth:
		return (int64(o.year)-int64(t.year))*12 + int64(o.month) - int64(t.month)
	case unitWeek: // day 0, 0001-01-01, is a Monday
		return floorDiv(o.days()+1, 7) - floorDiv(t.days()+1, 7)
	case unitDay, unitHour, unitMinute, unitSecond, unitMillisecond, notCalendar:
	}
	ms := max(unit.milliseconds(), 1)
	return floorDiv(o.milliseconds(), ms) - floorDiv(t.milliseconds(), ms)
}
