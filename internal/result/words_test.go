package result_test

import (
	"testing"

	"concord.example/concord/internal/result"
)

// TestAVerdictSaysWhatItRestsOn holds the sentence and the worst status of each outcome, which is what a board reads.
func TestAVerdictSaysWhatItRestsOn(t *testing.T) {
	must := func(s result.Status) result.Result { return result.Result{Level: result.Must, Status: s} }
	pass, applies := must(result.Pass), must(result.NotApplicable)
	unasked := must(result.NotRun)
	unasked.Reason = result.Interrupted
	for _, c := range []struct {
		results []result.Result
		status  result.Status
		want    string
	}{
		{[]result.Result{pass, must(result.Fail), must(result.Error)}, result.Fail, "Not conformant: 1 of 3 results failed."},
		{[]result.Result{pass, must(result.Error)}, result.Error, "Could not be determined: 1 of 2 results ended in an error, which says nothing about conformance."},
		{[]result.Result{pass, unasked}, result.NotRun, "Could not be determined: 1 of 2 results were never asked, which says nothing about conformance."},
		{[]result.Result{applies}, result.NotApplicable, "Could not be determined: nothing was demonstrated."},
		{[]result.Result{pass, applies, must(result.Skipped)}, result.Skipped, "Partial: nothing failed, but 1 of 2 results that must be demonstrated were not."},
		{[]result.Result{pass, pass, applies}, result.Pass, "Conformant: all 2 results that apply were demonstrated."},
		{[]result.Result{pass, must(result.Warning)}, result.Warning, "Conformant: all 2 results that apply were demonstrated, 1 with warnings and 0 by waiver."},
		{[]result.Result{pass, must(result.Waived)}, result.Waived, "Conformant: all 2 results that apply were demonstrated, 0 with warnings and 1 by waiver."},
	} {
		if v := result.Judge(c.results); v.Sentence != c.want || v.Status != c.status {
			t.Errorf("%s: %q, want %s: %q", v.Status, v.Sentence, c.status, c.want)
		}
	}
}

func TestAStatusIsWorseThanTheOnesBeforeItAlone(t *testing.T) {
	all := result.Statuses()
	for i, s := range all {
		for j, other := range all {
			if s.Worse(other) != (i > j) {
				t.Errorf("%s is worse than %s: %v", s, other, s.Worse(other))
			}
		}
	}
	if result.Status(0).Worse(result.NotRun) || !result.Status(0).Worse(result.Pass) || !result.Status(99).Worse(result.Pass) {
		t.Error("a status that nobody gave is not one that was not run")
	}
}

func TestTheWorstSeverityIsThatOfWhatNoWaiverExcuses(t *testing.T) {
	information, warning := result.Finding{Severity: result.Information}, result.Finding{Severity: result.SeverityWarning}
	excused := result.Finding{Severity: result.SeverityError, Waiver: "W1"}
	for _, c := range []struct {
		findings []result.Finding
		want     result.Severity
	}{
		{nil, ""},
		{[]result.Finding{excused}, ""},
		{[]result.Finding{warning, information, excused}, result.SeverityWarning},
		{[]result.Finding{information, warning}, result.SeverityWarning},
	} {
		if got := result.WorstSeverity(c.findings); got != c.want {
			t.Errorf("%v: %q, want %q", c.findings, got, c.want)
		}
	}
}

func TestACauseIsPlainWhereNothingShowedWhy(t *testing.T) {
	for _, cause := range result.Causes() {
		plain := cause == result.CauseMissing || cause == result.CauseExtra || cause == result.CauseAltered
		if cause.Plain() != plain || !cause.Known() {
			t.Errorf("%q: plain %v, known %v", cause, cause.Plain(), cause.Known())
		}
	}
	if result.NoCause.Plain() || !result.NoCause.Known() || result.Cause("another").Known() {
		t.Error("no cause, or one that there is not, is taken for one")
	}
}

func TestAScopeIsNamedByWhatItHas(t *testing.T) {
	for _, c := range []struct {
		scope result.Scope
		want  string
	}{
		{result.Scope{}, "run"},
		{result.Scope{System: "ccr"}, "ccr"},
		{result.Scope{System: "ccr", Peer: "ohc"}, "ccr → ohc"},
		{result.Scope{System: "ccr", Peer: "ohc", Provider: "RXK"}, "ccr → ohc, RXK"},
		{result.Scope{Provider: "RXK"}, "RXK"},
	} {
		if got := c.scope.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	order := []result.Scope{{System: "a", Peer: "b", Provider: "c"}, {System: "a", Peer: "b", Provider: "d"}, {System: "a", Peer: "c"}, {System: "b"}}
	for i, one := range order {
		for j, other := range order {
			if got := one.Compare(other); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s against %s: %d", one, other, got)
			}
		}
	}
}

func TestWhatWasLeftOutIsSaidOnce(t *testing.T) {
	run := func(selection result.Selection, elsewhere int) result.Run {
		r := result.Run{Selection: selection}
		if elsewhere >= 0 {
			r.Shard = &result.Shard{Index: 1, Of: 3, Elsewhere: elsewhere}
		}
		return r
	}
	const others = "4 results that other shards ask (this is shard 1 of 3)"
	for _, c := range []struct {
		run  result.Run
		want string
	}{
		{run(result.Selection{}, -1), ""},
		{run(result.Selection{}, 0), ""},
		{run(result.Selection{}, 4), others},
		{run(result.Selection{NotSelected: 2}, 4), "2 checks, and " + others},
		{run(result.Selection{NotSelected: 2, Of: 9}, -1), "2 of 9 checks"},
		{
			run(result.Selection{ProvidersNotSelected: 3, Providers: []string{"RXK"}, Loaded: []string{"P02", "RRK"}}, -1),
			"3 of 4 providers and everybody but the people of P02, RRK",
		},
	} {
		if got := c.run.LeftOut(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// TestAKillIsRightWhereNothingIsAmiss takes one thing after the other away from a defect that is caught as it must be.
func TestAKillIsRightWhereNothingIsAmiss(t *testing.T) {
	right := func() result.Kill { return result.Kill{Expected: []string{"A"}, Caught: []string{"A"}} }
	if !right().Right() {
		t.Error("a defect that is caught is not right")
	}
	for name, spoil := range map[string]func(*result.Kill){
		"nothing is expected": func(k *result.Kill) { k.Expected = nil },
		"one is missed":       func(k *result.Kill) { k.Missed = []string{"B"} },
		"another fails":       func(k *result.Kill) { k.Also = []string{"B"} },
		"the cause is wrong":  func(k *result.Kill) { k.WrongCauses = []string{"B"} },
		"one could not tell":  func(k *result.Kill) { k.Undetermined = []string{"B"} },
	} {
		k := right()
		if spoil(&k); k.Right() {
			t.Errorf("%s, and it is right", name)
		}
	}
	p := result.Proof{Kills: []result.Kill{right()}, Clean: []string{"x"}, Styles: []result.Style{{Alarms: []string{"y", "z"}}}}
	if p.Right() || p.Alarms() != 3 || p.Sentence() != "this build caught 1 of 1 seeded defects and raised 3 false alarms in 1 legal styles" {
		t.Errorf("%d alarms: %s", p.Alarms(), p.Sentence())
	}
	p.Clean, p.Styles = nil, nil
	if !p.Right() {
		t.Error("nothing is amiss, and it is not right")
	}
}

func TestGeneratedDefectsAreCountedByWhatBecameOfThem(t *testing.T) {
	one := result.Tally{Name: "a", Tried: 1001, Killed: 998, Open: 1, Equivalent: 1}
	if one.Defects() != 1000 || one.Caught() != 999 || one.Survived() != 1 || one.Percent() != 99.9 {
		t.Errorf("%d defects, %d caught, %d left, %v %%", one.Defects(), one.Caught(), one.Survived(), one.Percent())
	}
	nearly := result.Tally{Tried: 100_000, Killed: 99_999}
	if nearly.Percent() != 99.9 {
		t.Errorf("one of 100,000 is left, and %v %% are caught", nearly.Percent())
	}
	if none := (result.Tally{Tried: 2, Equivalent: 2}); none.Percent() != 0 || none.Rate() != "-" {
		t.Errorf("of no defect %v %%", none.Percent())
	}
	g := result.Generated{Seed: 7, Planned: 2000, Operators: []result.Tally{one, one}}
	const want = "this build caught 1998 of 2000 generated defects (99.9 %), 2 of them by saying that it could not tell; 2 more changes are no defects; seed 7"
	if got := g.Sentence(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	g.Stopped = "interrupted"
	if got := g.Sentence(); got != want+" (2002 of 2000 were tried: interrupted)" {
		t.Error(got)
	}
	m := result.Mutant{Number: 3, System: "ccr", Operator: "unit changed", Record: "Observation/1"}
	if got := m.String(); got != "3: ccr: unit changed Observation/1" {
		t.Error(got)
	}
	m.Place, m.After = "Observation.valueQuantity", "{}"
	if got := m.String(); got != "3: ccr: unit changed Observation/1 at Observation.valueQuantity ( to {})" {
		t.Error(got)
	}
}
