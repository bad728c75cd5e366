package record_test

import (
	"slices"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

func TestWhatAServerAddsBehindTheSourceIsNoSource(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{
		"https://ccr.concord.test/source/RRK":                  {"RRK"},
		"https://ccr.concord.test/source/RRK#d1339abd-893d-8f": {"RRK"},
		"urn:gateway:west:RRK":                                 {"RRK"},
		"#d1339abd-893d-8f":                                    nil, // nothing but the server's own
		"":                                                     nil,
	} {
		got := record.Sources(fhir.Resource{"resourceType": "Observation", "meta": map[string]any{"source": source}})
		if !slices.Equal(got, want) {
			t.Errorf("%q names %q, want %q", source, got, want)
		}
	}
}

func TestASourceOfTheSystemsOwnBesideALabelNamesNoProvider(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{
		"https://ccr.concord.test/source/RRK":     {"RRK"},
		"urn:gateway:west:RRK":                    {"RRK"},
		"urn:gateway:west":                        {"RRK"},
		"urn:oid:2.16.840.1.113883.3.86":          {"RRK"},
		"urn:uuid:0c1e7a64-7f0d-4d6b-9a53-d0645a": {"RRK"},
		"https://gateway.example/fhir/r4":         {"RRK"},
		"":                                        {"RRK"},
		"https://ccr.concord.test/source/RNA":     {"RRK", "RNA"}, // another provider is another source
		"urn:gateway:west:RNA":                    {"RRK", "RNA"},
	} {
		got := record.Sources(fhir.Resource{"resourceType": "Observation", "meta": map[string]any{
			"source": source, "tag": []any{map[string]any{"system": record.ODSSystem, "code": "RRK"}},
		}})
		if !slices.Equal(got, want) {
			t.Errorf("%q beside the label RRK names %q, want %q", source, got, want)
		}
	}
}
