package search_test

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

func TestElementsAreWhatAParameterLooksAt(t *testing.T) {
	observation := fhir.Resource{
		"resourceType": "Observation", "id": "1", "status": "final",
		"subject":           map[string]any{"reference": "Group/1"},
		"effectiveDateTime": "2024-02-29",
		"code":              map[string]any{"coding": []any{map[string]any{"system": "s", "code": "c"}}},
		"performer":         []any{map[string]any{"reference": "Organization/1"}, map[string]any{"reference": "Organization/2"}},
	}
	for code, want := range map[string]struct {
		count int
		typ   string
	}{
		"status": {1, "code"}, "date": {1, "dateTime"}, "code": {1, "CodeableConcept"}, "performer": {2, "Reference"},
		"patient": {0, ""}, "subject": {1, "Reference"}, "encounter": {0, ""},
	} {
		parameter, ok := search.Lookup("Observation", code)
		if !ok {
			t.Fatal(code)
		}
		elements := parameter.Elements(observation)
		if len(elements) != want.count || want.count > 0 && elements[0].Type != want.typ {
			t.Errorf("%s: %+v, want %d of type %s", code, elements, want.count, want.typ)
		}
	}
}
