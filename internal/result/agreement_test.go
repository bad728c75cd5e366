package result_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord.example/concord/internal/result"
)

// compared is a run of systems a, b, c ... in which two say the same unless they are in another group. A group "?" did not answer.
func compared(groups string) result.Run {
	run := result.Run{Checks: []result.Check{{ID: "PAIR", Scope: "pair"}, {ID: "SCENE", Scope: "pair", Peers: "neighbour"}}}
	for i := range groups {
		run.Systems = append(run.Systems, result.System{Name: string(rune('a' + i))})
	}
	for i := range groups {
		for j := range groups {
			if i == j {
				continue
			}
			r := result.Result{Check: "PAIR", Status: result.Pass, Scope: result.Scope{System: run.Systems[i].Name, Peer: run.Systems[j].Name}}
			switch {
			case groups[i] == '?' || groups[j] == '?':
				r.Status, r.Reason = result.Error, result.Unreachable
			case groups[i] != groups[j] && groups[i] > groups[j]:
				r.Status = result.Fail
				r.Findings = []result.Finding{{Rule: "parity-missing", Severity: result.SeverityError, Message: fmt.Sprintf("x of group %c", groups[i])}}
			}
			run.Results = append(run.Results, r)
		}
	}
	// A scene between two compares nothing.
	run.Results = append(run.Results, result.Result{Check: "SCENE", Status: result.Fail, Scope: result.Scope{System: "a", Peer: "b"}, Findings: []result.Finding{{Message: "x", Severity: result.SeverityError}}})
	return run
}

func TestWhichSystemsAgreeIsSaidInASentence(t *testing.T) {
	for groups, want := range map[string]string{
		"xx":   "",
		"xxx":  "a, b and c say the same.",
		"xyx":  "b differs from the two others (a and c), which agree.",
		"xxxy": "d differs from the three others (a, b and c), which agree.",
		"xyxz": "b and d differ, each in another way, from the two others (a and c), which agree.",
		"xyxy": "a and c say the same, b and d say the same, and each side differs from the other: none is the odd one out.",
		"xyz":  "No two of a, b and c say the same, and none is the odd one out.",
		"xx?":  "a and b say the same. Of c it was not demonstrated.",
		"xy?":  "No two of a and b say the same, and none is the odd one out. Of c it was not demonstrated.",
		"x?xy": "d differs from the two others (a and c), which agree. Of b it was not demonstrated.",
		"x??":  "That systems say the same was not demonstrated of any two.",
		// Two against three: the two agree with each other, so none is alone.
		"xxxyy": "a, b and c say the same, d and e say the same, and each side differs from the other: none is the odd one out.",
	} {
		if got := result.AgreementText(compared(groups).Accords(), func(s string) string { return s }); got != want {
			t.Errorf("%s: %q, want %q", groups, got, want)
		}
	}
}

func TestTwoSystemsAgreeOnlyWhereEveryComparisonWasMade(t *testing.T) {
	run := compared("xxy")
	run.Results[0].Status, run.Results[0].Reason = result.NotRun, result.NoData
	var got []string
	for _, a := range run.Accords() {
		got = append(got, strings.Join(a.Systems[:], "-")+" "+a.Text())
	}
	if diff := cmp.Diff([]string{"a-b not demonstrated: 1 of 2", "a-c differ: 1", "b-c differ: 1"}, got); diff != "" {
		t.Error(diff)
	}
	run.Results[0].Status = result.Waived
	if a := run.Accords()[0]; a.Accord != result.Agree || a.Text() != "agree, 1 waived" {
		t.Errorf("%+v", a)
	}
	run.Results[0].Status = result.NotApplicable
	if a := run.Accords()[0]; a.Accord != result.Agree || a.Compared != 1 {
		t.Errorf("%+v", a)
	}
}

func TestWhoAgreesWithTwoThatDifferMakesNoCamps(t *testing.T) {
	agree := func(a, b string) bool { return a+b != "ac" && a+b != "ca" }
	if camps, ok := result.Divide([]string{"a", "b", "c"}, agree); ok {
		t.Error(camps)
	}
}
