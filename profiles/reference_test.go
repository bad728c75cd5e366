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
