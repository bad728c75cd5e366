package parity

import (
	"slices"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

func TestARowOfAProgrammeIsAskedAtALevelThatConcordsOwnContractLeavesEmpty(t *testing.T) {
	row := func(resource string, level result.Level) contract.Row {
		return contract.Row{ID: "OWN", Resource: resource, Layer: contract.Programme, Level: level, Parameters: []string{"date"}, Source: "a test"}
	}
	for _, own := range []contract.Row{row("Flag", result.Should), row("DocumentReference", result.Must), row("Patient", result.May)} {
		catalogue := PlannedChecks(NewQuestions(&contract.Contract{Rows: []contract.Row{own}}, 1))
		for _, id := range ChecksOf(own) {
			if !slices.ContainsFunc(catalogue, func(c check.Check) bool { return c.ID == id }) {
				t.Errorf("a %s row of %s is to be asked by %s, which the catalogue does not have", own.Level, own.Resource, id)
			}
		}
		if len(ChecksOf(own)) == 0 {
			t.Errorf("a %s row of %s is asked by nothing", own.Level, own.Resource)
		}
	}
}
