package result_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
)

// judged is a run of three checks in two areas of which the results have these statuses.
func judged(search, facts, should result.Status) result.Run {
	return result.Run{
		Checks: []result.Check{
			{ID: "A", Area: result.AreaSearch, Level: result.Must},
			{ID: "B", Area: result.AreaFacts, Level: result.Must},
			{ID: "C", Area: result.AreaFacts, Level: result.Should},
		},
		Results: []result.Result{
			{Check: "A", Level: result.Must, Status: search}, {Check: "B", Level: result.Must, Status: facts}, {Check: "C", Level: result.Should, Status: should},
		},
	}
}

func TestARunThatLeavesSomethingOutIsNeverConformant(t *testing.T) {
	for name, selection := range map[string]result.Selection{
		"checks":    {Checks: []string{"A"}, NotSelected: 171, Of: 172},
		"suites":    {Suites: []string{"parity"}, NotSelected: 60, Of: 172},
		"providers": {Providers: []string{"RRK"}, ProvidersNotSelected: 847},
	} {
		t.Run(name, func(t *testing.T) {
			run := judged(result.Pass, result.Pass, result.Pass)
			run.Selection = selection
			v := run.Judge()
			if v.Outcome != result.SelectionPassed || v.Outcome.ExitCode() != 4 || !strings.Contains(v.Sentence, selection.LeftOut()) {
				t.Errorf("%s, exit %d: %s", v.Outcome, v.Outcome.ExitCode(), v.Sentence)
			}
			for _, a := range v.Areas {
				if a.Outcome != result.SelectionPassed {
					t.Errorf("%s is %s", a.Area, a.Outcome)
				}
			}
			run.Results[0].Status = result.Fail
			if v := run.Judge(); v.Outcome != result.NotConformant {
				t.Errorf("a selection with a failure is %s", v.Outcome)
			}
			run.Results[0].Status = result.NotRun
			if v := run.Judge(); v.Outcome != result.Partial {
				t.Errorf("a selection of which a part was not demonstrated is %s", v.Outcome)
			}
		})
	}
}

func TestEveryAreaHasAVerdictOfItsOwn(t *testing.T) {
	run := judged(result.Pass, result.Fail, result.Pass)
	run.Unclaimed = []result.Unclaimed{{Area: result.AreaFederation, Why: "The parties agreed on none."}}
	v := run.Judge()
	want := []result.Outcome{result.Conformant, result.NotConformant, result.NotClaimed}
	if v.Outcome != result.NotConformant || len(v.Areas) != len(want) {
		t.Fatalf("%+v", v)
	}
	for i, outcome := range want {
		if v.Areas[i].Outcome != outcome || v.Areas[i].Sentence == "" {
			t.Errorf("%s is %s (%s), want %s", v.Areas[i].Area, v.Areas[i].Outcome, v.Areas[i].Sentence, outcome)
		}
	}
}

func TestWithoutAMustThatWasShownNothingIsConformant(t *testing.T) {
	if v := judged(result.NotApplicable, result.NotApplicable, result.Pass).Judge(); v.Outcome != result.Undetermined {
		t.Errorf("the verdict is %s: %s", v.Outcome, v.Sentence)
	}
}

func TestWhatWasNeverAskedLeavesTheVerdictOpen(t *testing.T) {
	run := judged(result.Pass, result.NotRun, result.Pass)
	for _, reason := range []result.Reason{result.Interrupted, result.Unreachable} {
		run.Results[1].Reason = reason
		if v := run.Judge(); v.Outcome != result.Undetermined {
			t.Errorf("%s: the verdict is %s: %s", reason, v.Outcome, v.Sentence)
		}
	}
}
