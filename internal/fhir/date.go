package fhir

import (
	"errors"
	"fmt"
	"time"
)

// Precision says how much of a date was stated.
type Precision uint8

// The precisions of FHIR's date, dateTime and instant, and of a search value, which may stop at the minute.
const (
	Year Precision = iota + 1
	Month
	Day
	Minute
	Second
	Fraction
)

// Interval is the range of time a value stands for, from Low up to and not including High (FHIR R4 section 3.1.1.4.7).
// A bound that is not known lies before or after every actual date.
type Interval struct {
	Low, High time.Time
	// NoLow and NoHigh say that the bound is missing; Low or High is then the zero time and means nothing.
	NoLow, NoHigh bool
}

// Date is a date, dateTime, instant or date search value: what was written, as a range of time.
type Date struct {
	Interval
	Precision Precision
	// Zoned says that the text states its offset from UTC.
	Zoned bool
}

// errDate is wrapped by every error of ParseDate.
var errDate = errors.New("not a FHIR date or time")

// ParseDate reads yyyy, yyyy-mm, yyyy-mm-dd or yyyy-mm-ddThh:mm[:ss[.fraction]][Z|(+|-)hh:mm].
//
// That is FHIR R4's date, dateTime and instant, and the form of a date search value, in which the seconds and the zone
// may be left out. The year is 0001 to 9999 and the day must exist in the Gregorian calendar. A leap second (:60) is the
// second after :59. A value without an offset is in the zone given (nil means UTC), so a date alone covers the whole
// day there, 23 or 25 hours on the days the clocks change. Digits of the fraction beyond nanoseconds are dropped.
func ParseDate(text string, zone *time.Location) (Date, error) {
	if zone == nil {
		zone = time.UTC
	}
	r := dateReader{rest: text}
	year := r.number(4)
	if r.failed || year == 0 {
		return Date{}, fmt.Errorf("%q: the year is not four digits from 0001 to 9999: %w", text, errDate)
	}
	if r.end() {
		return Date{Interval: span(year, 1, 1, year+1, 1, 1, zone), Precision: Year}, nil
	}
	r.literal('-')
	month := r.number(2)
	if r.failed || month < 1 || month > 12 {
		return Date{}, fmt.Errorf("%q: the month is not 01 to 12 after a hyphen: %w", text, errDate)
	}
	if r.end() {
		return Date{Interval: span(year, month, 1, year, month+1, 1, zone), Precision: Month}, nil
	}
	r.literal('-')
	day := r.number(2)
	if r.failed || day < 1 || day > daysIn(year, month) {
		return Date{}, fmt.Errorf("%q: %04d-%02d has no such day: %w", text, year, month, errDate)
	}
	if r.end() {
		return Date{Interval: span(year, month, day, year, month, day+1, zone), Precision: Day}, nil
	}
	return r.clock(text, year, month, day, zone)
}

// clock reads the part of a date and time from the T on.
func (r *dateReader) clock(text string, year, month, day int, zone *time.Location) (Date, error) {
	r.literal('T')
	hour := r.number(2)
	r.literal(':')
	minute := r.number(2)
	if r.failed || hour > 23 || minute > 59 {
		return Date{}, fmt.Errorf("%q: the time is not hh:mm after a T, 00:00 to 23:59: %w", text, errDate)
	}
	date := Date{Precision: Minute}
	second, nanosecond, width := 0, 0, time.Minute
	if r.next(':') {
		if second = r.number(2); r.failed || second > 60 {
			return Date{}, fmt.Errorf("%q: the seconds are not two digits from 00 to 60: %w", text, errDate)
		}
		date.Precision, width = Second, time.Second
		if r.next('.') {
			date.Precision = Fraction
			if nanosecond, width = r.fraction(); r.failed {
				return Date{}, fmt.Errorf("%q: there is no digit after the decimal point: %w", text, errDate)
			}
		}
	}
	offset, zoned, ok := r.offset()
	if !ok || !r.end() {
		return Date{}, fmt.Errorf("%q: the time does not end in Z, an offset such as +01:00, or nothing: %w", text, errDate)
	}
	date.Zoned = zoned
	if zoned {
		zone = time.UTC
	}
	date.Low = time.Date(year, time.Month(month), day, hour, minute, second, nanosecond, zone).Add(-offset)
	date.High = date.Low.Add(width)
	return date, nil
}

// Instant returns the point in time an instant stands for, as the narrowest interval that holds it: R4 gives an instant
// an effective width of 0, unlike a dateTime of the same text, which covers its last stated digit.
func (d Date) Instant() Interval {
	return Interval{Low: d.Low, High: d.Low.Add(1)}
}

// ParsePeriod returns the interval of a Period from its two dateTimes, either of which may be "". The end is inclusive,
// to the end of the day, minute or second it states. A Period with neither bound, or that ends before it starts, stands
// for no time and is an error.
func ParsePeriod(start, end string, zone *time.Location) (Interval, error) {
	if start == "" && end == "" {
		return Interval{}, fmt.Errorf("period has neither start nor end: %w", errDate)
	}
	period := Interval{NoLow: start == "", NoHigh: end == ""}
	if start != "" {
		from, err := ParseDate(start, zone)
		if err != nil {
			return Interval{}, fmt.Errorf("start of period: %w", err)
		}
		period.Low = from.Low
	}
	if end != "" {
		to, err := ParseDate(end, zone)
		if err != nil {
			return Interval{}, fmt.Errorf("end of period: %w", err)
		}
		period.High = to.High
	}
	if !period.NoLow && !period.NoHigh && !period.Low.Before(period.High) {
		return Interval{}, fmt.Errorf("period from %s ends before it starts, at %s: %w", start, end, errDate)
	}
	return period, nil
}

func span(year, month, day, toYear, toMonth, toDay int, zone *time.Location) Interval {
	return Interval{
		Low:  time.Date(year, time.Month(month), day, 0, 0, 0, 0, zone),
		High: time.Date(toYear, time.Month(toMonth), toDay, 0, 0, 0, 0, zone),
	}
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	default:
		return 31
	}
}

// dateReader reads a date from the left; failed is set by the first thing that is not as it must be.
type dateReader struct {
	rest   string
	failed bool
}

func (r *dateReader) end() bool { return r.rest == "" }

func (r *dateReader) next(c byte) bool {
	if r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *dateReader) literal(c byte) {
	if !r.next(c) {
		r.failed = true
	}
}

// number reads exactly so many digits.
func (r *dateReader) number(digits int) int {
	if r.failed || len(r.rest) < digits {
		r.failed = true
		return 0
	}
	n := 0
	for i := range digits {
		c := r.rest[i]
		if c < '0' || c > '9' {
			r.failed = true
			return 0
		}
		n = n*10 + int(c-'0')
	}
	r.rest = r.rest[digits:]
	return n
}

// fraction reads the digits of a fraction of a second: its nanoseconds and the width of its last digit.
func (r *dateReader) fraction() (nanoseconds int, width time.Duration) {
	width = time.Second
	digits := 0
	for r.rest != "" && r.rest[0] >= '0' && r.rest[0] <= '9' {
		if digits++; digits <= 9 {
			width /= 10
			nanoseconds += int(r.rest[0]-'0') * int(width)
		}
		r.rest = r.rest[1:]
	}
	r.failed = r.failed || digits == 0
	return nanoseconds, width
}

// offset reads Z, an offset of at most 14:00, or nothing.
func (r *dateReader) offset() (offset time.Duration, zoned, ok bool) {
	if r.end() {
		return 0, false, true
	}
	if r.next('Z') {
		return 0, true, true
	}
	sign := time.Duration(1)
	if r.next('-') {
		sign = -1
	} else {
		r.literal('+')
	}
	hours := r.number(2)
	r.literal(':')
	minutes := r.number(2)
	if r.failed || minutes > 59 || hours > 14 || (hours == 14 && minutes > 0) {
		return 0, false, false
	}
	return sign * (time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute), true, true
}
