package profiles_test

import (
	"slices"
	"testing"
	"time"

	"concord.example/concord/profiles"
)

// TestALimitMayBeCountedFromNow holds dates to the limits that a profile gives as a time from now.
func TestALimitMayBeCountedFromNow(t *testing.T) {
	limited := func(least, most string) string {
		return `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/limited","name":"Limited","status":"draft","kind":"resource","abstract":false,` +
			`"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[` +
			`{"id":"Patient.birthDate","path":"Patient.birthDate","minValueQuantity":{"value":` + least + `,"system":"http://unitsofmeasure.org","code":"a"},` +
			`"maxValueQuantity":{"value":` + most + `,"system":"http://unitsofmeasure.org","code":"d"}}]}}`
	}
	r := with(t, limited("120", "0"))
	now := func() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC) }
	for birth, want := range map[string][]string{
		"1990-01-01": nil, "2026-05-01": nil, "2026": nil, "1906-05-02": nil, "1906": nil,
		"2026-05-02": {"fhir-range Patient.birthDate"}, "2026-06": {"fhir-range Patient.birthDate"}, "1906-04-30": {"fhir-range Patient.birthDate"}, "1905": {"fhir-range Patient.birthDate"},
	} {
		findings, err := r.Validate(t.Context(), []byte(`{"resourceType":"Patient","birthDate":"`+birth+`"}`),
			profiles.Options{Profiles: []string{"http://example.org/StructureDefinition/limited"}, Clock: now})
		if err != nil {
			t.Fatal(err)
		}
		if got := errorsOf(findings); !slices.Equal(got, want) {
			t.Errorf("born %s: got %v, want %v", birth, got, want)
		}
	}
}

// TestAnAttachmentIsAsLargeAsItsProfileAllows holds the extension maxSize on an element, which counts bytes.
func TestAnAttachmentIsAsLargeAsItsProfileAllows(t *testing.T) {
	r := with(t, `{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/small","name":"Small","status":"draft","kind":"resource","abstract":false,`+
		`"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[`+
		`{"id":"Patient.photo","path":"Patient.photo","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/maxSize","valueDecimal":6}]}]}}`)
	for data, want := range map[string][]string{"YWJjZGVm": nil, "YWJjZGVmZw==": {"fhir-length Patient.photo[0]"}} {
		got := judge(t, r, `{"resourceType":"Patient","photo":[{"contentType":"image/png","data":"`+data+`"}]}`, "http://example.org/StructureDefinition/small")
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", data, got, want)
		}
	}
}

// TestURIsAndBinaryDataHaveTheirForms holds the forms of R4's types that are easily written another way.
func TestURIsAndBinaryDataHaveTheirForms(t *testing.T) {
	identified := func(system string) string {
		return `{"resourceType":"Patient","identifier":[{"system":"` + system + `","value":"1"}]}`
	}
	photo := func(data string) string {
		return `{"resourceType":"Patient","photo":[{"contentType":"image/png","data":"` + data + `"}]}`
	}
	for resource, want := range map[string][]string{
		identified("urn:oid:1.2.3"): nil, identified("oidc:1"): nil,
		identified("oid:1.2.3"):                                 {"fhir-format Patient.identifier[0].system"},
		identified("uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7"): {"fhir-format Patient.identifier[0].system"},
		photo("YWJj YWJj"):                                      nil,
		photo(`YWJj\n  YWI=`):                                   nil,
		photo("YW Jj"):                                          {"fhir-format Patient.photo[0].data"},
	} {
		if got := judge(t, registry(t), resource); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", resource, got, want)
		}
	}
}
