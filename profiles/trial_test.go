package profiles_test

import (
	"slices"
	"testing"
)

// What is only asked of a target, and not reported, must come out as it does when the target is judged by itself.
func TestATargetThatMeetsItsProfileMeetsItWhateverElseIsInIt(t *testing.T) {
	const ward = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/ward","name":"Ward","status":"active","kind":"resource",` +
		`"abstract":false,"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[` +
		`{"id":"Patient.active","path":"Patient.active","min":1}]}}`
	r := with(t, ward, observation(`{"id":"Observation.subject","path":"Observation.subject","type":[{"code":"Reference","targetProfile":["http://example.org/StructureDefinition/ward"]}]}`))
	for content, want := range map[string][]string{
		`"active":true`: nil,
		`"active":true,"meta":{"profile":["http://example.org/StructureDefinition/ward"]}`:                         nil,
		`"active":true,"meta":{"profile":["http://hl7.org/fhir/StructureDefinition/Patient"]}`:                     nil,
		`"active":true,"meta":{"profile":["http://example.org/StructureDefinition/not-loaded"]}`:                   nil,
		`"active":true,"photo":[{"contentType":"text/plain","data":"QUJD","hash":"PAG97hyFYAmayx+1AeVO3eSx6pk="}]`: {"fhir-attachment Observation.contained[0].photo[0]", "fhir-reference-target Observation.subject"},
		`"active":true,"photo":[{"contentType":"text/plain","data":"QUJD","hash":"PAG9uybzWLqyfyZ5JKosmgP8/bg="}]`: nil,
		`"gender":"male"`: {"fhir-reference-target Observation.subject"},
	} {
		text := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"contained":[{"resourceType":"Patient","id":"p",` + content + `}],"subject":{"reference":"#p"}}`
		if got := judge(t, r, text, slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", content, got, want)
		}
	}
}

func TestAResourceConformsToItsTypeAndWhatThatBuildsOn(t *testing.T) {
	for profile, want := range map[string][]string{
		"Observation":    nil,
		"DomainResource": nil,
		"Resource":       nil,
		"Patient":        {"c-1 Observation"},
	} {
		r := with(t, observation(`{"id":"Observation","path":"Observation","constraint":[{"key":"c-1","severity":"error","human":"x",`+
			`"expression":"conformsTo('http://hl7.org/fhir/StructureDefinition/`+profile+`')"}]}`))
		text := `{"resourceType":"Observation","meta":{"profile":["` + slicedProfile + `"]},"status":"final","code":{"text":"x"},"valueString":"x"}`
		if got := judge(t, r, text); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", profile, got, want)
		}
	}
}
