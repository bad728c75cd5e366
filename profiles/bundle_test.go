package profiles_test

import (
	"slices"
	"testing"
)

const composition = `{"resourceType":"Composition","id":"c","status":"final","type":{"text":"x"},"date":"2020-01-01","title":"x",
 "author":[{"reference":"urn:uuid:00000000-0000-4000-8000-000000000002"}]`

func documentBundle(references, more string) string {
	return `{"resourceType":"Bundle","type":"document","timestamp":"2020-01-01T00:00:00Z","identifier":{"system":"urn:ietf:rfc:3986","value":"urn:uuid:00000000-0000-4000-8000-000000000009"},
 "entry":[{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":` + composition + references + `}},
 {"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000002","resource":{"resourceType":"Organization","id":"o","name":"x"}}` + more + `]}`
}

func TestBundles(t *testing.T) {
	r := registry(t)
	for _, c := range []struct {
		name, resource string
		want           []string
	}{
		{"document that holds all", documentBundle("", ""), nil},
		{"document that lacks its subject", documentBundle(`,"subject":{"reference":"Patient/1"}`, ""), []string{"fhir-bundle Bundle.entry[0].resource.subject"}},
		{"relative full URL", `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"Patient/1","resource":{"resourceType":"Patient","id":"1","active":true}}]}`, []string{"fhir-bundle Bundle.entry[0]"}},
		{"full URL of another resource", `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"http://example.org/Patient/2","resource":{"resourceType":"Patient","id":"1","active":true}}]}`, []string{"fhir-bundle Bundle.entry[0]"}},
		{"link twice", `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"http://example.org/a"},{"relation":"self","url":"http://example.org/b"}]}`, []string{"fhir-bundle Bundle.link[1]"}},
		{"reference to an entry of the wrong type", `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","managingOrganization":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000002"}}},
		 {"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000002","resource":{"resourceType":"Patient","active":true}}]}`, []string{"fhir-reference-target Bundle.entry[0].resource.managingOrganization"}},
		{"transaction without requests", `{"resourceType":"Bundle","type":"transaction","entry":[{"resource":{"resourceType":"Patient","active":true}}]}`, []string{"bdl-3 Bundle"}},
		{"unknown type of resource in an entry", `{"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":{"resourceType":"Colour"}}]}`, []string{"fhir-resource-type Bundle.entry[0].resource"}},
		{"the same id twice", `{"resourceType":"Patient","name":[{"id":"a","family":"x"},{"id":"a","family":"y"}]}`, []string{"fhir-id Patient.name[1]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := judge(t, r, c.resource); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestADocumentHoldsWhatItsCompositionLeadsTo(t *testing.T) {
	const (
		alone  = `{"resourceType":"Patient","id":"p"}`
		style  = `{"resourceType":"Binary","id":"p","contentType":"text/css"}`
		linked = `{"resourceType":"Patient","id":"p","managingOrganization":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000002"}}`
	)
	for resource, want := range map[string][]string{alone: {"fhir-bundle Bundle.entry[2]"}, style: nil, linked: nil} {
		more := `,{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000003","resource":` + resource + `}`
		if got := judge(t, registry(t), documentBundle("", more)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}
