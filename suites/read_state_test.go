package suites_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
)

// TestWhatIsReadInAnotherStateIsNoBrokenLink has a system give an older state of a panel's members to whoever follows the link to them.
func TestWhatIsReadInAnotherStateIsNoBrokenLink(t *testing.T) {
	s := newStage(t, "ccr")
	s.alone = true
	older := twist{answer: func(_ question, answer map[string]any) {
		if answer["resourceType"] == "Observation" {
			answer["status"] = "preliminary"
		}
	}}
	for _, r := range s.play(t, older, "PRO-REFERENCE-001").Results {
		if r.Scope.System != "ccr" {
			continue
		}
		if r.Status != result.Fail {
			t.Errorf("%s is %s: %s", r.Check, r.Status, r.Message)
		}
		for _, f := range r.Findings {
			if f.Cause != result.StaleFeed || !strings.Contains(f.Message, "Observation.status is preliminary") {
				t.Errorf("%s: %s", f.Cause, f.Message)
			}
		}
	}
}
