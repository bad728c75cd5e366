package scenario_test

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/mocks"
	"concord.example/concord/profiles"
	"concord.example/concord/suites"
	"concord.example/concord/suites/scenario"
	"concord.example/concord/suites/scenario/script"
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

var update = flag.Bool("update", false, "write README.md again") //nolint:gochecknoglobals // a test flag

// page is the folder's README: one row for each scenario of the programme.
func page(ledger *fixtures.Ledger) string {
	var b strings.Builder
	b.WriteString("# The scenarios\n\n" +
		"One row for each proof-of-concept scenario. A file is a scenario in YAML (`concord scenarios schema`), or Go where the\n" +
		"steps need more. The people of each story are in [STORIES.md](../../fixtures/STORIES.md). Written from the code by\n" +
		"`go test ./suites/scenario -update`.\n\n" +
		"| Scenario | What must be so | Story | Checks | Where | Defects that make it fail |\n|---|---|---|---|---|---|\n")
	for _, story := range ledger.Stories() {
		if strings.HasPrefix(story.ID, "P") {
			b.WriteString(row(story))
		}
	}
	return b.String()
}

func row(story fixtures.Story) string {
	var ids, titles, killers []string
	var where []string
	files := map[string]string{}
	for _, s := range scenario.Scripts() {
		files[s.ID] = strings.TrimPrefix(s.File, "suites/scenario/")
	}
	for _, c := range scenario.Checks() {
		if c.ID != "SCN-"+story.ID && !strings.HasPrefix(c.ID, "SCN-"+story.ID+"-") {
			continue
		}
		ids, titles = append(ids, c.ID), append(titles, c.Title)
		if place := cmp.Or(files[c.ID], "Go"); !slices.Contains(where, place) {
			where = append(where, place)
		}
		for _, d := range mocks.Defects() {
			if slices.Contains(d.Checks, c.ID) && !slices.Contains(killers, d.ID) {
				killers = append(killers, d.ID)
			}
		}
	}
	// Two scenarios are another run of every check.
	switch story.ID {
	case "P09":
		titles, ids, where = []string{"supplier swap: with each system holding what the other one did, the verdict is the same"}, []string{"all"}, []string{"`concord run --swap`"}
	case "P37":
		titles, ids, where = []string{"growth: 600 pharmacies more are judged by the same rules, and reported apart"}, []string{"all"}, []string{"`concord run --stress`"}
	}
	slices.SortFunc(killers, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s |\n", story.ID, strings.Join(titles, "; "), story.Given, strings.Join(ids, ", "), strings.Join(where, ", "),
		strings.Join(killers, ", "))
}

// The column of defects grows with every new defect, so it is not held to the letter.
func TestThePageNamesEveryScenario(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("README.md", []byte(page(ledger)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range scenario.Checks() {
		if !strings.Contains(string(text), c.ID) || !strings.Contains(string(text), c.Title) {
			t.Errorf("README.md does not have %s (%s): run the test with -update", c.ID, c.Title)
		}
	}
}
