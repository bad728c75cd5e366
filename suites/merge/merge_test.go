package merge_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/merge"
)

// shards are those of a run in which everything passed: one check about each of three systems, and two providers.
func shards(n int) []merge.Part {
	run := result.Run{
		Schema: result.Schema, StartedAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Systems:   []result.System{{Name: "ccr"}, {Name: "ohc"}, {Name: "c", Share: "none"}},
		Providers: []result.Provider{{ODS: "P1", System: "ccr"}, {ODS: "P2", System: "ohc"}},
		Checks: []result.Check{
			{ID: "ONE", Suite: "s", Level: result.Must, Scope: "system", Area: result.AreaSearch},
			{ID: "SWEEP", Suite: "s", Level: result.Must, Scope: "provider", Area: result.AreaFederation},
			{ID: "PAIR", Suite: "s", Level: result.Must, Scope: "pair", Area: result.AreaFacts},
		},
	}
	owed := []result.Result{
		{Check: "ONE", Scope: result.Scope{System: "ccr"}}, {Check: "ONE", Scope: result.Scope{System: "ohc"}}, {Check: "ONE", Scope: result.Scope{System: "c"}},
	}
	for _, p := range [][2]string{{"ccr", "ohc"}, {"ccr", "c"}, {"ohc", "ccr"}, {"ohc", "c"}, {"c", "ccr"}, {"c", "ohc"}} {
		owed = append(owed, result.Result{Check: "PAIR", Scope: result.Scope{System: p[0], Peer: p[1]}})
	}
	for _, s := range []string{"ccr", "ohc", "c"} {
		for _, p := range run.Providers {
			scope := result.Scope{System: s, Peer: p.System, Provider: p.ODS}
			if scope.Peer == s {
				scope.Peer = ""
			}
			owed = append(owed, result.Result{Check: "SWEEP", Scope: scope})
		}
	}
	var parts []merge.Part
	for i := 1; i <= n; i++ {
		shard := run
		shard.Shard = &result.Shard{Index: i, Of: n, Fingerprint: "f"}
		for _, r := range owed {
			r.Suite, r.Level, r.Status = "s", result.Must, result.Pass
			if suites.Owner(r.Check, r.Scope, n) == i {
				shard.Results = append(shard.Results, r)
			} else {
				shard.Shard.Elsewhere++
			}
		}
		parts = append(parts, merge.Part{Name: "runs/" + string(rune('0'+i)), Run: shard})
	}
	return parts
}

func TestAllShardsMakeAWholeRun(t *testing.T) {
	joined, err := merge.Runs(shards(4), time.Hour)
	if err != nil || joined.Run.Verdict.Outcome != result.Conformant || len(joined.Run.Results) != 15 || joined.Run.Gaps != nil || joined.Run.Shard != nil || len(joined.Used) != 4 {
		t.Errorf("%+v, %v", joined, err)
	}
}

func TestWhatKeepsShardsFromBeingAWholeRunIsNamed(t *testing.T) {
	fullest := func(parts []merge.Part) *merge.Part {
		best := &parts[0]
		for i := range parts {
			if len(parts[i].Run.Results) > len(best.Run.Results) {
				best = &parts[i]
			}
		}
		return best
	}
	for _, c := range []struct {
		name  string
		wrong func([]merge.Part) []merge.Part
		says  string
	}{
		{"missing", func(p []merge.Part) []merge.Part { return p[:3] }, "shard 4 of 4 is missing"},
		{"doubled", func(p []merge.Part) []merge.Part {
			return append(p, merge.Part{Name: "runs/again", Run: p[1].Run})
		}, "shard 2 of 4 is there twice: runs/2 and runs/again"},
		{"foreign", func(p []merge.Part) []merge.Part {
			other := *p[2].Run.Shard
			other.Fingerprint, p[2].Run.Contract.Hash, p[2].Run.Shard = "g", "other", &other
			return p
		}, "shard 3 of 4 (runs/3) is of another run: it differs in the search contract"},
		{"a file that differs", func(p []merge.Part) []merge.Part {
			other := *p[2].Run.Shard
			other.Fingerprint, p[2].Run.Shard = "g", &other
			return p
		}, "a file that it names, is another one"},
		{"half written", func(p []merge.Part) []merge.Part {
			p[3].Err = errors.New("it holds no run.json")
			return p
		}, "runs/4 is not whole: it holds no run.json"},
		{"a whole run", func(p []merge.Part) []merge.Part {
			p[0].Run.Shard = nil
			return p
		}, "runs/1 is no shard"},
		{"a shard that there is not", func(p []merge.Part) []merge.Part {
			p[0].Run.Shard = &result.Shard{Index: 9, Of: 4, Fingerprint: "f"}
			return p
		}, "shard 9 of 4, which there is not"},
		{"one of the night before", func(p []merge.Part) []merge.Part {
			p[1].Run.StartedAt = p[1].Run.StartedAt.Add(-24 * time.Hour)
			return p
		}, "shard 2 of 4 (runs/2) is of an earlier run: it began 24h0m0s before"},
		{"a result that was taken out", func(p []merge.Part) []merge.Part {
			one := fullest(p)
			one.Run.Results = one.Run.Results[1:]
			return p
		}, "is not whole: it lacks 1 of"},
		{"a result that falls to another", func(p []merge.Part) []merge.Part {
			one := fullest(p)
			one.Run.Results = append(one.Run.Results, result.Result{Check: "ONE", Scope: result.Scope{System: "nobody"}})
			return p
		}, "holds 1 results that do not fall to it"},
		{"a system that changed", func(p []merge.Part) []merge.Part {
			for i := range p {
				p[i].Run.Systems = []result.System{{Name: "a", FHIRVersion: "4.0.1", Software: result.Artefact{Name: "S", Version: string(rune('1' + i/3))}}, {Name: "b"}, {Name: "c"}}
			}
			return p
		}, "a was not the same system for all shards: S 1 FHIR 4.0.1, S 2 FHIR 4.0.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			joined, err := merge.Runs(c.wrong(shards(4)), time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			run := joined.Run
			if !strings.Contains(strings.Join(run.Gaps, "\n"), c.says) {
				t.Errorf("%q, and not %q", run.Gaps, c.says)
			}
			if run.Verdict.Outcome != result.Undetermined || run.Verdict.Outcome.ExitCode() != result.ExitUndetermined || !strings.Contains(run.Verdict.Sentence, c.says) {
				t.Errorf("the verdict is %+v", run.Verdict)
			}
			for _, area := range run.Verdict.Areas {
				if area.Outcome != result.Undetermined {
					t.Errorf("%s is %s", area.Area, area.Outcome)
				}
			}
			if len(run.Results) != 15 {
				t.Errorf("%d results: what nobody answered is left out", len(run.Results))
			}
		})
	}
}

func TestAFailureDoesNotHideThatAShardIsMissing(t *testing.T) {
	parts := shards(4)
	parts[0].Run.Results[0].Status, parts[0].Run.Results[0].Reason = result.Fail, result.Broken
	joined, err := merge.Runs(parts[:3], 0)
	if err != nil {
		t.Fatal(err)
	}
	if v := joined.Run.Verdict; v.Outcome != result.Undetermined || !strings.Contains(v.Sentence, "1 failed") {
		t.Errorf("%+v", v)
	}
}

func TestOfNothingNothingIsMade(t *testing.T) {
	for _, parts := range [][]merge.Part{nil, {{Name: "a", Err: errors.New("broken")}}} {
		if joined, err := merge.Runs(parts, 0); err == nil {
			t.Errorf("%+v", joined)
		}
	}
}
