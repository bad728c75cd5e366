package scenario

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// A system may know its neighbour by a name that the configuration does not have. Saying nothing is another thing.
func TestAWarningWithAnUnknownNameIsNoSilence(t *testing.T) {
	says := func(texts ...string) look {
		l := look{system: "ccr"}
		for _, text := range texts {
			l.outcomes = append(l.outcomes, fhir.Resource{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": "warning", "diagnostics": text}}})
		}
		return l
	}
	names := []string{"The other record", "system b"}
	for name, c := range map[string]struct {
		ordinary, now look
		want          []result.Severity
	}{
		"the name of the configuration": {says(), says("The Other Record could not be reached"), nil},
		"another name":                  {says(), says("One Health and Care could not be reached"), []result.Severity{result.SeverityWarning}},
		"nothing":                       {says(), says(), []result.Severity{result.SeverityError}},
		"what it always says":           {says("test data"), says("test data"), []result.Severity{result.SeverityError}},
		"the name, as always":           {says("with records of The other record"), says("with records of The other record"), []result.Severity{result.SeverityError}},
		"an empty text":                 {says(), says(" "), []result.Severity{result.SeverityError}},
	} {
		findings := c.now.since(c.ordinary).saysByAnyName(names, "the records of The other record are missing")
		if len(findings) != len(c.want) || len(findings) == 1 && findings[0].Severity != c.want[0] {
			t.Errorf("%s: %+v", name, findings)
		}
	}
}
