package reports_test

import (
	"bytes"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// threeSystems is a run in which the third system lacks a record that the two others show, and a fourth was not reached.
func threeSystems() result.Run {
	run := fakeHead()
	run.Systems = append(run.Systems,
		result.System{Name: "dhc", Title: "Digital Health Checks", Share: "none", BaseURL: "http://127.0.0.1:38413/fhir", Supplier: "C"},
		result.System{Name: "gone", Title: "Gone", Share: "none", BaseURL: "http://127.0.0.1:38414/fhir", Supplier: "D"})
	ref := []result.Ref{{ID: "POC", Source: "Pilot"}}
	run.Checks = []result.Check{
		{ID: "PAR-PAIR-ALLERGY", Title: "both systems say the same about a person's allergies", Suite: "parity", Area: result.AreaFederation, Level: result.Must, Scope: "pair", Requirement: ref, Hazard: "An allergy is not seen.", Fix: "Look."},
		{ID: "SCN-P14", Title: "objection", Suite: "scenario", Area: result.AreaFederation, Level: result.Must, Scope: "pair", Peers: "neighbour", Requirement: ref, Hazard: "H.", Fix: "F."},
	}
	for _, a := range run.Systems {
		for _, b := range run.Systems {
			if a.Name == b.Name {
				continue
			}
			r := result.Result{Check: "PAR-PAIR-ALLERGY", Suite: "parity", Level: result.Must, Status: result.Pass, Scope: result.Scope{System: a.Name, Peer: b.Name}}
			switch {
			case a.Name == "gone" || b.Name == "gone":
				r.Status, r.Reason, r.Message = result.NotRun, result.Unreachable, "no connection"
			case a.Name == "dhc":
				r.Status, r.Reason = result.Fail, result.Broken
				r.Findings = []result.Finding{{
					Rule: "parity-missing", Severity: result.SeverityError, Path: "AllergyIntolerance", Cause: result.CauseMissing, Level: result.Must, Requirement: "POC",
					Message: "AllergyIntolerance penicillin is not shown", Expected: "penicillin", Actual: "not shown", Camps: result.Camps{{"ccr", "ohc"}, {"dhc"}},
				}}
			}
			run.Results = append(run.Results, r)
		}
	}
	run.Results = append(run.Results,
		result.Result{Check: "SCN-P14", Suite: "scenario", Level: result.Must, Status: result.Pass, Scope: result.Scope{System: "ccr", Peer: "ohc"}},
		result.Result{Check: "SCN-P14", Suite: "scenario", Level: result.Must, Status: result.NotApplicable, Reason: result.NotClaimedReason, Message: "not asked", Scope: result.Scope{System: "dhc"}})
	run.Normalise()
	run.Agreements = run.Accords()
	run.Verdict = run.Judge()
	return run
}

func TestOneSystemThatDiffersFromSeveralIsOneCauseInEveryReport(t *testing.T) {
	run := threeSystems()
	files := written(t, run, reports.Options{})
	if err := schema(t).Validate(decoded(t, files[reports.RunFile])); err != nil {
		t.Errorf("%#v", err)
	}
	var screen bytes.Buffer
	if err := reports.Terminal(&screen, run, reports.Screen{}); err != nil {
		t.Fatal(err)
	}
	odd := "Digital Health Checks differs from the two others (Collaborative Care Record and One Health and Care), which agree"
	played := "Scenes between two systems were played with those that are the first to hold a part of the records, and not with Digital Health Checks (1 scene)"
	for name, c := range map[string]struct {
		text  string
		wants []string
	}{
		"screen": {screen.String(), []string{odd + ": AllergyIntolerance is missing.", odd + ". Of Gone it was not demonstrated.", "1 cause explains 100 % of 1 finding."}},
		"summary": {string(files[reports.SummaryFile]), []string{
			odd + ": AllergyIntolerance is missing.", "| Digital Health Checks | differ: 1 | differ: 1 | – | not demonstrated: 0 of 2 |", "| Collaborative Care Record | – | agree | differ: 1 |", played,
		}},
		"page": {string(files[reports.HTMLFile]), []string{
			odd + ": AllergyIntolerance is missing.", `<th scope="row" role="rowheader">Digital Health Checks</th>`, "not demonstrated: 0 of 2", played, `href="#agreement"`,
		}},
		"junit": {string(files[reports.JUnitFile]), []string{
			`name="gone is asked everything"`, `name="the systems say the same" classname="concord.run"`, `type="differ" message="` + odd, "systems: ccr ohc | dhc",
		}},
	} {
		for _, want := range c.wants {
			if !strings.Contains(c.text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

func TestASystemThatWasNotReachedIsNoErrorOfTheOthers(t *testing.T) {
	text := string(written(t, threeSystems(), reports.Options{})[reports.JUnitFile])
	for _, name := range []string{"ccr", "ohc", "dhc"} {
		if strings.Contains(text, name+" is asked everything") {
			t.Errorf("%s is in error because another system was not reached", name)
		}
	}
}

func TestTwoSystemsHaveNoMatrix(t *testing.T) {
	files := written(t, smallRun(), reports.Options{})
	for name, text := range files {
		if bytes.Contains(text, []byte("agreement")) || bytes.Contains(text, []byte("Which systems say the same")) {
			t.Errorf("%s has a matrix of two systems", name)
		}
	}
}
