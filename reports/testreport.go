package reports

import (
	"encoding/json"
	"io"
	"time"

	"concord.example/concord/internal/result"
)

// testReport is a FHIR R4 TestReport (http://hl7.org/fhir/R4/testreport.html), as far as a run fills it.
type testReport struct {
	ResourceType string            `json:"resourceType"`
	Identifier   testIdentifier    `json:"identifier"`
	Name         string            `json:"name"`
	Status       string            `json:"status"`
	TestScript   testReference     `json:"testScript"`
	Result       string            `json:"result"`
	Tester       string            `json:"tester"`
	Issued       string            `json:"issued"`
	Participant  []testParticipant `json:"participant"`
	Test         []testOfReport    `json:"test,omitempty"`
}

type testIdentifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type testReference struct {
	Display string `json:"display"`
}

type testParticipant struct {
	Type    string `json:"type"`
	URI     string `json:"uri"`
	Display string `json:"display,omitempty"`
}

type testOfReport struct {
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Action      []testAction `json:"action"`
}

type testAction struct {
	Assert testAssert `json:"assert"`
}

type testAssert struct {
	Result  string `json:"result"`
	Message string `json:"message"`
}

// TestReport prints a run as one FHIR R4 TestReport: a test for each check, and an assert for each scope that it was put to.
//
// FHIR has five words for the outcome of an assert and three for that of a report, and none may say more than Concord does: what
// was waived is a warning, what was not run, left out or not applicable is skip, and what could not be told is error. The report
// is pass only when the run is conformant and fail only when it is not; everything else is pending, a selection among it. It has
// no score, because what was not shown cannot be counted.
func TestReport(w io.Writer, run result.Run) error {
	run, err := prepare(run)
	if err != nil {
		return err
	}
	outcome := "pending"
	switch run.Verdict.Outcome {
	case result.Conformant:
		outcome = "pass"
	case result.NotConformant:
		outcome = "fail"
	default:
	}
	name := oneLine(artefact(result.Artefact{Name: run.Harness.Name, Version: run.Harness.Version}))
	report := testReport{
		ResourceType: "TestReport", Identifier: testIdentifier{"urn:concord:run", oneLine(run.ID)}, Name: oneLine("Concord run " + run.ID), Status: "completed",
		TestScript: testReference{oneLine("The checks of " + name)}, Result: outcome, Tester: name, Issued: run.StartedAt.UTC().Format(time.RFC3339),
		Participant: []testParticipant{{"test-engine", "urn:concord", name}},
	}
	for _, s := range run.Systems {
		display := title(s)
		if s.Mock {
			display += " (a mock)"
		}
		report.Participant = append(report.Participant, testParticipant{"server", s.BaseURL, oneLine(display)})
	}
	at := map[string]int{}
	for _, c := range run.Checks {
		at[c.ID] = len(report.Test)
		report.Test = append(report.Test, testOfReport{Name: c.ID, Description: oneLine(c.Title)})
	}
	for _, r := range run.Results {
		i, known := at[r.Check]
		if !known {
			continue // prepare refuses such a run
		}
		message := r.Scope.String() + ": " + statusWord(r.Status)
		if r.Status != result.Pass {
			message += ", " + string(r.Reason) + ": " + why(r)
		}
		report.Test[i].Action = append(report.Test[i].Action, testAction{testAssert{assertResult(r.Status), oneLine(message)}})
	}
	for i := range report.Test {
		if len(report.Test[i].Action) == 0 {
			report.Test[i].Action = []testAction{{testAssert{"skip", "the check was put to nobody"}}}
		}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	return encoder.Encode(report)
}

// assertResult is the word that FHIR has for a status (http://hl7.org/fhir/R4/valueset-report-action-result-codes.html).
func assertResult(s result.Status) string {
	switch s {
	case result.Pass:
		return "pass"
	case result.Warning, result.Waived:
		return "warning"
	case result.Fail:
		return "fail"
	case result.Error:
		return "error"
	default:
		return "skip"
	}
}
