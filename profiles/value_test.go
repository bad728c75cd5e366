package profiles_test

import (
	"fmt"
	"slices"
	"testing"
)

func TestAProfileBoundsThePrimitivesOfItsElements(t *testing.T) {
	extended := func(element, extension, value string) string {
		return fmt.Sprintf(`{"id":"Observation.%[1]s","path":"Observation.%[1]s","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/%[2]s","valueInteger":%[3]s}]}`, element, extension, value)
	}
	short, places := extended("code.text", "minLength", "3"), extended("component.value[x].value", "maxDecimalPlaces", "1")
	noon := `{"id":"Observation.value[x]","path":"Observation.value[x]","type":[{"code":"time"}],"maxValueTime":"12:00:00"}`
	exact := `{"id":"Observation.value[x]","path":"Observation.value[x]","type":[{"code":"Quantity"}],"patternQuantity":{"value":1.0}}`
	for _, c := range []struct {
		element, content string
		want             []string
	}{
		{short, `"code":{"text":"abc"}`, nil},
		{short, `"code":{"text":"äöü"}`, nil},
		{short, `"code":{"text":"ab"}`, []string{"fhir-length Observation.code.text"}},
		{places, `"code":{"text":"x"},"component":[{"code":{"text":"x"},"valueQuantity":{"value":1.5}}]`, nil},
		{places, `"code":{"text":"x"},"component":[{"code":{"text":"x"},"valueQuantity":{"value":1.50}}]`, []string{"fhir-range Observation.component[0].value.ofType(Quantity).value"}},
		{noon, `"code":{"text":"x"},"valueTime":"12:00:00"`, nil},
		{noon, `"code":{"text":"x"},"valueTime":"12:00:00.000"`, nil},
		{noon, `"code":{"text":"x"},"valueTime":"11:59:59.9"`, nil},
		{noon, `"code":{"text":"x"},"valueTime":"12:00:00.5"`, []string{"fhir-range Observation.value.ofType(time)"}},
		{exact, `"code":{"text":"x"},"valueQuantity":{"value":1.0,"unit":"m"}`, nil},
		{exact, `"code":{"text":"x"},"valueQuantity":{"value":1}`, []string{"fhir-pattern Observation.value.ofType(Quantity)"}},
	} {
		r := with(t, observation(c.element))
		text := `{"resourceType":"Observation","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"},"status":"final",` + c.content + `}`
		if got := judge(t, r, text, slicedProfile); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.content, got, c.want)
		}
	}
}
