package profiles_test

import (
	"fmt"
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

func TestAnExtensionOfADatatypeIsAllowedOnTheTypesThatBuildOnIt(t *testing.T) {
	const (
		dose   = `{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"display":"x"},%s}`
		coded  = `{"resourceType":"Patient","gender":"male","_gender":{%s}}`
		dated  = `{"resourceType":"Patient","birthDate":"2020-01-01","_birthDate":{%s}}`
		ranked = `{"resourceType":"Patient","telecom":[{"system":"phone","value":"1","rank":1,"_rank":{%s}}]}`
	)
	on := func(resource, around string) string { return fmt.Sprintf(resource, around) }
	for _, c := range []struct {
		context, resource string
		allowed           bool
	}{
		{"string", coded, true},
		{"code", coded, true},
		{"uri", coded, false},
		{"Element", coded, true},
		{"dateTime", dated, false},
		{"string", dated, false},
		{"integer", ranked, true},
		{"unsignedInt", ranked, false},
		{"uri", `{"resourceType":"MessageHeader","eventUri":"http://example.org","source":{"endpoint":"http://example.org","_endpoint":{%s}}}`, true},
		{"Quantity", on(dose, `"dispenseRequest":{"expectedSupplyDuration":{"value":1,"unit":"d","system":"http://unitsofmeasure.org","code":"d",%s}}`), true},
		{"Quantity.unit", on(dose, `"dispenseRequest":{"expectedSupplyDuration":{"value":1,"unit":"d","_unit":{%s},"system":"http://unitsofmeasure.org","code":"d"}}`), true},
		{"MedicationRequest.medication", `{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x",%s},"subject":{"display":"x"}}`, true},
		{"MedicationRequest.medication[x]", `{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x",%s},"subject":{"display":"x"}}`, true},
		{"MedicationRequest.reported", `{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x",%s},"subject":{"display":"x"}}`, false},
		{"Duration", on(dose, `"dispenseRequest":{"quantity":{"value":1,%s}}`), false},
		{"BackboneElement", on(dose, `"dosageInstruction":[{"text":"x",%s}]`), true},
		{"BackboneElement", `{"resourceType":"Patient","name":[{"text":"x",%s}]}`, false},
		{"CanonicalResource", `{"resourceType":"ValueSet","status":"draft",%s}`, true},
		{"CanonicalResource", `{"resourceType":"Patient",%s}`, false},
		{"MetadataResource", `{"resourceType":"Questionnaire","status":"draft",%s}`, true},
		{"MetadataResource", `{"resourceType":"Questionnaire","status":"draft","item":[{"linkId":"a","type":"display",%s}]}`, false},
		{"DomainResource", `{"resourceType":"Patient",%s}`, true},
		{"Any", `{"resourceType":"Patient","name":[{"text":"x",%s}]}`, true},
	} {
		r := with(t, `{"resourceType":"StructureDefinition","url":"https://example.org/e","name":"E","status":"active","kind":"complex-type",`+
			`"abstract":false,"type":"Extension","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","derivation":"constraint",`+
			`"context":[{"type":"element","expression":"`+c.context+`"}],"differential":{"element":[{"id":"Extension.url","path":"Extension.url","fixedUri":"https://example.org/e"}]}}`)
		got := judge(t, r, on(c.resource, `"extension":[{"url":"https://example.org/e","valueBoolean":true}]`))
		if allowed := len(got) == 0; allowed != c.allowed {
			t.Errorf("%s on %s: got %q, want it allowed: %v", c.context, c.resource, got, c.allowed)
		}
	}
}

func TestAnExtensionIsAllowedWhereLaterVersionsOfItsDefinitionAllowIt(t *testing.T) {
	const core = "http://hl7.org/fhir/StructureDefinition/"
	snapshot := func(place string) string {
		return `{"resourceType":"StructureDefinition","url":"https://example.org/E","name":"E","status":"active","kind":"complex-type","abstract":false,` +
			`"type":"Extension","baseDefinition":"` + core + `Extension","derivation":"constraint","context":[{"type":"element","expression":"Patient"}],` +
			`"differential":{"element":[{"id":"Extension.url","path":"Extension.url","fixedUri":"https://example.org/E",` + place + `}]}}`
	}
	const fhirType = `"extension":[{"url":"` + core + `structuredefinition-fhir-type","valueUrl":"uri"}]`
	for resource, want := range map[string][]string{
		snapshot(`"type":[{` + fhirType + `,"code":"http://hl7.org/fhirpath/System.String"}]`): nil,
		snapshot(`"constraint":[{"key":"a-1","severity":"error","human":"x","expression":"true",` + fhirType + `}]`): {
			"fhir-extension-context StructureDefinition.differential.element[0].constraint[0].extension[0]",
		},
		`{"resourceType":"RelatedPerson","patient":{"reference":"Patient/1"},"birthDate":"1970-01-01","_birthDate":{"extension":[{"url":"` + core +
			`patient-birthTime","valueDateTime":"1970-01-01T10:00:00Z"}]}}`: nil,
		`{"resourceType":"Patient","name":[{"family":"x","_family":{"extension":[{"url":"` + core +
			`patient-birthTime","valueDateTime":"1970-01-01T10:00:00Z"}]}}]}`: {"fhir-extension-context Patient.name[0].family.extension[0]"},
	} {
		if got := judge(t, registry(t), resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}

// TestAConditionOfAnExtensionIsAskedOfWhatHoldsIt holds that the focus of a contextInvariant is the element that holds the extension, a
// primitive with its value too, that %extension is the extension, and that nothing but true lets it stand.
func TestAConditionOfAnExtensionIsAskedOfWhatHoldsIt(t *testing.T) {
	const (
		patient = `{"resourceType":"Patient","active":true,"extension":[{"url":"https://example.org/e","valueString":"v"}]}`
		family  = `{"resourceType":"Patient","name":[{"family":"x","_family":{"extension":[{"url":"https://example.org/e","valueString":"v"}]}}]}`
		missing = `{"resourceType":"Patient","name":[{"_family":{"extension":[{"url":"https://example.org/e","valueString":"v"}]}}]}`
	)
	for _, c := range []struct {
		condition, resource string
		allowed             bool
	}{
		{"active", patient, true},
		{"active.not()", patient, false},
		{"gender = 'male'", patient, false},
		{"gender.empty()", patient, true},
		{"%extension.value = 'v'", patient, true},
		{"%extension.value = 'w'", patient, false},
		{"%extension.url.exists()", family, true},
		{"$this = 'x'", family, true},
		{"$this = 'y'", family, false},
		{"hasValue()", family, true},
		{"hasValue()", missing, false},
		{"%resource.name.exists()", family, true},
	} {
		r := with(t, `{"resourceType":"StructureDefinition","url":"https://example.org/e","name":"E","status":"active","kind":"complex-type",`+
			`"abstract":false,"type":"Extension","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","derivation":"constraint",`+
			`"context":[{"type":"element","expression":"Element"}],"contextInvariant":["`+c.condition+`"],`+
			`"differential":{"element":[{"id":"Extension.url","path":"Extension.url","fixedUri":"https://example.org/e"}]}}`)
		if got := judge(t, r, c.resource); (len(got) == 0) != c.allowed {
			t.Errorf("%s on %s: got %q, want it allowed: %v", c.condition, c.resource, got, c.allowed)
		}
	}
}
