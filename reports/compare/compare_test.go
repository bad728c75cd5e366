package compare_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports/compare"
)

func one(check string, status result.Status, rules ...string) result.Result {
	r := result.Result{Check: check, Level: result.Must, Scope: result.Scope{System: "ccr"}, Status: status}
	for _, rule := range rules {
		r.Findings = append(r.Findings, result.Finding{Rule: rule, Message: "because of " + rule})
	}
	return r
}

func checks(changes []compare.Change) string {
	var list []string
	for _, c := range changes {
		list = append(list, c.Check)
	}
	return strings.Join(list, " ")
}

func TestEveryResultIsAccountedFor(t *testing.T) {
	before := result.Run{Results: []result.Result{
		one("A", result.Pass), one("B", result.Fail, "x"), one("C", result.Fail, "x"), one("D", result.Fail, "x"), one("E", result.Pass),
		one("F", result.Pass), one("G", result.Fail, "x"), one("H", result.Pass), one("K", result.Error),
	}}
	after := result.Run{Results: []result.Result{
		one("A", result.Fail, "y"), one("B", result.Pass), one("C", result.Fail, "y"), one("D", result.Error), one("E", result.NotRun),
		one("F", result.Pass), one("G", result.Fail, "x"), one("I", result.Fail, "z"), one("J", result.Pass), one("K", result.Fail, "x"),
	}}
	c := compare.Runs(before, after)
	for _, want := range []struct{ what, got, want string }{
		{"new failures", checks(c.NewFailures), "A I K"},
		{"fixed", checks(c.Fixed), "B"},
		{"another cause", checks(c.OtherCause), "C"},
		{"cannot be told", checks(c.Untold), "D"},
		{"lost", checks(c.Lost), "E"},
	} {
		if want.got != want.want {
			t.Errorf("%s: %q, want %q", want.what, want.got, want.want)
		}
	}
	if c.Same != 2 || c.OnlyBefore != 1 || c.OnlyAfter != 2 {
		t.Errorf("%d as they were, %d only before, %d only now", c.Same, c.OnlyBefore, c.OnlyAfter)
	}
}

func TestWhoChangedSomethingIsNamed(t *testing.T) {
	run := func(software, hash, contract string, seed uint64) result.Run {
		return result.Run{
			Seed: seed, Contract: result.Artefact{Name: "contract", Version: contract},
			Systems: []result.System{{Name: "ccr", Software: result.Artefact{Name: "S", Version: software}, CapabilityHash: hash}},
		}
	}
	var who []string
	for _, p := range compare.Runs(run("1", "a", "1", 1), run("2", "b", "2", 2)).Parties {
		who = append(who, p.Who)
	}
	if got := strings.Join(who, " "); got != "supplier capability ledger contract" {
		t.Errorf("%s", got)
	}
	if same := compare.Runs(run("1", "a", "1", 1), run("1", "a", "1", 1)).Parties; len(same) != 0 {
		t.Errorf("nothing changed, and %v is said to have", same)
	}
}

func TestWhatASupplierWroteIsOnlyText(t *testing.T) {
	r := one("A", result.Fail)
	r.Findings = []result.Finding{{Rule: "x", Message: "<script>alert(1)</script>|\n# heading \x1b[31m" + strings.Repeat("a", 10_000)}}
	var b strings.Builder
	if err := compare.Runs(result.Run{}, result.Run{Results: []result.Result{r}}).Markdown(&b); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); strings.Contains(got, "<script") || strings.Contains(got, "\n# heading") || strings.Contains(got, "\x1b") || len(got) > 3000 {
		t.Errorf("%s", got)
	}
}
