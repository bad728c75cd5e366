package suites_test

import (
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
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
	clean := b.asking(t, nil, mocks.Defect{ID: "D13"})
	for _, r := range clean.Results {
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
