package parity

import (
	"testing"

	"concord.example/concord/internal/fhir"
)

func TestResultsAreInOrderByTheMomentThatTheyWereTaken(t *testing.T) {
	const early, late = "2026-01-01T08:00:00Z", "2026-01-01T09:00:00+00:00"
	at := func(element, moment string) fhir.Resource {
		return fhir.Resource{"resourceType": "Observation", element: moment}
	}
	for name, c := range map[string]struct {
		first, second fhir.Resource
		descending    bool
		want          bool
	}{
		"in order":                     {at("effectiveDateTime", early), at("effectiveDateTime", late), false, true},
		"out of order":                 {at("effectiveDateTime", late), at("effectiveDateTime", early), false, false},
		"instants out of order":        {at("effectiveInstant", late), at("effectiveInstant", early), false, false},
		"an instant and a dateTime":    {at("effectiveInstant", late), at("effectiveDateTime", early), false, false},
		"the latest first":             {at("effectiveInstant", late), at("effectiveDateTime", early), true, true},
		"a day, which is no moment":    {at("effectiveDateTime", "2026-01-02"), at("effectiveDateTime", early), false, true},
		"nothing that says the moment": {at("effectiveInstant", late), fhir.Resource{"resourceType": "Observation"}, false, true},
	} {
		if got := inOrder(c.first, c.second, c.descending); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
