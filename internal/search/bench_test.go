package search_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// large is an index of 100,000 Observations about 4,000 patients, 25 each, over four years.
func large(b *testing.B) *search.Index {
	b.Helper()
	ix := search.NewIndex(options())
	put := func(resource fhir.Resource) {
		if err := ix.Put(resource); err != nil {
			b.Fatal(err)
		}
	}
	for p := range 4_000 {
		put(fhir.Resource{
			"resourceType": "Patient", "id": fmt.Sprintf("p%d", p),
			"identifier": []any{map[string]any{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": fmt.Sprintf("999%07d", p)}},
		})
	}
	for n := range 100_000 {
		put(fhir.Resource{
			"resourceType": "Observation", "id": fmt.Sprintf("b%d", n), "status": "final",
			"code":              map[string]any{"coding": []any{map[string]any{"system": "http://loinc.org", "code": fmt.Sprintf("%d-1", n%50)}}},
			"subject":           map[string]any{"reference": fmt.Sprintf("Patient/p%d", n%4_000)},
			"effectiveDateTime": fmt.Sprintf("%d-%02d-%02dT09:30:00Z", 2021+n/25_000, 1+n%12, 1+n%28),
			"valueQuantity":     map[string]any{"value": json.Number(fmt.Sprintf("%d.%d", n%20, n%10)), "unit": "mmol/L"},
		})
	}
	return ix
}

func BenchmarkSearch(b *testing.B) {
	ix := large(b)
	for _, bench := range []struct{ name, query string }{
		{"patient and date", "patient=p17&date=ge2022-01-01&date=lt2024-01-01"},
		{"patient and date, sorted", "patient=p17&date=ge2022&_sort=-date"},
		{"chained identifier", "patient.identifier=https://fhir.nhs.uk/Id/nhs-number|9990000017&date=ge2022-01-01"},
		{"code", "code=http://loinc.org|7-1&date=2022-08"},
		{"scan by date", "date=2022-08-08"},
		{"scan by value", "value-quantity=gt19.5"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			found := 0
			for b.Loop() {
				q, err := search.Parse("Observation", bench.query, options())
				if err != nil {
					b.Fatal(err)
				}
				matches, err := ix.Matches(context.Background(), q)
				if err != nil {
					b.Fatal(err)
				}
				found = len(matches)
			}
			b.ReportMetric(float64(found), "matches")
		})
	}
}

func BenchmarkPut(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		large(b)
	}
}
