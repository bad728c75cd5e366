package suites_test

import (
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// A system may write which medicine it is into a Medication (FHIR R4, medication[x]). Its records say the same, and a search by the code
// of a medicine, which looks into the record alone, rightly does not find them.
func TestAMedicineInAMedicationIsTheSameAndNotFoundByItsCode(t *testing.T) {
	s := newStage(t, "ohc")
	contain := func(_ question, answer map[string]any) {
		resources(answer, func(resource map[string]any) {
			code, ok := resource["medicationCodeableConcept"]
			if !ok {
				return
			}
			delete(resource, "medicationCodeableConcept")
			resource["medicationReference"] = map[string]any{"reference": "#medicine"}
			resource["contained"] = append(fhir.List(resource["contained"]), map[string]any{"resourceType": "Medication", "id": "medicine", "code": code})
		})
	}
	strict := twist{answer: contain, ask: func(resourceType string, parameters url.Values, _ bool) {
		if strings.HasPrefix(resourceType, "Medication") && parameters.Has("code") {
			parameters.Set("code", "in-a-medication")
		}
	}}
	checks := []string{"PAR-FACTS-MEDREQ", "PAR-FACTS-STATEMENT", "PAR-FACTS-MEDADMIN", "PAR-SEARCH-MEDREQ-SHOULD", "SCN-P01", "SCN-P28"}
	for name, act := range map[string]twist{"found by its code all the same": {answer: contain}, "not found by its code": strict} {
		for _, r := range s.play(t, act, checks...).Results {
			if r.Status != result.Pass {
				t.Errorf("%s: %s for %s is %s: %s %+v", name, r.Check, r.Scope, r.Status, r.Message, r.Findings)
			}
		}
	}
	other := twist{answer: func(q question, answer map[string]any) {
		contain(q, answer)
		resources(answer, func(resource map[string]any) {
			for _, contained := range fhir.Objects(resource["contained"]) {
				if contained["id"] == "medicine" {
					contained["code"] = map[string]any{"coding": []any{map[string]any{"system": "https://dmd.nhs.uk", "code": "39687811000001107"}}}
				}
			}
		})
	}}
	for _, r := range s.play(t, other, "PAR-FACTS-MEDREQ").Results {
		if fails := r.Status == result.Fail; fails != (r.Scope.System == "ohc") {
			t.Errorf("another medicine: %s for %s is %s: %s", r.Check, r.Scope, r.Status, r.Message)
		}
	}
}
