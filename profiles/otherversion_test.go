package profiles_test

import (
	"slices"
	"testing"
)

// TestExtensionsThatStandForElementsOfOtherVersions holds the URLs that R4 defines for them: the version and the element must exist, the
// value must be of one of its types or have its parts, and what may change the meaning of what it is in must be a modifier.
func TestExtensionsThatStandForElementsOfOtherVersions(t *testing.T) {
	const url = `{"url":"http://hl7.org/fhir/`
	on := func(typ, name, extension string) string {
		return `{"resourceType":"` + typ + `","` + name + `":[` + extension + `]}`
	}
	for name, c := range map[string]struct {
		resource string
		want     []string
	}{
		"a value of its type":           {on("Medication", "extension", url+`3.0/StructureDefinition/extension-Medication.isBrand","valueBoolean":true}`), nil},
		"a value of another type":       {on("Medication", "extension", url+`3.0/StructureDefinition/extension-Medication.isBrand","valueString":"yes"}`), []string{"fhir-extension Medication.extension[0]"}},
		"its parts":                     {on("Medication", "extension", url+`3.0/StructureDefinition/extension-Medication.package","extension":[{"url":"container","valueCodeableConcept":{"text":"box"}}]}`), nil},
		"a part that it lacks":          {on("Medication", "extension", url+`3.0/StructureDefinition/extension-Medication.package","extension":[{"url":"colour","valueString":"red"}]}`), []string{"fhir-extension Medication.extension[0]"}},
		"a part of another type":        {on("Medication", "extension", url+`3.0/StructureDefinition/extension-Medication.package","extension":[{"url":"container","valueBoolean":true}]}`), []string{"fhir-extension Medication.extension[0]"}},
		"a value in place of parts":     {on("Medication", "extension", url+`3.0/StructureDefinition/extension-Medication.package","valueString":"box"}`), []string{"fhir-extension Medication.extension[0]"}},
		"parts in place of a value":     {on("Basic", "extension", url+`5.0/StructureDefinition/extension-Patient.name","extension":[{"url":"family","valueString":"x"}]}`), []string{"fhir-required Basic", "fhir-extension Basic.extension[0]"}},
		"parts of a type that R4 lacks": {on("Basic", "extension", url+`5.0/StructureDefinition/extension-MedicationRequest.medication","extension":[{"url":"concept","valueCodeableConcept":{"text":"x"}}]}`), []string{"fhir-required Basic"}},
		"why there is no value":         {on("Basic", "extension", url+`5.0/StructureDefinition/extension-Patient.name","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}`), []string{"fhir-required Basic"}},
		"a choice":                      {on("Basic", "extension", url+`3.0/StructureDefinition/extension-MedicationRequest.medication","valueReference":{"reference":"Medication/1"}}`), []string{"fhir-required Basic"}},
		"an element that is none":       {on("Patient", "extension", url+`5.0/StructureDefinition/extension-Patient.nonsense","valueString":"x"}`), []string{"fhir-extension Patient.extension[0]"}},
		"a type alone":                  {on("Patient", "extension", url+`5.0/StructureDefinition/extension-Patient","valueString":"x"}`), []string{"fhir-extension Patient.extension[0]"}},
		"a version that is none":        {on("Patient", "extension", url+`7.0/StructureDefinition/extension-Patient.animal","valueString":"x"}`), []string{"fhir-extension Patient.extension[0]"}},
		"a version not at hand":         {on("Patient", "extension", url+`4.3/StructureDefinition/extension-Patient.animal","valueString":"x"}`), nil},
		"an element that R4 has":        {on("Patient", "extension", url+`3.0/StructureDefinition/extension-Patient.contact","extension":[{"url":"gender","valueCode":"male"}]}`), []string{"fhir-extension Patient.extension[0]"}},
		"R4's own":                      {on("Patient", "extension", url+`4.0/StructureDefinition/extension-Patient.birthDate","valueDate":"2020"}`), []string{"fhir-extension Patient.extension[0]"}},
		"one that R4 lacks":             {on("Patient", "extension", url+`4.0/StructureDefinition/extension-Patient.animal","valueString":"x"}`), []string{"fhir-extension Patient.extension[0]"}},
		"R4's of another type":          {on("Person", "extension", url+`4.0/StructureDefinition/extension-Patient.deceased[x]","valueBoolean":true}`), nil},
		"a modifier as one":             {on("Patient", "modifierExtension", url+`3.0/StructureDefinition/extension-Patient.animal","extension":[{"url":"species","valueCodeableConcept":{"text":"dog"}}]}`), nil},
		"a modifier as none":            {on("Patient", "extension", url+`3.0/StructureDefinition/extension-Patient.animal","extension":[{"url":"species","valueCodeableConcept":{"text":"dog"}}]}`), []string{"fhir-extension Patient.extension[0]"}},
		"none as a modifier":            {on("Medication", "modifierExtension", url+`3.0/StructureDefinition/extension-Medication.isBrand","valueBoolean":true}`), []string{"fhir-extension Medication.modifierExtension[0]"}},
		"a part of a part":              {on("Medication", "extension", url+`3.0/StructureDefinition/extension-Medication.package","extension":[{"url":"content","extension":[{"url":"amount","valueString":"x"}]}]}`), []string{"fhir-extension Medication.extension[0]"}},
		"the parts of another":          {on("Basic", "extension", url+`3.0/StructureDefinition/extension-ClaimResponse.addItem.adjudication","extension":[{"url":"reason","valueCodeableConcept":{"text":"x"}}]}`), []string{"fhir-required Basic"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := judge(t, registry(t), c.resource); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}
