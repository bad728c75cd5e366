package result_test

import (
	"encoding/json"
	"testing"

	"concord.example/concord/internal/result"
)

func TestRollUpTakesTheWorst(t *testing.T) {
	statuses := result.Statuses()
	for i, worse := range statuses {
		for _, better := range statuses[:i+1] {
			if got := result.RollUp(better, worse); got != worse {
				t.Errorf("RollUp(%v, %v) = %v, want %v", better, worse, got, worse)
			}
			if got := result.RollUp(worse, better); got != worse {
				t.Errorf("RollUp(%v, %v) = %v, want %v", worse, better, got, worse)
			}
		}
	}
}

func TestNothingIsNeverAPass(t *testing.T) {
	if got := result.RollUp(); got != result.NotRun {
		t.Errorf("RollUp() = %v, want not-run", got)
	}
	var unset result.Status
	if got := result.RollUp(result.Pass, unset); got != result.NotRun {
		t.Errorf("RollUp(pass, unset) = %v, want not-run", got)
	}
	if got := result.Judge(nil).Outcome; got != result.Undetermined {
		t.Errorf("Judge(nothing) = %v, want undetermined", got)
	}
}

func TestStatusSurvivesJSON(t *testing.T) {
	for _, want := range result.Statuses() {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got result.Status
		if err := json.Unmarshal(text, &got); err != nil || got != want {
			t.Errorf("%s came back as %v, %v", text, got, err)
		}
	}
	var s result.Status
	if err := json.Unmarshal([]byte(`"green"`), &s); err == nil {
		t.Error("an unknown status was accepted")
	}
}

func TestJudge(t *testing.T) {
	must := func(s result.Status) result.Result { return result.Result{Level: result.Must, Status: s} }
	should := func(s result.Status) result.Result { return result.Result{Level: result.Should, Status: s} }
	for _, c := range []struct {
		name    string
		results []result.Result
		want    result.Outcome
		exit    int
	}{
		{"all pass", []result.Result{must(result.Pass), should(result.Pass)}, result.Conformant, 0},
		{"a warning does not stop a release", []result.Result{must(result.Pass), should(result.Warning)}, result.Conformant, 0},
		{"a waiver does not stop a release", []result.Result{must(result.Pass), must(result.Waived)}, result.Conformant, 0},
		{"one failure among passes", []result.Result{must(result.Pass), must(result.Fail)}, result.NotConformant, 1},
		{"a failure outranks an error", []result.Result{must(result.Error), must(result.Fail)}, result.NotConformant, 1},
		{"an error is never a verdict", []result.Result{must(result.Pass), should(result.Error)}, result.Undetermined, 3},
		{"a Must without data", []result.Result{must(result.Pass), must(result.NotRun)}, result.Partial, 3},
		{"a Must somebody skipped", []result.Result{must(result.Pass), must(result.Skipped)}, result.Partial, 3},
		{"a Should without data", []result.Result{must(result.Pass), should(result.NotRun)}, result.Conformant, 0},
		{"a result nobody filled in", []result.Result{must(result.Pass), must(0)}, result.Partial, 3},
		{"only what does not apply", []result.Result{must(result.NotApplicable)}, result.Undetermined, 3},
		{"nothing", nil, result.Undetermined, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := result.Judge(c.results)
			if v.Outcome != c.want || v.Outcome.ExitCode() != c.exit {
				t.Errorf("got %v (exit %d), want %v (exit %d): %s", v.Outcome, v.Outcome.ExitCode(), c.want, c.exit, v.Sentence)
			}
			if v.Counts.Total() != len(c.results) {
				t.Errorf("counted %d of %d results", v.Counts.Total(), len(c.results))
			}
		})
	}
}

func TestNormaliseOrdersByCheckThenScope(t *testing.T) {
	run := result.Run{Results: []result.Result{
		{Check: "B", Scope: result.Scope{System: "ccr"}},
		{Check: "A", Scope: result.Scope{System: "ohc", Provider: "RXK"}},
		{Check: "A", Scope: result.Scope{System: "ccr"}, Findings: []result.Finding{{Path: "b"}, {Path: "a"}}},
	}}
	run.Normalise()
	if run.Results[0].Scope.System != "ccr" || run.Results[1].Scope.Provider != "RXK" || run.Results[2].Check != "B" {
		t.Errorf("order is %v", run.Results)
	}
	if run.Results[0].Findings[0].Path != "a" {
		t.Error("findings were not sorted")
	}
}

func TestFindingsThatDifferInOneFieldOnlyHaveOneOrder(t *testing.T) {
	for name, other := range map[string]result.Finding{
		"severity":    {Severity: result.SeverityError},
		"code":        {Code: "value"},
		"profile":     {Profile: "https://example.org/p"},
		"element":     {Element: "Patient.name"},
		"actual":      {Actual: "1"},
		"cause":       {Cause: result.Boundary},
		"hazard":      {Hazard: "1 of 2"},
		"requirement": {Requirement: "r"},
		"query":       {Query: "curl"},
		"peer query":  {PeerQuery: "curl"},
	} {
		if result.CompareFindings(result.Finding{}, other) == 0 {
			t.Errorf("two findings that differ in %s compare equal, so their order would depend on luck", name)
		}
	}
}

func TestEveryCauseIsExplainedOnce(t *testing.T) {
	said := map[string]result.Cause{}
	for _, cause := range result.Causes() {
		meaning := cause.Meaning()
		if other, twice := said[meaning]; meaning == "" || twice {
			t.Errorf("%s means %q, as %q does", cause, meaning, other)
		}
		said[meaning] = cause
		if !cause.Known() {
			t.Errorf("%s is not known", cause)
		}
	}
	if result.Cause("weather").Known() || !result.NoCause.Known() {
		t.Error("the list of causes is not closed")
	}
}
