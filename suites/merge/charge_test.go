package merge_test

import (
	"slices"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/merge"
)

// TestAnAnswerAboutAnotherPersonIsChargedAsInOneProcess has three results, of whichever shards they are, rest on answers about another
// person, of two kinds. Each shard charged its own, as it knows of no other.
func TestAnAnswerAboutAnotherPersonIsChargedAsInOneProcess(t *testing.T) {
	one, other := result.Stranger{System: "a", Path: "Condition"}, result.Stranger{System: "a", Path: "Procedure"}
	saying := func(kind result.Stranger) result.Finding {
		return result.Finding{Rule: "other-person", Severity: result.SeverityError, Cause: result.OtherPerson, Path: kind.Path, Message: kind.Path + " of another person"}
	}
	for name, c := range map[string]struct {
		charged []([]result.Stranger) // of the first results of the run, in their order
		told    []result.Stranger
		want    [][]string
	}{
		"one kind, at the first that rests on it": {[][]result.Stranger{{one}, {one}, {one}}, nil, [][]string{{"Condition"}, nil, nil}},
		"two kinds, each at its first":            {[][]result.Stranger{{one}, {one, other}, {other}}, nil, [][]string{{"Condition"}, {"Procedure"}, nil}},
		"several of one kind stay together":       {[][]result.Stranger{{one, one}, {one}}, nil, [][]string{{"Condition", "Condition"}, nil}},
		"what a check complains of by itself":     {[][]result.Stranger{{one}, {one, other}}, []result.Stranger{one}, [][]string{nil, {"Procedure"}}},
	} {
		t.Run(name, func(t *testing.T) {
			order := []string{"ccr", "ohc", "c"} // of the systems, as a run asks them
			parts := shards(4)
			parts[0].Run.Shard.Strangers = &result.Strangers{Told: c.told}
			for i, kinds := range c.charged {
				scope := result.Scope{System: order[i]}
				p := parts[suites.Owner("ONE", scope, 4)-1].Run
				at := slices.IndexFunc(p.Results, func(r result.Result) bool { return r.Check == "ONE" && r.Scope == scope })
				charge := result.Charge{Before: p.Results[at], Kinds: kinds}
				for _, kind := range kinds {
					charge.Findings = append(charge.Findings, saying(kind))
				}
				p.Results[at] = suites.Charged(charge.Before, charge.Findings)
				if p.Shard.Strangers == nil {
					p.Shard.Strangers = &result.Strangers{}
				}
				p.Shard.Strangers.Charged = append(p.Shard.Strangers.Charged, charge)
			}
			joined, err := merge.Runs(parts, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.want {
				scope := result.Scope{System: order[i]}
				r := joined.Run.Results[slices.IndexFunc(joined.Run.Results, func(r result.Result) bool { return r.Check == "ONE" && r.Scope == scope })]
				var got []string
				for _, f := range r.Findings {
					got = append(got, f.Path)
				}
				if !slices.Equal(got, want) || (r.Status == result.Fail) != (want != nil) {
					t.Errorf("%s for %s is %s of %v, want %v", r.Check, r.Scope, r.Status, got, want)
				}
			}
		})
	}
}
