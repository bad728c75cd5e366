package profiles_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

const slicedProfile = "http://example.org/StructureDefinition/sliced"

// slicedBy slices Observation.component by some discriminators, written as "type path".
func slicedBy(rules string, discriminators ...string) string {
	list := ""
	for _, d := range discriminators {
		var kind, path string
		_, _ = fmt.Sscan(d, &kind, &path)
		if list != "" {
			list += ","
		}
		list += fmt.Sprintf(`{"type":%q,"path":%q}`, kind, path)
	}
	return `{"id":"Observation.component","path":"Observation.component","slicing":{"discriminator":[` + list + `],"rules":"` + rules + `"}}`
}

// inSlice writes an element of the slice a of the components, which must be there once.
func inSlice(elements ...string) string {
	out := `,{"id":"Observation.component:a","path":"Observation.component","sliceName":"a","min":1,"max":"1"}`
	for _, e := range elements {
		out += "," + e
	}
	return out
}

func TestASliceIsToldApartByWhatStandsAboveOrBelowItsPath(t *testing.T) {
	above := inSlice(`{"id":"Observation.component:a.code","path":"Observation.component.code","patternCodeableConcept":{"coding":[{"system":"http://example.org","code":"a"}]}}`)
	fixed := inSlice(`{"id":"Observation.component:a.code","path":"Observation.component.code","fixedCodeableConcept":{"coding":[{"system":"http://example.org","code":"a"}]}}`)
	nested := inSlice(
		`{"id":"Observation.component:a.code.coding","path":"Observation.component.code.coding","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}}`,
		`{"id":"Observation.component:a.code.coding:own","path":"Observation.component.code.coding","sliceName":"own","min":1,"max":"1"}`,
		`{"id":"Observation.component:a.code.coding:own.system","path":"Observation.component.code.coding.system","min":1,"fixedUri":"http://example.org"}`,
		`{"id":"Observation.component:a.code.coding:own.code","path":"Observation.component.code.coding.code","min":1,"fixedCode":"a"}`)
	for name, elements := range map[string]string{
		"pattern above": slicedBy("open", "value code.coding.code") + above,
		"fixed above":   slicedBy("open", "value code.coding.code") + fixed,
		"nested slice":  slicedBy("open", "value code.coding.code") + nested,
		"two paths":     slicedBy("open", "value code.coding.code", "value code.coding.system") + above,
	} {
		r := with(t, observation(elements))
		is, other := component("a", ""), component("b", "")
		for components, want := range map[string][]string{
			is:               nil,
			is + "," + other: nil,
			other:            {"fhir-required Observation"},
			is + "," + is:    {"fhir-too-many Observation"},
		} {
			if got := judge(t, r, observed(components), slicedProfile); !slices.Equal(got, want) {
				t.Errorf("%s: %s: got %v, want %v", name, components, got, want)
			}
		}
	}
}

func TestASliceThatForbidsADiscriminatorHoldsWhatDoesNotHaveIt(t *testing.T) {
	r := with(t, observation(slicedBy("closed", "value code", "value interpretation")+
		inSlice(`{"id":"Observation.component:a.code","path":"Observation.component.code","patternCodeableConcept":{"coding":[{"code":"a"}]}}`,
			`{"id":"Observation.component:a.interpretation","path":"Observation.component.interpretation","max":"0"}`)))
	for components, want := range map[string][]string{
		component("a", ""): nil,
		component("a", `,"interpretation":[{"text":"high"}]`): {"fhir-required Observation", "fhir-slicing Observation.component[0]"},
	} {
		if got := judge(t, r, observed(components), slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", components, got, want)
		}
	}
}

func TestAnElementThatHasOnlyAnExtensionExists(t *testing.T) {
	r := with(t, observation(slicedBy("closed", "exists value")+
		inSlice(`{"id":"Observation.component:a.value[x]","path":"Observation.component.value[x]","min":1}`)))
	const unknown = `,"_valueString":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}`
	for components, want := range map[string][]string{
		component("a", unknown): nil,
		component("a", ""):      {"fhir-required Observation", "fhir-slicing Observation.component[0]"},
	} {
		if got := judge(t, r, observed(components), slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", components, got, want)
		}
	}
}

func TestASliceIsToldApartByTheProfileOfADatatype(t *testing.T) {
	const own = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/own-quantity","name":"Own","status":"draft",
 "kind":"complex-type","abstract":false,"type":"Quantity","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Quantity","derivation":"constraint",
 "differential":{"element":[{"id":"Quantity.unit","path":"Quantity.unit","min":1}]}}`
	r := with(t, own, observation(slicedBy("closed", "profile value")+
		inSlice(`{"id":"Observation.component:a.value[x]","path":"Observation.component.value[x]","type":[{"code":"Quantity","profile":["http://example.org/StructureDefinition/own-quantity"]}]}`)))
	for components, want := range map[string][]string{
		component("a", `,"valueQuantity":{"value":1,"unit":"kg"}`): nil,
		component("a", `,"valueQuantity":{"value":1}`):             {"fhir-required Observation", "fhir-slicing Observation.component[0]"},
		component("a", `,"valueString":"x"`):                       {"fhir-required Observation", "fhir-slicing Observation.component[0]"},
	} {
		if got := judge(t, r, observed(components), slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", components, got, want)
		}
	}
}

func TestWhatIsSaidBelowAChoiceHoldsForTheTypesThatHaveIt(t *testing.T) {
	r := with(t, observation(`{"id":"Observation.value[x].value","path":"Observation.value[x].value","max":"0"}`))
	extended := with(t, observation(`{"id":"Observation.value[x].extension","path":"Observation.value[x].extension","max":"0"}`))
	observed := func(rest string) string {
		return `{"resourceType":"Observation","status":"final","code":{"text":"x"},` + rest + `}`
	}
	const extension = `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/originalText","valueString":"x"}]`
	for rest, want := range map[string][]string{
		`"valueQuantity":{"value":1}`:            {"fhir-too-many Observation.value.ofType(Quantity).value"},
		`"valueQuantity":{"unit":"kg"}`:          nil,
		`"valueString":"x"`:                      nil,
		`"valueCodeableConcept":{"text":"x"}`:    nil,
		`"valuePeriod":{"start":"2020","x":"y"}`: {"fhir-unknown-element Observation.value.ofType(Period).x"},
	} {
		if got := judge(t, r, observed(rest), slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rest, got, want)
		}
	}
	for rest, want := range map[string][]string{
		`"valueCodeableConcept":{"text":"x"}`:                      nil,
		`"valueCodeableConcept":{"text":"x",` + extension + `}`:    {"fhir-too-many Observation.value.ofType(CodeableConcept).extension"},
		`"valueString":"x"`:                                        nil,
		`"valueString":"x","_valueString":{` + extension + `}`:     {"fhir-too-many Observation.value.ofType(string).extension"},
		`"valueQuantity":{"value":1,"_value":{` + extension + `}}`: nil,
	} {
		if got := judge(t, extended, observed(rest), slicedProfile); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", rest, got, want)
		}
	}
}

func TestAResourceMeetsOneOfTheProfilesOfItsType(t *testing.T) {
	profile := func(name, typ, base, elements string) string {
		return fmt.Sprintf(`{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/%s","name":"x","status":"draft",
 "kind":"resource","abstract":false,"type":%q,"baseDefinition":"http://hl7.org/fhir/StructureDefinition/%s","derivation":"constraint",
 "differential":{"element":[%s]}}`, name, typ, base, elements)
	}
	r := with(t,
		profile("named", "Patient", "Patient", `{"id":"Patient.name","path":"Patient.name","min":1}`),
		profile("born", "Patient", "Patient", `{"id":"Patient.birthDate","path":"Patient.birthDate","min":1}`),
		profile("stored", "Bundle", "Bundle", `{"id":"Bundle.entry.resource","path":"Bundle.entry.resource","type":[{"code":"Resource",
  "profile":["http://example.org/StructureDefinition/named","http://example.org/StructureDefinition/born"]}]}`))
	for patient, want := range map[string][]string{
		`{"resourceType":"Patient","id":"p","name":[{"text":"x"}]}`: nil,
		`{"resourceType":"Patient","id":"p","birthDate":"2020"}`:    nil,
		`{"resourceType":"Patient","id":"p","active":true}`:         {"fhir-profile Bundle.entry[0].resource"},
	} {
		bundle := `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://example.org/Patient/p","resource":` + patient + `}]}`
		if got := judge(t, r, bundle, "http://example.org/StructureDefinition/stored"); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", patient, got, want)
		}
	}
}

func TestSlicesThatAreNotToldApartAreADefectOfTheProfile(t *testing.T) {
	r := with(t, observation(slicedBy("open", "value code")+
		inSlice(`{"id":"Observation.component:a.code","path":"Observation.component.code","patternCodeableConcept":{"coding":[{"code":"a"}]}}`)+
		`,{"id":"Observation.component:b","path":"Observation.component","sliceName":"b"},
 {"id":"Observation.component:b.code","path":"Observation.component.code","patternCodeableConcept":{"coding":[{"system":"http://example.org"}]}}`))
	findings, err := r.Validate(context.Background(), []byte(observed(component("a", "")+","+component("b", ""))), profiles.Options{Profiles: []string{slicedProfile}})
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, f := range findings {
		if strings.Contains(f.Message, "does not tell slices a and b") && f.Severity == result.Information && f.Path == "Observation" {
			said++
		}
	}
	if said != 1 || len(errorsOf(findings)) > 0 {
		t.Errorf("got %v, want it said once and no error", findings)
	}
}

func TestASliceIsToldApartByWhatTheTargetOfItsReferenceIs(t *testing.T) {
	const organization = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/ward","name":"Ward","status":"active","kind":"resource",` +
		`"abstract":false,"type":"Organization","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Organization","derivation":"constraint","differential":{"element":[` +
		`{"id":"Organization.active","path":"Organization.active","min":1,"fixedBoolean":true},` +
		`{"id":"Organization.type","path":"Organization.type","min":1,"patternCodeableConcept":{"coding":[{"system":"http://example.org","code":"ward"}]}}]}}`
	sliced := func(path string) string {
		return observation(`{"id":"Observation.performer","path":"Observation.performer","slicing":{"discriminator":[{"type":"value","path":"` + path + `"}],"rules":"open"}},` +
			`{"id":"Observation.performer:ward","path":"Observation.performer","sliceName":"ward","min":1,"max":"1",` +
			`"type":[{"code":"Reference","targetProfile":["http://example.org/StructureDefinition/ward"]}]}`)
	}
	const is, other = `"active":true,"type":[{"coding":[{"system":"http://example.org","code":"ward"}]}]`, `"active":false,"type":[{"coding":[{"system":"http://example.org","code":"desk"}]}]`
	for _, path := range []string{"resolve().active", "resolve().type.coding.code", "resolve().type", "resolve().ofType(Organization).active"} {
		r := with(t, organization, sliced(path))
		for performers, want := range map[string][]string{
			is:               nil,
			is + "|" + other: nil,
			other:            {"fhir-required Observation"},
			is + "|" + is:    {"fhir-too-many Observation"},
		} {
			var contained, references []string
			for i, one := range strings.Split(performers, "|") {
				contained = append(contained, fmt.Sprintf(`{"resourceType":"Organization","id":"o%d","name":"x",%s}`, i, one))
				references = append(references, fmt.Sprintf(`{"reference":"#o%d"}`, i))
			}
			got := judge(t, r, `{"resourceType":"Observation","meta":{"profile":["`+slicedProfile+`"]},"status":"final","code":{"text":"x"},"contained":[`+
				strings.Join(contained, ",")+`],"performer":[`+strings.Join(references, ",")+`]}`)
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s: got %v, want %v", path, performers, got, want)
			}
		}
	}
}

// A slice that is forbidden itself is told apart like any other: what would be in it must not be there.
func TestAForbiddenSliceIsToldApartByTheTypeOfItsTarget(t *testing.T) {
	sliced := func(kind, mostPractitioners string) string {
		return observation(`{"id":"Observation.performer","path":"Observation.performer","slicing":{"discriminator":[{"type":"` + kind + `","path":"resolve()"}],"rules":"open"}},` +
			`{"id":"Observation.performer:team","path":"Observation.performer","sliceName":"team",` +
			`"type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/CareTeam"]}]},` +
			`{"id":"Observation.performer:person","path":"Observation.performer","sliceName":"person","max":"` + mostPractitioners + `",` +
			`"type":[{"code":"Reference","targetProfile":["http://hl7.org/fhir/StructureDefinition/Practitioner"]}]}`)
	}
	for _, kind := range []string{"type", "profile"} {
		for most, want := range map[string][]string{"0": {"fhir-too-many Observation"}, "1": nil} {
			r := with(t, sliced(kind, most))
			for performer, want := range map[string][]string{
				`"contained":[{"resourceType":"Practitioner","id":"p","active":true}],"performer":[{"reference":"#p"}]`: want,
				`"performer":[{"reference":"Practitioner/1"}]`:                                                          want,
				`"contained":[{"resourceType":"CareTeam","id":"p","name":"x"}],"performer":[{"reference":"#p"}]`:        nil,
				`"contained":[{"resourceType":"Organization","id":"p","name":"x"}],"performer":[{"reference":"#p"}]`:    nil,
			} {
				got := judge(t, r, `{"resourceType":"Observation","meta":{"profile":["`+slicedProfile+`"]},"status":"final","code":{"text":"x"},`+performer+`}`)
				if !slices.Equal(got, want) {
					t.Errorf("%s, at most %s, %s: got %v, want %v", kind, most, performer, got, want)
				}
			}
		}
	}
}
