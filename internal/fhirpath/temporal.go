package fhirpath

import (
	"strconv"
	"time"
)

// precision is how much of a date or time is given.
type precision uint8

const (
	precisionNone precision = iota
	precisionYear
	precisionMonth
	precisionDay
	precisionHour
	precisionMinute
	precisionSecond // with or without a fraction: the specification treats both as one precision
)

// Temporal is a Date, DateTime or Time, possibly partial. Fields beyond its precision are zero (month and day: one).
type Temporal struct {
	kind           Kind // KindDate, KindDateTime or KindTime
	precision      precision
	zoned          bool
	fractionDigits int // digits after the second's point, at most nine
	zone           int // minutes east of UTC
	year           int
	month, day     int
	hour, minute   int
	second, nano   int
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// digits reads exactly n digits at s[i:].
func digits(s string, i, n int) (int, bool) {
	if i+n > len(s) {
		return 0, false
	}
	v := 0
	for _, c := range []byte(s[i : i+n]) {
		if !digit(c) {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// parseDatePart reads yyyy[-MM[-dd]] and returns the offset after it; false when it is not a date of the calendar.
func (t *Temporal) parseDatePart(s string) (int, bool) {
	year, ok := digits(s, 0, 4)
	if !ok || year == 0 {
		return 0, false
	}
	t.year, t.month, t.day, t.precision = year, 1, 1, precisionYear
	if len(s) < 5 || s[4] != '-' {
		return 4, true
	}
	month, ok := digits(s, 5, 2)
	if !ok || month < 1 || month > 12 {
		return 0, false
	}
	t.month, t.precision = month, precisionMonth
	if len(s) < 8 || s[7] != '-' {
		return 7, true
	}
	day, ok := digits(s, 8, 2)
	if !ok || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	t.day, t.precision = day, precisionDay
	return 10, true
}

// parseTimePart reads hh[:mm[:ss[.f+]]] and returns the length read.
func (t *Temporal) parseTimePart(s string) (int, bool) {
	hour, ok := digits(s, 0, 2)
	if !ok || hour > 23 {
		return 0, false
	}
	t.hour, t.precision = hour, precisionHour
	if len(s) < 3 || s[2] != ':' {
		return 2, true
	}
	minute, ok := digits(s, 3, 2)
	if !ok || minute > 59 {
		return 0, false
	}
	t.minute, t.precision = minute, precisionMinute
	if len(s) < 6 || s[5] != ':' {
		return 5, true
	}
	second, ok := digits(s, 6, 2)
	if !ok || second > 60 { // FHIR allows leap seconds
		return 0, false
	}
	t.second, t.precision = second, precisionSecond
	if len(s) < 10 || s[8] != '.' || !digit(s[9]) {
		return 8, true
	}
	i := 9
	for scale := 100_000_000; i < len(s) && digit(s[i]); i++ {
		if t.fractionDigits < 9 {
			t.nano += int(s[i]-'0') * scale
			t.fractionDigits++
			scale /= 10
		}
	}
	return i, true
}

// parseZone reads Z or +hh:mm and returns the length read: zero when there is none.
func (t *Temporal) parseZone(s string) (int, bool) {
	if s == "" {
		return 0, true
	}
	if s[0] == 'Z' {
		t.zoned = true
		return 1, true
	}
	if s[0] != '+' && s[0] != '-' {
		return 0, true
	}
	hour, ok := digits(s, 1, 2)
	if !ok || len(s) < 6 || s[3] != ':' {
		return 0, false
	}
	minute, ok := digits(s, 4, 2)
	if !ok || hour > 14 || minute > 59 {
		return 0, false
	}
	t.zoned, t.zone = true, hour*60+minute
	if s[0] == '-' {
		t.zone = -t.zone
	}
	return 6, true
}

func parseDate(s string) (Temporal, bool) {
	t := Temporal{kind: KindDate}
	n, ok := t.parseDatePart(s)
	return t, ok && n == len(s)
}

// parseDateTime reads a date with an optional time; a bare trailing T is allowed, as in literals.
func parseDateTime(s string) (Temporal, bool) {
	t := Temporal{kind: KindDateTime}
	n, ok := t.parseDatePart(s)
	if !ok || n == len(s) {
		return t, ok
	}
	if s[n] != 'T' {
		return t, false
	}
	s = s[n+1:]
	if s == "" {
		return t, true
	}
	if t.precision != precisionDay {
		return t, false
	}
	if n, ok = t.parseTimePart(s); !ok {
		return t, false
	}
	z, ok := t.parseZone(s[n:])
	return t, ok && n+z == len(s)
}

func parseTime(s string) (Temporal, bool) {
	t := Temporal{kind: KindTime, month: 1, day: 1}
	n, ok := t.parseTimePart(s)
	return t, ok && n == len(s)
}

// temporalFromClock gives the instant in the clock's own time zone, to the millisecond.
func temporalFromClock(now time.Time) Temporal {
	_, offset := now.Zone()
	return Temporal{
		kind: KindDateTime, precision: precisionSecond, fractionDigits: 3, zoned: true, zone: offset / 60,
		year: now.Year(), month: int(now.Month()), day: now.Day(),
		hour: now.Hour(), minute: now.Minute(), second: now.Second(),
		nano: now.Nanosecond() / 1e6 * 1e6,
	}
}

func (t Temporal) date() Temporal {
	t.kind, t.zoned, t.zone = KindDate, false, 0
	t.hour, t.minute, t.second, t.nano, t.fractionDigits = 0, 0, 0, 0, 0
	t.precision = min(t.precision, precisionDay)
	return t
}

func (t Temporal) timeOfDay() Temporal {
	t.kind, t.zoned, t.zone, t.year, t.month, t.day = KindTime, false, 0, 0, 1, 1
	return t
}

func pad(b []byte, n, width int) []byte {
	s := strconv.Itoa(n)
	for i := len(s); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, s...)
}

// String writes the value in ISO 8601 to its own precision, without the @ and T of literals.
func (t Temporal) String() string {
	b := make([]byte, 0, 32)
	if t.kind != KindTime {
		b = pad(b, t.year, 4)
		if t.precision >= precisionMonth {
			b = pad(append(b, '-'), t.month, 2)
		}
		if t.precision >= precisionDay {
			b = pad(append(b, '-'), t.day, 2)
		}
		if t.precision >= precisionHour {
			b = append(b, 'T')
		}
	}
	if t.precision >= precisionHour {
		b = pad(b, t.hour, 2)
	}
	if t.precision >= precisionMinute {
		b = pad(append(b, ':'), t.minute, 2)
	}
	if t.precision >= precisionSecond {
		b = pad(append(b, ':'), t.second, 2)
		if t.fractionDigits > 0 {
			b = pad(append(b, '.'), t.nano, 9)
			b = b[:len(b)-9+t.fractionDigits]
		}
	}
	if t.zoned {
		b = t.appendZone(b)
	}
	return string(b)
}

func (t Temporal) appendZone(b []byte) []byte {
	z := int(t.zone)
	if z == 0 {
		return append(b, 'Z')
	}
	sign := byte('+')
	if z < 0 {
		sign, z = '-', -z
	}
	return pad(append(pad(append(b, sign), z/60, 2), ':'), z%60, 2)
}

// days counts days since 0001-01-01 of the proleptic Gregorian calendar.
func (t Temporal) days() int64 {
	y, m := int64(t.year), int64(t.month)
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int64(t.day) - 307
}

// setDays is the inverse of days; false when the year is out of 1 to 9999.
func (t *Temporal) setDays(n int64) bool {
	n += 306
	if n < 0 {
		return false
	}
	era := n / 146097
	doe := n % 146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day := doy - (153*mp+2)/5 + 1
	month := mp + 3
	year := yoe + era*400
	if month > 12 {
		month -= 12
		year++
	}
	if year < 1 || year > 9999 {
		return false
	}
	t.year, t.month, t.day = int(year), int(month), int(day)
	return true
}

// minutes counts minutes since 0001-01-01T00:00 on the value's own clock.
func (t Temporal) minutes() int64 {
	return t.days()*1440 + int64(t.hour)*60 + int64(t.minute)
}

// compare orders two values of compatible kinds. Known is false when precision or a missing time zone leaves the order open.
func (t Temporal) compare(o Temporal) (order int, known bool) {
	if t.kind != KindTime && t.precision >= precisionHour && o.precision >= precisionHour {
		switch {
		case t.zoned && o.zoned:
			if t.zone != o.zone {
				t.shift(int64(-t.zone))
				o.shift(int64(-o.zone))
			}
		case t.zoned:
			order, known = o.compareUnzoned(t)
			return -order, known
		case o.zoned:
			return t.compareUnzoned(o)
		}
	}
	return t.compareFields(o)
}

// compareUnzoned orders a value without a time zone against one with: the first may be up to 14 hours east or 12 west of UTC.
func (t Temporal) compareUnzoned(o Temporal) (order int, known bool) {
	local, utc := t.minutes(), o.minutes()-int64(o.zone)
	switch {
	case local-14*60 > utc+60:
		return 1, true
	case local+12*60 < utc-60:
		return -1, true
	}
	return 0, false
}

// shift moves the value on its clock by minutes; dates out of range keep their fields, which still order correctly at the ends.
func (t *Temporal) shift(minutes int64) {
	total := t.minutes() + minutes
	days := floorDiv(total, 1440)
	u := *t
	if !u.setDays(days) {
		return
	}
	rest := total - days*1440
	u.hour, u.minute = int(rest/60), int(rest%60)
	*t = u
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (t Temporal) compareFields(o Temporal) (order int, known bool) {
	first := precisionYear
	if t.kind == KindTime {
		first = precisionHour
	}
	for p := first; p <= precisionSecond; p++ {
		switch have, other := t.precision >= p, o.precision >= p; {
		case !have && !other:
			return 0, true
		case have != other:
			return 0, false
		}
		if a, b := t.field(p), o.field(p); a != b {
			if a < b {
				return -1, true
			}
			return 1, true
		}
	}
	return 0, true
}

func (t Temporal) field(p precision) int64 {
	switch p {
	case precisionYear:
		return int64(t.year)
	case precisionMonth:
		return int64(t.month)
	case precisionDay:
		return int64(t.day)
	case precisionHour:
		return int64(t.hour)
	case precisionMinute:
		return int64(t.minute)
	case precisionSecond:
		return int64(t.second)*1e9 + int64(t.nano)
	case precisionNone:
	}
	return 0
}
