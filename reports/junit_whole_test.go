package reports_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// TestAnInterruptedRunHasOneErroredCaseForEachSystem holds JUnit to saying once that a run was stopped, however much was not
// asked: thousands of errors with one cause are read by nobody.
func TestAnInterruptedRunHasOneErroredCaseForEachSystem(t *testing.T) {
	run := smallRun()
	for i := range run.Results {
		if i > 2 {
			run.Results[i].Status, run.Results[i].Reason, run.Results[i].Findings = result.NotRun, result.Interrupted, nil
			run.Results[i].Message = "the run was stopped before this check was asked"
		}
	}
	run.Results[3].Status = result.Error
	run.Verdict = run.Judge()
	root := parsed(t, written(t, run, reports.Options{})[reports.JUnitFile])
	var messages []string
	for _, suite := range root.Children {
		for _, testcase := range suite.Children {
			for _, child := range testcase.Children {
				if child.XMLName.Local == "error" {
					messages = append(messages, child.attr("message"))
				}
			}
		}
	}
	if len(messages) != len(run.Systems) || root.attr("errors") != "2" || !strings.Contains(messages[0], "stopped") {
		t.Errorf("%d errored cases: %q", len(messages), messages)
	}
}

// TestASelectionIsSaidInJUnit: a reader of JUnit that knows nothing of Concord sees that something was left out.
func TestASelectionIsSaidInJUnit(t *testing.T) {
	run := cleanRun(t)
	run.Selection = result.Selection{Checks: []string{"PRO-PAT-001"}, NotSelected: 171, Of: 172}
	run.Verdict = run.Judge()
	files := written(t, run, reports.Options{})
	text := string(files[reports.JUnitFile])
	for _, want := range []string{`name="verdict" value="selection-passed"`, `name="selection" value="171 of 172 checks left out"`, "Left out by choice"} {
		if !strings.Contains(text, want) {
			t.Errorf("junit.xml does not hold %s", want)
		}
	}
	for name, page := range map[string]string{"summary": string(files[reports.SummaryFile]), "page": string(files[reports.HTMLFile]), "terminal": screen(t, run, false)} {
		if !strings.Contains(strings.ToLower(page), "selection passed") || !strings.Contains(page, "171 of 172 checks") {
			t.Errorf("the %s does not say that it is about a selection:\n%.400s", name, page)
		}
	}
}
