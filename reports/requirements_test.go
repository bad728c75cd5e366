package reports

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/result"
)

// traced is a run in which one check asks what three rows of the contract ask for: one holds, one fails, one could not be asked.
func traced() result.Run {
	row := func(id string) result.Requirement {
		return result.Requirement{ID: id, Source: "a contract", Kind: result.RequirementContract, Level: result.Must, Checks: []string{"PAR-SEARCH-X"}}
	}
	parameter := func(id string, asked, wrong int) result.Parameter {
		return result.Parameter{System: "ccr", Resource: "Patient", Parameter: id, Level: result.Must, Requirements: []string{id}, Asked: asked, Wrong: wrong, Unasked: map[bool]string{true: "nobody has one"}[asked == 0]}
	}
	run := result.Run{
		Schema: result.Schema, ID: "x", StartedAt: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), Systems: []result.System{{Name: "ccr"}},
		Checks: []result.Check{{ID: "PAR-SEARCH-X", Title: "searches", Suite: "parity", Level: result.Must, Requirement: []result.Ref{{ID: "C", Source: "s"}}}},
		Requirements: []result.Requirement{
			row("ROW-FAILS"), row("ROW-HOLDS"), row("ROW-UNASKED"),
			{ID: "ROW-LEFT-OUT", Source: "a contract", Kind: result.RequirementContract, Checks: []string{"PAR-OTHER"}},
			{ID: "ROW-NOBODY", Source: "a contract", Kind: result.RequirementContract, Untested: "nobody can"},
		},
		Parameters: []result.Parameter{parameter("ROW-FAILS", 4, 1), parameter("ROW-HOLDS", 3, 0), parameter("ROW-UNASKED", 0, 0)},
		Results: []result.Result{{
			Check: "PAR-SEARCH-X", Suite: "parity", Level: result.Must, Scope: result.Scope{System: "ccr"}, Status: result.Fail, Reason: result.Broken,
			Findings: []result.Finding{{Rule: "search", Severity: result.SeverityError, Message: "wrong", Requirement: "ROW-FAILS"}},
		}},
	}
	run.Verdict = result.Judge(run.Results)
	return run
}

func TestARowOfTheContractHasItsOwnResultAndNotThatOfItsNeighbours(t *testing.T) {
	var b bytes.Buffer
	if err := CSV(&b, traced(), "requirements"); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]string{}
	for _, row := range rows[1:] {
		got[row[0]] = [2]string{row[8], row[10]}
	}
	for id, want := range map[string][2]string{
		"ROW-FAILS":    {"fail", "1 of 4 searches wrong"},
		"ROW-HOLDS":    {"pass", "0 of 3 searches wrong"},
		"ROW-UNASKED":  {"not-run", "nobody has one"},
		"ROW-LEFT-OUT": {"skipped", "the check was not selected for this run"},
		"ROW-NOBODY":   {"untested", "nobody can"},
	} {
		if got[id] != want {
			t.Errorf("%s is told as %q, want %q", id, got[id], want)
		}
	}
}

func TestARowIsNotDemonstratedByACheckThatCouldNotTell(t *testing.T) {
	run := traced()
	run.Results[0].Status, run.Results[0].Reason, run.Results[0].Findings = result.NotRun, result.NoDifference, nil
	for _, row := range requirementRows(run) {
		if row[8] == "pass" {
			t.Errorf("%s passes, and its check is not run", row[0])
		}
	}
}

func TestThePageSaysOfEachKindHowMuchIsDemonstratedAndWhatNothingTests(t *testing.T) {
	page, err := Page(traced(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Rows of the search contract: 5", "1 that nothing tests", "Nothing tests this: nobody can."} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
