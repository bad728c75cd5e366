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
