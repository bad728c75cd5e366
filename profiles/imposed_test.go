package profiles_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/definition"
)

// patientProfile is a profile on Patient, with more of the StructureDefinition and the elements of its differential.
func patientProfile(name, base, more, elements string) string {
	return fmt.Sprintf(`{"resourceType":"StructureDefinition",%s"url":"http://a.example/StructureDefinition/%s","name":"P","status":"draft","kind":"resource","abstract":false,
 "type":"Patient","baseDefinition":%q,"derivation":"constraint","differential":{"element":[%s]}}`, more, name, base, elements)
}

const (
	patientURL = "http://hl7.org/fhir/StructureDefinition/Patient"
	imposes    = `"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/structuredefinition-imposeProfile","valueCanonical":"http://a.example/StructureDefinition/%s"}],`
)

// imposing loads profiles that impose each other.
func imposing(t *testing.T) *profiles.Registry {
	t.Helper()
	r, err := registry(t).With(tarball(t, map[string]string{
		"package/package.json": `{"name":"a.example","version":"1"}`,
		"package/a.json":       patientProfile("born", patientURL, "", `{"id":"Patient.birthDate","path":"Patient.birthDate","min":1}`),
		"package/b.json":       patientProfile("named", patientURL, fmt.Sprintf(imposes, "born"), `{"id":"Patient.name","path":"Patient.name","min":1}`),
		"package/c.json":       patientProfile("derived", "http://a.example/StructureDefinition/named", "", `{"id":"Patient.gender","path":"Patient.gender","min":1}`),
		"package/d.json":       patientProfile("twice", patientURL, fmt.Sprintf(imposes, "named"), `{"id":"Patient.active","path":"Patient.active","min":1}`),
		"package/e.json":       patientProfile("round", patientURL, fmt.Sprintf(imposes, "round"), `{"id":"Patient.active","path":"Patient.active","min":1}`),
		"package/f.json":       patientProfile("far", patientURL, fmt.Sprintf(imposes, "nobody-has-this"), `{"id":"Patient.active","path":"Patient.active","min":1}`),
		"package/g.json": patientProfile("bound", patientURL, "", `{"id":"Patient.maritalStatus","path":"Patient.maritalStatus","binding":{"strength":"preferred",
 "valueSet":"http://hl7.org/fhir/ValueSet/marital-status","extension":[{"url":"http://hl7.org/fhir/tools/StructureDefinition/additional-binding","extension":[
 {"url":"purpose","valueCode":"required"},{"url":"valueSet","valueCanonical":"http://hl7.org/fhir/ValueSet/administrative-gender"}]},
 {"url":"http://hl7.org/fhir/tools/StructureDefinition/additional-binding","extension":[{"url":"purpose","valueCode":"ui"},
 {"url":"valueSet","valueCanonical":"http://hl7.org/fhir/ValueSet/name-use"}]}]}}`),
	}))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatAProfileImposesHoldsToo(t *testing.T) {
	r := imposing(t)
	const named = `"name":[{"text":"x"}]`
	for _, c := range []struct {
		profile, patient string
		want             []string
	}{
		{"named", named, []string{"fhir-required Patient"}},
		{"named", named + `,"birthDate":"2020"`, nil},
		{"derived", named + `,"gender":"male"`, []string{"fhir-required Patient"}},
		{"twice", `"active":true`, []string{"fhir-required Patient", "fhir-required Patient"}},
		{"round", `"active":true`, nil},
		{"far", `"active":true`, nil},
	} {
		got := judge(t, r, `{"resourceType":"Patient",`+c.patient+`}`, "http://a.example/StructureDefinition/"+c.profile)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s, %s: got %v, want %v", c.profile, c.patient, got, c.want)
		}
	}
}

func TestAnAdditionalBindingHoldsBesideTheFirst(t *testing.T) {
	r := imposing(t)
	for coding, want := range map[string][]string{
		`{"system":"http://hl7.org/fhir/administrative-gender","code":"male"}`:           nil,
		`{"system":"http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M"}`: {"fhir-binding Patient.maritalStatus"},
	} {
		got := judge(t, r, `{"resourceType":"Patient","maritalStatus":{"coding":[`+coding+`]}}`, "http://a.example/StructureDefinition/bound")
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", coding, got, want)
		}
	}
}

func TestACompiledPackageKeepsWhatExtensionsOfDefinitionsAsk(t *testing.T) {
	read := func(set *definition.Set) string {
		s, err := set.Structure("http://a.example/StructureDefinition/p")
		if err != nil || s == nil {
			t.Fatalf("got %v, %v", s, err)
		}
		return fmt.Sprint(s.Imposed, s.Differential[0].Binding.Additional)
	}
	set := definition.NewSet()
	if err := set.AddPath(tarball(t, map[string]string{
		"package/package.json": `{"name":"a.example","version":"1"}`,
		"package/a.json": patientProfile("p", patientURL, fmt.Sprintf(imposes, "q"), `{"id":"Patient.gender","path":"Patient.gender","binding":{"strength":"required",
 "extension":[{"url":"http://hl7.org/fhir/tools/StructureDefinition/additional-binding","extension":[{"url":"purpose","valueCode":"maximum"},{"url":"valueSet","valueCanonical":"http://a.example/v"}]}]}}`),
	})); err != nil {
		t.Fatal(err)
	}
	var compiled bytes.Buffer
	if err := set.WriteCompiled(&compiled); err != nil {
		t.Fatal(err)
	}
	again := definition.NewSet()
	if err := again.AddCompiled(compiled.Bytes()); err != nil {
		t.Fatal(err)
	}
	if want := read(set); read(again) != want || !strings.Contains(want, "maximum") {
		t.Errorf("got %s, want %s", read(again), want)
	}
}
