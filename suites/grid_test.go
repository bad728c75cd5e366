package suites_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

// TestTheGridFindsNothingWrongWithACleanPair asks what the grid has, and holds what is asked to a number that a CI can pay.
func TestTheGridFindsNothingWrongWithACleanPair(t *testing.T) {
	b := newBench(t)
	run := b.run(t.Context(), t, func(c *suites.Config) { c.Selection.Checks = gridChecks(); c.WithoutSpecs() })
	for _, r := range run.Results {
		if r.Status != result.Pass {
			t.Errorf("%s for %s: %s (%s) %s", r.Check, r.Scope, r.Status, r.Reason, r.Message)
		}
		for _, f := range r.Findings {
			t.Errorf("%s for %s: %s (%s)", r.Check, r.Scope, f.Message, f.Cause)
		}
	}
}

func gridChecks() []string {
	var ids []string
	for _, c := range suites.Catalogue() {
		if strings.HasPrefix(c.ID, "PAR-GRID-") {
			ids = append(ids, c.ID)
		}
	}
	return ids
}
