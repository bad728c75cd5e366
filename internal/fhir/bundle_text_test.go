package fhir_test

import (
	"reflect"
	"testing"

	"concord.example/concord/internal/fhir"
)

func FuzzBundleText(f *testing.F) {
	for _, text := range []string{
		`{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","id":"a","meta":{"versionId":"1"}}},{"search":{"mode":"match"}}],"type":"searchset"}`,
		`{"resourceType":"Bundle","entry":[ {"resource":{"resourceType":"Patient","\u0069d":"\u0061"} } , {"link":[{"a":[1,2,{}]}]}]}`,
		`{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","a":1,"a":2}},{"b":tru}]}`,
		`{"resourceType":"Bundle","entry":[{"fullUrl":"a","fullUrl":"b"}],"entry":1}`,
		`{"resourceType":"Bundle","entry":[{"a":"\""}]]}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		bundle, ok := fhir.OpenBundle(text)
		if !ok {
			return
		}
		tree, repeated, err := fhir.DecodeRepeated([]byte(text))
		if all := bundle.Rest(); all != (err == nil) {
			t.Fatalf("%q: all entries read is %v, and the document gives %v", text, all, err)
		}
		if err != nil {
			return
		}
		if got := bundle.Repeated(); !reflect.DeepEqual(got, repeated) {
			t.Fatalf("%q: repeated properties are %v instead of %v", text, got, repeated)
		}
		root, _ := tree.(map[string]any)
		entries, _ := root["entry"].([]any)
		if len(entries) != len(bundle.Entries) {
			t.Fatalf("%q: %d entries instead of %d", text, len(bundle.Entries), len(entries))
		}
		for i, item := range entries {
			entry, ok := bundle.Entry(i)
			if !ok || !reflect.DeepEqual(any(entry), item) {
				t.Fatalf("%q: entry %d is %v instead of %v", text, i, entry, item)
			}
			facts := bundle.Entries[i]
			resource, has := entry["resource"].(map[string]any)
			want := fhir.EntryFacts{FullURL: fhir.Text(entry["fullUrl"]), Type: fhir.Text(resource["resourceType"]), ID: fhir.Text(resource["id"]), Version: fhir.Text(fhir.Get(resource, "meta", "versionId")), Resource: has}
			if facts.FullURL != want.FullURL || facts.Type != want.Type || facts.ID != want.ID || facts.Version != want.Version || facts.Resource != want.Resource {
				t.Fatalf("%q: entry %d says of itself %+v instead of %+v", text, i, facts, want)
			}
			bundle.Close(i)
			if opened := bundle.Opened(i); opened {
				t.Fatalf("%q: entry %d is open after it was closed", text, i)
			}
		}
	})
}
