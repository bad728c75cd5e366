package profiles_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestManyContainedResourcesAreFoundByTheirIDs(t *testing.T) {
	var contained, entries []string
	for i := range 20 {
		contained = append(contained, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","active":true}`, i))
		entries = append(entries, fmt.Sprintf(`{"item":{"reference":"#p%d"}}`, i))
	}
	list := func(more string) string {
		return `{"resourceType":"List","status":"current","mode":"working","contained":[` + strings.Join(contained, ",") + `],"entry":[` + strings.Join(entries, ",") + more + `]}`
	}
	for more, want := range map[string][]string{
		"":                               nil,
		`,{"item":{"reference":"#p20"}}`: {"fhir-reference List.entry[20].item"},
	} {
		if got := judge(t, registry(t), list(more)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", more, got, want)
		}
	}
}

func TestASearchStandsForATargetInATransactionOnly(t *testing.T) {
	const observation = `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient?identifier=urn:x|1"}}`
	bundle := func(typ string) string {
		return `{"resourceType":"Bundle","type":"` + typ + `","entry":[{"resource":` + observation + `,"request":{"method":"POST","url":"Observation"}}]}`
	}
	for resource, want := range map[string][]string{
		observation:           {"fhir-reference Observation.subject.reference"},
		bundle("transaction"): nil,
		bundle("batch"):       {"fhir-reference Bundle.entry[0].resource.subject.reference"},
	} {
		if got := judge(t, registry(t), resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}

func TestOnlyAContainedResourceRefersToItsContainer(t *testing.T) {
	const own = `"status":"current","mode":"working"`
	for resource, want := range map[string][]string{
		`{"resourceType":"List",` + own + `,"subject":{"reference":"#"}}`: {"fhir-reference List.subject"},
		`{"resourceType":"List",` + own + `,"contained":[{"resourceType":"Patient","id":"p","link":[{"other":{"reference":"#p"},"type":"seealso"}]}],"subject":{"reference":"#p"}}`: nil,
		`{"resourceType":"Patient","contained":[{"resourceType":"RelatedPerson","id":"r","patient":{"reference":"#"}}],"link":[{"other":{"reference":"#r"},"type":"seealso"}]}`:     nil,
		// A target that a profile is asked of refers to its container, too.
		`{"resourceType":"Patient","contained":[{"resourceType":"Provenance","id":"v","target":[{"reference":"#"}],"recorded":"2020-01-01T00:00:00Z","agent":[{"who":{"reference":"#"}}]}]}`: nil,
	} {
		if got := judge(t, registry(t), resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}

func TestASecurityLabelIsGivenOnce(t *testing.T) {
	const label = `{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}`
	for labels, want := range map[string][]string{
		label + `,{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"N"}`: nil,
		label + `,{"system":"http://a.test","code":"R"}`:                                            nil,
		label + `,` + label: {"fhir-too-many Patient.meta.security[1]"},
	} {
		if got := judge(t, registry(t), `{"resourceType":"Patient","meta":{"security":[`+labels+`]}}`); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", labels, got, want)
		}
	}
}

func TestAURLThatIsNoServersResourceIsOnlyUnlikely(t *testing.T) {
	const subject = "fhir-reference Observation.subject.reference"
	for ref, want := range map[string]string{
		"Patient/1/_history/2":  "",
		"Patient/a_b":           "warning " + subject,
		"Patient/":              "warning " + subject,
		"Patient/1/$everything": "warning " + subject,
		"Patient/1#x":           "warning " + subject,
		"Practitioner/a_b":      "warning " + subject + "; error fhir-reference-target Observation.subject",
		"Patient/ 1":            "error " + subject,
		"Patient/https://a.org": "error " + subject,
		"Nobody/1":              "error " + subject,
	} {
		got := strings.Split(verdictOn(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"`+ref+`"}}`), "; ")
		slices.Sort(got)
		wanted := strings.Split(want, "; ")
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s: got %q, want %q", ref, got, wanted)
		}
	}
}

func TestATypeThatIsNoURILeadsNowhere(t *testing.T) {
	got := verdictOn(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"type":"has space in it","reference":"Patient/1"}}`)
	if want := "error fhir-format Observation.subject.type"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOneSlipInAReferenceIsOneFault(t *testing.T) {
	for resource, want := range map[string]string{
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/1?x=y"}}`: "error fhir-reference Observation.subject.reference",
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Nobody/1"}}`:      "error fhir-reference Observation.subject.reference",
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"contained":[{}]}`:                        "error fhir-empty Observation.contained[0]",
	} {
		if got := verdictOn(t, resource); got != want {
			t.Errorf("%s: got %q, want %q", resource, got, want)
		}
	}
}

func TestAConditionalReferenceHasACriterion(t *testing.T) {
	const wrong = "fhir-reference Bundle.entry[0].resource.managingOrganization.reference"
	for reference, want := range map[string][]string{
		"Organization?identifier=https://example.org|1": nil,
		"Organization?name=a&active=true":               nil,
		"Organization?":                                 {wrong},
		"Organization?name":                             {wrong},
		"Organization?=a":                               {wrong},
	} {
		got := judge(t, registry(t), `{"resourceType":"Bundle","type":"transaction","entry":[{"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",`+
			`"resource":{"resourceType":"Patient","managingOrganization":{"reference":"`+reference+`"}},"request":{"method":"POST","url":"Patient"}}]}`)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", reference, got, want)
		}
	}
}
