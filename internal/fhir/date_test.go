package fhir_test

import (
	"testing"
	"time"

	"concord.example/concord/internal/fhir"
)

func TestParseDateCoversWhatIsStated(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skipf("no time zone data: %v", err)
	}
	for _, test := range []struct {
		text      string
		zone      *time.Location
		low, high string
		precision fhir.Precision
	}{
		{"2000", nil, "2000-01-01T00:00:00Z", "2001-01-01T00:00:00Z", fhir.Year},
		{"0001", nil, "0001-01-01T00:00:00Z", "0002-01-01T00:00:00Z", fhir.Year},
		{"2000-04", nil, "2000-04-01T00:00:00Z", "2000-05-01T00:00:00Z", fhir.Month},
		{"2000-12", nil, "2000-12-01T00:00:00Z", "2001-01-01T00:00:00Z", fhir.Month},
		{"2024-02-29", nil, "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z", fhir.Day},
		{"2023-03-26", london, "2023-03-26T00:00:00Z", "2023-03-26T23:00:00Z", fhir.Day},
		{"2023-10-29", london, "2023-10-28T23:00:00Z", "2023-10-30T00:00:00Z", fhir.Day},
		{"2013-01-14T10:00", nil, "2013-01-14T10:00:00Z", "2013-01-14T10:01:00Z", fhir.Minute},
		{"2013-07-14T10:00", london, "2013-07-14T09:00:00Z", "2013-07-14T09:01:00Z", fhir.Minute},
		{"2013-01-14T10:00:00+05:30", london, "2013-01-14T04:30:00Z", "2013-01-14T04:30:01Z", fhir.Second},
		{"2013-01-14T10:00:00-14:00", nil, "2013-01-15T00:00:00Z", "2013-01-15T00:00:01Z", fhir.Second},
		{"2016-12-31T23:59:60Z", nil, "2017-01-01T00:00:00Z", "2017-01-01T00:00:01Z", fhir.Second},
		{"2015-02-07T13:28:17.239Z", nil, "2015-02-07T13:28:17.239Z", "2015-02-07T13:28:17.24Z", fhir.Fraction},
		{"2015-02-07T13:28:17.12345678999Z", nil, "2015-02-07T13:28:17.123456789Z", "2015-02-07T13:28:17.12345679Z", fhir.Fraction},
	} {
		got, err := fhir.ParseDate(test.text, test.zone)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		low, high := got.Low.UTC().Format(time.RFC3339Nano), got.High.UTC().Format(time.RFC3339Nano)
		if low != test.low || high != test.high || got.Precision != test.precision {
			t.Errorf("%s is %s to %s, precision %d; want %s to %s, %d", test.text, low, high, got.Precision, test.low, test.high, test.precision)
		}
	}
}

func TestParseDateRefusesWhatIsNoDate(t *testing.T) {
	for _, text := range []string{
		"", "0000", "200", "20000", "2000-", "2000-13", "2000-00", "2000-1", "2000-01-32", "2000-04-31", "2023-02-29", "1900-02-29",
		"2000-01-01T", "2000-01-01T10", "2000-01-01T24:00", "2000-01-01T10:60", "2000-01-01T10:00:61Z", "2000-01-01T10:00:00.Z",
		"2000-01-01T10:00:00+15:00", "2000-01-01T10:00:00+14:01", "2000-01-01T10:00:00+1:00", "2000-01-01T10:00:00 01:00",
		"2000-01-01T10:00:00z", "2000-01-01t10:00:00Z", "2000-01-01 10:00", "2000-01-01Z", "23 May 2009", "２０００", "2000-01-01T10:00Z0",
	} {
		if got, err := fhir.ParseDate(text, nil); err == nil {
			t.Errorf("%q was read as %v to %v", text, got.Low, got.High)
		}
	}
}

// The rows are the examples of FHIR R4 section 3.1.1.4.7.
func TestPrefixesMatchAsTheSpecificationSays(t *testing.T) {
	at := func(text string) fhir.Interval {
		t.Helper()
		date, err := fhir.ParseDate(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		return date.Interval
	}
	during := func(start, end string) fhir.Interval {
		t.Helper()
		period, err := fhir.ParsePeriod(start, end, nil)
		if err != nil {
			t.Fatal(err)
		}
		return period
	}
	for _, test := range []struct {
		search string
		target fhir.Interval
		want   bool
	}{
		{"eq2013-01-14", at("2013-01-14T00:00"), true},
		{"eq2013-01-14", at("2013-01-14T10:00"), true},
		{"eq2013-01-14", at("2013-01-15T00:00"), false},
		{"2013-01-14", at("2013-01"), false},
		{"ne2013-01-14", at("2013-01-15T00:00"), true},
		{"ne2013-01-14", at("2013-01-14T00:00"), false},
		{"ne2013-01-14", at("2013-01-14T10:00"), false},
		{"lt2013-01-14T10:00", at("2013-01-14"), true},
		{"gt2013-01-14T10:00", at("2013-01-14"), true},
		{"gt2013-01-14", at("2013-01-14T10:00"), false},
		{"gt2013-01-14", at("2013-01-15"), true},
		{"lt2013-01-14", at("2013-01-14"), false},
		{"ge2013-01-14", at("2013-01-14"), true},
		{"le2013-01-14", at("2013-01-14T23:59:59Z"), true},
		{"ge2013-03-14", during("2013-01-21", ""), true},
		{"le2013-03-14", during("2013-01-21", ""), true},
		{"sa2013-03-14", during("2013-03-15", ""), true},
		{"sa2013-03-14", during("2013-01-21", ""), false},
		{"sa2013-03-14", during("", "2013-01-21"), false},
		{"eb2013-03-14", during("2013-03-15", ""), false},
		{"eb2013-03-14", during("2013-01-21", ""), false},
		{"eb2013-03-14", during("", "2013-01-21"), true},
		{"eb2013-03-14", during("", "2013-03-13"), true},
		{"eb2013-03-14", during("", "2013-03-14"), false},
		{"ap2013-03-14", at("2013-03-14"), true},
		{"ge2013-01-14", during("2013-01-10", "2013-01-14T12:00:00Z"), true},
		{"le2013-01-14", during("2013-01-14T12:00:00Z", "2013-01-20"), true},
	} {
		prefix, text := fhir.CutPrefix(test.search)
		if got := prefix.Matches(at(text), test.target); got != test.want {
			t.Errorf("%s on %v to %v is %v", test.search, test.target.Low, test.target.High, got)
		}
	}
}

func TestAnInstantIsAPoint(t *testing.T) {
	date, err := fhir.ParseDate("2015-02-07T13:28:17.239Z", nil)
	if err != nil {
		t.Fatal(err)
	}
	finer, err := fhir.ParseDate("2015-02-07T13:28:17.2395Z", nil)
	if err != nil {
		t.Fatal(err)
	}
	if fhir.GreaterThan.Matches(finer.Interval, date.Instant()) {
		t.Error("the instant .239 is found after .2395")
	}
	if !fhir.Equal.Matches(date.Interval, date.Instant()) {
		t.Error("the instant does not equal its own text")
	}
}

func TestWidenTakesATenthOfTheGapToNow(t *testing.T) {
	day, err := fhir.ParseDate("2024-03-31", nil)
	if err != nil {
		t.Fatal(err)
	}
	for now, want := range map[string]string{
		"2024-04-10T00:00:00Z":     "2024-03-30T00:00:00Z 2024-04-02T00:00:00Z",
		"2024-03-21T00:00:00Z":     "2024-03-30T00:00:00Z 2024-04-02T00:00:00Z",
		"2024-03-31T00:00:00.005Z": "2024-03-30T23:59:59.9995Z 2024-04-01T00:00:00.0005Z",
		"2024-03-30T23:59:59.995Z": "2024-03-30T23:59:59.9995Z 2024-04-01T00:00:00.0005Z",
		"2024-03-31T00:00:00Z":     "2024-03-31T00:00:00Z 2024-04-01T00:00:00Z",
		"0024-03-31T00:00:00Z":     "1824-03-31T12:00:00Z 2224-04-01T12:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339Nano, now)
		if err != nil {
			t.Fatal(err)
		}
		wide := day.Widen(at)
		if got := wide.Low.Format(time.RFC3339Nano) + " " + wide.High.Format(time.RFC3339Nano); got != want {
			t.Errorf("at %s: %s, want %s", now, got, want)
		}
	}
}
