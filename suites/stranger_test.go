package suites_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// Somebody else in the answer to a search by NHS number is seen whoever is asked for: also the patients of the sweep, of whom each is
// asked for once.
func TestSomebodyElseBesideAPatientOfTheSweepIsSeen(t *testing.T) {
	s := newStage(t, "ohc")
	another := func(change func(patient map[string]any)) twist {
		return twist{answer: func(q question, answer map[string]any) {
			entries := fhir.Objects(answer["entry"])
			if q.resourceType != "Patient" || !strings.HasPrefix(q.parameters.Get("identifier"), fhir.NHSNumberSystem) || len(entries) == 0 {
				return
			}
			patient := map[string]any(fhir.Resource(entries[0]["resource"].(map[string]any)).Clone())
			patient["id"] = "another"
			change(patient)
			answer["entry"] = append(fhir.List(answer["entry"]), map[string]any{
				"fullUrl": "http://ohc.mock.test/fhir/Patient/another", "resource": patient, "search": map[string]any{"mode": "match"},
			})
		}}
	}
	numbered := func(number string) func(map[string]any) {
		return func(patient map[string]any) {
			for _, identifier := range fhir.Objects(patient["identifier"]) {
				if identifier["system"] == fhir.NHSNumberSystem {
					identifier["value"] = number
				}
			}
		}
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		fails  bool
	}{
		"another number": {numbered("9990000018"), true},
		"both numbers": {func(patient map[string]any) {
			patient["identifier"] = append(fhir.List(patient["identifier"]), map[string]any{"use": "old", "system": fhir.NHSNumberSystem, "value": "9990000018"})
		}, false},
		"the same number":            {func(map[string]any) {}, false},
		"no number, as a linked one": {func(patient map[string]any) { delete(patient, "identifier") }, false},
	} {
		for _, r := range s.play(t, another(c.change), "SCN-P08-VISIBLE").Results {
			if fails := r.Status == result.Fail; fails != (c.fails && r.Scope.System == "ohc") {
				t.Errorf("%s: %s is %s: %s %+v", name, r.Scope, r.Status, r.Message, r.Findings)
				break
			}
		}
	}
}
