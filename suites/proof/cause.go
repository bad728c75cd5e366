package proof

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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

// Explained reports whether the cause that the checks must name is known of a defect.
func Explained(defect string) bool {
	_, known := explanation(defect)
	return known
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
		// Of a person with one record, a search that ignores the code system looks like one that ignores the parameter.
		{defect: "D15", cause: result.CodeSystem, but: but(result.IgnoredParameter, "PAR-GRID-TOKEN")},
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
		{defect: "D42", cause: result.ReferenceBroken, but: but(result.CauseNotOffered, "CAP-DECLARED-001"), undecided: []string{"PAR-SEARCH-MEDREQ"}},
		{defect: "D43", cause: result.StatusMapping, but: but(result.ProfileDifference, "PRO-OBSERVATION-001")},
		{defect: "D44", cause: result.TimeZone, but: but(result.ProfileDifference, "PRO-OBSERVATION-001")},
		{defect: "D45", cause: result.FutureDate},
		{defect: "D46", cause: result.ReferenceBroken},
		{defect: "D47", cause: result.ProfileDifference, but: but(result.CauseMissing, "PAR-FACTS-MEDREQ", "PAR-PAIR-MEDREQ")},
		{defect: "D48", cause: result.LabelLost, but: but(result.ProfileDifference, "PRO-DIAGREPORT-001")},
		{defect: "D49", cause: result.Duplicate},
		{
			defect: "D50", cause: result.Duplicate,
			undecided: []string{"PAR-DATE-001", "PAR-META-DATE", "PAR-SEARCH-OBSERVATION", "PAR-SEARCH-OBSERVATION-SHOULD", "PAR-SEARCH-RESULTS-SHOULD", "PAR-SORT-001"},
		},
		{defect: "D51", cause: result.EnteredInError},
		{defect: "D52", cause: result.EnteredInError},
		{defect: "D53", cause: result.EnteredInError},
		{defect: "D54", cause: result.LabelLost},
		{defect: "D55", cause: result.ProfileDifference},
		{defect: "D07", cause: result.CauseExtra, but: but(result.CauseAltered, "PAR-IDENTITY-003", "PAR-SEARCH-PATIENT", "PAR-SEARCH-PATIENT-SHOULD")},
		{defect: "D08", cause: result.CauseMissing},
		{defect: "D11", cause: result.CauseAltered},
		{defect: "D57", cause: result.Withheld},
		{defect: "D60", cause: result.Withheld},
		{defect: "D64", cause: result.CauseMissing},
		{defect: "D69", cause: result.CauseError},
		{defect: "D70", cause: result.IgnoredParameter},
		{defect: "D75", cause: result.CauseAltered, but: but(result.ProfileDifference, "PRO-CONDITION-001")},
		{defect: "D78", cause: result.StatusMapping},
		{defect: "D79", cause: result.Precision},
		// The bytes are not those of the hash that stands beside them.
		{defect: "D80", cause: result.CauseAltered, but: but(result.ProfileDifference, "PRO-FURTHER-001")},
		{defect: "D81", cause: result.StatusMapping, but: but(result.ProfileDifference, "PRO-FURTHER-001")},
		{defect: "D82", cause: result.ReferenceBroken},
		{defect: "D84", cause: result.CauseMissing},
		{defect: "D85", cause: result.StatusMapping},
		{defect: "D88", cause: result.CauseAltered},
		{defect: "D90", cause: result.IgnoredParameter, undecided: []string{"PAR-SEARCH-OBSERVATION-SHOULD"}},
		{defect: "D91", cause: result.CauseMissing},
		{defect: "D92", cause: result.IgnoredParameter},
		{defect: "D93", cause: result.Boundary},
		// Which server answers is chance, so that the same question may be answered twice by the one that lags.
		{
			defect: "D94", cause: result.Unsteady,
			undecided: []string{"PAR-FILTER-001", "PAR-GRID-DATE", "PAR-GRID-TOKEN", "PAR-GRID-VALUE", "PAR-META-CHAIN", "PAR-META-PARTITION", "PAR-META-REPEAT", "PAR-SEARCH-ALLERGY", "PAR-SEARCH-ALLERGY-SHOULD"},
		},
		{defect: "D95", cause: result.CauseAltered},
		{defect: "D110", cause: result.NotRefused},
		{defect: "D111", cause: result.LabelLost},
		{defect: "D112", cause: result.NotRefused},
		{defect: "D134", cause: result.OwnAddress},
	}
}

// want is the cause that a check must name.
func (e explained) want(check string) result.Cause {
	if cause, ok := e.but[check]; ok {
		return cause
	}
	return e.cause
}

func isScenario(check string) bool { return strings.HasPrefix(check, "SCN-") }

// explanation finds what must be named as the cause of a defect, if anything is said about it.
func explanation(defect string) (explained, bool) {
	all := explanations()
	i := slices.IndexFunc(all, func(e explained) bool { return e.defect == defect })
	if i < 0 {
		return explained{}, false
	}
	return all[i], true
}

// checks are those that must name a cause: the ones that are told to fail, and those that see something else.
func (e explained) checks(d mocks.Defect) []string {
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(d.Checks, slices.Collect(maps.Keys(e.but))))))
}

// wrong says which causes that a run with a defect switched on names are not the ones that it must name, and which are lacking.
func (e explained) wrong(d mocks.Defect, results []result.Result) []string {
	var complaints []string
	checks, named := e.checks(d), map[string]int{}
	for _, r := range results {
		if slices.Contains(checks, r.Check) {
			right, wrong := e.judge(r)
			named[r.Check] += right
			complaints = append(complaints, wrong...)
		}
	}
	for _, check := range checks {
		if named[check] == 0 && !slices.Contains(e.undecided, check) && !isScenario(check) {
			complaints = append(complaints, fmt.Sprintf("%s names %q nowhere", check, e.want(check)))
		}
	}
	return complaints
}

// judge looks at the causes of one result, and returns how many are right and what is wrong.
func (e explained) judge(r result.Result) (right int, wrong []string) {
	want, open := e.want(r.Check), 0
	for _, f := range r.Findings {
		switch {
		case f.Severity == result.Information:
		case f.Cause == want:
			right++
		case f.Cause.Plain(), f.Cause == result.NoCause && isScenario(r.Check):
			open++
		default:
			wrong = append(wrong, fmt.Sprintf("%s for %s: %q where %q was expected: %s", r.Check, r.Scope, f.Cause, want, f.Message))
		}
	}
	if right < open && !isScenario(r.Check) && !slices.Contains(e.undecided, r.Check) {
		wrong = append(wrong, fmt.Sprintf("%s for %s: %d findings are explained as %q and %d are not explained", r.Check, r.Scope, right, want, open))
	}
	return right, wrong
}
