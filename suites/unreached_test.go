package suites_test

import (
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
)

// TestWhatIsHeldAndNotFoundByItsPersonIsNotSaidToBeLost has a system whose search by patient finds no appointments of anybody, and one that
// has none. Both fail, and only the second is told that records are missing.
func TestWhatIsHeldAndNotFoundByItsPersonIsNotSaidToBeLost(t *testing.T) {
	s := newStage(t, "ohc")
	for name, c := range map[string]struct {
		lost  func(parameters url.Values) bool
		cause result.Cause
	}{
		"not found by the person": {func(parameters url.Values) bool { return parameters.Has("patient") }, result.CauseSilent},
		"not found at all":        {func(url.Values) bool { return true }, result.CauseMissing},
	} {
		act := twist{ask: func(resourceType string, parameters url.Values, _ bool) {
			if resourceType == "Appointment" && c.lost(parameters) {
				parameters.Set("status", "concord-none")
			}
		}}
		for _, r := range s.play(t, act, "PAR-FACTS-APPOINTMENT").Results {
			if fails := r.Status == result.Fail; fails != (r.Scope.System == "ohc") {
				t.Errorf("%s: %s for %s is %s: %s", name, r.Check, r.Scope, r.Status, r.Message)
			}
			for _, f := range r.Findings {
				if f.Cause != c.cause || strings.Contains(f.Message, "Appointment?identifier=") != (c.cause == result.CauseSilent) {
					t.Errorf("%s: the cause is %s: %s", name, f.Cause, f.Message)
				}
			}
		}
	}
}
