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
		"all of it":                      {answer(5, "a", "b", "c", "d", "e"), result.IgnoredParameter},
		"its first page, with the total": {answer(5, "a", "b", "c"), result.IgnoredParameter},
		"its first page, without one":    {answer(-1, "a", "b", "c"), result.IgnoredParameter},
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
