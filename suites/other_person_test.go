package suites_test

import (
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/result"
)

// TestARecordOfAnotherPersonIsSaidToBeOne has searches for the allergies of one person, and of nobody else, answered with one of somebody
// else's beside them: what a wrong merge of two people looks like.
func TestARecordOfAnotherPersonIsSaidToBeOne(t *testing.T) {
	s := newStage(t, "ccr")
	s.alone = true
	var (
		mu     sync.Mutex
		victim string
		strays any
	)
	misfiled := everyPage("", func(q question, page map[string]any) {
		asked := strings.TrimPrefix(q.parameters.Get("patient"), "Patient/")
		entries, _ := page["entry"].([]any)
		if q.resourceType != "AllergyIntolerance" || asked == "" || len(entries) == 0 {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case strays == nil:
			strays = entries[0]
		case victim == "" || victim == asked:
			first, _ := strays.(map[string]any)["resource"].(map[string]any)
			if patient, _ := first["patient"].(map[string]any); strings.HasSuffix(patient["reference"].(string), asked) { //nolint:forcetypeassert // an allergy has its patient
				return
			}
			victim = asked
			page["entry"] = append(entries, strays)
			if total, ok := page["total"].(float64); ok {
				page["total"] = total + 1
			}
		}
	})
	for _, r := range s.play(t, misfiled, "PAR-ALONE-001", "PAR-FACTS-ALLERGY").Results {
		if r.Scope.System != "ccr" || r.Status == result.NotApplicable {
			continue
		}
		if r.Status != result.Fail || len(r.Findings) != 1 {
			t.Errorf("%s %s: %s, %+v", r.Check, r.Scope, r.Status, r.Findings)
			continue
		}
		if f := r.Findings[0]; f.Cause != result.OtherPerson || !strings.Contains(f.Expected, victim) || !strings.Contains(f.Actual, "Patient/") {
			t.Errorf("%s: %s, want records of %s alone: %q -> %q", r.Check, f.Cause, victim, f.Expected, f.Actual)
		}
	}
	if victim == "" {
		t.Error("nothing was misfiled")
	}
}
