package profiles_test

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/ukrules"
)

func ruleFindings(t *testing.T, text string) []result.Finding {
	t.Helper()
	findings, err := registry(t).Validate(context.Background(), []byte(text), profiles.Options{Rules: ukrules.New(ukrules.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	return findings
}

func placed(findings []result.Finding) []string {
	var list []string
	for _, f := range findings {
		if f.Rule != "dom-6" {
			list = append(list, f.Rule+" "+f.Path+" "+strconv.Itoa(f.Line)+":"+strconv.Itoa(f.Column))
		}
	}
	return list
}

func TestRulesForEnglandArePlacedAsFindingsOfProfilesAre(t *testing.T) {
	tests := map[string]struct {
		text string
		want []string
	}{
		"a choice in JSON": {
			"{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\n \"valueQuantity\":{\"value\":1,\"unit\":\"kg\"}}",
			[]string{"UK-UNIT-CODED Observation.value.ofType(Quantity) 2:2"},
		},
		"in a Bundle": {
			"{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"fullUrl\":\"urn:uuid:c757873d-ec9a-4326-a141-556f43239520\",\"resource\":{\"resourceType\":\"Condition\",\"subject\":{\"display\":\"x\"},\n" +
				"\"code\":{\"coding\":[\n{\"system\":\"http://snomed.info/sct\",\"code\":\"1234567\"}]}}}]}",
			[]string{"UK-SNOMED-PARTITION Bundle.entry[0].resource.code.coding[0].code 3:36"},
		},
		"in XML": {
			"<Condition xmlns=\"http://hl7.org/fhir\"><code><coding>\n<system value=\"http://snomed.info/sct\"/>\n<code value=\"1234567\"/></coding></code>" +
				"<subject><display value=\"x\"/></subject></Condition>",
			[]string{"UK-SNOMED-PARTITION Condition.code.coding[0].code 3:1"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := placed(ruleFindings(t, test.text)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAFaultThatAProfileFindsIsSaidOnce(t *testing.T) {
	got := placed(ruleFindings(t, `{"resourceType":"Condition","subject":{"display":"x"},"code":{"coding":[`+
		`{"system":"https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategoryEngland","code":"Q"}]}}`))
	want := []string{"fhir-code Condition.code.coding[0].code 1:149"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAMisspeltCodeSystemIsSaidOnceWhateverItsBinding(t *testing.T) {
	const misspelt = `{"system":"http://Snomed.info/sct","code":"75367002"}`
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{
			"preferred by the profile", `{"resourceType":"AllergyIntolerance","patient":{"display":"x"},"clinicalStatus":{"coding":[{"system":` +
				`"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"meta":{"profile":` +
				`["https://fhir.hl7.org.uk/StructureDefinition/UKCore-AllergyIntolerance"]},"code":{"coding":[` + misspelt + `]}}`,
			[]string{"UK-CODE-SYSTEM AllergyIntolerance.code.coding[0].system 1:301"},
		},
		{
			"another element keeps its own fault", `{"resourceType":"Condition","subject":{"display":"x"},"code":{"coding":[` + misspelt + `]},` +
				`"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"x"}]}}`,
			[]string{"UK-CODE-SYSTEM Condition.code.coding[0].system 1:74", "fhir-code Condition.clinicalStatus.coding[0].code 1:226"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := placed(ruleFindings(t, test.text)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
