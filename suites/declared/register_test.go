package declared_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/declared"
)

const whole = `schema: concord/differences/v1
differences:
  - id: SHARE-1
    check: PAR-FACTS-ALLERGY
    system: ohc
    cause: missing
    path: AllergyIntolerance.reaction.severity
    owner: J. Okafor, OHC
    reason: severity is not in the sharing agreement
    expires: 2026-06-30
`

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func TestADeclaredDifferenceIsMarkedWhileItIsInForce(t *testing.T) {
	severity := result.Finding{Severity: result.SeverityError, Path: "AllergyIntolerance.reaction.severity", Cause: result.CauseMissing}
	scope := result.Scope{System: "ohc", Peer: "ccr"}
	for _, c := range []struct {
		name   string
		check  string
		scope  result.Scope
		change func(*result.Finding)
		on     string
		marked bool
	}{
		{"what it declares", "PAR-FACTS-ALLERGY", scope, nil, "2026-06-01", true},
		{"on its last day", "PAR-FACTS-ALLERGY", scope, nil, "2026-06-30", true},
		{"the day after", "PAR-FACTS-ALLERGY", scope, nil, "2026-07-01", false},
		{"another check", "PAR-PAIR-ALLERGY", scope, nil, "2026-06-01", false},
		{"another system", "PAR-FACTS-ALLERGY", result.Scope{System: "ccr"}, nil, "2026-06-01", false},
		{"another cause", "PAR-FACTS-ALLERGY", scope, func(f *result.Finding) { f.Cause = result.Unit }, "2026-06-01", false},
		{"another path", "PAR-FACTS-ALLERGY", scope, func(f *result.Finding) { f.Path = "AllergyIntolerance.code" }, "2026-06-01", false},
		{"information", "PAR-FACTS-ALLERGY", scope, func(f *result.Finding) { f.Severity = result.Information }, "2026-06-01", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			register, err := declared.Parse([]byte(whole))
			if err != nil {
				t.Fatal(err)
			}
			findings := []result.Finding{severity}
			if c.change != nil {
				c.change(&findings[0])
			}
			register.Mark(c.check, c.scope, findings, day(c.on))
			if marked := findings[0].Waiver == "SHARE-1"; marked != c.marked {
				t.Errorf("marked: %v", marked)
			}
			if says := register.Sentence(findings); strings.Contains(says, "J. Okafor") != c.marked {
				t.Errorf("the sentence is %q", says)
			}
		})
	}
}

func TestADifferenceThatIsGoneFailsAndOneThatWasNotLookedForDoesNot(t *testing.T) {
	for _, c := range []struct {
		name   string
		status result.Status
		system string
		on     string
		state  result.DeclaredState
		want   result.Status
	}{
		{"gone", result.Pass, "ohc", "2026-06-01", result.DeclaredStale, result.Fail},
		{"gone among other failures", result.Fail, "ohc", "2026-06-01", result.DeclaredStale, result.Fail},
		{"the system was down", result.Error, "ohc", "2026-06-01", result.DeclaredNotAsked, result.Error},
		{"no data", result.NotRun, "ohc", "2026-06-01", result.DeclaredNotAsked, result.NotRun},
		{"another system", result.Pass, "ccr", "2026-06-01", result.DeclaredNotAsked, result.Pass},
		{"expired", result.Pass, "ohc", "2026-07-01", result.DeclaredExpired, result.Pass},
	} {
		t.Run(c.name, func(t *testing.T) {
			register, err := declared.Parse([]byte(whole))
			if err != nil {
				t.Fatal(err)
			}
			results := []result.Result{{Check: "PAR-FACTS-ALLERGY", Scope: result.Scope{System: c.system}, Status: c.status}}
			closed := register.Close(results, day(c.on))
			if len(closed) != 1 || closed[0].State != c.state || results[0].Status != c.want {
				t.Errorf("%+v, %+v", closed, results[0])
			}
			if c.state == result.DeclaredStale && (results[0].Reason != result.StaleWaiver || !strings.Contains(results[0].Message, "SHARE-1")) {
				t.Errorf("%+v", results[0])
			}
		})
	}
	var none *declared.Register
	none.Mark("X", result.Scope{}, nil, day("2026-06-01"))
	if none.Close(nil, day("2026-06-01")) != nil || none.Resolve(nil, nil) != nil {
		t.Error("no register says something")
	}
}

func TestARegisterThatIsWrongSaysWhere(t *testing.T) {
	row := func(change ...string) string { return strings.NewReplacer(change...).Replace(whole) }
	for _, c := range []struct{ name, text, want string }{
		{"another schema", row("differences/v1", "differences/v9"), "line 1"},
		{"an unknown key", row("    cause:", "    course:"), "[6:"},
		{"no YAML", "schema: [", "["},
		{"no id", row("id: SHARE-1", "id: \"\""), "line 3"},
		{"a bad id", row("SHARE-1", "1"), "line 3"},
		{"no check", row("    check: PAR-FACTS-ALLERGY\n", ""), "check"},
		{"an unknown cause", row("cause: missing", "cause: weather"), "line 6"},
		{"nothing but a check", row("    cause: missing\n    path: AllergyIntolerance.reaction.severity\n", ""), "hides everything"},
		{"no owner", row("owner: J. Okafor, OHC", "owner: \"\""), "line 8"},
		{"no reason", row("reason: severity is not in the sharing agreement", "reason: \"\""), "line 9"},
		{"no end", row("    expires: 2026-06-30\n", ""), "expires"},
		{"a bad day", row("2026-06-30", "30 June"), "line 10"},
		{"one id twice", whole + strings.TrimPrefix(whole, "schema: concord/differences/v1\ndifferences:\n"), "line 11"},
	} {
		if _, err := declared.Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", c.name, err, c.want)
		}
	}
	register, err := declared.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		checks, systems []string
		want            string
	}{
		{[]string{"PAR-FACTS-ALLERGY"}, []string{"ccr", "ohc"}, ""},
		{[]string{"X"}, []string{"ccr", "ohc"}, "line 3: SHARE-1: there is no check"},
		{[]string{"PAR-FACTS-ALLERGY"}, []string{"ccr"}, "there is no system"},
	} {
		if err := register.Resolve(c.checks, c.systems); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

func TestReadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "differences.yaml")
	if _, err := declared.Read(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(path, []byte("schema: x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := declared.Read(path); err == nil || !strings.Contains(err.Error(), path+": line 1") {
		t.Errorf("%v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("schema: concord/differences/v1\ndifferences: [{}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		register, err := declared.Parse(text)
		if (err == nil) == (register == nil) {
			t.Errorf("%v with the error %v", register, err)
		}
	})
}
