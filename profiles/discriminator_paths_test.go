package profiles_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// ofA writes an element below the slice a of the components, by its path below it.
func ofA(path, rest string) string {
	return fmt.Sprintf(`{"id":"Observation.component:a.%s","path":"Observation.component.%s",%s}`, path, path, rest)
}

// TestASliceHoldsWhatItsDiscriminatorsSayAndNothingElse holds for each form of path, and for each thing at its end that can tell a
// slice apart, what is in the slice and what is not.
func TestASliceHoldsWhatItsDiscriminatorsSayAndNothingElse(t *testing.T) {
	const (
		concept = `"coding":[{"system":"http://example.org","code":"a"}]`
		coded   = `"code":{` + concept + `}`
		extend  = `"extension":[{"url":"http://example.org/e","valueString":"x"}]`
	)
	extension := func(url, value string) string {
		return `{"code":{"text":"x"},"extension":[{"url":"http://example.org/` + url + `","valueString":"` + value + `"}]}`
	}
	for name, c := range map[string]struct {
		discriminators []string
		slice          []string
		in, out        []string
	}{
		"pattern of one type of a choice": {
			[]string{"value value.ofType(Quantity).unit"},
			[]string{ofA("value[x]", `"type":[{"code":"Quantity"}]`), ofA("value[x].unit", `"patternString":"mg"`)},
			[]string{`{` + coded + `,"valueQuantity":{"value":1,"unit":"mg"}}`},
			[]string{`{` + coded + `,"valueQuantity":{"value":1,"unit":"kg"}}`, `{` + coded + `,"valueString":"mg"}`, `{` + coded + `}`},
		},
		"value of an extension": {
			[]string{"value extension('http://example.org/e').value"},
			[]string{
				ofA("extension", `"slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}`),
				`{"id":"Observation.component:a.extension:e","path":"Observation.component.extension","sliceName":"e","min":1,"max":"1"}`,
				`{"id":"Observation.component:a.extension:e.url","path":"Observation.component.extension.url","fixedUri":"http://example.org/e"}`,
				`{"id":"Observation.component:a.extension:e.value[x]","path":"Observation.component.extension.value[x]","min":1,"fixedString":"x"}`,
			},
			[]string{extension("e", "x")},
			[]string{extension("e", "y"), extension("f", "x"), `{` + coded + `}`},
		},
		"extension that must be there": {
			[]string{"exists extension('http://example.org/e')"},
			[]string{
				ofA("extension", `"slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}`),
				`{"id":"Observation.component:a.extension:e","path":"Observation.component.extension","sliceName":"e","min":1,"max":"1"}`,
				`{"id":"Observation.component:a.extension:e.url","path":"Observation.component.extension.url","fixedUri":"http://example.org/e"}`,
			},
			[]string{extension("e", "x"), extension("e", "y")},
			[]string{extension("f", "x"), `{` + coded + `}`},
		},
		"fixed value that leaves a part out": {
			[]string{"value code.text"},
			[]string{ofA("code", `"fixedCodeableConcept":{`+concept+`}`)},
			[]string{`{` + coded + `}`},
			[]string{`{"code":{` + concept + `,"text":"x"}}`},
		},
		"pattern that leaves a part out, and one that does not": {
			[]string{"value code.coding"},
			[]string{ofA("code", `"patternCodeableConcept":{`+concept+`}`)},
			[]string{`{` + coded + `}`, `{"code":{"coding":[{"system":"http://example.org","code":"a","display":"A"}]}}`, `{"code":{"coding":[{"code":"b"},{"system":"http://example.org","code":"a"}]}}`},
			[]string{`{"code":{"coding":[{"system":"http://example.org","code":"b"}]}}`, `{"code":{"text":"a"}}`},
		},
		"fixed part of a fixed value": {
			[]string{"value code.coding.display"},
			[]string{ofA("code", `"fixedCodeableConcept":{"coding":[{"code":"a","display":"A"}]}`)},
			[]string{`{"code":{"coding":[{"code":"a","display":"A"}]}}`},
			[]string{`{"code":{"coding":[{"code":"a","display":"B"}]}}`, `{"code":{"coding":[{"code":"a"}]}}`},
		},
		"required binding": {
			[]string{"value interpretation"},
			[]string{ofA("interpretation", `"min":1,"binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/administrative-gender"}`)},
			[]string{`{` + coded + `,"interpretation":[{"coding":[{"system":"http://hl7.org/fhir/administrative-gender","code":"male"}]}]}`},
			[]string{`{` + coded + `,"interpretation":[{"coding":[{"system":"http://example.org","code":"male"}]}]}`, `{` + coded + `}`},
		},
		"profile that a datatype must conform to": {
			[]string{"value code"},
			[]string{ofA("code", `"type":[{"code":"CodeableConcept","profile":["http://example.org/StructureDefinition/own-concept"]}]`)},
			[]string{`{"code":{"text":"own"}}`},
			[]string{`{"code":{"text":"other"}}`, `{"code":{` + concept + `}}`},
		},
		"slice below that must be there": {
			[]string{"value code.coding"},
			[]string{
				ofA("code.coding", `"slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}`),
				`{"id":"Observation.component:a.code.coding:own","path":"Observation.component.code.coding","sliceName":"own","min":1,"max":"1"}`,
				`{"id":"Observation.component:a.code.coding:own.system","path":"Observation.component.code.coding.system","min":1,"fixedUri":"http://example.org"}`,
				`{"id":"Observation.component:a.code.coding:may","path":"Observation.component.code.coding","sliceName":"may","min":0,"max":"1"}`,
				`{"id":"Observation.component:a.code.coding:may.system","path":"Observation.component.code.coding.system","min":1,"fixedUri":"http://example.org/may"}`,
			},
			[]string{`{` + coded + `}`, `{"code":{"coding":[{"system":"http://example.org/may","code":"m"},{"system":"http://example.org","code":"a"}]}}`},
			[]string{`{"code":{"coding":[{"system":"http://example.org/may","code":"m"}]}}`},
		},
		"value of one type of a choice, of which another looks the same": {
			[]string{"value value.ofType(dateTime)"},
			[]string{ofA("value[x]", `"type":[{"code":"dateTime"}],"patternDateTime":"2020"`)},
			[]string{`{` + coded + `,"valueDateTime":"2020"}`},
			[]string{`{` + coded + `,"valueString":"2020"}`, `{` + coded + `,"valueDateTime":"2021"}`},
		},
		"fixed part that has parts": {
			[]string{"value code.coding"},
			[]string{ofA("code", `"fixedCodeableConcept":{`+concept+`}`)},
			[]string{`{` + coded + `}`},
			[]string{`{"code":{"coding":[{"system":"http://example.org","code":"a","display":"A"}]}}`},
		},
		"pattern of a slice below": {
			[]string{"value code.coding.system"},
			[]string{
				ofA("code.coding", `"slicing":{"discriminator":[{"type":"pattern","path":"$this"}],"rules":"open"}`),
				`{"id":"Observation.component:a.code.coding:own","path":"Observation.component.code.coding","sliceName":"own","min":1,"max":"1","patternCoding":{"system":"http://example.org"}}`,
			},
			[]string{`{` + coded + `}`},
			[]string{`{"code":{"coding":[{"system":"http://example.org/may","code":"a"}]}}`, `{"code":{"text":"x"}}`},
		},
		"slice below what the path leads to": {
			[]string{"value code"},
			[]string{
				ofA("code.coding", `"slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}`),
				`{"id":"Observation.component:a.code.coding:own","path":"Observation.component.code.coding","sliceName":"own","min":1,"max":"1"}`,
				`{"id":"Observation.component:a.code.coding:own.system","path":"Observation.component.code.coding.system","min":1,"fixedUri":"http://example.org"}`,
			},
			[]string{`{` + coded + `}`},
			[]string{`{"code":{"coding":[{"system":"http://example.org/may","code":"a"}]}}`, `{"code":{"text":"x"}}`},
		},
		"extension by the profile of its type": {
			[]string{"exists extension('http://example.org/StructureDefinition/own-extension')"},
			[]string{
				ofA("extension", `"slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}`),
				`{"id":"Observation.component:a.extension:e","path":"Observation.component.extension","sliceName":"e","min":1,"max":"1","type":[{"code":"Extension","profile":["http://example.org/StructureDefinition/own-extension"]}]}`,
			},
			[]string{extension("StructureDefinition/own-extension", "x")},
			[]string{extension("f", "x"), `{` + coded + `}`},
		},
		"extension of a primitive": {
			[]string{"exists value.extension('http://example.org/e')"},
			[]string{
				ofA("value[x]", `"type":[{"code":"string"}]`),
				ofA("value[x].extension", `"slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}`),
				`{"id":"Observation.component:a.value[x].extension:e","path":"Observation.component.value[x].extension","sliceName":"e","min":1,"max":"1"}`,
				`{"id":"Observation.component:a.value[x].extension:e.url","path":"Observation.component.value[x].extension.url","fixedUri":"http://example.org/e"}`,
			},
			[]string{`{` + coded + `,"_valueString":{` + extend + `}}`, `{` + coded + `,"valueString":"x","_valueString":{` + extend + `}}`},
			[]string{`{` + coded + `,"valueString":"x"}`, `{` + coded + `}`},
		},
		"what an extension or an id says does not count": {
			[]string{"value code"},
			[]string{ofA("code.id", `"fixedString":"i"`), ofA("code.text", `"min":1,"patternString":"own"`)},
			[]string{`{"code":{"text":"own"}}`},
			[]string{`{"code":{"text":"other"}}`},
		},
		"type of a choice": {
			[]string{"type value"},
			[]string{ofA("value[x]", `"min":1,"type":[{"code":"string"},{"code":"dateTime"}]`)},
			[]string{`{` + coded + `,"valueString":"x"}`, `{` + coded + `,"valueDateTime":"2020"}`},
			[]string{`{` + coded + `,"valueQuantity":{"value":1}}`, `{` + coded + `,"valueBoolean":true}`, `{` + coded + `}`},
		},
		"a primitive that has only an extension is there": {
			[]string{"exists value"},
			[]string{ofA("value[x]", `"min":1`)},
			[]string{`{` + coded + `,"_valueString":{` + extend + `}}`, `{` + coded + `,"valueString":"x"}`},
			[]string{`{` + coded + `}`},
		},
		"both of two": {
			[]string{"value code.text", "exists interpretation"},
			[]string{ofA("code.text", `"min":1,"patternString":"own"`), ofA("interpretation", `"min":1`)},
			[]string{`{"code":{"text":"own"},"interpretation":[{"text":"high"}]}`},
			[]string{`{"code":{"text":"own"}}`, `{"code":{"text":"other"},"interpretation":[{"text":"high"}]}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			const own = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/own-concept","name":"Own","status":"draft",
 "kind":"complex-type","abstract":false,"type":"CodeableConcept","baseDefinition":"http://hl7.org/fhir/StructureDefinition/CodeableConcept","derivation":"constraint",
 "differential":{"element":[{"id":"CodeableConcept.text","path":"CodeableConcept.text","min":1,"patternString":"own"}]}}`
			const ownExtension = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/own-extension","name":"Own","status":"draft",
 "kind":"complex-type","abstract":false,"type":"Extension","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Extension","derivation":"constraint",
 "context":[{"type":"element","expression":"Element"}],"differential":{"element":[{"id":"Extension.url","path":"Extension.url","fixedUri":"http://example.org/StructureDefinition/own-extension"}]}}`
			r := with(t, own, ownExtension, observation(slicedBy("open", c.discriminators...)+inSlice(c.slice...)))
			for _, one := range c.in {
				if got := judge(t, r, observed(one), slicedProfile); len(got) > 0 {
					t.Errorf("%s is in the slice: %v", one, got)
				}
				if got := judge(t, r, observed(one+","+one), slicedProfile); !slices.Equal(got, []string{"fhir-too-many Observation"}) {
					t.Errorf("%s twice: %v", one, got)
				}
			}
			for _, one := range c.out {
				if got := judge(t, r, observed(one), slicedProfile); !slices.Contains(got, "fhir-required Observation") || strings.Contains(strings.Join(got, " "), "component") {
					t.Errorf("%s is in no slice: %v", one, got)
				}
			}
		})
	}
}

// TestADiscriminatorThatAsksNothingIsSaidNotToBeChecked holds that a slice which its discriminators leave open is neither found nor missed.
func TestADiscriminatorThatAsksNothingIsSaidNotToBeChecked(t *testing.T) {
	for name, c := range map[string]struct{ discriminator, slice string }{
		"value that is not given":                  {"value code.text", ofA("code", `"min":1`)},
		"binding that does not oblige":             {"value code", ofA("code", `"binding":{"strength":"extensible","valueSet":"http://hl7.org/fhir/ValueSet/administrative-gender"}`)},
		"neither required nor forbidden":           {"exists value", ofA("value[x]", `"type":[{"code":"string"}]`)},
		"no profile of the type":                   {"profile value", ofA("value[x]", `"type":[{"code":"string"}]`)},
		"type of discriminator that is not of R4":  {"position code", ofA("code", `"min":1`)},
		"element that is not there":                {"value colour", ofA("code", `"min":1`)},
		"extension that the slice says nothing of": {"value extension('http://example.org/e').value", ofA("code", `"min":1`)},
	} {
		r := with(t, observation(slicedBy("open", c.discriminator)+inSlice(c.slice)))
		got := told(t, r, observed(`{"code":{"text":"x"}}`), slicedProfile)
		if !slices.ContainsFunc(got, func(text string) bool { return strings.HasPrefix(text, "fhir-not-checkable ") }) {
			t.Errorf("%s: %v", name, got)
		}
		if missed := judge(t, r, observed(`{"code":{"text":"x"}}`), slicedProfile); len(missed) > 0 {
			t.Errorf("%s: %v", name, missed)
		}
	}
}

// TestASliceIsToldApartByTheProfileOfItsOwnType holds that what a slice does not say its type's profile may, and that the element
// itself can be what tells slices apart.
func TestASliceIsToldApartByTheProfileOfItsOwnType(t *testing.T) {
	const own = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/own-concept","name":"Own","status":"draft",
 "kind":"complex-type","abstract":false,"type":"CodeableConcept","baseDefinition":"http://hl7.org/fhir/StructureDefinition/CodeableConcept","derivation":"constraint",
 "differential":{"element":[{"id":"CodeableConcept.text","path":"CodeableConcept.text","min":1,"patternString":"own"}]}}`
	for discriminator, slice := range map[string]string{
		`{"type":"value","path":"text"}`:         `"type":[{"code":"CodeableConcept","profile":["http://example.org/StructureDefinition/own-concept"]}]`,
		`{"type":"value","path":"$this"}`:        `"patternCodeableConcept":{"text":"own"}`,
		`{"type":"profile","path":"$this"}`:      `"type":[{"code":"CodeableConcept","profile":["http://example.org/StructureDefinition/own-concept"]}]`,
		`{"type":"pattern","path":"$this.text"}`: `"patternCodeableConcept":{"text":"own"}`,
	} {
		r := with(t, own, observation(`{"id":"Observation.category","path":"Observation.category","slicing":{"discriminator":[`+discriminator+`],"rules":"open"}},
 {"id":"Observation.category:a","path":"Observation.category","sliceName":"a","min":1,"max":"1",`+slice+`}`))
		for categories, want := range map[string][]string{
			`{"text":"own"}`:                  nil,
			`{"text":"own"},{"text":"other"}`: nil,
			`{"text":"other"}`:                {"fhir-required Observation"},
			`{"text":"own"},{"text":"own"}`:   {"fhir-too-many Observation"},
		} {
			got := judge(t, r, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"category":[`+categories+`]}`, slicedProfile)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: got %v, want %v", discriminator, categories, got, want)
			}
		}
	}
}

// TestEntriesAreToldApartByTheTypeAndTheProfileOfTheirResources holds both for a Bundle, whose entries are the whole of what is asked.
func TestEntriesAreToldApartByTheTypeAndTheProfileOfTheirResources(t *testing.T) {
	const own = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/own-patient","name":"Own","status":"draft",
 "kind":"resource","abstract":false,"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
 "differential":{"element":[{"id":"Patient.active","path":"Patient.active","min":1}]}}`
	entry := func(resource string) string {
		return `{"fullUrl":"http://example.org/fhir/` + resource[len(`{"resourceType":"`):strings.Index(resource, `","`)] + `/1","resource":` + resource + `}`
	}
	patient, active := entry(`{"resourceType":"Patient","id":"1","gender":"male"}`), entry(`{"resourceType":"Patient","id":"1","active":true}`)
	organization := entry(`{"resourceType":"Organization","id":"1","name":"x"}`)
	for kind, c := range map[string]struct {
		slice   string
		in, out []string
	}{
		"type":    {`"type":[{"code":"Patient"}]`, []string{patient, active}, []string{organization}},
		"profile": {`"type":[{"code":"Patient","profile":["http://example.org/StructureDefinition/own-patient"]}]`, []string{active}, []string{organization, patient}},
	} {
		r := with(t, own, `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/sliced","name":"Sliced","status":"draft",
 "kind":"resource","abstract":false,"type":"Bundle","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Bundle","derivation":"constraint",
 "differential":{"element":[{"id":"Bundle.entry","path":"Bundle.entry","slicing":{"discriminator":[{"type":"`+kind+`","path":"resource"}],"rules":"open"}},
 {"id":"Bundle.entry:a","path":"Bundle.entry","sliceName":"a","min":1,"max":"1"},
 {"id":"Bundle.entry:a.resource","path":"Bundle.entry.resource","min":1,`+c.slice+`}]}}`)
		for _, one := range c.in {
			if got := judge(t, r, `{"resourceType":"Bundle","type":"collection","entry":[`+one+`]}`, slicedProfile); len(got) > 0 {
				t.Errorf("%s: %s is in the slice: %v", kind, one, got)
			}
		}
		for _, one := range c.out {
			if got := judge(t, r, `{"resourceType":"Bundle","type":"collection","entry":[`+one+`]}`, slicedProfile); !slices.Equal(got, []string{"fhir-required Bundle"}) {
				t.Errorf("%s: %s is in no slice: %v", kind, one, got)
			}
		}
	}
}
