package search

import (
	"fmt"

	"concord.example/concord/internal/fhir"
)

// dateValue is one value of a date parameter.
type dateValue struct {
	prefix fhir.Prefix
	fhir.Interval
}

func parseWhen(text string, options *Options) (dateValue, string) {
	prefix, rest := fhir.CutPrefix(text)
	date, err := fhir.ParseDate(rest, options.Zone)
	if err != nil {
		return dateValue{}, fmt.Sprintf(`is not an optional prefix and a date, such as ge2024-01-31 or 2024-01-31T09:00:00Z (write the "+" of an offset as %%2B): %v`, err)
	}
	value := dateValue{prefix: prefix, Interval: date.Interval}
	if prefix == fhir.Approximately {
		if options.Now.IsZero() {
			return value, "cannot be evaluated: ap measures from the present time, and no clock was given"
		}
		value.Interval = value.Widen(options.Now)
	}
	return value, ""
}

func (v dateValue) match(m *matching, p *path, element any) bool {
	interval, ok := when(p, element, m.options)
	return ok && v.prefix.Matches(v.Interval, interval)
}

// when returns the interval of a date, dateTime, instant, Period or Timing. It reports false for one that is malformed
// or stands for no time.
func when(p *path, element any, options *Options) (fhir.Interval, bool) {
	switch p.typ {
	case "Period":
		return periodOf(element, options)
	case "Timing":
		return timingOf(element, options)
	}
	text, ok := element.(string)
	if !ok {
		return fhir.Interval{}, false
	}
	date, err := fhir.ParseDate(text, options.Zone)
	if err != nil {
		return fhir.Interval{}, false
	}
	if p.typ == "instant" {
		return date.Instant(), true
	}
	return date.Interval, true
}

func periodOf(element any, options *Options) (fhir.Interval, bool) {
	period, ok := object(element)
	if !ok {
		return fhir.Interval{}, false
	}
	start, _ := period["start"].(string)
	end, _ := period["end"].(string)
	interval, err := fhir.ParsePeriod(start, end, options.Zone)
	return interval, err == nil
}

// timingOf returns the outer limits of a Timing: its events and the period that bounds its repeats. The schedule between
// does not matter (R4 section 3.1.1.4.7).
func timingOf(element any, options *Options) (fhir.Interval, bool) {
	timing, ok := object(element)
	if !ok {
		return fhir.Interval{}, false
	}
	limits, bounded := periodOf(fhir.Get(timing, "repeat", "boundsPeriod"), options)
	each(timing["event"], func(item any) bool {
		text, _ := item.(string)
		event, err := fhir.ParseDate(text, options.Zone)
		if err != nil {
			return false
		}
		if !bounded {
			limits, bounded = event.Interval, true
			return false
		}
		limits = limits.Union(event.Interval)
		return false
	})
	return limits, bounded
}
