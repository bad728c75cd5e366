package suites

import (
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
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
