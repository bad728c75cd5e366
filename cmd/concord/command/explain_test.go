package command

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
	"concord.example/concord/suites/contract"
)

func TestEveryIDThatConcordPrintsIsExplained(t *testing.T) {
	var ids []string
	for _, c := range suites.Catalogue() {
		ids = append(ids, c.ID)
		for _, ref := range c.Requirement {
			ids = append(ids, ref.ID)
		}
	}
	for _, d := range mocks.Defects() {
		ids = append(ids, d.ID, strings.ToLower(d.ID))
	}
	agreed, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range agreed.Rows {
		ids = append(ids, row.ID)
	}
	for _, cause := range result.Causes() {
		ids = append(ids, string(cause))
	}
	for _, reason := range result.Reasons() {
		ids = append(ids, string(reason))
	}
	for _, status := range result.Statuses() {
		ids = append(ids, status.String())
	}
	ids = append(ids, rulesInSource(t)...)
	all, err := topics()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, topic := range all {
		if topic.Title == "" {
			t.Errorf("%s %s is explained by nothing", topic.Kind, topic.ID)
		}
		known[strings.ToUpper(topic.ID)] = true
	}
	for _, id := range ids {
		if !known[strings.ToUpper(id)] {
			t.Errorf("nothing explains %q", id)
		}
	}
	for _, command := range all {
		for _, row := range command.Rows {
			for _, match := range printedCommand.FindAllStringSubmatch(row.Text, -1) {
				if wrong := unknownIn(match[1]); wrong != "" {
					t.Errorf("%s prints %q: %s", command.ID, row.Text, wrong)
				}
			}
		}
	}
}

// rulesInSource are the names that profiles gives to its rules.
func rulesInSource(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../../profiles/rule.go")
	if err != nil {
		t.Fatal(err)
	}
	var rules []string
	for _, match := range regexp.MustCompile(`Rule\w+ += "([a-z-]+)"`).FindAllStringSubmatch(string(text), -1) {
		rules = append(rules, match[1])
	}
	if len(rules) < 30 {
		t.Fatalf("only %d rules were found in rule.go", len(rules))
	}
	return rules
}

func TestAnInvariantIsExplainedFromTheDefinitions(t *testing.T) {
	found, err := explained("DOM-6", definitions{ukcore: "stu3"})
	if err != nil {
		t.Fatal(err)
	}
	text := found[0].print()
	for _, want := range []string{"dom-6  a resource should have text that a person can read", "warning, a recommendation", "text.`div`.exists()", "and 138 more"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in:\n%s", want, text)
		}
	}
	if found, err := explained("dom-6a", definitions{ukcore: "stu3"}); err == nil {
		t.Errorf("an invariant that is not there is explained: %v", found)
	}
}

func TestLookingUpWhatIsNotThereSuggestsWhatIs(t *testing.T) {
	for args, want := range map[string]string{
		"explain PAR-DATE-01":                        "PAR-DATE-001",
		"explain tyme-zone":                          "time-zone",
		"run --suites parety":                        `did you mean "parity"`,
		"run --checks PAR-DAT-001":                   `did you mean "PAR-DATE-001"`,
		"run --checks PAR-NONE-*":                    "no check has an id like",
		"run --checks [":                             "is no pattern",
		"run --cheks PAR-DATE-001":                   "--checks",
		"list --format jsn":                          `did you mean "json"`,
		"rum":                                        "run",
		"run --defect D1 --checks PAR-DATE-001":      "D01",
		"run --suites profile --checks PAR-DATE-001": "nothing is selected",
	} {
		code, _, errs := concord(t, strings.Fields(args)...)
		if code != 2 || !strings.Contains(errs, want) {
			t.Errorf("concord %s: exit code %d, %q, want 2 and %q", args, code, errs, want)
		}
	}
}

func TestEveryListIsJSONForThoseWhoAsk(t *testing.T) {
	for _, args := range []string{
		"list --json", "list --format json", "explain D13 --json", "plan --json --people 1", "contract list --json", "profiles list --json",
		"mock --list-defects --json",
	} {
		code, out, errs := concord(t, strings.Fields(args)...)
		var value any
		if err := json.Unmarshal([]byte(out), &value); err != nil || code != 0 {
			t.Errorf("concord %s: exit code %d, %v: %s", args, code, err, errs)
			continue
		}
		if list, ok := value.([]any); ok && len(list) == 0 {
			t.Errorf("concord %s lists nothing", args)
		}
	}
}

func TestWhatToDoAboutACauseIsExplained(t *testing.T) {
	for _, cause := range []result.Cause{result.HistoryCut, result.JSONShape, result.Unsteady} {
		if got := says(t, result.ExitConformant, "explain", string(cause)); !strings.Contains(got, cause.Remedy()) {
			t.Errorf("%s is explained without what to do: %s", cause, got)
		}
	}
}
