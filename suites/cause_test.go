package suites_test

import (
	"slices"
	"testing"

	"concord/internal/result"
	"concord/mocks"
	"concord/suites"
)

// explained is a defect with the checks that catch it, and the one cause that most of the findings of each must name.
type explained struct {
	defect string
	causes map[string]result.Cause
}

func facts(kind string, cause result.Cause) map[string]result.Cause {
	return map[string]result.Cause{"PAR-FACTS-" + kind: cause, "PAR-PAIR-" + kind: cause}
}

// explanations says of every defect of content, time, structure and provenance, and of those of search that the first
// checks catch, which check explains it how.
func explanations() []explained {
	one := func(check string, cause result.Cause) map[string]result.Cause {
		return map[string]result.Cause{check: cause}
	}
	return []explained{
		{"D12", map[string]result.Cause{"PAR-FILTER-001": result.IgnoredParameter, "PAR-OR-001": result.IgnoredParameter}},
		{"D13", one("PAR-DATE-001", result.TimeZone)},
		{"D14", one("PAR-DATE-002", result.PartialDate)},
		{"D15", one("PAR-TOKEN-001", result.CodeSystem)},
		{"D16", one("PAR-OR-001", result.CauseMissing)},
		{"D17", map[string]result.Cause{"PAR-PAGE-001": result.PagingTruncation, "PAR-TOTAL-001": result.PagingTruncation, "PAR-FACTS-OBSERVATION": result.PagingTruncation}},
		{"D18", one("PAR-DRIFT-001", result.PageDrift)},
		{"D19", one("PAR-TOTAL-001", result.CauseExtra)},
		{"D20", one("PAR-SORT-001", result.IgnoredParameter)},
		{"D21", one("PAR-UPDATED-002", result.StaleFeed)},
		{"D22", one("PAR-POST-001", result.IgnoredParameter)},
		{"D23", one("PAR-META-SUBSETTED", result.LabelLost)},
		{"D25", facts("CONDITION", result.CodeSystem)},
		{"D26", facts("ALLERGY", result.CodeSystem)},
		{"D27", facts("CONDITION", result.CodeSystem)},
		{"D28", one("PRO-EDITION-001", result.CodeSystem)},
		{"D29", facts("MEDREQ", result.CodeSystem)},
		{"D30", facts("ALLERGY", result.CodeSystem)},
		{"D31", facts("ALLERGY", result.CodeSystem)},
		{"D32", facts("ALLERGY", result.CauseMissing)},
		{"D33", facts("ALLERGY", result.CauseMissing)},
		{"D34", facts("OBSERVATION", result.Unit)},
		{"D35", facts("OBSERVATION", result.Unit)},
		{"D36", facts("OBSERVATION", result.Unit)},
		{"D37", facts("OBSERVATION", result.CauseMissing)},
		{"D38", facts("OBSERVATION", result.LabelLost)},
		{"D39", facts("REPORT", result.StatusMapping)},
		{"D40", facts("OBSERVATION", result.ReferenceBroken)},
		{"D41", facts("MEDREQ", result.StatusMapping)},
		{"D42", facts("MEDREQ", result.ReferenceBroken)},
		{"D43", map[string]result.Cause{"PAR-FACTS-OBSERVATION": result.StatusMapping, "PRO-OBSERVATION-001": result.ProfileDifference}},
		{"D44", facts("OBSERVATION", result.TimeZone)},
		{"D45", facts("CONDITION", result.CauseMissing)},
		{"D46", map[string]result.Cause{"PAR-FACTS-CONDITION": result.ReferenceBroken, "PRO-REFERENCE-001": result.ReferenceBroken}},
		{"D47", one("PRO-MEDREQ-001", result.ProfileDifference)},
		{"D48", map[string]result.Cause{"PAR-FACTS-REPORT": result.LabelLost, "PRO-DIAGREPORT-001": result.ProfileDifference}},
		{"D49", facts("OBSERVATION", result.Duplicate)},
		{"D50", facts("OBSERVATION", result.Duplicate)},
		{"D51", facts("ALLERGY", result.EnteredInError)},
		{"D52", one("SCN-P33", result.EnteredInError)},
		{"D53", facts("ALLERGY", result.EnteredInError)},
		{"D54", one("PAR-SOURCE-001", result.LabelLost)},
		{"D55", one("PRO-CLAIM-001", result.ProfileDifference)},
		{"D57", facts("CONDITION", result.Withheld)},
		{"D78", facts("ENCOUNTER", result.StatusMapping)},
		{"D79", facts("IMMUNIZATION", result.Precision)},
	}
}

// TestEachDefectIsExplained switches defects on one at a time, in both systems, and looks at the cause that the checks
// give. A check may also meet what it cannot explain, so most of its findings must name the cause and none may name
// another that is not plain.
func TestEachDefectIsExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this asks some checks once for each defect")
	}
	b := newBench(t)
	for _, e := range explanations() {
		t.Run(e.defect, func(t *testing.T) {
			d, ok := mocks.DefectByID(e.defect)
			if !ok {
				t.Fatal("there is no such defect")
			}
			for _, side := range b.pair.Endpoints() {
				if err := side.Server.SetDefects(b.setting(d, side.System)); err != nil {
					t.Fatal(err)
				}
			}
			checks := make([]string, 0, len(e.causes))
			for check := range e.causes {
				checks = append(checks, check)
			}
			run := b.run(t.Context(), t, func(c *suites.Config) { c.Selection.Checks = checks })
			named := map[string]int{}
			for _, r := range run.Results {
				want := e.causes[r.Check]
				right, plain := 0, 0
				for _, f := range r.Findings {
					switch f.Cause {
					case want:
						right++
					case result.CauseMissing, result.CauseExtra:
						plain++
					default:
						t.Errorf("%s for %s: %q where %q was expected: %s", r.Check, r.Scope, f.Cause, want, f.Message)
					}
				}
				named[r.Check] += right
				if right < plain {
					t.Errorf("%s for %s: %d findings are explained as %q and %d are not explained", r.Check, r.Scope, right, want, plain)
				}
			}
			slices.Sort(checks)
			for _, check := range checks {
				if named[check] == 0 {
					t.Errorf("%s names %q nowhere", check, e.causes[check])
				}
			}
			for _, side := range b.pair.Endpoints() {
				if err := side.Server.SetDefects(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
