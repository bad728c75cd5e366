package suites_test

import (
	"maps"
	"slices"
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

// TestEachDefectFailsItsChecksAndNothingElse switches every defect on alone, in both systems, and holds what fails
// against what the defect declares.
func TestEachDefectFailsItsChecksAndNothingElse(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this asks all checks once for each defect")
	}
	b := newBench(t)
	for _, d := range mocks.Defects() {
		t.Run(d.ID, func(t *testing.T) {
			failed := map[string]bool{}
			for _, r := range b.with(t, d, b.pair.Endpoints()...).Results {
				switch {
				case r.Status == result.Error:
					t.Errorf("%s: %s for %s ends in an error: %s", d.ID, r.Check, r.Scope, r.Message)
				case r.Status == result.Fail:
					failed[r.Check] = true
					if !slices.Contains(d.Checks, r.Check) {
						t.Errorf("%s: %s fails for %s, and the defect does not declare it: %+v", d.ID, r.Check, r.Scope, r.Findings[0])
					}
				}
			}
			for _, id := range d.Checks {
				if !failed[id] {
					t.Errorf("%s (%s) is not caught by %s; caught by %v", d.ID, d.Title, id, slices.Sorted(maps.Keys(failed)))
				}
			}
		})
	}
}

// TestADefectOfOneSystemIsBlamedOnThatSystem takes one defect of each family and switches it on in one system only.
func TestADefectOfOneSystemIsBlamedOnThatSystem(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: this asks all checks twice for each family of defects")
	}
	b := newBench(t)
	families := map[string]bool{}
	for _, d := range mocks.Defects() {
		if len(d.Checks) == 0 || families[d.Family] || atTheSource(d) {
			continue
		}
		families[d.Family] = true
		for _, side := range b.pair.Endpoints() {
			failed := 0
			for _, r := range b.with(t, d, side).Results {
				if r.Status != result.Fail {
					continue
				}
				failed++
				if r.Scope.System != side.System {
					t.Errorf("%s in %s: %s blames %s: %+v", d.ID, side.System, r.Check, r.Scope, r.Findings[0])
				}
			}
			if failed == 0 {
				t.Errorf("%s in %s alone is not caught", d.ID, side.System)
			}
		}
	}
}

// with runs everything with a defect switched on in some systems, and switches it off again.
func (b *bench) with(t *testing.T, d mocks.Defect, sides ...*mocks.Endpoint) result.Run {
	t.Helper()
	for _, side := range sides {
		if err := side.Server.SetDefects(b.setting(d, side.System)); err != nil {
			t.Fatal(err)
		}
	}
	run := b.run(t.Context(), t, func(c *suites.Config) { c.Selection.Providers = b.someProviders() })
	for _, side := range sides {
		if err := side.Server.SetDefects(); err != nil {
			t.Fatal(err)
		}
	}
	return run
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
