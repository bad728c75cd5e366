package suites_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/result"
)

// onlyOneRefused answers all searches for allergies about one person with a status, and shows those of all others changed.
func onlyOneRefused(refused int, change func(allergy map[string]any)) twist {
	var (
		mu     sync.Mutex
		victim string
	)
	refuses := everyPage("", func(_ question, page map[string]any) {
		entries, _ := page["entry"].([]any)
		for _, entry := range entries {
			if of, _ := entry.(map[string]any); of != nil {
				if resource, _ := of["resource"].(map[string]any); resource["resourceType"] == "AllergyIntolerance" {
					change(resource)
				}
			}
		}
	})
	refuses.write = func(w http.ResponseWriter, q question, status int, header http.Header, body []byte) {
		w.Header().Set("Content-Type", header.Get("Content-Type"))
		if asked := strings.TrimPrefix(q.parameters.Get("patient"), "Patient/"); q.resourceType == "AllergyIntolerance" && asked != "" {
			mu.Lock()
			if victim == "" {
				victim = asked
			}
			if victim == asked {
				status, body = refused, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"fatal","code":"exception","diagnostics":"NullPointerException"}]}`)
			}
			mu.Unlock()
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}
	return refuses
}

// TestAnAnswerThatIsNoneAboutOnePersonHidesNothingAboutOthers has a system give none about the allergies of one person, and show those of all
// others without their criticality, and with a code that is none.
func TestAnAnswerThatIsNoneAboutOnePersonHidesNothingAboutOthers(t *testing.T) {
	for status, of := range map[int]struct{ errors int }{
		http.StatusInternalServerError: {1}, http.StatusNotFound: {1}, http.StatusBadGateway: {0}, http.StatusForbidden: {0},
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			s := newStage(t, "ccr")
			refuses := onlyOneRefused(status, func(allergy map[string]any) {
				delete(allergy, "criticality")
				allergy["type"] = "concord-no-such-type"
			})
			told := 0
			for _, r := range slices.Concat(s.play(t, refuses, "PAR-FACTS-ALLERGY").Results, s.play(t, refuses, "PRO-ALLERGY-001").Results) {
				if r.Scope.System != "ccr" {
					continue
				}
				told++
				errors, lost, invalid := 0, 0, 0
				for _, f := range r.Findings {
					switch {
					case f.Cause == result.CauseError && strings.Contains(f.Message, "1 of the "):
						errors++
					case f.Cause == result.CauseMissing && f.Path == "AllergyIntolerance.criticality":
						lost++
					case f.Path == "AllergyIntolerance.type":
						invalid++
					default:
						t.Errorf("%s: %s %s", r.Check, f.Cause, f.Message)
					}
				}
				switch {
				case r.Status != result.Fail:
					t.Errorf("%s is %s: %s", r.Check, r.Status, r.Message)
				case r.Check == "PAR-FACTS-ALLERGY" && (errors != of.errors || lost == 0):
					t.Errorf("%s: %d errors and %d lost elements", r.Check, errors, lost)
				case r.Check == "PRO-ALLERGY-001" && invalid == 0:
					t.Errorf("%s: nothing invalid", r.Check)
				}
			}
			if told != 2 {
				t.Errorf("%d results, want 2", told)
			}
		})
	}
}

// TestWhoIsRefusedOnePersonHasShownNothingOfThem has a system refuse the allergies of one person, and show all others rightly: that is no
// pass, and says of how many people it is so.
func TestWhoIsRefusedOnePersonHasShownNothingOfThem(t *testing.T) {
	for status, want := range map[int]result.Status{http.StatusBadGateway: result.Error, http.StatusForbidden: result.NotRun} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			s := newStage(t, "ccr")
			told := 0
			refuses := onlyOneRefused(status, func(map[string]any) {})
			for _, r := range slices.Concat(s.play(t, refuses, "PAR-FACTS-ALLERGY").Results, s.play(t, refuses, "PRO-ALLERGY-001").Results) {
				if r.Scope.System != "ccr" {
					continue
				}
				told++
				if r.Status != want || len(r.Findings) > 0 || !strings.Contains(r.Message, "1 of the ") {
					t.Errorf("%s is %s (%s, %d findings), want %s", r.Check, r.Status, r.Message, len(r.Findings), want)
				}
			}
			if told != 2 {
				t.Errorf("%d results, want 2", told)
			}
		})
	}
}
