package suites_test

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
	"concord.example/concord/suites/proof"
)

var update = flag.Bool("update", false, "write what each defect makes fail to mocks/kills.txt") //nolint:gochecknoglobals // a test flag

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
		if !proved[c.ID] && provedElsewhere()[c.ID] == "" {
			t.Errorf("no defect makes %s fail, so nothing shows that it can", c.ID)
		}
	}
}

// provedElsewhere says of checks that no mock can make fail why that is so.
func provedElsewhere() map[string]string {
	return map[string]string{
		"SCN-P36": "the fault would be Concord's own: the tests of internal/exchange show that what the check plants is refused",
	}
}

// wholeMatrix says that every defect is held against every check: "make proof" asks for it, and -update needs it. Without
// it a defect is held against the checks that it must fail.
func wholeMatrix() bool { return *update || os.Getenv("CONCORD_KILLS") == "all" }

// newRig sets the proof up about what the tests share.
func newRig(t *testing.T) *proof.Rig {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	rig, err := proof.NewRig(t.Context(), h.ledger, h.judge)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rig.Close)
	return rig
}

// TestEachDefectFailsItsChecksAndNothingElse switches every defect on alone, in both systems, and holds what fails
// against what the defect declares, and what is said to be the cause against what it is. With -update it declares what
// fails; read the change before you commit it.
func TestEachDefectFailsItsChecksAndNothingElse(t *testing.T) {
	if !wholeMatrix() && os.Getenv("CONCORD_KILLS") == "" {
		t.Skip("this asks about every defect, for many minutes: CONCORD_KILLS=declared, or make proof for all checks")
	}
	rig := newRig(t)
	for _, r := range rig.Baseline().Results() {
		if r.Status != result.Pass {
			t.Errorf("clean, %s for %s: %s (%s) %s %+v", r.Check, r.Scope, r.Status, r.Reason, r.Message, r.Findings)
		}
	}
	found := map[string]map[string]bool{}
	if *update {
		t.Cleanup(func() { writeKills(t, found) })
	}
	for _, d := range mocks.Defects() {
		t.Run(d.ID, func(t *testing.T) {
			var checks []string
			if !wholeMatrix() {
				if checks = d.Checks; len(checks) == 0 {
					t.Skip("it declares no check: only the whole matrix says anything about it")
				}
			}
			outcome, err := rig.Try(t.Context(), d, checks)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d of %d answers changed, %d checks asked", outcome.Changed, outcome.Answers, outcome.Asked)
			failed := map[string]bool{}
			for _, r := range outcome.Results {
				switch r.Status {
				case result.Error:
					t.Errorf("%s: %s for %s ends in an error: %s", d.ID, r.Check, r.Scope, r.Message)
				case result.Fail, result.Warning:
					failed[r.Check] = true
					wholeFindings(t, r)
					if !*update && !slices.Contains(d.Checks, r.Check) {
						t.Errorf("%s: %s fails for %s, and the defect does not declare it: %+v", d.ID, r.Check, r.Scope, r.Findings[0])
					}
				default:
				}
			}
			if *update {
				found[d.ID] = failed
				return
			}
			isExplained(t, d, outcome.Results)
			for _, id := range d.Checks {
				if !failed[id] {
					t.Errorf("%s (%s) is not caught by %s; caught by %v", d.ID, d.Title, id, slices.Sorted(maps.Keys(failed)))
				}
			}
		})
	}
}

// writeKills writes the list of what each defect makes fail, with what was found for the defects that were tried.
func writeKills(t *testing.T, found map[string]map[string]bool) {
	t.Helper()
	var list strings.Builder
	for _, d := range mocks.Defects() {
		ids := d.Checks
		if failed, tried := found[d.ID]; tried {
			ids = slices.Sorted(maps.Keys(failed))
		}
		for _, id := range ids {
			list.WriteString(d.ID + " " + id + "\n")
		}
	}
	if err := os.WriteFile("../mocks/kills.txt", []byte(list.String()), 0o600); err != nil {
		t.Error(err)
	}
}

// TestADefectOfOneSystemIsBlamedOnThatSystem takes one defect of each family and switches it on in one system only: in one of
// them everything is asked, in the other what the defect makes fail; the systems take turns.
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
		for i, side := range b.pair.Endpoints() {
			failed := 0
			var checks []string
			if i == len(families)%2 {
				checks = d.Checks
			}
			for _, r := range b.asking(t, checks, d, side).Results {
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

// asking asks some checks with a defect switched on in some systems, and switches it off again; no checks are all of them.
func (b *bench) asking(t *testing.T, checks []string, d mocks.Defect, sides ...*mocks.Endpoint) result.Run {
	t.Helper()
	for _, side := range sides {
		if err := side.Server.SetDefects(b.setting(d, side.System)); err != nil {
			t.Fatal(err)
		}
	}
	run := b.run(t.Context(), t, func(c *suites.Config) {
		c.Selection.Checks, c.Selection.Providers = checks, b.someProviders()
		c.WithoutSpecs()
	})
	for _, side := range sides {
		if err := side.Server.SetDefects(); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

// atTheSource reports whether a defect lies with the provider, so that both systems lack its data.
func atTheSource(d mocks.Defect) bool { return d.ID == "D71" }

// setting switches a defect on. The defects of the sweep are given a provider that the test asks about.
func (b *bench) setting(d mocks.Defect, system string) mocks.Setting {
	setting := mocks.Setting{ID: d.ID}
	if slices.Contains([]string{"D71", "D72", "D99", "D100", "D101", "D102"}, d.ID) {
		for _, ods := range b.someProviders() {
			if b.ledger.System(ods) == system {
				setting.Providers = []string{ods}
			}
		}
	}
	return setting
}
