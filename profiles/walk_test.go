package profiles_test

import (
	"strings"
	"testing"
)

// TestWhatIsWrongWithTheShapeOfAnObjectIsSaidWhereItIs breaks the shape of a resource in one way each, and holds rule, place and words.
func TestWhatIsWrongWithTheShapeOfAnObjectIsSaidWhereItIs(t *testing.T) {
	const observation = `{"resourceType":"Observation","status":"final","code":{"text":"x"}`
	for name, c := range map[string]struct {
		resource string
		want     []string
	}{
		"an element that there is not": {observation + `,"colour":"red"}`, []string{`fhir-unknown-element Observation.colour: Observation has no element "colour"`}},
		"words beside what is no primitive": {
			observation + `,"_subject":{"id":"a"}}`, []string{`fhir-unknown-element Observation._subject: subject is not a primitive, so it cannot have "_subject" beside it`},
		},
		"a choice of a type that is none":     {observation + `,"valueAddress":{"text":"x"}}`, []string{"fhir-choice Observation.value: value[x] must not be of type Address here Quantity, CodeableConcept"}},
		"a primitive choice that is none":     {observation + `,"valueUri":"urn:x"}`, []string{"fhir-choice Observation.value: value[x] must not be of type uri here Quantity, CodeableConcept"}},
		"a choice without a type":             {observation + `,"value":1}`, []string{`Observation has no element "value"; its name ends in its type: valueQuantity, valueCodeableConcept, valueString, ...`}},
		"an English spelling":                 {`{"resourceType":"Patient","managingOrganisation":{}}`, []string{`Patient has no element "managingOrganisation" (did you mean "managingOrganization"?)`}},
		"a choice in small letters":           {observation + `,"valueinteger":1}`, []string{`Observation has no element "valueinteger" (did you mean "valueInteger"?)`}},
		"two of a choice":                     {observation + `,"valueInteger":1,"valueString":"x"}`, []string{"fhir-choice Observation.value", "has values of more than one type"}},
		"one of a choice and words beside it": {observation + `,"valueString":"x","_valueString":{"id":"a"}}`, nil},
		"words beside a value that is not":    {observation + `,"_valueString":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}}`, nil},
		"null":                                {observation + `,"issued":null}`, []string{"Observation.issued: ", "null"}},
		"null beside a primitive":             {observation + `,"issued":"2025-01-01T00:00:00Z","_issued":null}`, []string{"Observation.issued: ", "null"}},
		"null beside a primitive, and another fault": {
			observation + `,"issued":"2025-01-01T00:00:00Z","_issued":null,"zone":"red","note":[{"text":"x","colour":"red"}]}`,
			[]string{"Observation.issued: ", "fhir-unknown-element Observation.zone: ", "fhir-unknown-element Observation.note[0].colour: "},
		},
		"two parts with one id":              {`{"resourceType":"Observation","status":"final","code":{"id":"a","text":"x"},"subject":{"id":"a","display":"x"}}`, []string{"Observation"}},
		"a part with the resource's id":      {`{"resourceType":"Observation","id":"a","status":"final","code":{"id":"a","text":"x"}}`, nil},
		"words beside an id":                 {observation + `,"id":"1","_id":{"extension":[{"url":"urn:x","valueInteger":1}]}}`, []string{"fhir-extension Observation", "an id cannot have extensions"}},
		"a required element that is lacking": {`{"resourceType":"Observation","status":"final"}`, []string{"fhir-required Observation: code is required but is not there"}},
		"a type inside a part":               {observation + `,"subject":{"resourceType":"Patient","display":"x"}}`, []string{`has no element "resourceType"`}},
		"a type inside a contained resource": {observation + `,"subject":{"reference":"#a"},"contained":[{"resourceType":"Patient","id":"a"}]}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := registry(t)
			var wrong []string
			for _, finding := range told(t, r, c.resource) {
				if strings.HasPrefix(finding, "dom-6") || strings.Contains(finding, "dom-6") || strings.Contains(finding, "narrative") {
					continue
				}
				wrong = append(wrong, finding)
			}
			all := strings.Join(wrong, "\n")
			for _, part := range c.want {
				if !strings.Contains(all, part) {
					t.Errorf("%q is not said: %s", part, all)
				}
			}
			if got := judge(t, r, c.resource); (len(got) > 0) != (len(c.want) > 0) {
				t.Errorf("errors %v", got)
			}
		})
	}
}

func TestHowOftenAnElementIsThereIsHeldAgainstItsLimits(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.category","path":"Observation.category","min":2,"max":"3"}`))
	for count, want := range map[int]string{
		0: "is required but is not there", 1: "category must be there at least 2 times but is there 1 times at least 2", 2: "", 3: "",
		4: "category may be there at most 3 times but is there 4 times at most 3",
	} {
		list := strings.TrimSuffix(strings.Repeat(`{"text":"x"},`, count), ",")
		resource := `{"resourceType":"Observation","status":"final","code":{"text":"x"}`
		if count > 0 {
			resource += `,"category":[` + list + `]`
		}
		got := strings.Join(told(t, r, resource+`}`, slicedProfile), "\n")
		if want != "" && !strings.Contains(got, want) {
			t.Errorf("%d: %s, want %q", count, got, want)
		}
		if errors := judge(t, r, resource+`}`, slicedProfile); (len(errors) > 0) != (want != "") {
			t.Errorf("%d: %v", count, errors)
		}
	}
}

func TestASliceThatMustBeThereIsMissingWhereTheElementIsNotThereAtAll(t *testing.T) {
	r := with(t, observation(sliceBy("value", "code", "open", false)+","+sliceA+","+sliceB))
	got := told(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`, slicedProfile)
	missing := 0
	for _, finding := range got {
		if strings.HasPrefix(finding, "fhir-required Observation: ") && strings.Contains(finding, "the slice must be there at least ") {
			missing++
		}
	}
	if missing != 1 {
		t.Errorf("%d slices are missing: %v", missing, got)
	}
}

func TestARequiredChoiceOfATypeThatIsNoneIsNotLackingToo(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.value[x]","path":"Observation.value[x]","min":1}`))
	for value, want := range map[string]string{
		``: "fhir-required Observation", `,"valueAddress":{"text":"x"}`: "fhir-choice Observation.value", `,"valueZone":"x"`: "fhir-choice Observation.value",
		`,"value":1`: "fhir-required Observation", `,"valuezone":1`: "fhir-required Observation",
	} {
		got := judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"}`+value+`}`, slicedProfile)
		if all := strings.Join(got, " "); !strings.Contains(all, want) || strings.Contains(all, "fhir-required") != strings.HasPrefix(want, "fhir-required") {
			t.Errorf("%s: %v, want %s", value, got, want)
		}
	}
}
