package fhir_test

import (
	"testing"
	"time"

	"concord.example/concord/internal/fhir"
)

func prefixes() []fhir.Prefix {
	return []fhir.Prefix{
		fhir.Equal, fhir.NotEqual, fhir.GreaterThan, fhir.LessThan, fhir.GreaterOrEqual, fhir.LessOrEqual, fhir.StartsAfter, fhir.EndsBefore, fhir.Approximately,
	}
}

// FuzzDate holds what must be true of any two texts that are dates, in a zone whose clocks change.
func FuzzDate(f *testing.F) {
	for _, text := range []string{
		"2024", "0001", "9999", "2024-02", "2024-02-29", "2024-03-31", "2024-03-31T01:30", "2024-10-27T01:30:00", "2024-10-27T01:30:00+01:00",
		"2016-12-31T23:59:60Z", "2024-03-31T00:00:00.123456789Z", "9999-12-31T23:59:59.999-14:00", "0001-01-01T00:00:00+14:00", "x", "",
	} {
		f.Add(text, "2024-03-31", int64(1_700_000_000))
		f.Add("2024-03-31T00:59:59Z", text, int64(-62_135_596_800))
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		f.Skipf("no time zone data: %v", err)
	}
	f.Fuzz(func(t *testing.T, a, b string, now int64) {
		first, err := fhir.ParseDate(a, london)
		if err != nil {
			return
		}
		if !first.Low.Before(first.High) {
			t.Fatalf("%q covers no time: %v to %v", a, first.Low, first.High)
		}
		if year := first.Low.UTC().Year(); year < 0 || year > 10_000 {
			t.Fatalf("%q begins in the year %d", a, year)
		}
		second, err := fhir.ParseDate(b, london)
		if err != nil {
			return
		}
		for _, target := range []fhir.Interval{second.Interval, second.Instant(), {Low: second.Low, NoHigh: true}, {High: second.High, NoLow: true}} {
			holds := map[fhir.Prefix]bool{}
			for _, prefix := range prefixes() {
				holds[prefix] = prefix.Matches(first.Interval, target)
			}
			switch {
			case holds[fhir.Equal] == holds[fhir.NotEqual]:
				t.Fatalf("%q and %q are both or neither of eq and ne", a, b)
			case holds[fhir.GreaterOrEqual] == holds[fhir.EndsBefore]:
				t.Fatalf("%q and %q are both or neither of ge and eb", a, b)
			case holds[fhir.LessOrEqual] == holds[fhir.StartsAfter]:
				t.Fatalf("%q and %q are both or neither of le and sa", a, b)
			case !holds[fhir.GreaterOrEqual] && !holds[fhir.LessThan]:
				t.Fatalf("%q and %q are neither ge nor lt", a, b)
			case !holds[fhir.LessOrEqual] && !holds[fhir.GreaterThan]:
				t.Fatalf("%q and %q are neither le nor gt", a, b)
			case holds[fhir.Equal] && (holds[fhir.GreaterThan] || holds[fhir.LessThan] || !holds[fhir.GreaterOrEqual] || !holds[fhir.LessOrEqual] || !holds[fhir.Approximately]):
				t.Fatalf("%q and %q are eq and yet not: %v", a, b, holds)
			case holds[fhir.StartsAfter] && !holds[fhir.GreaterThan], holds[fhir.EndsBefore] && !holds[fhir.LessThan]:
				t.Fatalf("%q and %q: %v", a, b, holds)
			case holds[fhir.GreaterThan] && !holds[fhir.GreaterOrEqual], holds[fhir.LessThan] && !holds[fhir.LessOrEqual]:
				t.Fatalf("%q and %q: %v", a, b, holds)
			}
			whole := first.Union(target)
			if fhir.LessThan.Matches(whole, target) || fhir.GreaterThan.Matches(whole, target) || fhir.LessThan.Matches(whole, first.Interval) {
				t.Fatalf("the union of %q and %q does not hold both", a, b)
			}
			if first.Compare(target) != -target.Compare(first.Interval) {
				t.Fatalf("%q and %q compare differently from the other side", a, b)
			}
		}
		wide := first.Widen(time.Unix(now%1_000_000_000_000, 0))
		if wide.Low.After(first.Low) || wide.High.Before(first.High) {
			t.Fatalf("%q widened is %v to %v", a, wide.Low, wide.High)
		}
	})
}
