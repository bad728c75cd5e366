package parity

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// TestWhatIsWrongWithASearchWasIgnoredWhereItsAnswerIsThatWithoutIt reads of answers of many pages the first.
func TestWhatIsWrongWithASearchWasIgnoredWhereItsAnswerIsThatWithoutIt(t *testing.T) {
	answer := func(total int, ids ...string) *check.Answer {
		a := &check.Answer{Total: total}
		for _, id := range ids {
			a.Matches = append(a.Matches, fhir.Entry{Resource: fhir.Resource{"resourceType": "Observation", "id": id}, Mode: "match"})
		}
		return a
	}
	without := answer(5, "a", "b", "c", "d", "e")
	for name, c := range map[string]struct {
		answer *check.Answer
		want   result.Cause
	}{
		"all of it":                      {answer(5, "a", "b", "c", "d", "e"), result.NotRefused},
		"its first page, with the total": {answer(5, "a", "b", "c"), result.NotRefused},
		"its first page, without one":    {answer(-1, "a", "b", "c"), result.NotRefused},
		"a part of it":                   {answer(3, "a", "b", "c"), result.NoCause},
		"one of it, without a total":     {answer(-1, "a"), result.NoCause},
		"nothing":                        {answer(0), result.NoCause},
		"another's record":               {answer(6, "a", "b", "c", "x"), result.CauseExtra},
	} {
		if got := passedOver(c.answer, without); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestWhatFindsNothingHasNothingTooMuch holds of a value that nothing should have which records have it after all.
func TestWhatFindsNothingHasNothingTooMuch(t *testing.T) {
	open := []fhir.Resource{{"resourceType": "Encounter", "id": "1", "period": map[string]any{"end": "2020-01-01"}}}
	begun := []fhir.Resource{{"resourceType": "Encounter", "id": "2", "period": map[string]any{"start": "2019-01-01", "end": "2020-01-01"}}}
	for name, c := range map[string]struct {
		resources   []fhir.Resource
		code, value string
		want        bool
	}{
		"a period without a start":                 {open, "date", "lt1800-01-01", true},
		"a period with one":                        {begun, "date", "lt1800-01-01", false},
		"nothing":                                  {nil, "date", "lt1800-01-01", true},
		"nothing, by what is not evaluated here":   {nil, "_content", "concordnosuchtext", true},
		"nothing, by a parameter of the server":    {nil, "ward", "concord-no-such-code", true},
		"something, by what is not evaluated here": {open, "_content", "concordnosuchtext", false},
	} {
		if got := haveAll(c.resources, "Encounter", c.code, c.value); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestTheSecondInWhichADayBeginsOrEndsIsLeftOpen holds of ge and le with an instant what R4 says neither way.
func TestTheSecondInWhichADayBeginsOrEndsIsLeftOpen(t *testing.T) {
	for _, c := range []struct {
		value, effective string
		want             bool
	}{
		{"ge2019-12-31T23:59:59Z", "2019", true},
		{"ge2019-12-31T23:59:58Z", "2019", false},
		{"ge2020-01-01T00:00:00Z", "2019", false},
		{"ge2019-12-31T23:59:59Z", "2019-12-31T23:59:59Z", false},
		{"gt2019-12-31T23:59:59Z", "2019", false},
		{"le2025-06-15T01:00:00+01:00", "2025-06-15", true},
		{"le2025-06-15T01:00:01+01:00", "2025-06-15", false},
		{"le2025-06-14T23:59:59Z", "2025-06-15", false},
		{"ge2019", "2019", false},
		{"le2019", "2019-01-01", false},
	} {
		if got := leftOpen(observations("date", c.value), c.effective); got != c.want {
			t.Errorf("%s and %s: %v, want %v", c.value, c.effective, got, c.want)
		}
	}
}
