package mocks_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// storySymptoms are those of faults that only show when something happens, or to who knows what to look for.
func storySymptoms() []symptom {
	return []symptom{
		{id: "D120", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			defer happen(t, e, mocks.Event{Type: "reset"})
			happen(t, e, mocks.Event{Type: "provider-slow", Provider: sample(e.System)[0].ODS, Delay: "1h", Budget: "10ms"})
			return !answers(t, e.URL+"/Observation?"+patient(t, e, person("P11")))
		}},
		{id: "D121", probe: func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
			question := "Observation?" + patient(t, e, person("P11"))
			before := len(matches(t, e, question)) + len(matches(t, e, "Encounter?"+patient(t, e, person("P11"))))
			other(pair, e).Server.SetFault(mocks.Drop)
			defer other(pair, e).Server.SetFault(mocks.NoFault)
			return len(matches(t, e, question))+len(matches(t, e, "Encounter?"+patient(t, e, person("P11")))) == before
		}},
		{id: "D122", probe: func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
			defer happen(t, other(pair, e), mocks.Event{Type: "reset"})
			happen(t, other(pair, e), mocks.Event{Type: "freeze", Provider: sample(other(pair, e).System)[0].ODS})
			return len(outcomes(t, e, "Observation?"+patient(t, e, person("P11")))) == 0
		}},
		{id: "D123", probe: func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
			defer happen(t, other(pair, e), mocks.Event{Type: "reset"})
			for _, known := range matches(t, other(pair, e), "Patient?identifier="+person("P34")) {
				happen(t, other(pair, e), mocks.Event{Type: "correct", Reference: known.Reference(), Change: map[string]any{"birthDate": "1950-01-01"}})
			}
			return len(outcomes(t, e, "Observation?"+patient(t, e, person("P34")))) == 0
		}},
		{id: "D124", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			defer happen(t, e, mocks.Event{Type: "reset"})
			own := slices.DeleteFunc(slices.Concat(
				matches(t, e, "Condition?"+patient(t, e, person("P14"))), matches(t, e, "Encounter?"+patient(t, e, person("P14"))),
			), func(r fhir.Resource) bool { return ledger().System(sourceOf(r)) != e.System })
			happen(t, e, mocks.Event{Type: "object", Person: person("P14")})
			return get(t, e.URL+"/"+own[0].Reference()).status == http.StatusOK
		}},
		{id: "D125", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			practice := storyOf("P06").Person().Practice
			return matches(t, e, "Organization?identifier="+practice)[0].Text("partOf", "identifier", "value") == "QHL"
		}},
		{id: "D126", only: ledger().System(summerContact().Source), probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			happened, err := time.Parse(time.RFC3339, summerContact().Effective)
			return err == nil && slices.ContainsFunc(matches(t, e, "Encounter?"+patient(t, e, person("P13"))), func(r fhir.Resource) bool {
				shown, err := time.Parse(time.RFC3339, r.Text("period", "start"))
				return err == nil && isFact("P13", r, "summer-contact") && shown.Equal(happened.Add(time.Hour))
			})
		}},
	}
}

func summerContact() fixtures.Fact {
	fact, _ := storyOf("P13").Fact("summer-contact")
	return fact
}

// sourceOf is the ODS code that a record is tagged with.
func sourceOf(r fhir.Resource) string {
	for _, tag := range r.Objects("meta", "tag") {
		if tag["system"] == fixtures.ODSSystem {
			return fhir.Text(tag["code"])
		}
	}
	return ""
}

// outcomes are the OperationOutcomes among the entries of an answer.
func outcomes(t *testing.T, e *mocks.Endpoint, query string) []fhir.Resource {
	t.Helper()
	return mode(fhir.Entries(get(t, e.URL+"/"+query).resource), "outcome")
}
