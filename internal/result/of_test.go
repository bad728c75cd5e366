package result

import "testing"

func TestAPartOfARunIsJudgedByWhatItsSystemWasAskedAlone(t *testing.T) {
	one := func(system string, status Status) Result {
		return Result{Check: "X-1", Level: Must, Scope: Scope{System: system}, Status: status}
	}
	run := Run{
		Systems: []System{{Name: "ccr"}, {Name: "ohc"}, {Name: "new"}}, Checks: []Check{{ID: "X-1", Area: AreaSearch, Level: Must}},
		Results: []Result{one("ccr", Pass), one("ohc", Fail)},
	}
	for system, want := range map[string]Outcome{"ccr": Conformant, "ohc": NotConformant, "new": Undetermined, "nobody": Undetermined} {
		if got := run.Of(system).Verdict.Outcome; got != want {
			t.Errorf("the part of %s is %s, want %s", system, got, want)
		}
	}
	if len(run.Results) != 2 || len(run.Systems) != 3 {
		t.Error("taking a part changed the run")
	}
}
