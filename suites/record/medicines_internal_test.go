package record

import (
	"fmt"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// TestEveryMedicineOfAPersonIsReadOrNone has records that refer to a Medication each, as many as one person has or far more.
func TestEveryMedicineOfAPersonIsReadOrNone(t *testing.T) {
	var records []fhir.Resource
	for i := range medicinesAtMost + 1 {
		records = append(records, fhir.Resource{
			"resourceType": "MedicationRequest", "medicationReference": map[string]any{"reference": fmt.Sprintf("Medication/%d", i)},
		})
	}
	system := &check.Endpoint{Name: "ccr"}
	if targets, err := medicinesOf(system, records[:medicinesAtMost], []string{"Medication/0"}); err != nil || len(targets) != medicinesAtMost {
		t.Errorf("%d Medications: %v", len(targets), err)
	}
	if _, err := medicinesOf(system, records, nil); err == nil {
		t.Error("some Medications are not read, and nobody is told")
	}
}
