package suites_test

import (
	"slices"
	"strings"
	"testing"

	"concord/internal/result"
	"concord/mocks"
	"concord/suites"
)

func TestEveryCheckIsProvedByADefect(t *testing.T) {
	proved := map[string]bool{}
	catalogue := suites.Catalogue()
	for _, d := range mocks.Defects() {
		for _, id := range d.Checks {
			proved[id] = true
			if _, ok := catalogue.Find(id); !ok {
				t.Errorf("defect %s names check %s, which does not exist", d.ID, id)
			}
		}
	}
	for _, c := range catalogue {
		if !proved[c.ID] {
			t.Errorf("no defect makes %s fail, so nothing shows that it can", c.ID)
		}
	}
}

// TestEachDefectFailsItsChecksAndNothingElse switches every defect on alone, on each side, and holds what fails against
// what the defect declares. A side that holds nothing the defect could spoil fails nothing, so only the other side's
// failures are required; but no side may fail anything else.
func TestEachDefectFailsItsChecksAndNothingElse(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this asks all checks twice for each defect")
	}
	b := newBench(t)
	for _, d := range mocks.Defects() {
		t.Run(d.ID, func(t *testing.T) {
			var failed []string
			for _, side := range b.pair.Endpoints() {
				if err := side.Server.SetDefects(b.setting(d, side.System)); err != nil {
					t.Fatal(err)
				}
				run := b.run(t.Context(), t, func(c *suites.Config) { c.Selection.Providers = b.someProviders() })
				if err := side.Server.SetDefects(); err != nil {
					t.Fatal(err)
				}
				for _, r := range run.Results {
					switch {
					case r.Status == result.Fail && !slices.Contains(failed, r.Check):
						failed = append(failed, r.Check)
					case r.Status == result.Error:
						t.Errorf("%s in %s: %s for %s ends in an error: %s", d.ID, side.System, r.Check, r.Scope, r.Message)
					}
					if r.Status == result.Fail && r.Scope.System != side.System && !atTheSource(d) {
						t.Errorf("%s in %s: %s blames %s: %+v", d.ID, side.System, r.Check, r.Scope, r.Findings[0])
					}
					if r.Status == result.Fail && !slices.Contains(d.Checks, r.Check) {
						t.Errorf("%s in %s: %s fails for %s, and the defect does not declare it: %+v", d.ID, side.System, r.Check, r.Scope, r.Findings[0])
					}
				}
			}
			for _, id := range d.Checks {
				if !slices.Contains(failed, id) {
					t.Errorf("%s (%s) is not caught by %s; caught by %s", d.ID, d.Title, id, strings.Join(failed, ", "))
				}
			}
		})
	}
}

// atTheSource reports whether a defect lies with the provider, so that both systems lack its data.
func atTheSource(d mocks.Defect) bool { return d.ID == "D71" }

// setting switches a defect on. The two defects of the sweep are given a provider that the test asks about.
func (b *bench) setting(d mocks.Defect, system string) mocks.Setting {
	setting := mocks.Setting{ID: d.ID}
	if d.ID == "D71" || d.ID == "D72" {
		for _, ods := range b.someProviders() {
			if b.ledger.System(ods) == system {
				setting.Providers = []string{ods}
			}
		}
	}
	return setting
}
