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
		"#d1339abd-893d-8f":                                    nil, // nothing but the server's own
		"":                                                     nil,
	} {
		got := record.Sources(fhir.Resource{"resourceType": "Observation", "meta": map[string]any{"source": source}})
		if !slices.Equal(got, want) {
			t.Errorf("%q names %q, want %q", source, got, want)
		}
	}
}
