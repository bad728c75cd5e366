package suites_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/result"
)

// TestAnErrorAboutOnePersonHidesNothingAboutOthers has a system break over the allergies of one person, and show those of all others without
// their criticality.
func TestAnErrorAboutOnePersonHidesNothingAboutOthers(t *testing.T) {
	s := newStage(t, "ccr")
	s.alone = true
	var (
		mu     sync.Mutex
		victim string
	)
	breaks := everyPage("", func(_ question, page map[string]any) {
		entries, _ := page["entry"].([]any)
		for _, entry := range entries {
			if of, _ := entry.(map[string]any); of != nil {
				if resource, _ := of["resource"].(map[string]any); resource["resourceType"] == "AllergyIntolerance" {
					delete(resource, "criticality")
				}
			}
		}
	})
	breaks.write = func(w http.ResponseWriter, q question, status int, header http.Header, body []byte) {
		w.Header().Set("Content-Type", header.Get("Content-Type"))
		if asked := strings.TrimPrefix(q.parameters.Get("patient"), "Patient/"); q.resourceType == "AllergyIntolerance" && asked != "" {
			mu.Lock()
			if victim == "" {
				victim = asked
			}
			if victim == asked {
				status, body = http.StatusInternalServerError, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception","diagnostics":"NullPointerException"}]}`)
			}
			mu.Unlock()
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
	for _, r := range s.play(t, breaks, "PAR-FACTS-ALLERGY").Results {
		if r.Scope.System != "ccr" {
			continue
		}
		errors, lost := 0, 0
		for _, f := range r.Findings {
			switch {
			case f.Cause == result.CauseError && strings.Contains(f.Message, "1 of the "):
				errors++
			case f.Cause == result.CauseMissing && f.Path == "AllergyIntolerance.criticality":
				lost++
			default:
				t.Errorf("%s: %s %s", r.Check, f.Cause, f.Message)
			}
		}
		if r.Status != result.Fail || errors != 1 || lost == 0 {
			t.Errorf("%s is %s: %d errors and %d lost elements", r.Check, r.Status, errors, lost)
		}
	}
}
