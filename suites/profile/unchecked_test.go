package profile

import (
	"errors"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/suites/check"
)

func TestWhatCannotBeEvaluatedLeavesAProfileOpenAndACodeLeavesItself(t *testing.T) {
	code := result.Finding{
		Rule: profiles.RuleNotCheckable, Severity: result.Information, Expected: "https://example.org/vs",
		Message: "code: the code was not checked against value set https://example.org/vs: it is not in the box",
	}
	slice := result.Finding{Rule: profiles.RuleNotCheckable, Severity: result.Information, Message: "slice x cannot be told apart: no discriminator"}
	constraint := result.Finding{Rule: profiles.RuleNotCheckable, Severity: result.SeverityWarning, Expected: "a.b()", Message: "constraint x-1 could not be evaluated: b is not known"}
	for name, c := range map[string]struct {
		found []result.Finding
		kinds int
		open  bool
	}{
		"nothing":               {nil, 0, false},
		"a code, twice":         {[]result.Finding{code, code}, 1, false},
		"a slice":               {[]result.Finding{slice}, 1, true},
		"a constraint and more": {[]result.Finding{code, constraint, slice, constraint}, 3, true},
	} {
		t.Run(name, func(t *testing.T) {
			var open unchecked
			for _, f := range c.found {
				open.add(f, []string{"1"})
			}
			times := 0
			for _, f := range open.findings() {
				times += f.Occurrences
				if f.Severity != result.Information {
					t.Errorf("%s is blamed on the system", f.Message)
				}
			}
			if len(open.findings()) != c.kinds || times != len(c.found) {
				t.Errorf("%d kinds, %d times: %+v", len(open.findings()), times, open.findings())
			}
			var unsure *check.Inconclusive
			if err := open.verdict(); errors.As(err, &unsure) != c.open {
				t.Errorf("got %v", err)
			} else if c.open && (unsure.Reason != result.NotCheckable || strings.Contains(unsure.Detail, "value set")) {
				t.Errorf("got %v", unsure)
			}
		})
	}
}
