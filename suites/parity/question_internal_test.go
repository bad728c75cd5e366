package parity

import (
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

// TestAResourceIsOneFactAndTwoAreTwo answers a question of which two or three facts are expected. Each resource is written as the number that it
// carries, "-" for one of the system's own, and the facts that it says the same as.
func TestAResourceIsOneFactAndTwoAreTwo(t *testing.T) {
	for says, c := range map[string]struct {
		shown []string
		extra []int
	}{
		"each by its number":                         {[]string{"a a", "b b"}, nil},
		"each by what it says":                       {[]string{"- a", "- b"}, nil},
		"alike, and as many":                         {[]string{"- a b", "- a b"}, nil},
		"alike, and one more":                        {[]string{"- a b", "- a b", "- a b"}, []int{2}},
		"one, and it again":                          {[]string{"- a", "- a", "- b"}, []int{1}},
		"one of two, and each of the others":         {[]string{"- a b", "- a", "- b c"}, nil},
		"one of two that others are":                 {[]string{"- a", "- b", "- a b"}, []int{2}},
		"by its number, and what says the same":      {[]string{"- a", "a a", "- b"}, []int{0}},
		"by its number, and one that may be another": {[]string{"a a", "- a b"}, nil},
		"by its number twice":                        {[]string{"a a", "a a", "- b"}, nil}, // that two have it is for others to say
		"none of them":                               {[]string{"- a", "-", "- b"}, []int{1}},
	} {
		var resources []fhir.Resource
		said := map[string][]string{}
		token := func(id string) string { return fixtures.RecordSystem + "|" + id }
		for i, text := range c.shown {
			part := strings.Fields(text)
			id := string(rune('A' + i))
			resource := fhir.Resource{"resourceType": "Observation", "id": id, "identifier": []any{map[string]any{"system": "urn:own", "value": id}}}
			if part[0] != "-" {
				resource["identifier"] = []any{map[string]any{"system": fixtures.RecordSystem, "value": part[0]}}
			}
			for _, fact := range part[1:] {
				said[id] = append(said[id], token(fact))
			}
			resources = append(resources, resource)
		}
		var expected []fixtures.Fact
		for _, id := range []string{"a", "b", "c"} {
			if strings.Contains(strings.Join(c.shown, " "), id) {
				expected = append(expected, fixtures.Fact{ID: id, Kind: fixtures.Observation, Identifier: fixtures.Identifier{System: fixtures.RecordSystem, Value: id}})
			}
		}
		findings := compare(func(r fhir.Resource) []string { return said[r.ID()] }, "rule", question{}, expected, record.Part{Resources: resources})
		var want []string
		for _, i := range c.extra {
			want = append(want, name(resources[i]))
		}
		switch {
		case len(want) == 0 && len(findings) > 0:
			t.Errorf("%s: %s", says, findings[0].Message)
		case len(want) > 0 && (len(findings) == 0 || !strings.HasSuffix(findings[0].Message, "should not hold "+strings.Join(want, ", "))):
			t.Errorf("%s: %+v, want %v", says, findings, want)
		}
	}
}
