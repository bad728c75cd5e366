package suites_test

import (
	"slices"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// TestADirectoryAtAnotherServerIsNoLostOne has a system refer to organisations, places and staff where another server keeps them.
func TestADirectoryAtAnotherServerIsNoLostOne(t *testing.T) {
	s := newStage(t, "ohc")
	var lead func(value any)
	lead = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, item := range value {
				lead(item)
			}
		case map[string]any:
			reference, ok := fhir.ParseReference(fhir.Text(value["reference"]))
			if ok && slices.Contains([]string{"Organization", "Location", "Practitioner", "PractitionerRole"}, reference.Type) {
				value["reference"] = "https://directory.example.test/R4/" + reference.Type + "/d" + reference.ID
			}
			for _, member := range value {
				lead(member)
			}
		}
	}
	act := twist{answer: func(_ question, answer map[string]any) {
		resources(answer, func(resource map[string]any) { lead(resource) })
	}}
	shown := 0
	for _, r := range s.play(t, act, "PAR-SEARCH-DIRECTORY", "PAR-META-INCLUDE", "PAR-FACTS-OBSERVATION", "PAR-FACTS-APPOINTMENT", "PRO-REFERENCE-001", "SCN-P25").Results {
		switch r.Status {
		case result.Pass:
			shown++
		case result.NotRun, result.NotApplicable:
		default:
			t.Errorf("%s for %s is %s: %s %+v", r.Check, r.Scope, r.Status, r.Message, r.Findings)
		}
	}
	if shown < 6 {
		t.Errorf("%d results pass", shown)
	}
}
