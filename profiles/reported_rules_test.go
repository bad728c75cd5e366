package profiles_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// TestRulesThatUsersOfOtherValidatorsAskedFor holds rules of R4 that were reported as broken by other validators, with inputs of our own
// on both sides of each. testdata/reported.json names the reports; the rules hold whatever became of them.
func TestRulesThatUsersOfOtherValidatorsAskedFor(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "reported.json"))
	if err != nil {
		t.Fatal(err)
	}
	var rules []struct {
		Rule        string
		Profiles    []string
		Definitions []json.RawMessage
		Cases       []struct {
			Case     string
			Resource json.RawMessage
			Right    bool
		}
	}
	if err := json.Unmarshal(data, &rules); err != nil {
		t.Fatal(err)
	}
	const least = 25
	if len(rules) < least {
		t.Fatalf("%d rules, want at least %d", len(rules), least)
	}
	for _, r := range rules {
		judging := registry(t)
		folder := t.TempDir()
		for i, d := range r.Definitions {
			if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.json", i)), d, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if len(r.Definitions) > 0 {
			if judging, err = judging.With(folder); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range r.Cases {
			t.Run(r.Rule+": "+c.Case, func(t *testing.T) {
				findings, err := judging.Validate(t.Context(), c.Resource, profiles.Options{Profiles: r.Profiles})
				if err != nil {
					t.Fatal(err)
				}
				said, wrong := "", false
				for _, f := range findings {
					if f.Severity.Rank() >= result.SeverityError.Rank() {
						wrong = true
						said += "\n" + f.Rule + " at " + f.Path + ": " + f.Message
					}
				}
				if wrong == c.Right {
					t.Errorf("right is %v, but errors were%s", c.Right, said)
				}
			})
		}
	}
}
