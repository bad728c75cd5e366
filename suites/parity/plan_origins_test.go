package parity

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

func TestAStatementOfOriginIsHeldAgainstTheRecordThatItIsAbout(t *testing.T) {
	label := func(code string) map[string]any {
		return map[string]any{"tag": []any{map[string]any{"system": record.ODSSystem, "code": code}}}
	}
	statement := func(target, who string) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Provenance", "id": "p", "target": []any{map[string]any{"reference": target}},
			"agent": []any{map[string]any{"who": map[string]any{"identifier": map[string]any{"system": record.ODSSystem, "value": who}}}},
		}
	}
	system := showing(t,
		fhir.Resource{"resourceType": "Observation", "id": "1", "meta": label("RRK")},
		fhir.Resource{"resourceType": "Observation", "id": "2"},
		fhir.Resource{"resourceType": "Patient", "id": "1", "meta": label("RRK")},
	)
	for name, c := range map[string]struct {
		shown fhir.Resource
		cause result.Cause
	}{
		"the provider that the label names": {statement("Observation/1", "RRK"), result.NoCause},
		"another provider":                  {statement("Observation/1", "RXK"), result.LabelLost},
		"a record without a label":          {statement("Observation/2", "RXK"), result.NoCause},
		"a record that is not known":        {statement("Observation/3", "RXK"), result.NoCause},
		"a copy of a Patient":               {statement("Patient/1", "RXK"), result.NoCause},
		"no statement":                      {fhir.Resource{"resourceType": "Observation", "id": "1", "meta": label("RXK")}, result.NoCause},
	} {
		copies := newCopies(&check.Env{System: system}, asker{system: system})
		findings := copies.origins(t.Context(), reply{resources: []fhir.Resource{c.shown}})
		if (len(findings) > 0) != (c.cause != result.NoCause) || len(findings) > 0 && (findings[0].Cause != c.cause || findings[0].Rule != "search-origin") {
			t.Errorf("%s: %+v", name, findings)
		}
		if more := copies.origins(t.Context(), reply{resources: []fhir.Resource{c.shown}}); len(more) > 0 {
			t.Errorf("%s is told twice", name)
		}
	}
}
