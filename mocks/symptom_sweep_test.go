package mocks_test

import (
	"context"
	"math"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// sweepSymptoms are those of faults in the records of one provider, which the sweep looks at.
func sweepSymptoms() []symptom {
	return []symptom{
		{id: "D99", probe: faulty(func(r fhir.Resource, _ fixtures.Fact) bool {
			return r.Text("meta", "source") == "" && r.Get("meta", "tag") == nil
		})},
		{id: "D100", probe: faulty(func(r fhir.Resource, fact fixtures.Fact) bool {
			shown, err := time.Parse(time.RFC3339Nano, r.Text("meta", "lastUpdated"))
			return err == nil && shown.Before(fact.Recorded.AddDate(0, 0, -6))
		})},
		{id: "D101", probe: slowSomewhere},
		{id: "D102", probe: faulty(func(r fhir.Resource, _ fixtures.Fact) bool { return r["status"] == nil })},
		{id: "D345", probe: faulty(func(r fhir.Resource, fact fixtures.Fact) bool {
			shown, err := strconv.ParseFloat(r.Text("valueQuantity", "value"), 64)
			recorded, known := strconv.ParseFloat(fact.Value.Value, 64)
			return err == nil && known == nil && math.Abs(shown-recorded/2) < 0.1
		})},
	}
}

// faulty reports whether the seeded fact of exactly one of the system's own providers is shown in a way.
func faulty(shows func(r fhir.Resource, fact fixtures.Fact) bool) probe {
	return func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
		n := 0
		for _, p := range sample(e.System) {
			who, fact, ok := ledger().SweepFact(p.ODS)
			if !ok {
				t.Fatalf("%s has no seeded fact", p.ODS)
			}
			found := matches(t, e, string(fact.Kind)+"?patient.identifier="+who.NHSNumber)
			if slices.ContainsFunc(found, func(r fhir.Resource) bool {
				return r.Text("identifier", "value") == fact.Identifier.Value && shows(r, fact)
			}) {
				n++
			}
		}
		return n == 1
	}
}

// slowSomewhere reports whether the seeded fact of one of the system's own providers does not come within two seconds: the
// fault takes longer, and a machine under load does not.
func slowSomewhere(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
	for _, p := range sample(e.System) {
		who, fact, _ := ledger().SweepFact(p.ODS)
		if !answers(t, e.URL+"/"+string(fact.Kind)+"?patient.identifier="+who.NHSNumber) {
			return true
		}
	}
	return false
}

func answers(t *testing.T, address string) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return true
}
