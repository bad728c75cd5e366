package profiles_test

import (
	"slices"
	"testing"
)

// TestACodeOfTheReleaseThatAValueSetNamesIsNotUnknown holds that a code which only an earlier release has is right where the value set
// that is bound names that release, and wrong where it names another or none.
func TestACodeOfTheReleaseThatAValueSetNamesIsNotUnknown(t *testing.T) {
	release := func(version, code string) string {
		return `{"resourceType":"CodeSystem","url":"http://example.org/CodeSystem/cs","version":"` + version + `","name":"C","status":"active","content":"complete",` +
			`"concept":[{"code":"` + code + `"},{"code":"both"}]}`
	}
	selects := func(version string) string {
		return `{"resourceType":"ValueSet","url":"http://example.org/ValueSet/v","name":"V","status":"active","compose":{"include":[{"system":"http://example.org/CodeSystem/cs"` + version + `}]}}`
	}
	const bound = `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/bound","name":"Bound","status":"draft","kind":"resource","abstract":false,` +
		`"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[` +
		`{"id":"Patient.maritalStatus","path":"Patient.maritalStatus","binding":{"strength":"required","valueSet":"http://example.org/ValueSet/v"}}]}}`
	const place = "fhir-code Patient.maritalStatus.coding[0].code"
	for _, c := range []struct {
		pinned, coding string
		want           []string
	}{
		{`,"version":"1"`, `"code":"old"`, nil},
		{`,"version":"1"`, `"code":"both"`, nil},
		{`,"version":"1"`, `"code":"old","version":"1"`, nil},
		{`,"version":"1"`, `"code":"old","version":"2"`, []string{place}},
		{`,"version":"1"`, `"code":"nowhere"`, []string{place}},
		{`,"version":"2"`, `"code":"old"`, []string{place}},
		{"", `"code":"old"`, []string{place}},
		{"", `"code":"new"`, nil},
	} {
		r := with(t, release("1", "old"), release("2", "new"), selects(c.pinned), bound)
		got := judge(t, r, `{"resourceType":"Patient","maritalStatus":{"coding":[{"system":"http://example.org/CodeSystem/cs",`+c.coding+`}]}}`, "http://example.org/StructureDefinition/bound")
		if !slices.Equal(got, c.want) {
			t.Errorf("the value set names %q, the coding %s: got %v, want %v", c.pinned, c.coding, got, c.want)
		}
	}
}
