package suites_test

import (
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
)

// newApart is a pair of mocks that do not know of each other.
func newApart(t *testing.T) *bench {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: h.ledger, PeerBudget: 8 * time.Second}, func(_ string, o *mocks.Options) { o.Peer = "" })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	return &bench{h, pair}
}

// standingAlone asks checks, of providers of both systems, where no system is to show its neighbour's records.
func (b *bench) standingAlone(t *testing.T, change func(*suites.Config), checks ...string) result.Run {
	t.Helper()
	return b.run(t.Context(), t, func(c *suites.Config) {
		c.Policy = policy.Policy{Defaults: policy.Decisions{Federation: policy.None}}
		c.Selection.Checks, c.Selection.Providers = checks, b.someProviders()
		if change != nil {
			change(c)
		}
	})
}

// asksAlone has checks of every scope and area that standing alone changes.
func asksAlone() []string {
	return []string{"PAR-PAIR-ALLERGY", "PAR-POST-001", "PAR-META-TOKEN", "PAR-FACTS-ALLERGY", "PAR-FACTS-TASK", "SCN-P08-VISIBLE", "SCN-P02"}
}

func TestASystemThatStandsAloneIsJudgedByItsOwnRecords(t *testing.T) {
	b := newApart(t)
	for name, change := range map[string]func(*suites.Config){
		"beside another": nil,
		"alone":          func(c *suites.Config) { c.Systems = c.Systems[:1] },
	} {
		t.Run(name, func(t *testing.T) {
			run := b.standingAlone(t, change, asksAlone()...)
			asked := map[string]int{}
			for _, r := range run.Results {
				provider, _ := b.ledger.Provider(r.Scope.Provider)
				own := provider.System == r.Scope.System || provider.AlsoFeeds == r.Scope.System
				unclaimed := strings.HasPrefix(r.Check, "PAR-PAIR-") || r.Check == "SCN-P02" || r.Scope.Provider != "" && !own ||
					r.Check == "PAR-FACTS-TASK" && r.Scope.System == fixtures.CCR
				switch {
				case unclaimed && (r.Status != result.NotApplicable || r.Reason != result.NotClaimedReason || !strings.Contains(r.Message, "federation: none")):
					t.Errorf("%s for %s is the neighbour's: %s (%s) %s", r.Check, r.Scope, r.Status, r.Reason, r.Message)
				case !unclaimed && r.Status != result.Pass:
					t.Errorf("%s for %s: %s (%s) %s %+v", r.Check, r.Scope, r.Status, r.Reason, r.Message, r.Findings)
				case !unclaimed:
					asked[r.Check]++
				}
			}
			for _, row := range run.Checks {
				if want := row.ID != "PAR-PAIR-ALLERGY" && row.ID != "SCN-P02" && (row.ID != "PAR-FACTS-TASK" || len(run.Systems) > 1); (asked[row.ID] > 0) != want {
					t.Errorf("%s was demonstrated %d times", row.ID, asked[row.ID])
				}
			}
			if len(run.Unclaimed) != 1 || run.Unclaimed[0].Area != result.AreaFederation || !strings.Contains(run.Unclaimed[0].Why, "federation: none for ccr") {
				t.Errorf("what is not claimed: %+v", run.Unclaimed)
			}
			for _, area := range run.Verdict.Areas {
				if (area.Outcome == result.NotClaimed) != (area.Area == result.AreaFederation) {
					t.Errorf("%s is %s", area.Area, area.Outcome)
				}
			}
			if run.Verdict.Outcome != result.SelectionPassed {
				t.Errorf("the verdict is %s: %s", run.Verdict.Outcome, run.Verdict.Sentence)
			}
		})
	}
}

func TestWhatASystemThatStandsAloneLosesOfItsOwnFails(t *testing.T) {
	b := newApart(t)
	for _, c := range []struct{ defect, check string }{{"D22", "PAR-POST-001"}, {"D25", "PAR-FACTS-CONDITION"}} {
		t.Run(c.defect, func(t *testing.T) {
			if err := b.pair.CCR.Server.SetDefects(mocks.Setting{ID: c.defect}); err != nil {
				t.Fatal(err)
			}
			defer b.pair.CCR.Server.SetDefects() //nolint:errcheck // taking defects off cannot fail
			run := b.standingAlone(t, nil, c.check)
			for _, r := range run.Results {
				if want := r.Scope.System == fixtures.CCR; (r.Status == result.Fail) != want {
					t.Errorf("%s for %s: %s (%s) %s", r.Check, r.Scope, r.Status, r.Reason, r.Message)
				}
			}
			if run.Verdict.Outcome != result.NotConformant {
				t.Errorf("the verdict is %s", run.Verdict.Outcome)
			}
		})
	}
	t.Run("a provider of its own", func(t *testing.T) {
		provider := ""
		for _, ods := range b.someProviders() {
			if p, _ := b.ledger.Provider(ods); p.System == fixtures.CCR {
				provider = ods
			}
		}
		if err := b.pair.CCR.Server.SetDefects(mocks.Setting{ID: "D71", Providers: []string{provider}}); err != nil {
			t.Fatal(err)
		}
		run := b.standingAlone(t, nil, "SCN-P08-VISIBLE")
		if run.Verdict.Outcome != result.NotConformant {
			t.Errorf("the verdict is %s", run.Verdict.Outcome)
		}
	})
}

func TestTheTimeOfLoadingIsNotHeldAgainstASystemThatStandsAlone(t *testing.T) {
	b := newApart(t)
	if err := b.pair.CCR.Server.SetDefects(mocks.Setting{ID: "D21"}); err != nil {
		t.Fatal(err)
	}
	for _, r := range b.standingAlone(t, nil, "PAR-UPDATED-002").Results {
		if r.Status != result.NotApplicable || !strings.Contains(r.Message, "filled by loading") {
			t.Errorf("%s for %s: %s (%s) %s", r.Check, r.Scope, r.Status, r.Reason, r.Message)
		}
	}
}

func TestASystemWhosePartNobodyKnowsCannotStandAlone(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	config := suites.Config{
		Ledger: h.ledger, Judge: h.judge, Policy: policy.Policy{Defaults: policy.Decisions{Federation: policy.None}},
		Systems: []suites.System{{Name: "occ", BaseURL: "http://127.0.0.1:1/fhir"}},
	}
	_, err = suites.Run(t.Context(), config)
	if err == nil || !strings.Contains(err.Error(), "system occ: federation") || !strings.Contains(err.Error(), "ccr or ohc") || !strings.Contains(err.Error(), "did you mean") {
		t.Errorf("got %v", err)
	}
}
