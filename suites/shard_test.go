package suites_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
	"concord.example/concord/suites/declared"
	"concord.example/concord/suites/merge"
)

// sharedChecks are few, and of every scope: about a system, a pair, a provider and the run, and one that changes a system.
func sharedChecks() []string {
	return []string{"CAP-DECLARED-001", "CAP-STATEMENT-*", "PAR-FACTS-ALLERGY", "PAR-PAIR-ALLERGY", "PAR-SEARCH-ALLERGY", "SCN-P01", "SCN-P06", "SCN-P08-FRESH", "SCN-P12"}
}

func marshal(t *testing.T, run result.Run) string {
	t.Helper()
	text, err := json.MarshalIndent(run, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestShardsMakeTheRunThatOneProcessWouldHaveMade is the promise of sharding: with one fault in one system, so that there is
// something to find, and with declared differences that occur, that no longer do, and that nobody asked about.
func TestShardsMakeTheRunThatOneProcessWouldHaveMade(t *testing.T) {
	b := newBench(t)
	if err := b.pair.CCR.Server.SetDefects(mocks.Setting{ID: "D13"}); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	ask := func(shard suites.Shard) result.Run {
		return b.run(t.Context(), t, func(c *suites.Config) {
			c.Clock, c.Shard = func() time.Time { return at }, shard
			c.Selection = suites.Selection{Checks: sharedChecks(), Providers: b.someProviders()}
			c.WithoutSpecs()
			register, err := declared.Parse([]byte(differences))
			if err != nil {
				t.Fatal(err)
			}
			c.Declared = register
		})
	}
	whole := ask(suites.Shard{})
	want := marshal(t, whole)
	for _, n := range []int{1, 2, 3, 7, 16} {
		var parts []merge.Part
		for i := 1; i <= n; i++ {
			run := ask(suites.Shard{Index: i, Of: n, Apart: true})
			if n > 1 && run.Verdict.Outcome == result.Conformant {
				t.Errorf("shard %d of %d says that everything is conformant", i, n)
			}
			parts = append(parts, merge.Part{Name: fmt.Sprint(i), Run: run})
		}
		slices.Reverse(parts)
		joined, err := merge.Runs(parts, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if got := marshal(t, joined.Run); got != want {
			t.Errorf("%d shards do not make the whole run: %s", n, firstDifference(want, got))
		}
	}
	if whole.Verdict.Counts.Fail == 0 || whole.Verdict.Counts.Pass == 0 {
		t.Errorf("nothing is told apart: %+v", whole.Verdict.Counts)
	}
}

const differences = `schema: concord/differences/v1
differences:
  - {id: GONE-1, check: PAR-PAIR-ALLERGY, path: AllergyIntolerance.code, owner: A. Nobody, reason: it was so once, expires: 2026-06-30}
  - {id: GONE-2, check: PAR-FACTS-IMMUNIZATION, path: Immunization.status, owner: A. Nobody, reason: nobody asks, expires: 2026-06-30}
`

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: want\n%s\ngot\n%s", i, strings.Join(a[max(0, i-12):min(len(a), i+6)], "\n"), strings.Join(b[max(0, i-12):min(len(b), i+6)], "\n"))
		}
	}
	return "one is longer"
}

func TestAShardThatFindsNothingWrongIsASelection(t *testing.T) {
	owed := result.Run{Shard: &result.Shard{Index: 2, Of: 3, Elsewhere: 5}}
	if v := owed.Judge(); v.Outcome != result.SelectionPassed || v.Outcome.ExitCode() != result.ExitSelection {
		t.Errorf("a shard that nothing falls to: %+v", v)
	}
	owed.Results = []result.Result{{Check: "A", Level: result.Must, Status: result.NotRun, Reason: result.Unreachable}}
	if v := owed.Judge(); v.Outcome != result.Undetermined {
		t.Errorf("a shard that could ask nobody: %+v", v)
	}
	owed.Results = []result.Result{{Check: "A", Level: result.Must, Status: result.Pass}}
	if v := owed.Judge(); v.Outcome != result.SelectionPassed {
		t.Errorf("a shard that passed: %+v", v)
	}
	owed.Results[0].Status, owed.Gaps = result.Fail, []string{"shard 1 of 3 is missing"}
	if v := owed.Judge(); v.Outcome != result.Undetermined {
		t.Errorf("shards with a gap: %+v", v)
	}
}

func TestAllShardsTogetherAskNoMoreThanWasAllowed(t *testing.T) {
	all := suites.Manners{Rate: 10, MaxRequests: 1003}
	for _, n := range []int{1, 2, 3, 7, 8} {
		rate, requests, concurrency := 0.0, 0, 0
		for i := 1; i <= n; i++ {
			part, err := suites.Shard{Index: i, Of: n}.Part(all, 8)
			if err != nil {
				t.Fatal(err)
			}
			if part.Concurrency < 1 || part.Manners.MaxRequests < 1 {
				t.Errorf("shard %d of %d is allowed nothing, which would be no limit: %+v", i, n, part)
			}
			rate, requests, concurrency = rate+part.Manners.Rate, requests+part.Manners.MaxRequests, concurrency+part.Concurrency
		}
		if rate > all.Rate*1.000001 || rate < all.Rate*0.999999 || requests != all.MaxRequests || concurrency != 8 {
			t.Errorf("%d shards: %v a second, %d in all, %d at once", n, rate, requests, concurrency)
		}
	}
	if _, err := (suites.Shard{Index: 9, Of: 9}).Part(all, 8); err == nil {
		t.Error("nine shards share eight requests at once")
	}
}

func TestWhatFallsToAShardStaysWhenOneIsAdded(t *testing.T) {
	moved, counts := 0, map[int]int{}
	for i := range 2000 {
		scope := result.Scope{System: "ccr", Provider: fmt.Sprintf("P%04d", i)}
		before, after := suites.Owner("A", scope, 7), suites.Owner("A", scope, 8)
		counts[before]++
		if other := suites.Owner("B", result.Scope{System: "ohc", Provider: scope.Provider}, 7); other != before {
			t.Fatalf("%s falls to two shards", scope)
		}
		if after != before {
			if moved++; after != 8 {
				t.Fatalf("%s moved from %d to %d, which was there before", scope, before, after)
			}
		}
	}
	if moved < 150 || moved > 350 {
		t.Errorf("%d of 2000 moved to the eighth shard", moved)
	}
	for shard, n := range counts {
		if n < 200 || n > 370 {
			t.Errorf("shard %d has %d of 2000", shard, n)
		}
	}
}

func TestAShardIsWrittenAsIOfN(t *testing.T) {
	if s, err := suites.ParseShard("3/7"); err != nil || s != (suites.Shard{Index: 3, Of: 7}) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, wrong := range []string{"", "3", "0/7", "8/7", "3/", "/7", "-1/7", "3/7/9", "a/b", "1/100000"} {
		if s, err := suites.ParseShard(wrong); err == nil {
			t.Errorf("%q is taken for %+v", wrong, s)
		}
	}
}
