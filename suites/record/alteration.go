package record

import (
	"math/big"
	"strings"
	"time"

	"concord/fixtures"
	"concord/internal/fhir"
)

// alterations lists how a resource's content differs from the fact it shows. Each row is one rule of what counts as the
// same: codes by system and code in any order with any number added, times as instants at their stated precision,
// amounts as numbers with their UCUM code.
func alterations(fact fixtures.Fact, resource fhir.Resource) []Difference {
	var differences []Difference
	differ := func(path, expected, actual string) {
		differences = append(differences, Difference{Kind: Altered, Path: resource.Type() + "." + path, Expected: expected, Actual: actual})
	}
	text := func(path, expected string, steps ...any) {
		if actual := resource.Text(steps...); actual != expected {
			differ(path, expected, actual)
		}
	}
	concept := func(path string, expected fixtures.Concept, actual any) {
		if missing := missingCodings(expected, actual); len(missing) > 0 {
			differ(path, strings.Join(missing, " and "), strings.Join(codings(actual), " and "))
		}
	}
	moment := func(path, expected string, steps ...any) {
		if actual := resource.Text(steps...); !sameMoment(expected, actual) {
			differ(path, expected, actual)
		}
	}
	amount := func(path string, expected fixtures.Quantity, actual any) {
		if !sameAmount(expected, actual) {
			differ(path, expected.Value+" "+expected.Code, strings.TrimSpace(fhir.Text(fhir.Get(actual, "value"))+" "+fhir.Text(fhir.Get(actual, "code"))))
		}
	}

	switch fact.Kind {
	case fixtures.Encounter:
		text("status", fact.Status, "status")
		moment("period.start", fact.Effective, "period", "start")
		if fact.Visit != nil {
			text("class.code", fact.Visit.Class, "class", "code")
		}
	case fixtures.Condition, fixtures.AllergyIntolerance:
		if fact.Verification != "entered-in-error" {
			// FHIR forbids a clinical status on what was entered in error (con-5, ait-2), whatever it was before.
			text("clinicalStatus", fact.Status, "clinicalStatus", "coding", "code")
		}
		text("verificationStatus", fact.Verification, "verificationStatus", "coding", "code")
		concept("code", fact.Code, resource.Get("code"))
		if fact.Kind == fixtures.Condition {
			moment("onset", fact.Effective, "onsetDateTime")
		} else {
			moment("recordedDate", fact.Effective, "recordedDate")
		}
		if fact.Allergy != nil {
			text("criticality", fact.Allergy.Criticality, "criticality")
			text("reaction[0].severity", fact.Allergy.Severity, "reaction", "severity")
			concept("reaction[0].manifestation[0]", fact.Allergy.Manifestation, resource.Get("reaction", "manifestation", 0))
		}
	case fixtures.MedicationRequest:
		text("status", fact.Status, "status")
		concept("medication", fact.Code, resource.Get("medicationCodeableConcept"))
		moment("authoredOn", fact.Effective, "authoredOn")
		if fact.Medication != nil {
			text("dosageInstruction[0].text", fact.Medication.Directions, "dosageInstruction", "text")
		}
	case fixtures.Observation:
		text("status", fact.Status, "status")
		concept("code", fact.Code, resource.Get("code"))
		moment("effective", fact.Effective, "effectiveDateTime")
		if fact.Value.Value != "" {
			amount("value", fact.Value, resource.Get("valueQuantity"))
		}
		components := resource.Objects("component")
		for i, component := range fact.Components {
			var shown map[string]any
			if i < len(components) {
				shown = components[i]
			}
			concept("component["+string(rune('0'+i))+"].code", component.Code, shown["code"])
			amount("component["+string(rune('0'+i))+"].value", component.Value, shown["valueQuantity"])
		}
		if fact.Lab != nil {
			text("interpretation[0]", fact.Lab.Interpretation, "interpretation", "coding", "code")
		}
	case fixtures.DiagnosticReport:
		text("status", fact.Status, "status")
		concept("code", fact.Code, resource.Get("code"))
		moment("effective", fact.Effective, "effectiveDateTime")
	case fixtures.Immunization:
		text("status", fact.Status, "status")
		concept("vaccineCode", fact.Code, resource.Get("vaccineCode"))
		moment("occurrence", fact.Effective, "occurrenceDateTime")
	default:
		// Kinds lists the kinds that are compared; a test holds the two lists together.
	}
	return differences
}

// codings lists the codes of a CodeableConcept as system|code.
func codings(concept any) []string {
	var codes []string
	for _, coding := range fhir.Objects(fhir.Get(concept, "coding")) {
		codes = append(codes, fhir.Text(coding["system"])+"|"+fhir.Text(coding["code"]))
	}
	return codes
}

// missingCodings returns the codes of the ledger's concept that the shown one lacks; added codes are lawful.
func missingCodings(expected fixtures.Concept, actual any) []string {
	shown := map[string]bool{}
	for _, code := range codings(actual) {
		shown[code] = true
	}
	var missing []string
	for _, coding := range expected.Coding {
		if code := coding.System + "|" + coding.Code; !shown[code] {
			missing = append(missing, code)
		}
	}
	if len(expected.Coding) == 0 && expected.Text != "" && fhir.Text(fhir.Get(actual, "text")) != expected.Text {
		missing = append(missing, expected.Text)
	}
	return missing
}

// sameMoment compares two FHIR dates: instants by when they are, whatever their offset, and everything less precise as
// written, because 2026 and 2026-01-01 say different things.
func sameMoment(a, b string) bool {
	if a == b {
		return true
	}
	if !strings.Contains(a, "T") || !strings.Contains(b, "T") {
		return false
	}
	left, err := time.Parse(time.RFC3339Nano, a)
	if err != nil {
		return false
	}
	right, err := time.Parse(time.RFC3339Nano, b)
	return err == nil && left.Equal(right)
}

// sameAmount compares value and UCUM code; the unit's wording and trailing zeros are free.
func sameAmount(expected fixtures.Quantity, actual any) bool {
	if fhir.Text(fhir.Get(actual, "code")) != expected.Code {
		return false
	}
	want, ok := new(big.Rat).SetString(expected.Value)
	if !ok {
		return false
	}
	got, ok := new(big.Rat).SetString(fhir.Text(fhir.Get(actual, "value")))
	return ok && want.Cmp(got) == 0
}
