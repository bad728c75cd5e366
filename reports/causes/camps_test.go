package causes_test

import (
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports/causes"
)

// differs is a result in which a system lacks a record, and how all systems stand about it.
func differs(system, peer, message string, camps ...[]string) result.Result {
	return result.Result{Check: "FACTS", Status: result.Fail, Scope: result.Scope{System: system, Peer: peer}, Findings: []result.Finding{{
		Rule: "parity-missing", Severity: result.SeverityError, Path: "AllergyIntolerance", Cause: result.CauseMissing, Message: message, Camps: camps,
		Query: "curl 'http://x.test/fhir/AllergyIntolerance?patient=1'",
	}}}
}

func TestWhatOneSystemShowsOtherwiseThanSeveralIsOneFindingOfOneCause(t *testing.T) {
	odd := [][]string{{"a", "b", "d"}, {"c"}}
	run := world(differs("c", "a", "penicillin is not shown", odd...), differs("c", "b", "penicillin is not shown", odd...), differs("c", "d", "penicillin is not shown", odd...))
	e, sentence := first(t, run)
	if len(e.Causes) != 1 || e.Findings != 1 || e.Percent() != 100 || sentence != "c differs from the three others (a, b and d), which agree: AllergyIntolerance is missing." {
		t.Errorf("%q, %+v", sentence, e)
	}
}

func TestTwoThatAreOddInDifferentWaysAreTwoCauses(t *testing.T) {
	run := world(
		differs("c", "a", "penicillin is not shown", []string{"a", "b", "d"}, []string{"c"}), differs("c", "d", "penicillin is not shown", []string{"a", "b", "d"}, []string{"c"}),
		result.Result{Check: "FACTS", Status: result.Fail, Scope: result.Scope{System: "d", Peer: "a"}, Findings: []result.Finding{{
			Rule: "parity-altered", Severity: result.SeverityError, Path: "AllergyIntolerance.criticality", Cause: result.CauseAltered, Message: "altered",
			Camps: result.Camps{{"a", "b", "c"}, {"d"}},
		}}},
	)
	e := causes.Explain(run)
	var said []string
	for _, c := range e.Causes {
		said = append(said, causes.NewNames(run).Sentence(c))
	}
	if len(said) != 2 || said[1] != "c differs from the three others (a, b and d), which agree: AllergyIntolerance is missing." ||
		said[0] != "d differs from the three others (a, b and c), which agree: AllergyIntolerance.criticality is not as it was recorded." {
		t.Errorf("%q", said)
	}
}

func TestOfTwoCampsOfEqualSizeNobodyIsBlamedWhereNobodyKnowsWhatIsTrue(t *testing.T) {
	even := [][]string{{"a", "b"}, {"c", "d"}}
	run := world(differs("c", "a", "penicillin is not shown", even...), differs("d", "b", "penicillin is not shown", even...))
	if _, sentence := first(t, run); sentence != "AllergyIntolerance is missing at c and d." {
		t.Errorf("the ledger knows who is wrong: %q", sentence)
	}
	run.Data.Found = true
	e, sentence := first(t, run)
	if want := "a and b say one thing and c and d another, and no side has more systems, so nobody can be blamed: AllergyIntolerance is missing."; sentence != want || len(e.Causes) != 1 || len(e.Causes[0].Systems) != 0 {
		t.Errorf("%q, %+v", sentence, e.Causes)
	}
}
