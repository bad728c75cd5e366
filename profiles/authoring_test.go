package profiles_test

import (
	"slices"
	"testing"
)

func TestAProfileIsJudgedForItsAuthor(t *testing.T) {
	const element = "fhir-authoring StructureDefinition.differential.element"
	for _, c := range []struct {
		name, elements string
		want           []string
	}{
		{"narrows", `{"id":"Observation.status","path":"Observation.status","fixedCode":"final"}`, nil},
		{"element that is not there", `{"id":"Observation.colour","path":"Observation.colour","min":1}`, []string{"fhir-authoring StructureDefinition"}},
		{"allows more", `{"id":"Observation.status","path":"Observation.status","max":"2"}`, []string{element + "[0]"}},
		{"asks for less", `{"id":"Observation.status","path":"Observation.status","min":0}`, []string{element + "[0]"}},
		{"type that the base does not have", `{"id":"Observation.subject","path":"Observation.subject","type":[{"code":"string"}]}`, []string{element + "[0]"}},
		{"profile of another type", `{"id":"Observation.code","path":"Observation.code","type":[{"code":"CodeableConcept","profile":["http://hl7.org/fhir/StructureDefinition/Patient"]}]}`, []string{element + "[0]"}},
		{"discriminator that leads nowhere", slicedBy("open", "value colour"), []string{element + "[0]"}},
		{"discriminator below a choice", slicedBy("open", "value value.code"), nil},
		{"discriminator beyond a reference", `{"id":"Observation.hasMember","path":"Observation.hasMember","slicing":{"discriminator":[{"type":"type","path":"resolve()"}],"rules":"open"}}`, nil},
		{"two shortcuts", `{"id":"Observation.valueQuantity","path":"Observation.valueQuantity","max":"1"},{"id":"Observation.valueString","path":"Observation.valueString","max":"1"}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			profile := observation(c.elements)
			profile = `{"id":"x",` + profile[1:]
			if got := judge(t, registry(t), profile); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestACodeSystemHoldsWhatItSays(t *testing.T) {
	const concept = `,"concept":[{"code":"male"}]`
	for rest, want := range map[string][]string{
		`"content":"complete"` + concept:    nil,
		`"content":"supplement"` + concept:  {"fhir-authoring CodeSystem"},
		`"content":"not-present"` + concept: {"fhir-authoring CodeSystem.content"},
		`"content":"not-present"`:           nil,
		`"content":"supplement","supplements":"http://hl7.org/fhir/administrative-gender"` + concept:                     nil,
		`"content":"complete","supplements":"http://hl7.org/fhir/administrative-gender"` + concept:                       {"fhir-authoring CodeSystem.content"},
		`"content":"supplement","supplements":"http://hl7.org/fhir/administrative-gender","concept":[{"code":"purple"}]`: {"fhir-authoring CodeSystem.concept[0]"},
	} {
		if got := judge(t, registry(t), `{"resourceType":"CodeSystem","status":"draft",`+rest+`}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rest, got, want)
		}
	}
}

func TestAValueSetNamesCodesThatThereAre(t *testing.T) {
	for code, want := range map[string][]string{
		"male":   nil,
		"purple": {"fhir-authoring ValueSet.compose.include[0].concept[0]"},
	} {
		set := `{"resourceType":"ValueSet","status":"draft","compose":{"include":[{"system":"http://hl7.org/fhir/administrative-gender","concept":[{"code":"` + code + `"}]}]}}`
		if got := judge(t, registry(t), set); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", code, got, want)
		}
	}
}
