package mocks_test

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// detailSymptoms are those of faults that lose what a record says beyond its code, its date and its amount.
func detailSymptoms() []symptom {
	lost := func(id, resourceType, label string, path ...any) symptom {
		return symptom{id: id, probe: anyMatch(resourceType+"?{details}&_count=200", func(r fhir.Resource) bool {
			return isFact("details", r, label+"-ccr", label+"-ohc") && r.Get(path...) == nil
		})}
	}
	return []symptom{
		lost("D331", "Observation", "below", "valueQuantity", "comparator"),
		lost("D332", "Procedure", "operation", "bodySite"),
		lost("D333", "MedicationRequest", "when-needed", "dosageInstruction", "asNeededCodeableConcept"),
		lost("D334", "MedicationRequest", "weekly", "dosageInstruction", "timing", "repeat", "dayOfWeek"),
		lost("D335", "AllergyIntolerance", "intolerance", "note"),
		lost("D336", "Observation", "not-measured", "dataAbsentReason"),
		lost("D337", "Condition", "resolved", "abatementDateTime"),
		{id: "D338", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return matches(t, e, "Patient?identifier="+person("details"))[0].Get("communication") == nil
		}},
	}
}
