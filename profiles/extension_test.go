package profiles_test

import (
	"slices"
	"testing"
)

func TestAnExtensionIsJudgedByItsDefinition(t *testing.T) {
	const core, uk = "http://hl7.org/fhir/StructureDefinition/", "https://fhir.hl7.org.uk/StructureDefinition/"
	for extension, want := range map[string][]string{
		`{"url":"` + core + `patient-nationality","extension":[{"url":"code","valueCodeableConcept":{"text":"x"}}]}`: nil,
		`{"url":"` + core + `patient-nationality","extension":[{"url":"cod","valueCodeableConcept":{"text":"x"}}]}`:  {"fhir-extension Patient.extension[0].extension[0]"},
		`{"url":"http://example.org/unknown","extension":[{"url":"any","valueString":"x"}]}`:                         nil,
		`{"url":"` + uk + `Extension-UKCore-EthnicCategry","valueCodeableConcept":{"text":"x"}}`:                     {"fhir-extension Patient.extension[0]"},
		`{"url":"` + uk + `Extension-UKCore-NobodyKnowsThis","valueString":"x"}`:                                     nil,
		`{"url":"` + core + `patient-natinality","valueString":"x"}`:                                                 {"fhir-extension Patient.extension[0]"},
		`{"url":"` + core + `patient-somethingNewer","valueString":"x"}`:                                             nil,
	} {
		if got := judge(t, registry(t), `{"resourceType":"Patient","extension":[`+extension+`]}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", extension, got, want)
		}
	}
}
