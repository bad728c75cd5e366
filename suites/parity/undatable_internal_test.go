package parity

import (
	"testing"

	"concord.example/concord/internal/fhir"
)

func TestOfARecordThatShowsNoDateNothingIsSaidByDate(t *testing.T) {
	condition := func(recorded string) fhir.Resource {
		return fhir.Resource{"resourceType": "Condition", "recordedDate": recorded, "onsetPeriod": map[string]any{"start": "2020-01-01", "end": recorded}}
	}
	for _, c := range []struct {
		code, recorded string
		undatable      bool
	}{
		{"recorded-date", "2024-02-03", false},
		{"recorded-date", "2024", false},
		{"recorded-date", "03/02/2024", true},
		{"recorded-date", "", false},
		{"onset-date", "03/02/2024", true},
		{"onset-date", "2024-02-03T10:00:00Z", false},
		{"abatement-date", "03/02/2024", false},
		{"code", "03/02/2024", false},
	} {
		q := Query{Resource: "Condition", Terms: []Term{{Code: c.code}}}
		if got := q.undatable(condition(c.recorded)); got != c.undatable {
			t.Errorf("%s of %q: undatable %t, want %t", c.code, c.recorded, got, c.undatable)
		}
	}
}
