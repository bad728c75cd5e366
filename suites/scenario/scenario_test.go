package scenario_test

import (
	"os"
	"testing"

	"concord/fixtures"
	"concord/profiles"
	"concord/suites"
	"concord/suites/scenario"
	"concord/suites/scenario/script"
)

// The built-in scenarios are read without a ledger when Concord starts; here they are read as those of a user are.
func TestTheBuiltInScenariosNameOnlyWhatTheLedgerAndFHIRHave(t *testing.T) {
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	read, err := script.Load(os.DirFS("."), "suites/scenario", script.Vocabulary{Ledger: ledger, Compile: suites.NewUKCore(registry, ledger, nil).Compile})
	if err != nil {
		t.Fatal(err)
	}
	if len(read) != len(scenario.Scripts()) || len(read) < 10 {
		t.Errorf("%d scenarios are in the folder and %d are built in, want the same and at least 10", len(read), len(scenario.Scripts()))
	}
}
