package search_test

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// TestOnlyACertainOrderIsHeldAgainstASystem holds After to what R4 says and to nothing that it leaves open.
func TestOnlyACertainOrderIsHeldAgainstASystem(t *testing.T) {
	t.Parallel()
	at := func(text string) fhir.Resource {
		return fhir.Resource{"resourceType": "Observation", "id": text, "effectiveDateTime": text, "status": "final"}
	}
	period := func(start, end string) fhir.Resource {
		p := map[string]any{"start": start}
		if end != "" {
			p["end"] = end
		}
		return fhir.Resource{"resourceType": "Observation", "id": start, "effectivePeriod": p, "status": "final"}
	}
	undated := fhir.Resource{"resourceType": "Observation", "id": "undated", "status": "amended"}
	for name, test := range map[string]struct {
		a, b            fhir.Resource
		rising, falling bool
	}{
		"an earlier day":                      {at("2025-06-14"), at("2025-06-15"), false, true},
		"a later day":                         {at("2025-06-15"), at("2025-06-14"), true, false},
		"the same day":                        {at("2025-06-15"), at("2025-06-15"), false, false},
		"a day and the first instant of it":   {at("2025-06-15"), at("2025-06-15T00:00:00Z"), false, false},
		"the first instant of a day and it":   {at("2025-06-15T00:00:00Z"), at("2025-06-15"), false, false},
		"a month and a day of it":             {at("2025-06"), at("2025-06-15"), false, false},
		"a period and another that ends late": {period("2025-06-01", "2025-06-10"), period("2025-06-05", "2025-06-20"), false, true},
		"a period within another":             {period("2025-06-05", "2025-06-10"), period("2025-06-01", "2025-06-20"), false, false},
		"one that goes on and an earlier":     {period("2025-06-05", ""), period("2025-06-01", "2025-06-02"), true, false},
		"no date":                             {undated, at("2025-06-15"), false, false},
		"a date and none":                     {at("2025-06-15"), undated, false, false},
	} {
		for order, want := range map[string]bool{"date": test.rising, "-date": test.falling} {
			q, err := search.Parse("Observation", "_sort="+order, search.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := q.After(test.a, test.b); got != want {
				t.Errorf("%s, by %s: %v", name, order, got)
			}
		}
	}
	// What the first rule leaves open the next one does not settle; what it finds equal, the next one does.
	q, err := search.Parse("Observation", "_sort=date,status", search.Options{})
	if err != nil {
		t.Fatal(err)
	}
	amended := at("2025-06-15")
	amended["status"] = "amended"
	if !q.After(at("2025-06-15"), amended) || q.After(at("2025-06"), amended) {
		t.Error("the second rule")
	}
}
