package suites_test

import (
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
)

// TestAListOfIDsOfWhichOneIsFoundIsSeen has a system look at the first id of a list alone, and at every code of one.
func TestAListOfIDsOfWhichOneIsFoundIsSeen(t *testing.T) {
	s := newStage(t, "ccr")
	s.alone = true
	first := asked("", func(parameters url.Values) {
		if ids := parameters.Get("_id"); ids != "" {
			id, _, _ := strings.Cut(ids, ",")
			parameters.Set("_id", id)
		}
	}, "Observation")
	for _, r := range s.play(t, first, "PAR-META-UNION").Results {
		if r.Scope.System != "ccr" {
			continue
		}
		if r.Status != result.Fail || len(r.Findings) == 0 || r.Findings[0].Cause != result.ValueList || !strings.Contains(r.Findings[0].Message, "_id=") {
			t.Errorf("%s is %s: %s %+v", r.Check, r.Status, r.Message, r.Findings)
		}
	}
}
