package requirement_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/suites"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/parity"
	"concord.example/concord/suites/requirement"
)

func embedded(t *testing.T) *contract.Contract {
	t.Helper()
	c, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func ledger(t *testing.T) *fixtures.Ledger {
	t.Helper()
	l, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestNothingThatIsRequiredIsABlank(t *testing.T) {
	var loaded []profiles.Profile
	for _, sequence := range []profiles.Sequence{profiles.STU2, profiles.STU3} {
		registry, err := profiles.Embedded(sequence)
		if err != nil {
			t.Fatal(err)
		}
		loaded = append(loaded, registry.Profiles()...)
	}
	all, err := requirement.Register(embedded(t), suites.Catalogue(), loaded)
	if err != nil {
		t.Error(err)
	}
	counts := map[result.RequirementKind]int{}
	var scenarios []string
	for _, r := range all {
		counts[r.Kind]++
		if len(r.Checks) > 0 && r.Untested != "" {
			t.Errorf("%s is tested by %s, and is said to be untested: %s", r.ID, r.Checks, r.Untested)
		}
		if r.Kind == result.RequirementScenario {
			scenarios = append(scenarios, r.ID)
		}
	}
	for _, kind := range result.RequirementKinds() {
		if counts[kind] == 0 {
			t.Errorf("no requirement is of kind %s", kind)
		}
	}
	for _, story := range ledger(t).Stories() {
		if story.ID[0] == 'P' && !slices.Contains(scenarios, story.ID) {
			t.Errorf("scenario %s is no requirement", story.ID)
		}
	}
}

func TestEveryCheckTestsSomethingThatIsRequired(t *testing.T) {
	all, _ := requirement.Register(embedded(t), suites.Catalogue(), nil)
	for _, c := range suites.Catalogue() {
		if !slices.ContainsFunc(all, func(r result.Requirement) bool { return slices.Contains(r.Checks, c.ID) }) {
			t.Errorf("%s tests nothing that is required", c.ID)
		}
	}
}

func TestARowIsSaidToBeUntestedExactlyWhenNothingIsPlannedForIt(t *testing.T) {
	c := embedded(t)
	plan, err := parity.NewPlan(c, parity.LedgerValues(ledger(t)), 1)
	if err != nil {
		t.Fatal(err)
	}
	unasked := map[string]string{}
	for _, u := range slices.Concat(plan.Unplanned, plan.Untried) {
		unasked[u.Row.ID] = u.Why
	}
	for _, row := range c.Rows {
		if (row.Untested != "") != (unasked[row.ID] != "") {
			t.Errorf("row %s: untested %q, and the plan says %q", row.ID, row.Untested, unasked[row.ID])
		}
	}
}

func TestARequirementWithNeitherACheckNorAReasonIsNamed(t *testing.T) {
	c := embedded(t)
	c.Rows = append(c.Rows, contract.Row{ID: "OWN-BLANK", Resource: "Flag", Layer: contract.Programme, Level: result.Should, Parameters: []string{"date"}, Source: "a test"})
	// The catalogue that is listed without a contract has no check of what a programme may recommend about flags.
	_, err := requirement.Register(c, suites.Catalogue(), []profiles.Profile{{Canonical: "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Basic", Type: "Basic"}})
	if err == nil || !strings.Contains(err.Error(), "OWN-BLANK") || !strings.Contains(err.Error(), "UKCore-Basic") {
		t.Errorf("the error is %v", err)
	}
}
