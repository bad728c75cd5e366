package profiles_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

var embedded = sync.OnceValues(func() (*profiles.Registry, error) { return profiles.Embedded(profiles.STU3) }) //nolint:gochecknoglobals // read once for all tests, and immutable

func registry(t testing.TB) *profiles.Registry {
	t.Helper()
	r, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func patient(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "patient.json"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// errorsOf keeps the findings that make a resource invalid, as "rule path".
func errorsOf(findings []result.Finding) []string {
	var list []string
	for _, f := range findings {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			list = append(list, f.Rule+" "+f.Path)
		}
	}
	return list
}

func TestAValidPatientHasNoFindings(t *testing.T) {
	findings, err := registry(t).Validate(context.Background(), patient(t), profiles.Options{})
	if err != nil || len(findings) > 0 {
		t.Fatalf("got %v, %v; want nothing", findings, err)
	}
}

// defects are single changes to the valid patient: what is replaced, by what, and the findings that must follow, no more.
func TestASingleDefectGivesASingleFinding(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown element", `"active": true`, `"active": true, "colour": "red"`, "fhir-unknown-element Patient.colour"},
		{"no such day", `1970-02-28"`, `1970-02-30"`, "fhir-format Patient.birthDate"},
		{"date with slashes", `"1970-02-28"`, `"28/02/1970"`, "fhir-format Patient.birthDate"},
		{"two values of a choice", `"deceasedBoolean": false`, `"deceasedBoolean": false, "deceasedDateTime": "2020"`, "fhir-choice Patient.deceased"},
		{"object for an array", `"contact": [
    {"name": {"family": "Jones"}}
  ]`, `"contact": {"name": {"family": "Jones"}}`, "fhir-json-type Patient.contact"},
		{"array for an object", `{"reference": "#surgery"}`, `[{"reference": "#surgery"}]`, "fhir-json-type Patient.managingOrganization"},
		{"string for a boolean", `"active": true`, `"active": "true"`, "fhir-json-type Patient.active"},
		{"string for a number", `"rank": 1`, `"rank": "1"`, "fhir-json-type Patient.telecom[0].rank"},
		{"zero for a positive number", `"rank": 1`, `"rank": 0`, "fhir-format Patient.telecom[0].rank"},
		{"empty array", `"given": ["Jo", "Ann"], "_given": [null, {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier", "valueCode": "MID"}]}]`, `"given": []`, "fhir-empty Patient.name[0].given"},
		{"empty object", `{"name": {"family": "Jones"}}`, `{"name": {}}`, "fhir-empty Patient.contact[0].name"},
		{"null", `"active": true`, `"active": null`, "fhir-empty Patient.active"},
		{"empty string", `"family": "Jones"`, `"family": ""`, "fhir-format Patient.contact[0].name.family"},
		{"repeated property", `"active": true`, `"active": true, "active": true`, "fhir-json Patient.active"},
		{"id with a space", `"id": "example"`, `"id": "my example"`, "fhir-format Patient.id"},
		{"id that is too long", `"id": "example"`, `"id": "` + strings.Repeat("x", 65) + `"`, "fhir-format Patient.id"},
		{"sibling that is no object", `"_birthDate": {
    "extension": [
      {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthTime", "valueDateTime": "1970-02-28T10:00:00Z"}
    ]
  }`, `"_birthDate": "x"`, "fhir-json-type Patient.birthDate"},
		{"siblings of another length", `[null, {"extension"`, `[{"extension"`, "fhir-json-type Patient.name[0].given"},
		{"code outside a required value set", `"gender": "female"`, `"gender": "lady"`, "fhir-binding Patient.gender"},
		{"coded value outside a UK value set", `"code": "F"`, `"code": "Q"`, "fhir-code Patient.extension[0].value.ofType(CodeableConcept).coding[0].code"},
		{"coded value of another code system", `v3-AdministrativeGender`, `v3-NullFlavor", "userSelected": true, "version": "1`, "fhir-code Patient.extension[0].value.ofType(CodeableConcept).coding[0].code"},
		{"coded value outside a UK value set, of a system in it", `v3-AdministrativeGender",
            "code": "F"`, `v3-NullFlavor",
            "code": "OTH"`, "fhir-binding Patient.extension[0].value.ofType(CodeableConcept)"},
		{"extension with a value of the wrong type", `"valueDateTime": "1970-02-28T10:00:00Z"`, `"valueDate": "1970-02-28"`, "fhir-choice Patient.birthDate.extension[0].value"},
		{"extension in the wrong place", `"active": true`, `"active": true, "maritalStatus": {"text": "x", "extension": [{"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeathNotificationStatus", "extension": [{"url": "deathNotificationStatus", "valueCodeableConcept": {"text": "x"}}]}]}`, "fhir-extension-context Patient.maritalStatus.extension[0]"},
		{"reference to the wrong type", `"managingOrganization": {"reference": "#surgery"}`, `"generalPractitioner": [{"reference": "#surgery"}], "managingOrganization": {"reference": "Group/1"}`, "fhir-reference-target Patient.managingOrganization"},
		{"reference to nothing", `"managingOrganization": {"reference": "#surgery"}`, `"generalPractitioner": [{"reference": "#surgery"}], "managingOrganization": {"reference": "#surgeon"}`, "fhir-reference Patient.managingOrganization"},
		{"contained resource that nothing refers to", `"#surgery"`, `"Organization/1"`, "dom-3 Patient"},
		{"contact point without a system", `{"system": "phone", "value"`, `{"value"`, "cpt-2 Patient.telecom[0]"},
		{"script in the narrative", `<b>Smith</b>`, `<script>x</script>`, "txt-1 Patient.text.div"},
		{"event in the narrative", `<b>Smith</b>`, `<b onclick='x'>Smith</b>`, "txt-1 Patient.text.div"},
		{"narrative without text", `<p>Jo <b>Smith</b> &amp; co</p>`, `<p> </p>`, "txt-2 Patient.text.div"},
		{"narrative that is not closed", `<b>Smith</b>`, `<b>Smith`, "fhir-narrative Patient.text.div"},
		{"missing status of the narrative", `"status": "generated",`, ``, "fhir-required Patient.text"},
		{"slice twice", `"value": "9990000018"
    }`, `"value": "9990000018"
    }, {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000026", "extension": [{"url": "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus", "valueCodeableConcept": {"coding": [{"system": "https://fhir.hl7.org.uk/CodeSystem/UKCore-NHSNumberVerificationStatusEngland", "code": "01"}]}}]}`, "fhir-too-many Patient"},
		{"value and extensions in one extension", `"active": true`, `"active": true, "_gender": {"extension": [{"url": "http://example.org/y", "valueString": "y", "extension": [{"url": "http://example.org/x", "valueString": "x"}]}]}`, "ext-1 Patient.gender.extension[0]"},
		{"time without a zone", `1970-02-28T10:00:00Z`, `1970-02-28T10:00:00`, "fhir-format Patient.birthDate.extension[0].value.ofType(dateTime)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := string(patient(t))
			if strings.Count(text, c.old) == 0 {
				t.Fatalf("the patient has no %q", c.old)
			}
			findings, err := registry(t).Validate(context.Background(), []byte(strings.Replace(text, c.old, c.new, 1)), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := errorsOf(findings); !slices.Equal(got, []string{c.want}) {
				t.Errorf("got %q, want %q\n%v", got, c.want, findings)
			}
			for _, f := range findings {
				if f.Line == 0 || f.Column == 0 || f.Message == "" {
					t.Errorf("a finding has no place or no message: %+v", f)
				}
			}
		})
	}
}

func TestWhatIsNotAResourceIsAFinding(t *testing.T) {
	for text, want := range map[string]string{
		``: "fatal", `{"a":`: "fatal", `[]`: "error", `"x"`: "error", `{}`: "error", `{"id":"x"}`: "error",
		`{"resourceType":"Colour"}`: "error", `{"resourceType":7}`: "error", `{"resourceType":"HumanName"}`: "error",
		`{"resourceType":"DomainResource"}`: "error",
	} {
		findings, err := registry(t).Validate(context.Background(), []byte(text), profiles.Options{})
		if err != nil || len(findings) != 1 || string(findings[0].Severity) != want || findings[0].Message == "" {
			t.Errorf("%s: got %v, %v; want one finding of severity %s", text, findings, err, want)
		}
	}
}

func TestAnUnknownProfileThatIsAskedForIsAnErrorThatNamesNearOnes(t *testing.T) {
	_, err := registry(t).Validate(context.Background(), patient(t), profiles.Options{
		Profiles: []string{"https://fhir.hl7.org.uk/StructureDefinition/UKCore-Pateint"},
	})
	var unknown *profiles.UnknownProfileError
	if !errors.As(err, &unknown) || len(unknown.Near) == 0 || unknown.Near[0] != "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient" {
		t.Fatalf("got %v, want an UnknownProfileError that names UKCore-Patient", err)
	}
}

func TestAnUnknownProfileThatIsClaimedIsAWarning(t *testing.T) {
	text := strings.Replace(string(patient(t)), "UKCore-Patient\"", "UKCore-Person\"", 1)
	findings, err := registry(t).Validate(context.Background(), []byte(text), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(findings) != 1 || findings[0].Severity != result.SeverityWarning || findings[0].Path != "Patient.meta.profile[0]" || findings[0].Code != "not-found" {
		t.Errorf("got %v, want one warning at the claim", findings)
	}
}

func TestFindingsAreTheSameEveryTimeAndInDocumentOrder(t *testing.T) {
	text := strings.NewReplacer(`"gender": "female"`, `"gender": "x", "zz": 1, "aa": 2`, `"active": true`, `"active": 1`, `"rank": 1`, `"rank": 0`).Replace(string(patient(t)))
	first := ""
	for range 20 {
		findings, err := registry(t).Validate(context.Background(), []byte(text), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprint(findings)
		if first == "" {
			first = got
		}
		if got != first {
			t.Fatalf("two runs differ:\n%s\n%s", first, got)
		}
		if !slices.IsSortedFunc(findings, func(a, b result.Finding) int { return a.Line - b.Line }) {
			t.Fatalf("not in document order: %v", findings)
		}
	}
}

func TestValidateTreeFindsWhatValidateFinds(t *testing.T) {
	text := strings.Replace(string(patient(t)), `"gender": "female"`, `"gender": "x"`, 1)
	tree, err := fhir.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	findings, err := registry(t).ValidateTree(context.Background(), tree, profiles.Options{})
	if err != nil || !slices.Equal(errorsOf(findings), []string{"fhir-binding Patient.gender"}) {
		t.Errorf("got %v, %v", findings, err)
	}
}

func TestValidateIsSafeForConcurrentUse(t *testing.T) {
	text := strings.Replace(string(patient(t)), `"gender": "female"`, `"gender": "x"`, 1)
	r, err := profiles.Embedded(profiles.STU3)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 50 {
				findings, err := r.Validate(context.Background(), []byte(text), profiles.Options{})
				if err != nil || len(findings) != 1 {
					t.Errorf("got %v, %v", findings, err)
					return
				}
			}
		})
	}
	wait.Wait()
}

func TestValidateStopsWhenItsContextIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := registry(t).Validate(ctx, patient(t), profiles.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestRegistriesListWhatTheyHold(t *testing.T) {
	for sequence, want := range map[profiles.Sequence]string{profiles.STU3: "fhir.r4.ukcore.stu3", profiles.STU2: "fhir.r4.ukcore.stu2"} {
		r, err := profiles.Embedded(sequence)
		if err != nil {
			t.Fatal(err)
		}
		packages := r.Packages()
		if len(packages) != 2 || packages[0].Name != "hl7.fhir.r4.core" || packages[1].Name != want {
			t.Errorf("%s: got %v", sequence, packages)
		}
		if canonical, ok := r.DefaultProfile("Patient"); !ok || canonical != "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient" {
			t.Errorf("%s: got %s, %v", sequence, canonical, ok)
		}
		if _, ok := r.DefaultProfile("Account"); ok {
			t.Errorf("%s: UK Core has no profile of Account", sequence)
		}
		if !slices.ContainsFunc(r.Profiles(), func(p profiles.Profile) bool {
			return p.Canonical == "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient" && p.Type == "Patient" && p.Version != ""
		}) {
			t.Errorf("%s: UKCore-Patient is not listed", sequence)
		}
	}
	if _, err := profiles.ParseSequence("stu9"); err == nil {
		t.Error("stu9 was taken for a sequence")
	}
}

func TestEveryEmbeddedDefinitionCompilesToASchema(t *testing.T) {
	for _, sequence := range []profiles.Sequence{profiles.STU3, profiles.STU2} {
		r, err := profiles.Embedded(sequence)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Profiles() {
			data, err := r.Schema(p.Canonical)
			if err != nil {
				t.Errorf("%s: %v", p.Canonical, err)
				continue
			}
			if !json.Valid(data) {
				t.Errorf("%s: the schema is not JSON", p.Canonical)
			}
		}
	}
}

func TestAfterACommonSlipTheRestIsJudgedToo(t *testing.T) {
	text := "{\n\"resourceType\": \"Patient\", // who\n\"gender\": \"lady\",\n\"name\": [{\"family\": \"x\"},]\n}"
	findings, err := registry(t).Validate(context.Background(), []byte(text), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		if f.Severity.Rank() >= result.SeverityError.Rank() {
			got = append(got, fmt.Sprintf("%s %s %d", f.Rule, f.Path, f.Line))
		}
	}
	want := []string{"fhir-json Patient 2", "fhir-binding Patient.gender 3", "fhir-json Patient.name[1] 4"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheReportedOneOfTwoChoicesIsAlwaysTheSame(t *testing.T) {
	r := registry(t)
	text := []byte("{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\n\"valueString\":\"a\",\n\"valueInteger\":1,\n\"valueBoolean\":true}")
	first, err := r.Validate(t.Context(), text, profiles.Options{})
	if err != nil || len(first) == 0 {
		t.Fatalf("got %v, %v", first, err)
	}
	for range 50 {
		again, err := r.Validate(t.Context(), text, profiles.Options{})
		if err != nil || !reflect.DeepEqual(again, first) {
			t.Fatalf("got %v, %v after %v", again, err, first)
		}
	}
}

func TestValidateServesManyGoroutines(t *testing.T) {
	r := registry(t)
	texts := [][]byte{patient(t), []byte(`{"resourceType":"Patient","contained":[{"resourceType":"Patient"}],"gender":"x","name":[{}]}`), []byte(`{"a":`)}
	var want [][]result.Finding
	for _, text := range texts {
		findings, err := r.Validate(t.Context(), text, profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, findings)
	}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range 50 {
				at := (worker + i) % len(texts)
				got, err := r.Validate(t.Context(), texts[at], profiles.Options{})
				if err != nil || !reflect.DeepEqual(got, want[at]) {
					t.Errorf("got %v, %v; want %v", got, err, want[at])
				}
			}
		})
	}
	all.Wait()
}
