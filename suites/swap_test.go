package suites_test

import (
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
)

// TestTheVerdictIsTheSameWhenEachSystemHoldsTheOthersRecords is P09: the suppliers' systems stay what they are, and each
// is loaded with the other's records. The harness must judge them as before, clean and with a fault in one of them.
func TestTheVerdictIsTheSameWhenEachSystemHoldsTheOthersRecords(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this asks all checks of a pair of its own")
	}
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, Swapped: true})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: ledger, PeerBudget: 8 * time.Second}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	if ccr := ledger.System("RRK"); ccr != mocks.OHC || h.ledger.System("RRK") != mocks.CCR {
		t.Fatalf("RRK feeds %s, so nothing is swapped", ccr)
	}
	b := &bench{&house{h.judge, ledger}, pair}
	// What systems are called decides nothing either: these have names of their own, and no titles.
	names := map[string]string{mocks.CCR: "a", mocks.OHC: "zeta-2"}
	clean := b.run(t.Context(), t, func(c *suites.Config) {
		c.Selection.Providers = b.someProviders()
		c.WithoutSpecs()
		for i, s := range c.Systems {
			c.Systems[i].Name, c.Systems[i].Title, c.Systems[i].Share = names[s.Name], "", s.Name
			c.Operators[names[s.Name]] = c.Operators[s.Name]
			delete(c.Operators, s.Name)
		}
	})
	for _, r := range clean.Results {
		if r.Check == "SCN-P11" && r.Status == result.Warning {
			continue // the mocks know each other by the titles that they have not here
		}
		if r.Status != result.Pass {
			t.Errorf("%s for %s: %s (%s) %s %+v", r.Check, r.Scope, r.Status, r.Reason, r.Message, r.Findings)
		}
	}
	defect, _ := mocks.DefectByID("D13")
	failed := 0
	for _, r := range b.asking(t, defect.Checks, defect, pair.CCR).Results {
		if r.Status == result.Fail {
			failed++
			if r.Scope.System != mocks.CCR {
				t.Errorf("D13 in ccr: %s blames %s: %+v", r.Check, r.Scope, r.Findings[0])
			}
		}
	}
	if failed == 0 {
		t.Error("a fault that is caught otherwise is not caught after the swap")
	}
}
