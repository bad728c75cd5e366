package profiles_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/profiles"
)

// told are all findings about a resource, whatever they weigh: rule, place and what they say.
func told(t *testing.T, r *profiles.Registry, resource string, canonicals ...string) []string {
	t.Helper()
	findings, err := r.Validate(t.Context(), []byte(resource), profiles.Options{Profiles: canonicals})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range findings {
		all = append(all, f.Rule+" "+f.Path+": "+f.Message+" "+f.Expected)
	}
	return all
}

func TestWhatTheWholeElementAsksIsAskedOfASliceThatAsksNothing(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.category","path":"Observation.category","slicing":{"discriminator":[{"type":"pattern","path":"$this"}],"rules":"open"}},
	 {"id":"Observation.category.text","path":"Observation.category.text","min":1},
	 {"id":"Observation.category:lab","path":"Observation.category","sliceName":"lab","min":0,"max":"1","patternCodeableConcept":{"coding":[{"system":"http://example.org","code":"lab"}]}}`))
	for category, want := range map[string][]string{
		`{"coding":[{"system":"http://example.org","code":"lab"}]}`:              {"fhir-required Observation.category[0]"},
		`{"coding":[{"system":"http://example.org","code":"lab"}],"text":"Lab"}`: nil,
		`{"text":"Other"}`: nil,
	} {
		got := judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"category":[`+category+`]}`, slicedProfile)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", category, got, want)
		}
	}
}

func TestTheSliceOfATypeAsksWhatThatTypeDoes(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.value[x]","path":"Observation.value[x]","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"open"}},
	 {"id":"Observation.value[x]:valueQuantity","path":"Observation.value[x]","sliceName":"valueQuantity","type":[{"code":"string"},{"code":"Quantity","profile":["http://hl7.org/fhir/StructureDefinition/SimpleQuantity"]}]}`))
	for value, want := range map[string]bool{
		`"valueQuantity":{"value":5}`:                  false,
		`"valueQuantity":{"value":5,"comparator":"<"}`: true,
		`"valueString":"five"`:                         false,
	} {
		got := judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"},`+value+`}`, slicedProfile)
		if (len(got) > 0) != want {
			t.Errorf("%s: %v", value, got)
		}
	}
}

func TestAProfileThatDoesNotTellItsSlicesApartIsSaidToBeSo(t *testing.T) {
	also := strings.ReplaceAll(sliceA, ":a", ":also")
	also = strings.ReplaceAll(also, `"sliceName":"a"`, `"sliceName":"also"`)
	ambiguous := func(list []string) []string {
		return slices.DeleteFunc(list, func(text string) bool { return !strings.Contains(text, "does not tell slices") })
	}
	both := with(t, observation(sliceBy("value", "code", "open", false)+","+sliceA+","+also))
	if got := ambiguous(told(t, both, observed(component("a", "")), slicedProfile)); len(got) != 1 || !strings.Contains(got[0], "fhir-definition Observation: ") || !strings.Contains(got[0], "a and also") {
		t.Errorf("two slices of one code: %v", got)
	}
	apart := with(t, observation(sliceBy("value", "code", "open", false)+","+sliceA+","+sliceB+byDefault))
	if got := ambiguous(told(t, apart, observed(component("a", "")+","+component("b", `,"valueInteger":1`)), slicedProfile)); len(got) > 0 {
		t.Errorf("slices that are told apart, and one for others: %v", got)
	}
	one := with(t, observation(`{"id":"Observation.value[x]","path":"Observation.value[x]","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"open"}},
	 {"id":"Observation.value[x]:a","path":"Observation.value[x]","sliceName":"a","type":[{"code":"integer"}]},
	 {"id":"Observation.value[x]:b","path":"Observation.value[x]","sliceName":"b","type":[{"code":"integer"}]}`))
	if got := ambiguous(told(t, one, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"valueInteger":1}`, slicedProfile)); len(got) != 1 {
		t.Errorf("two slices of one type of an element that is no list: %v", got)
	}
}

func TestWhatIsInNoSliceOfAClosedSlicingIsToldWhichThereAre(t *testing.T) {
	r := with(t, observation(sliceBy("value", "code", "closed", false)+","+sliceA+","+sliceB))
	got := told(t, r, observed(component("a", "")+","+component("c", "")), slicedProfile)
	if !slices.ContainsFunc(got, func(text string) bool {
		return strings.HasPrefix(text, "fhir-slicing Observation.component[1]") && strings.HasSuffix(text, " [a b]")
	}) {
		t.Errorf("%v", got)
	}
}

func TestASliceThatCannotBeToldApartIsNotMissingAndIsSaidNotToBeChecked(t *testing.T) {
	for name, discriminator := range map[string]string{
		"no discriminator":                ``,
		"one that leads nowhere":          `{"type":"value","path":"nothing"}`,
		"one that the slice does not fix": `{"type":"value","path":"value"}`,
	} {
		r := with(t, observation(`{"id":"Observation.component","path":"Observation.component","slicing":{"discriminator":[`+discriminator+`],"rules":"closed"}},`+sliceA))
		resource := observed(component("b", "") + "," + component("c", ""))
		if got := judge(t, r, resource, slicedProfile); len(got) > 0 {
			t.Errorf("%s: %v", name, got)
		}
		if got := told(t, r, resource, slicedProfile); !slices.ContainsFunc(got, func(text string) bool { return strings.Contains(text, "cannot be told apart") }) {
			t.Errorf("%s: nothing is said of it: %v", name, got)
		}
	}
}

// TestASliceThatNeedNotBeThereIsSaidNotToBeCheckedWhereItMayBe has a slice that fixes no code beside one that does.
func TestASliceThatNeedNotBeThereIsSaidNotToBeCheckedWhereItMayBe(t *testing.T) {
	const (
		free   = `,{"id":"Observation.component:free","path":"Observation.component","sliceName":"free","min":0,"max":"1"}`
		within = `,{"id":"Observation.component:b","path":"Observation.component","sliceName":"b","slicing":{"discriminator":[{"type":"value","path":"value"}],"rules":"open"}},
		{"id":"Observation.component:b/free","path":"Observation.component","sliceName":"b/free","min":0,"max":"1"}`
	)
	byCode := sliceBy("value", "code", "open", false) + ","
	b := component("b", `,"valueInteger":1`)
	for _, c := range []struct {
		name, elements, components string
		want                       bool
	}{
		{"one that may be in it", byCode + sliceB + free, b + "," + component("c", ""), true},
		{"all in another slice", byCode + sliceB + free, b + "," + b, false},
		{"none at all", byCode + sliceB + free, "", false},
		{"the others are in the slice for them", byCode + sliceB + free + byDefault, component("c", ""), false},
		{"within a slice", byCode + sliceB + within, b, true},
		{"within a slice that has none", byCode + sliceB + within, component("c", ""), false},
	} {
		r := with(t, observation(c.elements))
		resource := observed(c.components)
		if got := judge(t, r, resource, slicedProfile); len(got) > 0 {
			t.Errorf("%s: %v", c.name, got)
		}
		got := told(t, r, resource, slicedProfile)
		if slices.ContainsFunc(got, func(text string) bool { return strings.Contains(text, "cannot be told apart") }) != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestSlicesByURLThatOneURLDoesNotTellApartAreStillTold has slices of extensions that are more than one fixed URL each.
func TestSlicesByURLThatOneURLDoesNotTellApartAreStillTold(t *testing.T) {
	const (
		byURL = `{"id":"Observation.extension","path":"Observation.extension","slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}}`
		x     = `,{"id":"Observation.extension:x","path":"Observation.extension","sliceName":"x","min":0,"max":"1"},
		{"id":"Observation.extension:x.url","path":"Observation.extension.url","fixedUri":"http://example.org/x"}`
		others = `,{"id":"Observation.extension:@default","path":"Observation.extension","sliceName":"@default","min":0,"max":"1"}`
		again  = `,{"id":"Observation.extension:again","path":"Observation.extension","sliceName":"again","min":0,"max":"*"},
		{"id":"Observation.extension:again.url","path":"Observation.extension.url","fixedUri":"http://example.org/x"}`
		within = `,{"id":"Observation.extension:x","path":"Observation.extension","sliceName":"x","min":0,"max":"*","slicing":{"discriminator":[{"type":"type","path":"value"}],"rules":"open"}},
		{"id":"Observation.extension:x.url","path":"Observation.extension.url","fixedUri":"http://example.org/x"},
		{"id":"Observation.extension:x/i","path":"Observation.extension","sliceName":"x/i","min":0,"max":"1"},
		{"id":"Observation.extension:x/i.value[x]","path":"Observation.extension.value[x]","type":[{"code":"integer"}]}`
		unknown = `,{"id":"Observation.extension:free","path":"Observation.extension","sliceName":"free","min":0,"max":"1"}`
	)
	for _, c := range []struct {
		name, elements, extensions string
		want                       []string
	}{
		{"one other", byURL + x + others, "xy", nil},
		{"two others, of which there may be one", byURL + x + others, "yz", []string{"fhir-too-many Observation"}},
		{"two of one URL: the first counts", byURL + x + again, "xx", []string{"fhir-too-many Observation"}},
		{"one of a slice within", byURL + within, "x", nil},
		{"two of a slice within", byURL + within, "xx", []string{"fhir-too-many Observation"}},
		{"one slice that has no URL", byURL + x + unknown, "xx", []string{"fhir-too-many Observation"}},
	} {
		var list []string
		for _, name := range c.extensions {
			list = append(list, `{"url":"http://example.org/`+string(name)+`","valueInteger":1}`)
		}
		r := with(t, observation(c.elements))
		got := slices.DeleteFunc(judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"extension":[`+strings.Join(list, ",")+`]}`, slicedProfile),
			func(finding string) bool { return !strings.HasSuffix(finding, " Observation") })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestExtensionsAreFoundByTheirURL holds that a profile with many extensions looks each of a resource up once: UK Core's Patient has a
// dozen of them.
func TestExtensionsAreFoundByTheirURL(t *testing.T) {
	byURL := `{"id":"Observation.extension","path":"Observation.extension","slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}},
	 {"id":"Observation.extension:x","path":"Observation.extension","sliceName":"x","min":0,"max":"1"},
	 {"id":"Observation.extension:x.url","path":"Observation.extension.url","fixedUri":"http://example.org/x"},
	 {"id":"Observation.extension:y","path":"Observation.extension","sliceName":"y","min":0,"max":"1"},
	 {"id":"Observation.extension:y.url","path":"Observation.extension.url","fixedUri":"http://example.org/y"}`
	for elements, want := range map[string]bool{
		byURL: true,
		byURL + strings.NewReplacer(":x", ":x2", `"x"`, `"x2"`).Replace(`,{"id":"Observation.extension:x","path":"Observation.extension","sliceName":"x"},
	 {"id":"Observation.extension:x.url","path":"Observation.extension.url","fixedUri":"http://example.org/x"}`): false,
	} {
		if got, err := with(t, observation(elements)).FoundByURL(slicedProfile); err != nil || got != want {
			t.Errorf("%v %v, want %v", got, err, want)
		}
	}
}
