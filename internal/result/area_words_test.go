package result_test

import (
	"testing"

	"concord.example/concord/internal/result"
)

// TestAVerdictOfAPartSaysOfWhatPart holds the sentences of runs that leave something out, of shards, and of areas.
func TestAVerdictOfAPartSaysOfWhatPart(t *testing.T) {
	shard := func(elsewhere int) *result.Shard { return &result.Shard{Index: 1, Of: 2, Elsewhere: elsewhere} }
	for _, c := range []struct {
		name, want string
		outcome    result.Outcome
		area       result.Outcome
		areaSays   string
		change     func(*result.Run)
	}{
		{
			"nothing is left out", "Conformant: all 3 results that apply were demonstrated.", result.Conformant,
			result.Conformant, "Conformant: all 2 results that apply were demonstrated.", func(*result.Run) {},
		},
		{
			"a person chose", "Selection passed: everything that was asked was demonstrated. Left out by choice: 2 of 5 checks. Nothing is said about the rest.",
			result.SelectionPassed, result.SelectionPassed, "Selection passed: all 2 results that were asked for were demonstrated.",
			func(r *result.Run) { r.Selection = result.Selection{NotSelected: 2, Of: 5} },
		},
		{
			"a share that owes nothing", "Selection passed: nothing that fell to shard 1 of 2 had to be demonstrated. Left out: 7 results that other shards ask (this is shard 1 of 2). Nothing is said about the rest.",
			result.SelectionPassed, result.SelectionPassed, "Selection passed: nothing that fell to this shard had to be demonstrated.",
			func(r *result.Run) {
				r.Shard = shard(7)
				for i := range r.Results {
					r.Results[i].Status = result.NotApplicable
				}
			},
		},
		{
			"a share that is all there is", "Could not be determined: nothing was demonstrated.", result.Undetermined,
			result.Undetermined, "Could not be determined: nothing was demonstrated.",
			func(r *result.Run) {
				r.Shard = shard(0)
				for i := range r.Results {
					r.Results[i].Status = result.NotApplicable
				}
			},
		},
		{
			"a share of which one ends in an error", "Could not be determined: 1 of 3 results ended in an error, which says nothing about conformance.", result.Undetermined,
			result.Undetermined, "Could not be determined: 2 of 2 results were never asked, which says nothing about conformance.",
			func(r *result.Run) {
				r.Shard = shard(7)
				for i := range r.Results {
					r.Results[i].Status = result.NotApplicable
				}
				r.Results[0].Status = result.Error
				r.Results[1].Status, r.Results[2].Status = result.NotRun, result.NotRun
				r.Results[1].Reason, r.Results[2].Reason = result.Interrupted, result.Interrupted
			},
		},
		{
			"shards are lacking", "Could not be determined: these shards are not the whole run: 2 of 2 is lacking.", result.Undetermined,
			result.Undetermined, "Could not be determined: these shards are not the whole run.",
			func(r *result.Run) { r.Gaps = []string{"2 of 2 is lacking"} },
		},
		{
			"shards are lacking, and one failed", "Could not be determined: these shards are not the whole run: 2 of 2 is lacking. Of the 3 results that are there, 1 failed.",
			result.Undetermined, result.Undetermined, "Could not be determined: these shards are not the whole run.",
			func(r *result.Run) { r.Gaps, r.Results[1].Status = []string{"2 of 2 is lacking"}, result.Fail },
		},
		{
			"an area that is claimed in part", "Conformant: all 3 results that apply were demonstrated.", result.Conformant,
			result.Conformant, "Conformant: all 2 results that apply were demonstrated. One of them is alone.",
			func(r *result.Run) {
				r.Unclaimed = []result.Unclaimed{{Area: result.AreaFacts, Why: "One of them is alone.", Partly: true}}
			},
		},
		{
			"an area that is claimed in part, of which nothing applies", "Conformant: all 1 results that apply were demonstrated.", result.Conformant,
			result.NotClaimed, "One of them is alone.",
			func(r *result.Run) {
				r.Unclaimed = []result.Unclaimed{{Area: result.AreaFacts, Why: "One of them is alone.", Partly: true}}
				r.Results[1].Status, r.Results[2].Status = result.NotApplicable, result.NotApplicable
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := judged(result.Pass, result.Pass, result.Pass)
			c.change(&run)
			v := run.Judge()
			if v.Outcome != c.outcome || v.Sentence != c.want {
				t.Errorf("%s: %q, want %s: %q", v.Outcome, v.Sentence, c.outcome, c.want)
			}
			facts := v.Areas[len(v.Areas)-1]
			if facts.Area != result.AreaFacts || facts.Outcome != c.area || facts.Sentence != c.areaSays {
				t.Errorf("%s is %s: %q, want %s: %q", facts.Area, facts.Outcome, facts.Sentence, c.area, c.areaSays)
			}
		})
	}
}
