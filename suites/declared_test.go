package suites_test

import (
	"fmt"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
	"concord.example/concord/suites/declared"
)

func TestADeclaredDifferenceIsWaivedUntilItIsGoneOrExpired(t *testing.T) {
	b := newBench(t)
	register := func(expires string) *declared.Register {
		r, err := declared.Parse(fmt.Appendf(nil, "schema: concord/differences/v1\ndifferences:\n  - {id: SHARE-1, check: PAR-FACTS-ALLERGY, system: ohc, cause: missing, "+
			"path: AllergyIntolerance.reaction.severity, owner: OHC, reason: not shared, expires: %s}\n", expires))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		name    string
		defect  bool
		expires string
		status  result.Status
		reason  result.Reason
		state   result.DeclaredState
	}{
		{"it occurs", true, "2999-12-31", result.Waived, result.Accepted, result.DeclaredOccurs},
		{"it occurs and has expired", true, "2020-12-31", result.Fail, result.Broken, result.DeclaredExpired},
		{"it is gone", false, "2999-12-31", result.Fail, result.StaleWaiver, result.DeclaredStale},
		{"it is gone and has expired", false, "2020-12-31", result.Pass, result.NoReason, result.DeclaredExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			var settings []mocks.Setting
			if c.defect {
				settings = append(settings, mocks.Setting{ID: "D33"})
			}
			if err := b.pair.OHC.Server.SetDefects(settings...); err != nil {
				t.Fatal(err)
			}
			run := b.run(t.Context(), t, func(config *suites.Config) {
				config.Selection.Checks = []string{"PAR-FACTS-ALLERGY"}
				config.Declared = register(c.expires)
			})
			if len(run.Declared) != 1 || run.Declared[0].State != c.state || (run.Declared[0].Occurred > 0) != (c.state == result.DeclaredOccurs) {
				t.Errorf("the register says %+v", run.Declared)
			}
			for _, r := range run.Results {
				if r.Scope.System == "ohc" && (r.Status != c.status || r.Reason != c.reason || r.Status != result.Pass && r.Message == "" && len(r.Findings) == 0) {
					t.Errorf("got %s (%s) %q, want %s (%s)", r.Status, r.Reason, r.Message, c.status, c.reason)
				}
				if r.Scope.System == "ccr" && r.Status != result.Pass {
					t.Errorf("the other system is %s", r.Status)
				}
			}
		})
	}
}
