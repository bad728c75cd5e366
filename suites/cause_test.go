package suites_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
)

// explained is a defect with the cause that the checks which catch it must name.
type explained struct {
	defect string
	cause  result.Cause
	// but are the checks that see something else than the others do, each with what it must name.
	but map[string]result.Cause
	// undecided are checks whose questions leave several causes open for most answers: they must not name a wrong one.
	undecided []string
}

// explanations says of every defect of search, content, time, structure and provenance what causes it.
func explanations() []explained {
	but := func(cause result.Cause, checks ...string) map[string]result.Cause {
		others := map[string]result.Cause{}
		for _, check := range checks {
			others[check] = cause
		}
		return others
	}
	return []explained{
		{defect: "D12", cause: result.IgnoredParameter},
		{defect: "D13", cause: result.TimeZone, undecided: []string{"PAR-SEARCH-IMMUNIZATION-SHOULD"}},
		{defect: "D14", cause: result.PartialDate},
		{defect: "D15", cause: result.CodeSystem},
		{defect: "D16", cause: result.ValueList},
		{defect: "D17", cause: result.PagingTruncation},
		{defect: "D18", cause: result.PageDrift},
		{defect: "D19", cause: result.WrongTotal},
		{defect: "D20", cause: result.WrongOrder},
		{defect: "D21", cause: result.StaleFeed},
		{defect: "D22", cause: result.IgnoredParameter},
		{defect: "D23", cause: result.LabelLost},
		{defect: "D24", cause: result.CauseError},
		{defect: "D25", cause: result.CodeSystem},
		{defect: "D26", cause: result.CodeSystem},
		{defect: "D27", cause: result.CodeSystem},
		{defect: "D28", cause: result.CodeSystem},
		{defect: "D29", cause: result.CodeSystem},
		{defect: "D30", cause: result.CodeSystem},
		// Agent and reaction stand in each other's place: neither is another code for what was recorded.
		{defect: "D31", cause: result.CauseAltered},
		{defect: "D32", cause: result.CauseMissing},
		{defect: "D33", cause: result.CauseMissing},
		{defect: "D34", cause: result.Unit},
		{defect: "D35", cause: result.Unit},
		{defect: "D36", cause: result.Unit},
		{defect: "D37", cause: result.CauseMissing},
		{defect: "D38", cause: result.LabelLost},
		{defect: "D39", cause: result.StatusMapping},
		{defect: "D40", cause: result.ReferenceBroken},
		{defect: "D41", cause: result.StatusMapping},
		{defect: "D42", cause: result.ReferenceBroken},
		{defect: "D43", cause: result.StatusMapping, but: but(result.ProfileDifference, "PRO-OBSERVATION-001")},
		{defect: "D44", cause: result.TimeZone, but: but(result.ProfileDifference, "PRO-OBSERVATION-001")},
		{defect: "D45", cause: result.FutureDate},
		{defect: "D46", cause: result.ReferenceBroken},
		{defect: "D47", cause: result.ProfileDifference, but: but(result.CauseMissing, "PAR-FACTS-MEDREQ", "PAR-PAIR-MEDREQ")},
		{defect: "D48", cause: result.LabelLost, but: but(result.ProfileDifference, "PRO-DIAGREPORT-001")},
		{defect: "D49", cause: result.Duplicate},
		{
			defect: "D50", cause: result.Duplicate,
			undecided: []string{"PAR-DATE-001", "PAR-META-DATE", "PAR-SEARCH-OBSERVATION", "PAR-SEARCH-OBSERVATION-SHOULD"},
		},
		{defect: "D51", cause: result.EnteredInError},
		{defect: "D52", cause: result.EnteredInError},
		{defect: "D53", cause: result.EnteredInError},
		{defect: "D54", cause: result.LabelLost},
		{defect: "D55", cause: result.ProfileDifference},
		{defect: "D07", cause: result.CauseExtra, but: but(result.CauseAltered, "PAR-IDENTITY-003")},
		{defect: "D08", cause: result.CauseMissing},
		{defect: "D11", cause: result.CauseAltered},
		{defect: "D57", cause: result.Withheld},
		{defect: "D60", cause: result.Withheld},
		{defect: "D64", cause: result.LabelLost},
		{defect: "D69", cause: result.CauseError},
		{defect: "D70", cause: result.IgnoredParameter},
		{defect: "D75", cause: result.CauseAltered, but: but(result.ProfileDifference, "PRO-CONDITION-001")},
		{defect: "D78", cause: result.StatusMapping},
		{defect: "D79", cause: result.Precision},
		{defect: "D80", cause: result.CauseAltered},
		{defect: "D81", cause: result.StatusMapping},
		{defect: "D82", cause: result.ReferenceBroken},
		{defect: "D84", cause: result.CauseMissing},
		{defect: "D85", cause: result.StatusMapping},
		{defect: "D88", cause: result.CauseAltered},
		{defect: "D90", cause: result.IgnoredParameter, undecided: []string{"PAR-SEARCH-OBSERVATION-SHOULD"}},
		{defect: "D91", cause: result.CauseMissing},
		{defect: "D92", cause: result.IgnoredParameter},
		{defect: "D93", cause: result.Boundary},
		// Who answers differently each time is explained by nothing.
		{defect: "D94", cause: result.CauseMissing},
		{defect: "D95", cause: result.CauseAltered},
		{defect: "D110", cause: result.IgnoredParameter},
		{defect: "D111", cause: result.LabelLost},
		{defect: "D112", cause: result.IgnoredParameter},
	}
}

func TestEveryDefectOfTheFamiliesThatDifferHasItsCause(t *testing.T) {
	families := []string{"search", "coding", "time", "structure", "provenance"}
	for _, d := range mocks.Defects() {
		listed := slices.ContainsFunc(explanations(), func(e explained) bool { return e.defect == d.ID })
		if catalogued := d.ID >= "D12" && d.ID <= "D55" && len(d.ID) == len("D12"); catalogued && (!listed || !slices.Contains(families, d.Family)) {
			t.Errorf("nothing says what cause %s (%s) has", d.ID, d.Title)
		}
	}
}

// isExplained holds the causes that a run with a defect switched on names against those that it must name.
func isExplained(t *testing.T, d mocks.Defect, results []result.Result) {
	t.Helper()
	i := slices.IndexFunc(explanations(), func(e explained) bool { return e.defect == d.ID })
	if i < 0 {
		return
	}
	e := explanations()[i]
	checks := slices.Clone(d.Checks)
	for check := range e.but {
		checks = append(checks, check)
	}
	slices.Sort(checks)
	checks = slices.Compact(checks)
	named := map[string]int{}
	for _, r := range results {
		if slices.Contains(checks, r.Check) {
			named[r.Check] += e.judge(t, r)
		}
	}
	for _, check := range checks {
		if named[check] == 0 && !slices.Contains(e.undecided, check) && !isScenario(check) {
			t.Errorf("%s names %q nowhere", check, e.want(check))
		}
	}
}

func isScenario(check string) bool { return strings.HasPrefix(check, "SCN-") }

func (e explained) want(check string) result.Cause {
	if cause, ok := e.but[check]; ok {
		return cause
	}
	return e.cause
}

// judge looks at the causes of one result and returns how many are right.
func (e explained) judge(t *testing.T, r result.Result) int {
	t.Helper()
	want := e.want(r.Check)
	right, open := 0, 0
	for _, f := range r.Findings {
		switch {
		case f.Severity == result.Information:
		case f.Cause == want:
			right++
		case f.Cause.Plain(), f.Cause == result.NoCause && isScenario(r.Check):
			open++
		default:
			t.Errorf("%s for %s: %q where %q was expected: %s", r.Check, r.Scope, f.Cause, want, f.Message)
		}
	}
	if right < open && !isScenario(r.Check) && !slices.Contains(e.undecided, r.Check) {
		t.Errorf("%s for %s: %d findings are explained as %q and %d are not explained", r.Check, r.Scope, right, want, open)
	}
	return right
}

// wholeFindings reports what a finding of the parity suite that fails or warns does not say: whoever reads it must be able
// to act on it alone.
func wholeFindings(t *testing.T, r result.Result) {
	t.Helper()
	if r.Suite != "parity" || r.Status != result.Fail && r.Status != result.Warning {
		return
	}
	lacking := map[string]result.Finding{}
	for _, f := range r.Findings {
		for what, missing := range map[string]bool{
			"cause": f.Cause == result.NoCause, "requirement": f.Requirement == "", "level": f.Level == "", "hazard": f.Hazard == "",
			"query": !strings.HasPrefix(f.Query, "curl "), "expected": f.Expected == "", "actual": f.Actual == "", "exchanges": len(f.Exchanges) == 0,
		} {
			// A finding about noise blames nobody, so there is nothing to explain, and it is about one system.
			if missing && (what != "cause" || f.Rule != "parity-noise") {
				lacking[what] = f
			}
		}
		if f.PeerQuery == "" && f.Rule != "parity-noise" && r.Scope.Peer != "" && strings.HasPrefix(r.Check, "PAR-PAIR-") {
			lacking["query to the peer"] = f
		}
	}
	for what, f := range lacking {
		t.Errorf("%s for %s: a finding has no %s: %+v", r.Check, r.Scope, what, f)
	}
}
