package fhir_test

import (
	"testing"
	"time"

	"concord.example/concord/internal/fhir"
)

// TestADateIsReadToItsLastCharacter has, for each place of a date, a text that is wrong there alone, and the one beside it that is
// right.
func TestADateIsReadToItsLastCharacter(t *testing.T) {
	for _, c := range []struct {
		right string
		wrong []string
	}{
		{"2025", []string{"202", "0000", "2O25", "20 5", "/025", "202:", "20255"}},
		{"2025-06", []string{"2025-00", "2025-13", "2025-6", "2025/06", "2025-0:", "2025-/6", "2025-"}},
		{"2025-06-30", []string{"2025-06-00", "2025-06-31", "2025-06-3", "2025-06/30", "2025-06-3x"}},
		{"2025-06-30T23:59", []string{"2025-06-30T24:00", "2025-06-30T23:60", "2025-06-30T2359", "2025-06-30 23:59", "2025-06-30T23", "2025-06-30T23:59x"}},
		{"2025-06-30T23:59:60Z", []string{"2025-06-30T23:59:61Z", "2025-06-30T23:59:6Z", "2025-06-30T23:59:ZZ"}},
		{"2025-06-30T23:59:59.9Z", []string{"2025-06-30T23:59:59.Z", "2025-06-30T23:59:59.:Z", "2025-06-30T23:59:59./Z", "2025-06-30T23:59:59.9z"}},
		{"2025-06-30T23:59:59+14:00", []string{"2025-06-30T23:59:59+14:01", "2025-06-30T23:59:59+15:00", "2025-06-30T23:59:59+1400", "2025-06-30T23:59:59 14:00"}},
		{"2025-06-30T23:59:59-13:59", []string{"2025-06-30T23:59:59-13:60", "2025-06-30T23:59:59-1:59", "2025-06-30T23:59:59Z-13:59"}},
	} {
		if _, err := fhir.ParseDate(c.right, nil); err != nil {
			t.Error(err)
		}
		for _, text := range c.wrong {
			if date, err := fhir.ParseDate(text, nil); err == nil {
				t.Errorf("%s is read as %+v", text, date)
			}
		}
	}
}

func TestAnOffsetIsHeldAgainstUTCWhereverTheReaderIs(t *testing.T) {
	london := time.FixedZone("BST", 3600)
	at := func(hour int) time.Time { return time.Date(2025, 6, 1, hour, 0, 0, 0, time.UTC) }
	for _, c := range []struct {
		text  string
		low   time.Time
		zoned bool
	}{
		{"2025-06-01T10:00:00", at(9), false},
		{"2025-06-01T10:00:00Z", at(10), true},
		{"2025-06-01T10:00:00+00:00", at(10), true},
		{"2025-06-01T10:00:00+01:00", at(9), true},
		{"2025-06-01T10:00:00-05:00", at(15), true},
	} {
		date, err := fhir.ParseDate(c.text, london)
		if err != nil || !date.Low.Equal(c.low) || date.Zoned != c.zoned {
			t.Errorf("%s begins at %s, zoned %v (%v); want %s, %v", c.text, date.Low.UTC(), date.Zoned, err, c.low, c.zoned)
		}
	}
}

func TestAPrefixIsCutFromAValueThatHasOne(t *testing.T) {
	for value, want := range map[string]struct {
		prefix fhir.Prefix
		rest   string
	}{
		"eq2025": {fhir.Equal, "2025"}, "ne5": {fhir.NotEqual, "5"}, "gt5": {fhir.GreaterThan, "5"}, "lt5": {fhir.LessThan, "5"}, "ge5": {fhir.GreaterOrEqual, "5"},
		"le5": {fhir.LessOrEqual, "5"}, "sa5": {fhir.StartsAfter, "5"}, "eb5": {fhir.EndsBefore, "5"}, "ap5": {fhir.Approximately, "5"},
		"2025": {fhir.Equal, "2025"}, "5": {fhir.Equal, "5"}, "": {fhir.Equal, ""}, "ge": {fhir.GreaterOrEqual, ""}, "GE5": {fhir.Equal, "GE5"}, "xx5": {fhir.Equal, "xx5"},
	} {
		if prefix, rest := fhir.CutPrefix(value); prefix != want.prefix || rest != want.rest {
			t.Errorf("%q is %s and %q, want %s and %q", value, prefix, rest, want.prefix, want.rest)
		}
	}
	for i, name := range []string{"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap", "?"} {
		if got := fhir.Prefix(i).String(); got != name {
			t.Errorf("prefix %d is called %s, want %s", i, got, name)
		}
	}
}

// TestAnOpenPeriodGoesOnForEver holds intervals without a bound against one that has both.
func TestAnOpenPeriodGoesOnForEver(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2025, 6, n, 0, 0, 0, 0, time.UTC) }
	search := fhir.Interval{Low: day(10), High: day(11)}
	begun, ends := fhir.Interval{Low: day(5), NoHigh: true}, fhir.Interval{NoLow: true, High: day(5)}
	always := fhir.Interval{NoLow: true, NoHigh: true}
	for _, c := range []struct {
		target fhir.Interval
		finds  string
	}{
		{search, "eq ge le ap"},
		{begun, "ne gt lt ge le ap"},
		{ends, "ne lt le eb"},
		{always, "ne gt lt ge le ap"},
		{fhir.Interval{Low: day(20), NoHigh: true}, "ne gt ge sa"},
		{fhir.Interval{Low: day(9), High: day(10)}, "ne lt le eb"},
		{fhir.Interval{Low: day(11), High: day(12)}, "ne gt ge sa"},
	} {
		found := ""
		for prefix := fhir.Equal; prefix <= fhir.Approximately; prefix++ {
			if prefix.Matches(search, c.target) {
				found += " " + prefix.String()
			}
		}
		if found != " "+c.finds {
			t.Errorf("%+v is found by%s, want %s", c.target, found, c.finds)
		}
	}
	if fhir.Prefix(99).Matches(search, search) {
		t.Error("a prefix that there is not finds something")
	}
	if !fhir.Equal.Matches(always, begun) || fhir.Equal.Matches(begun, always) || fhir.Equal.Matches(ends, always) {
		t.Error("what has no bound is not within what has one, and the other way round it is")
	}
	for i, one := range []fhir.Interval{always, ends, {Low: day(5), High: day(6)}, begun, search} {
		if one.Compare(one) != 0 {
			t.Errorf("%d is not the same as itself", i)
		}
	}
	for _, pair := range [][2]fhir.Interval{{ends, always}, {always, begun}, {{Low: day(5), High: day(6)}, begun}, {begun, search}} {
		if pair[0].Compare(pair[1]) != -1 || pair[1].Compare(pair[0]) != 1 {
			t.Errorf("%+v does not come before %+v", pair[0], pair[1])
		}
	}
}

func TestWideningNeverMakesAnIntervalNarrower(t *testing.T) {
	low := time.Date(2025, 6, 1, 0, 0, 0, 500, time.UTC)
	point := fhir.Interval{Low: low, High: low}
	for _, gap := range []time.Duration{0, 10, -10, -300, time.Second, -time.Second, 10*time.Second + 10, -(10*time.Second + 10), 24 * time.Hour, -24 * time.Hour} {
		tenth := gap.Abs() / 10
		wide := point.Widen(low.Add(gap))
		if !wide.Low.Equal(low.Add(-tenth)) || !wide.High.Equal(low.Add(tenth)) {
			t.Errorf("now is %s later: from %s to %s, want %s on either side", gap, wide.Low, wide.High, tenth)
		}
	}
	for _, open := range []fhir.Interval{{Low: low, NoHigh: true}, {NoLow: true, High: low}} {
		if open.Widen(low.Add(time.Hour)) != open {
			t.Errorf("%+v is widened", open)
		}
	}
}
