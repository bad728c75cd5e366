package profiles_test

import (
	"slices"
	"testing"
)

// TestAFaultIsSaidOnceAndTheNextOneInItsOwnPlace holds that what is found at one property neither hides, nor moves, nor repeats what
// is found at the next.
func TestAFaultIsSaidOnceAndTheNextOneInItsOwnPlace(t *testing.T) {
	const format = "fhir-format Patient.birthDate"
	for resource, want := range map[string][]string{
		`"active":null,"birthDate":"x"`:                  {"fhir-empty Patient.active", format},
		`"birthDate":"x","gender":null`:                  {format, "fhir-empty Patient.gender"},
		`"name":null`:                                    {"fhir-empty Patient.name"},
		`"birthDate":"x","gender":"male","_gender":null`: {format, "fhir-empty Patient.gender"},
		`"active":true,"_active":null,"birthDate":"x"`:   {"fhir-empty Patient.active", format},
		`"birthDate":"x","id":"a","_id":{"extension":[{"url":"http://a.test/e","valueString":"x"}]}`: {format, "fhir-extension Patient.id"},
		`"_id":{"extension":[{"url":"http://a.test/e","valueString":"x"}]},"birthDate":"x","id":"a"`: {"fhir-extension Patient.id", format},
		`"deceasedString":"x","birthDate":"x"`:                                                       {format, "fhir-choice Patient.deceased"},
		`"deceasedBoolean":true,"deceasedDateTime":"2020","birthDate":"x"`:                           {format, "fhir-choice Patient.deceased"},
		`"deceased":true`:        {"fhir-unknown-element Patient.deceased"},
		`"deceasedboolean":true`: {"fhir-unknown-element Patient.deceasedboolean"},
		`"name":[{"given":["a"],"_given":{"extension":[{"url":"http://a.test/e","valueString":"x"}]}}]`:                      {"fhir-json-type Patient.name[0].given"},
		`"name":[{"given":["a"],"_given":[null,null]}]`:                                                                      {"fhir-json-type Patient.name[0].given", "fhir-empty Patient.name[0].given[1]"},
		`"id":"a","name":[{"id":"a","family":"x"}]`:                                                                          nil,
		`"name":[{"id":"a","family":"x"},{"id":"a","family":"y"}]`:                                                           {"fhir-id Patient.name[1]"},
		`"name":[{"id":"a","family":"x"}],"_birthDate":{"id":"a","extension":[{"url":"http://a.test/e","valueString":"x"}]}`: {"fhir-id Patient.birthDate"},
		`"managingOrganization":{"id":"a","display":"x"},"contact":[{"id":"a","name":{"text":"x","id":"b"}}],"name":[{"id":"a","text":"x"}],"text":{"id":"b","status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}`: {"fhir-id Patient.contact[0]", "fhir-id Patient.contact[0].name", "fhir-id Patient.managingOrganization"},
		`"deceasedBoolean":true,"_deceasedBoolean":{"id":"a"},"name":[{"id":"a","text":"x"}]`:                                  {"fhir-id Patient.deceased.ofType(boolean)"},
		`"contained":[{"resourceType":"Organization","id":"a","name":"x"}],"managingOrganization":{"id":"a","reference":"#a"}`: nil,
	} {
		for range 8 { // the properties of an object have no order
			got := judge(t, registry(t), `{"resourceType":"Patient",`+resource+`}`)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", resource, got, want)
				break
			}
		}
	}
}

// TestWhatIsAskedOfAChoiceOfSeveralTypesIsAskedOfThoseThatHaveIt holds that an element which one of the types of a choice must have is
// missed there, and not in the others.
func TestWhatIsAskedOfAChoiceOfSeveralTypesIsAskedOfThoseThatHaveIt(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.value[x]","path":"Observation.value[x]","type":[{"code":"Period"},{"code":"Quantity"}]},
	 {"id":"Observation.value[x].start","path":"Observation.value[x].start","min":1}`))
	for value, want := range map[string][]string{
		`"valuePeriod":{"end":"2020"}`:                {"fhir-required Observation.value.ofType(Period)"},
		`"valuePeriod":{"start":"2020"}`:              nil,
		`"valuePeriod":{"start":"2019","end":"2020"}`: nil,
		`"valuePeriod":{"_start":{"extension":[{"url":"http://a.test/e","valueString":"x"}]},"end":"2020"}`: nil,
		`"valueQuantity":{"value":1}`: nil,
	} {
		if got := judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"},`+value+`}`, slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", value, got, want)
		}
	}
}

// TestAWordOfWhatShouldBeThereIsSaidBesideWhatIs holds what is said of a value of the wrong form.
func TestAWordOfWhatShouldBeThereIsSaidBesideWhatIs(t *testing.T) {
	for resource, want := range map[string]string{
		`"active":[true]`:                                          "fhir-json-type Patient.active: active does not repeat, so it must not be an array true or false",
		`"maritalStatus":[{"text":"x"}]`:                           "fhir-json-type Patient.maritalStatus: maritalStatus does not repeat, so it must not be an array an object",
		`"maritalStatus":{"text":"x"},"_maritalStatus":{"id":"x"}`: `fhir-unknown-element Patient._maritalStatus: maritalStatus is not a primitive, so it cannot have "_maritalStatus" beside it `,
		`"_colour":{"id":"x"}`:                                     `fhir-unknown-element Patient._colour: Patient has no element "_colour" `,
		`"deceased9":true`:                                         `fhir-unknown-element Patient.deceased9: Patient has no element "deceased9" `,
		`"deceasedQuantity":{"value":1}`:                           "fhir-choice Patient.deceased: deceased[x] must not be of type Quantity here boolean, dateTime",
	} {
		if got := told(t, registry(t), `{"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},`+resource+`}`); !slices.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", resource, got, want)
		}
	}
}

// TestAnExtensionThatAPrimitiveMustHaveIsMissed holds that what a profile asks of the extensions of a primitive is asked where it has
// nothing beside its value, too, and where the primitive is not there is not.
func TestAnExtensionThatAPrimitiveMustHaveIsMissed(t *testing.T) {
	const why = `{"extension":[{"url":"http://a.test/e","valueString":"x"}]}`
	r := with(t, `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/sliced","name":"Sliced","status":"draft",
 "kind":"resource","abstract":false,"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
 "differential":{"element":[{"id":"Patient.birthDate.extension","path":"Patient.birthDate.extension","min":1}]}}`)
	for resource, want := range map[string][]string{
		`"active":true`:      nil,
		`"birthDate":"2020"`: {"fhir-required Patient.birthDate"},
		`"birthDate":"2020","_birthDate":{"id":"x"}`: {"fhir-required Patient.birthDate"},
		`"birthDate":"2020","_birthDate":` + why:     nil,
		`"_birthDate":` + why:                        nil,
	} {
		if got := judge(t, r, `{"resourceType":"Patient",`+resource+`}`, slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}
