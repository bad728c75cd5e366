package reports_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

func TestWhatCouldNotBeCheckedIsCountedInEveryReport(t *testing.T) {
	run := cleanRun(t)
	run.Results[0].Findings = append(run.Results[0].Findings, result.Finding{
		Rule: "fhir-not-checkable", Severity: result.Information, Message: "code: the code was not checked", Occurrences: 434,
	})
	run.Results[1].Findings = append(run.Results[1].Findings, result.Finding{Rule: "fhir-not-checkable", Severity: result.Information, Message: "slice x cannot be told apart"})
	files := written(t, run, reports.Options{})
	for name, text := range map[string]string{
		"terminal": screen(t, run, false), "summary": string(files[reports.SummaryFile]), "page": string(files[reports.HTMLFile]),
	} {
		if !strings.Contains(text, "neither right nor wrong: 435 things in all: code: the code was not checked (434 times); slice x cannot be told apart (1 time).") {
			t.Errorf("%s does not count it", name)
		}
	}
	if text := string(files[reports.JUnitFile]); strings.Count(text, "neither right nor wrong") != 2 {
		t.Errorf("junit.xml tells it %d times", strings.Count(text, "neither right nor wrong"))
	}
}
