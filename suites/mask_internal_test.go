package suites

import (
	"encoding/json"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// A system may answer with a living person's number, which was never asked for.
func TestANumberThatASystemAnswersWithAndCouldBeAPersonsIsNotTold(t *testing.T) {
	const live, synthetic = fhir.NHSNumberSystem + "|9434765919", fhir.NHSNumberSystem + "|9990000018"
	r := result.Result{Message: live, Findings: []result.Finding{{Message: live + " for " + synthetic, Expected: synthetic, Actual: live}}}
	shorten(&r)
	f := r.Findings[0]
	for _, text := range []string{r.Message, f.Message, f.Actual} {
		if strings.Contains(text, "9434765919") {
			t.Errorf("told: %s", text)
		}
	}
	if !strings.Contains(f.Message, synthetic) || f.Expected != synthetic {
		t.Errorf("a number that is never issued is hidden: %+v", f)
	}
}

// What a shard writes down for the others is told as well.
func TestANumberOfAnAnswerAboutAnotherPersonIsNotToldToOtherShards(t *testing.T) {
	one := &task{check: check.Check{ID: "A-001"}, env: &check.Env{}, result: result.Result{Check: "A-001", Level: result.Must, Status: result.Pass}}
	one.strangers = []check.WrongAnswer{{System: "ccr", Finding: result.Finding{
		Rule: check.RuleOtherPerson, Severity: result.SeverityError, Path: "Task.for", Message: "shows somebody with " + fhir.NHSNumberSystem + "|9434765919",
		Actual: strings.Repeat("x", 2*longestText), Exchanges: []string{"1"},
	}}}
	known := Config{}.chargeStrangers(t.Context(), []*task{one})
	text, err := json.Marshal(known)
	if err != nil || known == nil || len(known.Charged) != 1 || one.result.Status != result.Fail {
		t.Fatalf("nothing is charged: %v, %s", err, one.result.Status)
	}
	if strings.Contains(string(text), "9434765919") || len(text) > 2*longestText {
		t.Errorf("told, in %d bytes: %.300s", len(text), text)
	}
}
