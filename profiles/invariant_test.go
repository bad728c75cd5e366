package profiles_test

import (
	"slices"
	"testing"
)

func TestAnInvariantThatComesOutEmptyIsNotMet(t *testing.T) {
	invariant := func(expression string) string {
		return `{"id":"Observation","path":"Observation","constraint":[{"key":"own-1","severity":"error","human":"own","expression":"` + expression + `"}]}`
	}
	const absent = `"valueDateTime":"2020"`
	for expression, want := range map[string][]string{
		"value = 1":                                    {"own-1 Observation"},
		"value.ofType(dateTime) < @2020-06-01":         {"own-1 Observation"},
		"value.ofType(dateTime) < @2021-06-01":         nil,
		"method.text.length() > 1":                     {"own-1 Observation"},
		"method.empty() or method.text.length() > 1":   nil,
		"method.exists() implies method.text.exists()": nil,
	} {
		r := with(t, observation(invariant(expression)))
		got := judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"},`+absent+`}`, slicedProfile)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", expression, got, want)
		}
	}
}

func TestAPublishedInvariantThatValidDataStopsIsNoFault(t *testing.T) {
	const order = `{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"display":"x"},
 "dosageInstruction":[{"timing":{"repeat":{"offset":30,"when":["PCM","PCV"]}}}]}`
	if got := judge(t, registry(t), order); len(got) > 0 {
		t.Errorf("got %v: tim-9 asks of one time what may be several", got)
	}
}

func TestAConstraintThatFailsDoesNotHideOneThatComesOutEmpty(t *testing.T) {
	r := with(t, observation(`{"id":"Observation","path":"Observation","constraint":[{"key":"own-1","severity":"error","human":"own","expression":"false"},`+
		`{"key":"own-2","severity":"error","human":"own","expression":"method.text.length() > 1"}]}`))
	got := judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`, slicedProfile)
	if want := []string{"own-1 Observation", "own-2 Observation"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAPublishedInvariantThatReliesOnEmptyIsMet(t *testing.T) {
	for _, resource := range []string{
		`{"resourceType":"Bundle","type":"transaction","entry":[{"request":{"method":"GET","url":"Patient/1"}}]}`,
		`{"resourceType":"RiskAssessment","status":"final","subject":{"reference":"Patient/1"},"prediction":[{"outcome":{"text":"x"}}]}`,
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueRange":{"low":{"value":1,"unit":"mg"},"high":{"value":1,"unit":"g"}}}`,
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"valuePeriod":{"start":"2020-05-01","end":"2020-05"}}`,
	} {
		if got := judge(t, registry(t), resource); len(got) > 0 {
			t.Errorf("%s: got %v", resource, got)
		}
	}
}

func TestAPublishedInvariantOverAnElementThatIsNotThereIsNotMetByThat(t *testing.T) {
	const questionnaire = `{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"a","type":"string","initial":[{"valueString":"x"},{"valueString":"y"}]}]}`
	if got, want := judge(t, registry(t), questionnaire), []string{"que-13 Questionnaire.item[0]"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAnInvariantThatIsEmptyForAFaultInItsPlaceIsNotSaidBesides(t *testing.T) {
	const order = `{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"display":"x"},
 "dosageInstruction":[{"timing":{"repeat":{"period":"1","periodUnit":"d"}}}]}`
	want := []string{"fhir-json-type MedicationRequest.dosageInstruction[0].timing.repeat.period"}
	if got := judge(t, registry(t), order); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAnOffsetIsNotFromAMealAmongSeveralTimes(t *testing.T) {
	const rule = "tim-9 MedicationRequest.dosageInstruction[0].timing.repeat"
	for when, want := range map[string][]string{
		`"when":["MORN","NOON"],"offset":5`: nil,
		`"when":["ACM","ACV"],"offset":5`:   nil,
		`"when":["C","CM"]`:                 nil,
		`"when":["C","MORN"],"offset":5`:    {rule},
		`"when":["MORN","CV"],"offset":5`:   {rule},
		`"when":["CD"],"offset":5`:          {rule},
		`"offset":5`:                        {rule},
	} {
		got := judge(t, registry(t), `{"resourceType":"MedicationRequest","status":"active","intent":"order","medicationCodeableConcept":{"text":"x"},"subject":{"display":"x"},"dosageInstruction":[{"timing":{"repeat":{`+when+`}}}]}`)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", when, got, want)
		}
	}
}
