package proof_test

import (
	"context"
	"flag"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites/proof"
)

var update = flag.Bool("update", false, "write what each defect makes fail to mocks/kills.txt") //nolint:gochecknoglobals // a test flag

// checks, with -update, are the only checks that are asked: the rows of all others stay. -run chooses defects.
var checks = flag.String("checks", "", "with -update, ask only these checks, separated by commas") //nolint:gochecknoglobals // a test flag

// wholeMatrix says that every defect is held against every check: "make proof" asks for it, and -update needs it. Without
// it a defect is held against the checks that it must fail: each with CONCORD_KILLS=declared, and otherwise a sample.
func wholeMatrix() bool { return *update || os.Getenv("CONCORD_KILLS") == "all" }

var rig = sync.OnceValues(func() (*proof.Rig, error) { //nolint:gochecknoglobals // slow to make, and the tests take turns
	if wholeMatrix() || os.Getenv("CONCORD_KILLS") != "" {
		return proof.NewRig(context.Background(), 0)
	}
	return proof.NewRig(context.Background(), 2) // the sample is of defects that show among few people as well
})

func newRig(t *testing.T) *proof.Rig {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: this asks two mocks everything")
	}
	r, err := rig()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestEachDefectFailsItsChecksAndNothingElse switches every defect on alone, in both systems, and holds what fails
// against what the defect declares, and what is said to be the cause against what it is. With -update it declares what
// fails; read the change before you commit it.
func TestEachDefectFailsItsChecksAndNothingElse(t *testing.T) {
	rig := newRig(t)
	for _, complaint := range rig.Clean() {
		t.Errorf("clean, %s", complaint)
	}
	found := map[string][]string{}
	if *update {
		t.Cleanup(func() { writeKills(t, found) })
	}
	for i, d := range mocks.Defects() {
		if os.Getenv("CONCORD_KILLS") == "" && !*update && i%8 != 4 {
			continue
		}
		t.Run(d.ID, func(t *testing.T) {
			if *update && *checks != "" {
				found[d.ID] = failsOnly(t, rig, d, strings.Split(*checks, ","))
				return
			}
			kill, err := rig.Kill(t.Context(), d, wholeMatrix())
			if err != nil {
				t.Fatal(err)
			}
			found[d.ID] = slices.Sorted(slices.Values(slices.Concat(kill.Caught, kill.Also)))
			for _, complaint := range slices.Concat(kill.Undetermined, kill.WrongCauses) {
				t.Errorf("%s: %s", d.ID, complaint)
			}
			if *update {
				return
			}
			if len(kill.Expected) == 0 {
				t.Errorf("%s (%s) declares no check, so nothing shows that it is seen", d.ID, d.Title)
			}
			if len(kill.Missed) > 0 {
				t.Errorf("%s (%s) is not caught by %v; caught by %v", d.ID, d.Title, kill.Missed, kill.Caught)
			}
			if len(kill.Also) > 0 {
				t.Errorf("%s: %v fail, and the defect does not declare them", d.ID, kill.Also)
			}
		})
	}
}

// failsOnly is what a defect is declared to make fail, with what it makes fail of some checks put in the place of what is declared
// of those.
func failsOnly(t *testing.T, rig *proof.Rig, d mocks.Defect, some []string) []string {
	t.Helper()
	outcome, err := rig.Try(t.Context(), d, some)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.DeleteFunc(slices.Clone(d.Checks), func(id string) bool { return slices.Contains(some, id) })
	for _, r := range outcome.Results {
		if (r.Status == result.Fail || r.Status == result.Warning) && slices.Contains(some, r.Check) && !slices.Contains(all, r.Check) {
			all = append(all, r.Check)
		}
		if r.Status == result.Error {
			t.Errorf("%s: %s for %s: %s", d.ID, r.Check, r.Scope, r.Message)
		}
	}
	slices.Sort(all)
	return all
}

// writeKills writes the list of what each defect makes fail, with what was found for the defects that were tried.
func writeKills(t *testing.T, found map[string][]string) {
	t.Helper()
	var list strings.Builder
	for _, d := range mocks.Defects() {
		ids := d.Checks
		if failed, tried := found[d.ID]; tried {
			ids = failed
		}
		for _, id := range ids {
			list.WriteString(d.ID + " " + id + "\n")
		}
	}
	if err := os.WriteFile("../../mocks/kills.txt", []byte(list.String()), 0o600); err != nil {
		t.Error(err)
	}
}

// TestADefectOfOneSystemIsBlamedOnThatSystem takes one defect of each family and switches it on in one system only, in turn the
// one and the other. What it makes fail is asked. Where the whole matrix is, each system is tried, and everything asked.
func TestADefectOfOneSystemIsBlamedOnThatSystem(t *testing.T) {
	rig := newRig(t)
	families := map[string]bool{}
	for _, d := range mocks.Defects() {
		if len(d.Checks) == 0 || families[d.Family] || atTheSource(d) {
			continue
		}
		families[d.Family] = true
		checks, systems := d.Checks, []string{[]string{mocks.CCR, mocks.OHC}[len(families)%2]}
		if wholeMatrix() {
			checks, systems = nil, []string{mocks.CCR, mocks.OHC}
		}
		for _, system := range systems {
			outcome, err := rig.Try(t.Context(), d, checks, system)
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			for _, r := range outcome.Results {
				if r.Status != result.Fail {
					continue
				}
				failed++
				wholeFindings(t, r)
				if r.Scope.System != system {
					t.Errorf("%s in %s: %s blames %s: %+v", d.ID, system, r.Check, r.Scope, r.Findings[0])
				}
			}
			if failed == 0 {
				t.Errorf("%s in %s alone is not caught", d.ID, system)
			}
		}
	}
}

// atTheSource reports whether a defect lies with the provider, so that both systems lack its data.
func atTheSource(d mocks.Defect) bool { return d.ID == "D71" }

// TestWhatADefectDoesNotReachDoesNotChange asks again for everything that a defect is said not to reach.
func TestWhatADefectDoesNotReachDoesNotChange(t *testing.T) {
	rig := newRig(t)
	tried := 0
	for _, d := range mocks.Defects() {
		if d.Reaches("Encounter?patient=1", "") && d.Reaches("Observation?patient=1", "") || tried == 1 && !wholeMatrix() {
			continue
		}
		tried++
		outcome, err := rig.TryReaching(t.Context(), d, func(q exchange.Request) bool { return q.Method == http.MethodGet && !d.Reaches(q.URL, q.Body) })
		if err != nil {
			t.Fatal(err)
		}
		if outcome.Changed > 0 || outcome.Reached < 1000 {
			t.Errorf("%s (%s): %d of %d answers that it is said not to reach changed", d.ID, d.Title, outcome.Changed, outcome.Reached)
		}
	}
	if tried == 0 {
		t.Error("no defect was tried")
	}
}

func TestADefectReachesWhatNamesItsTypes(t *testing.T) {
	d, ok := mocks.DefectByID("D34") // of Observations
	if !ok {
		t.Fatal("there is no D34")
	}
	for address, reached := range map[string]bool{
		"Observation?patient=1": true, "Observation/1": true, "http://x.example/fhir/Observation/_search": true,
		"Encounter?patient=1": false, "Encounter/1/_history/1": false, "metadata": false, "Condition?patient.identifier=1": false,
		"Encounter?_revinclude=Observation:encounter": true, "Encounter?_include=Encounter:subject": true, "Provenance?target=Observation/1": true,
		"Patient/1/$everything": true, "DiagnosticReport?result.code=1": true, "Patient?_has:Observation:patient:code=1": true, "": true,
		"Provenance?patient=1": true, "Task?focus=Observation%2F1": true,
	} {
		if got := d.Reaches(address, ""); got != reached {
			t.Errorf("%s reaches %q: %t, want %t", d.ID, address, got, reached)
		}
	}
	if d.Reaches("Encounter/_search", "patient=1") || !d.Reaches("Encounter/_search", "_has:Observation:encounter:code=1") {
		t.Error("what a form asks for is not looked at")
	}
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
