package profiles_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// observation wraps the elements of a differential in a profile on Observation.
func observation(elements string) string {
	return `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/sliced","name":"Sliced","status":"draft",
 "kind":"resource","abstract":false,"type":"Observation","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Observation","derivation":"constraint",
 "differential":{"element":[` + elements + `]}}`
}

func sliceBy(kind, path, rules string, ordered bool) string {
	return fmt.Sprintf(`{"id":"Observation.component","path":"Observation.component","slicing":{"discriminator":[{"type":%q,"path":%q}],"rules":%q,"ordered":%v}}`, kind, path, rules, ordered)
}

const (
	sliceA = `{"id":"Observation.component:a","path":"Observation.component","sliceName":"a","min":1,"max":"1"},
	{"id":"Observation.component:a.code","path":"Observation.component.code","patternCodeableConcept":{"coding":[{"system":"http://example.org","code":"a"}]}}`
	sliceB = `{"id":"Observation.component:b","path":"Observation.component","sliceName":"b","min":0,"max":"*"},
	{"id":"Observation.component:b.code","path":"Observation.component.code","patternCodeableConcept":{"coding":[{"system":"http://example.org","code":"b"}]}},
	{"id":"Observation.component:b.value[x]","path":"Observation.component.value[x]","min":1}`
)

// byDefault is the slice of the components that are in no other, of which there may be one.
const byDefault = `,{"id":"Observation.component:@default","path":"Observation.component","sliceName":"@default","min":0,"max":"1"}`

func component(code, rest string) string {
	return fmt.Sprintf(`{"code":{"coding":[{"system":"http://example.org","code":%q}]}%s}`, code, rest)
}

func observed(components string) string {
	if components == "" {
		return `{"resourceType":"Observation","status":"final","code":{"text":"x"}}`
	}
	return `{"resourceType":"Observation","status":"final","code":{"text":"x"},"component":[` + components + `]}`
}

// resliced slices the slice b of the components by the type of the value, and asks how often that with an integer is there.
func resliced(least, most int, rules string) string {
	return fmt.Sprintf(`,{"id":"Observation.component:b","path":"Observation.component","sliceName":"b","slicing":{"discriminator":[{"type":"type","path":"value"}],"rules":%q}},
	{"id":"Observation.component:b/i","path":"Observation.component","sliceName":"b/i","min":%d,"max":"%d"},
	{"id":"Observation.component:b/i.value[x]","path":"Observation.component.value[x]","type":[{"code":"integer"}]}`, rules, least, most)
}

func TestSlicing(t *testing.T) {
	const value, text = `,"valueInteger":1`, `,"valueString":"x"`
	for _, c := range []struct {
		name, elements, components string
		want                       []string
	}{
		{"slice is there", sliceBy("value", "code", "open", false) + "," + sliceA, component("a", ""), nil},
		{"slice is missing", sliceBy("value", "code", "open", false) + "," + sliceA, component("c", ""), []string{"fhir-required Observation"}},
		{"slice is there twice", sliceBy("value", "code", "open", false) + "," + sliceA, component("a", "") + "," + component("a", ""), []string{"fhir-too-many Observation"}},
		{"pattern discriminator", sliceBy("pattern", "code", "open", false) + "," + sliceA, component("a", ""), nil},
		{"open slicing lets others in", sliceBy("value", "code", "open", false) + "," + sliceA, component("a", "") + "," + component("c", ""), nil},
		{"closed slicing does not", sliceBy("value", "code", "closed", false) + "," + sliceA, component("a", "") + "," + component("c", ""), []string{"fhir-slicing Observation.component[1]"}},
		{"open at end lets others follow", sliceBy("value", "code", "openAtEnd", false) + "," + sliceA, component("a", "") + "," + component("c", ""), nil},
		{"open at end says once what stands too early", sliceBy("value", "code", "openAtEnd", false) + "," + sliceA + "," + sliceB, component("c", "") + "," + component("a", "") + "," + component("b", value), []string{"fhir-slicing Observation.component[1]"}},
		{"open at end does not let others lead", sliceBy("value", "code", "openAtEnd", false) + "," + sliceA, component("c", "") + "," + component("a", ""), []string{"fhir-slicing Observation.component[1]"}},
		{"order is kept", sliceBy("value", "code", "open", true) + "," + sliceA + "," + sliceB, component("a", "") + "," + component("b", value), nil},
		{"order is free", sliceBy("value", "code", "open", false) + "," + sliceA + "," + sliceB, component("b", value) + "," + component("a", ""), nil},
		{"order of one slice", sliceBy("value", "code", "open", true) + "," + sliceA + "," + sliceB, component("a", "") + "," + component("b", value) + "," + component("b", value), nil},
		{"what cannot be told apart is not counted", sliceBy("value", "code", "open", false)[:len(`{"id":"Observation.component","path":"Observation.component","slicing":{`)] + `"rules":"closed"}},` + sliceA, component("a", "") + "," + component("a", ""), nil},
		{"a slice of a slice is there", sliceBy("value", "code", "open", false) + "," + sliceB + resliced(1, 1, "open"), component("b", value) + "," + component("b", text), nil},
		{"a slice of a slice is there twice", sliceBy("value", "code", "open", false) + "," + sliceB + resliced(0, 1, "open"), component("b", value) + "," + component("b", value), []string{"fhir-too-many Observation"}},
		{"a slice of a slice is missing", sliceBy("value", "code", "open", false) + "," + sliceB + resliced(1, 1, "open"), component("b", text), []string{"fhir-required Observation"}},
		{"a slice of a slice is missing where that slice may be absent, too", sliceBy("value", "code", "open", false) + "," + sliceB + resliced(1, 1, "open"), component("c", text), []string{"fhir-required Observation"}},
		{"a slice of a slice is missing where the element is", sliceBy("value", "code", "open", false) + "," + sliceB + resliced(1, 1, "open"), "", []string{"fhir-required Observation"}},
		{"a slice of a slice that may be absent is not missing", sliceBy("value", "code", "open", false) + "," + sliceB + resliced(0, 1, "open"), "", nil},
		{"a slice of a slice lets no others in", sliceBy("value", "code", "open", false) + "," + sliceB + resliced(0, 1, "closed"), component("b", value) + "," + component("b", text), []string{"fhir-slicing Observation.component[1]"}},
		{"what is in no slice is judged too", sliceBy("value", "code", "open", false) + "," + sliceB, `{"valueInteger":1}`, []string{"fhir-required Observation.component[0]"}},
		{"others are let in once", sliceBy("value", "code", "closed", false) + "," + sliceB + byDefault, component("b", value) + "," + component("c", ""), nil},
		{"others are not let in twice", sliceBy("value", "code", "closed", false) + "," + sliceB + byDefault, component("c", "") + "," + component("d", ""), []string{"fhir-too-many Observation"}},
		{"order is broken", sliceBy("value", "code", "open", true) + "," + sliceA + "," + sliceB, component("b", value) + "," + component("a", ""), []string{"fhir-slicing Observation.component[1]"}},
		{"what one slice asks is not asked of another", sliceBy("value", "code", "open", false) + "," + sliceA + "," + sliceB, component("a", "") + "," + component("b", ""), []string{"fhir-required Observation.component[1]"}},
		{
			"exists discriminator", sliceBy("exists", "value", "closed", false) +
				`,{"id":"Observation.component:v","path":"Observation.component","sliceName":"v","max":"1"},{"id":"Observation.component:v.value[x]","path":"Observation.component.value[x]","min":1}`,
			component("a", value) + "," + component("a", value),
			[]string{"fhir-too-many Observation"},
		},
		{
			"type discriminator", sliceBy("type", "value", "closed", false) +
				`,{"id":"Observation.component:i","path":"Observation.component","sliceName":"i"},{"id":"Observation.component:i.value[x]","path":"Observation.component.value[x]","type":[{"code":"integer"}]}`,
			component("a", value) + "," + component("a", `,"valueString":"x"`),
			[]string{"fhir-slicing Observation.component[1]"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := with(t, observation(c.elements))
			got := judge(t, r, observed(c.components), "http://example.org/StructureDefinition/sliced")
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestAFixedValueAndAPatternAndALimitAreChecked(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.status","path":"Observation.status","fixedCode":"final"},
	 {"id":"Observation.code","path":"Observation.code","patternCodeableConcept":{"coding":[{"code":"x"}]}},
	 {"id":"Observation.value[x]","path":"Observation.value[x]","maxValueQuantity":{"value":5,"system":"http://unitsofmeasure.org","code":"kg"}}`))
	const profile = "http://example.org/StructureDefinition/sliced"
	quantity := func(value, unit string) string {
		return `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://example.org","code":"x"}]},"valueQuantity":{"value":` + value + `,"system":"http://unitsofmeasure.org","code":"` + unit + `"}}`
	}
	for resource, want := range map[string][]string{
		quantity("5", "kg"):     nil,
		quantity("4999", "g"):   nil,
		quantity("5001", "g"):   {"fhir-range Observation.value.ofType(Quantity)"},
		quantity("1", "mm[Hg]"): {"fhir-range Observation.value.ofType(Quantity)"},
		`{"resourceType":"Observation","status":"amended","code":{"text":"y"}}`: {"fhir-fixed Observation.status", "fhir-pattern Observation.code"},
	} {
		if got := judge(t, r, resource, profile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}

func TestSlicesThatAURLTellsApartAreCounted(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.extension","path":"Observation.extension","slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}},
	 {"id":"Observation.extension:x","path":"Observation.extension","sliceName":"x","min":1,"max":"1"},
	 {"id":"Observation.extension:x.url","path":"Observation.extension.url","fixedUri":"http://example.org/x"},
	 {"id":"Observation.extension:y","path":"Observation.extension","sliceName":"y","min":0,"max":"1"},
	 {"id":"Observation.extension:y.url","path":"Observation.extension.url","fixedUri":"http://example.org/y"}`))
	for extensions, want := range map[string][]string{"x": nil, "xy": nil, "yx": nil, "y": {"fhir-required Observation"}, "xx": {"fhir-too-many Observation"}, "xyy": {"fhir-too-many Observation"}} {
		list := ""
		for i, name := range extensions {
			if i > 0 {
				list += ","
			}
			list += `{"url":"http://example.org/` + string(name) + `","valueInteger":1}`
		}
		resource := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"extension":[` + list + `]}`
		got := slices.DeleteFunc(judge(t, r, resource, "http://example.org/StructureDefinition/sliced"), func(finding string) bool { return !strings.HasSuffix(finding, " Observation") })
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", extensions, got, want)
		}
	}
}
