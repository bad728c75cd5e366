package parity

import (
	"errors"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

func TestTimesOfLoadingAreOneFindingHoweverManyThereAre(t *testing.T) {
	if got := (loadings{}).findings(); len(got) > 0 {
		t.Errorf("nothing was loaded at one time, and there is %v", got)
	}
	one := loading{kind: fixtures.Observation, updated: "2026-01-05T09:00:00Z", days: 3, curl: "curl one"}
	if got := (loadings{one}).findings(); len(got) != 1 || strings.Contains(got[0].Message, "in all") || got[0].Query != "curl one" {
		t.Errorf("one time is told as %+v", got)
	}
	many := loadings{one, {kind: fixtures.Observation, updated: "2026-01-05T09:00:07Z", days: 4}, {kind: fixtures.Encounter, updated: "2026-01-05T09:00:09Z", days: 5}}
	got := many.findings()
	if len(got) != 1 || !strings.Contains(got[0].Message, "2 of ") || !strings.Contains(got[0].Message, "at 3 different times") || got[0].Path != "Observation.meta.lastUpdated" {
		t.Errorf("three times are told as %+v", got)
	}
}

// TestTheTimeOfALoadIsNotHeldAgainstWhoWasLoaded asks of a system that was filled with some of the people, where nothing can be asked of it.
func TestTheTimeOfALoadIsNotHeldAgainstWhoWasLoaded(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = updates(t.Context(), &check.Env{Ledger: ledger, System: &check.Endpoint{Name: "ccr", Partly: true}})
	var told *check.Inconclusive
	if !errors.As(err, &told) || told.Reason != result.NotClaimedReason || !strings.Contains(told.Detail, "--loaded") {
		t.Errorf("it is told as %v", err)
	}
}
