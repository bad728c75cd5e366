package search_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/search"
)

// The rows are the parameters that UK Core Access, the NHS England query API and CareConnect (in R4 names) ask for.
func TestTheParametersOfTheSearchContractAreEvaluated(t *testing.T) {
	for resourceType, codes := range map[string]string{
		"Patient":                  "_id identifier name family given gender birthdate address-postalcode email phone",
		"AllergyIntolerance":       "_id patient clinical-status date last-date",
		"Immunization":             "_id patient status date",
		"MedicationAdministration": "_id patient status effective-time",
		"MedicationDispense":       "_id patient status whenprepared",
		"MedicationRequest":        "_id patient status authoredon medication",
		"MedicationStatement":      "_id patient status effective",
		"Encounter":                "_id patient date class status location",
		"Condition":                "_id patient category clinical-status recorded-date code subject",
		"Procedure":                "_id patient date code",
		"Observation":              "_id patient date category code value-quantity combo-code-value-quantity",
		"DiagnosticReport":         "_id patient date category code result",
		"DocumentReference":        "_id patient type period setting date",
		"Practitioner":             "_id identifier name",
		"PractitionerRole":         "_id identifier practitioner organization",
		"Organization":             "_id identifier name partof",
		"Location":                 "_id identifier name organization",
		"Appointment":              "_id patient date status",
		"CarePlan":                 "_id patient category status",
		"Provenance":               "_id target agent recorded",
		"AuditEvent":               "_id date entity agent",
		"Consent":                  "_id patient status scope",
	} {
		for code := range strings.FieldsSeq(codes) {
			if parameter, ok := search.Lookup(resourceType, code); !ok || parameter.Unsupported != "" {
				t.Errorf("%s?%s is not evaluated", resourceType, code)
			}
		}
	}
}

func TestParametersAreSortedAndComplete(t *testing.T) {
	if types := search.Types(); len(types) != 146 || !slices.IsSorted(types) {
		t.Errorf("%d resource types", len(types))
	}
	evaluated := 0
	for _, resourceType := range search.Types() {
		last := ""
		for _, parameter := range search.Parameters(resourceType) {
			if parameter.Code <= last {
				t.Errorf("%s: %s comes after %s", resourceType, parameter.Code, last)
			}
			last = parameter.Code
			if parameter.Unsupported == "" {
				evaluated++
				if len(parameter.Definition()) == 0 {
					t.Errorf("%s.%s reaches nothing", resourceType, parameter.Code)
				}
			}
		}
	}
	if evaluated < 2_000 {
		t.Errorf("%d parameters are evaluated", evaluated)
	}
	if search.Parameters("Nothing") != nil {
		t.Error("an unknown type has parameters")
	}
}
