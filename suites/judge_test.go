package suites_test

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/ukrules"
)

func TestNobodyIsBlamedForAPublishedDefect(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	organization := func(system string) fhir.Resource {
		return fhir.Resource{"resourceType": "Organization", "identifier": []any{map[string]any{"system": system, "value": "RRK"}}}
	}
	for system, want := range map[string]string{
		"https://fhir.nhs.uk/Id/ods-organisation-code": "UKC-GUIDE-ODS-SPELLING",
		"http://fhir.nhs.uk/Id/ods-organization-code":  "",
	} {
		findings := h.judge.Rules(t.Context(), organization(system))
		if len(findings) != 1 || findings[0].Rule != ukrules.IdentifierSystem || findings[0].Waiver != want {
			t.Errorf("%s: got %+v, want one finding waived by %q", system, findings, want)
		}
	}
	order := fhir.Resource{
		"resourceType": "MedicationRequest", "status": "active", "intent": "order",
		"meta":     map[string]any{"profile": []any{"https://fhir.hl7.org.uk/StructureDefinition/UKCore-MedicationRequest"}},
		"category": []any{map[string]any{"coding": []any{map[string]any{"code": "community"}}}},
		"subject":  map[string]any{"display": "x"}, "medicationCodeableConcept": map[string]any{"text": "x"},
	}
	findings, err := h.judge.Judge(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if worst := result.WorstSeverity(findings); worst.Rank() >= result.SeverityError.Rank() {
		t.Errorf("a community order without substitution is blamed: %+v", findings)
	}
	delete(order, "category")
	if findings, err = h.judge.Judge(t.Context(), order); err != nil || result.WorstSeverity(findings) != result.SeverityError {
		t.Errorf("an order without substitution that is not of the community passes: %v", err)
	}
}
