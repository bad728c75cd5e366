package parity

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// TestAPartKeepsWhatItOwes: what a base definition says must be there stands in each part of a resource, and what _elements asks for in that part.
func TestAPartKeepsWhatItOwes(t *testing.T) {
	whole := fhir.Resource{
		"resourceType": "Observation", "id": "o", "meta": map[string]any{"versionId": "1"}, "status": "final", "code": map[string]any{"text": "Pulse"}, "issued": "2026-01-01T09:00:00Z",
		"valueString": "70",
	}
	unsaid := map[string]any{"extension": []any{}}
	for name, c := range map[string]struct {
		cut  []string
		part fhir.Resource
		want string
	}{
		"all that is owed":              {[]string{"_elements", "code"}, fhir.Resource{"status": "final", "code": "x"}, ""},
		"more than is owed":             {[]string{"_elements", "code"}, whole, ""},
		"what must be there":            {[]string{"_elements", "code"}, fhir.Resource{"code": "x"}, "status"},
		"an extension in its place":     {[]string{"_elements", "code"}, fhir.Resource{"code": "x", "_status": unsaid}, ""},
		"what was asked for":            {[]string{"_elements", "issued"}, fhir.Resource{"status": "final", "code": "x"}, "issued"},
		"what the whole does not have":  {[]string{"_elements", "category"}, fhir.Resource{"status": "final", "code": "x"}, ""},
		"a summary without the status":  {[]string{"_summary", "true"}, fhir.Resource{"code": "x", "issued": "x", "valueString": "x"}, "status"},
		"a summary of what must be":     {[]string{"_summary", "true"}, fhir.Resource{"status": "final", "code": "x"}, ""},
		"a summary without what it may": {[]string{"_summary", "true"}, fhir.Resource{"status": "final", "code": "x", "valueString": "x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			part := maps.Clone(c.part)
			part["resourceType"], part["id"] = "Observation", "o"
			var lost lackingInPart
			lost.look(c.cut, whole, part)
			lost.look(c.cut, nil, part)
			if got := strings.Join(slices.Sorted(maps.Keys(lost.lacking)), " "); got != c.want {
				t.Errorf("it lacks %q, want %q", got, c.want)
			}
			for _, finding := range lost.findings("Observation", &check.Answer{}) {
				if finding.Cause != result.PartShort {
					t.Errorf("the cause is %q: of the whole nothing is missing", finding.Cause)
				}
			}
		})
	}
}
