package suites_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

func TestOneServerUnderTwoNamesShowsNothingAboutTwo(t *testing.T) {
	b := newBench(t)
	run := b.run(t.Context(), t, func(c *suites.Config) {
		c.Systems[1].BaseURL, c.Systems[1].ConnectTo, c.Systems[1].SameAs = c.Systems[0].BaseURL, c.Systems[0].ConnectTo, c.Systems[0].Name
		c.Selection = suites.Selection{Checks: []string{"PAR-PAIR-ALLERGY", "PAR-FACTS-ALLERGY", "PAR-IDENTITY-001", "SCN-P08-VISIBLE"}, Providers: []string{"RRK"}}
	})
	for _, r := range run.Results {
		switch {
		case (r.Scope.Peer == "" || r.Check == "PAR-FACTS-ALLERGY") && r.Status != result.Pass:
			t.Errorf("%s of %s alone is %s: %s", r.Check, r.Scope, r.Status, r.Message)
		case r.Scope.Peer != "" && r.Check != "PAR-FACTS-ALLERGY" && (r.Status != result.NotRun || !strings.Contains(r.Message, "one server")):
			t.Errorf("%s of %s is %s: %s", r.Check, r.Scope, r.Status, r.Message)
		}
	}
	if run.Verdict.Outcome != result.Partial {
		t.Errorf("the verdict is %s", run.Verdict.Outcome)
	}
}
