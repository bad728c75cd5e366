package profiles_test

import (
	"fmt"
	"slices"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
)

// XML that reads like a resource and is none: JSON has no form for it, so it would pass in silence.
func TestXMLHasTheFormThatTheDefinitionsGive(t *testing.T) {
	const schema = `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
	for _, c := range []struct {
		name, root, body string
		want             []string
	}{
		{
			"ids of elements and the url of an extension are attributes", ``,
			`<extension id="e" url="http://a.test"><valueString id="v" value="x"/></extension><name id="n"><family value="x"/></name>`, nil,
		},
		{"where a schema lies", schema + ` xsi:schemaLocation="http://hl7.org/fhir patient.xsd"`, `<active value="true"/>`, []string{"fhir-xml Patient"}},
		{"where a schema lies, by another prefix", `xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="a b"`, `<active value="true"/>`, []string{"fhir-xml Patient"}},
		{"where a schema without a namespace lies", schema + ` xsi:noNamespaceSchemaLocation="patient.xsd"`, `<active value="true"/>`, []string{"fhir-xml Patient"}},
		{"where a schema lies, further in", schema, `<active xsi:schemaLocation="a b" value="true"/>`, []string{"fhir-xml Patient.active"}},
		{"the namespace of schemas that nothing is of", schema, `<active value="true"/>`, nil},
		{"another namespace that nothing is of", `xmlns:a="http://a.test"`, `<active value="true"/>`, nil},
		{"somebody's own place of a schema", `xmlns:a="http://a.test" a:schemaLocation="a b"`, `<active value="true"/>`, []string{"fhir-xml Patient"}},
		{"an element as an attribute", ``, `<name family="Smith"/>`, []string{"fhir-xml Patient.name[0].family"}},
		{"a value of an element that has none", ``, `<name value="x"><family value="y"/></name>`, []string{"fhir-unknown-element Patient.name[0].value"}},
		{"a value that is an element", ``, `<identifier value="x"/>`, []string{"fhir-xml Patient.identifier[0].value"}},
		{"a value of an extension", ``, `<extension url="http://a.test" valueString="x"/>`, []string{"fhir-xml Patient.extension[0].value.ofType(string)"}},
		{"an attribute that nobody knows", ``, `<active value="true" colour="red"/>`, []string{"fhir-unknown-element Patient.active.colour"}},
		{"the id of a resource as an attribute", `id="x"`, `<active value="true"/>`, []string{"fhir-xml Patient.id"}},
		{"the type of a resource as an attribute", `resourceType="Patient"`, `<active value="true"/>`, []string{"fhir-xml Patient"}},
		{"the type of a resource as an element", ``, `<resourceType value="Patient"/><active value="true"/>`, []string{"fhir-xml Patient.resourceType"}},
		{"the id of an element as an element", ``, `<name><id value="n"/><family value="x"/></name>`, []string{"fhir-xml Patient.name[0].id"}},
		{
			"the url of an extension as an element", ``, `<extension><url value="http://a.test"/><valueString value="x"/></extension>`,
			[]string{"fhir-xml Patient.extension[0].url"},
		},
		{"the url of a contact is an element of nothing", ``, `<name url="x"><family value="y"/></name>`, []string{"fhir-unknown-element Patient.name[0].url"}},
		{
			"JSON's way to write extensions", ``, `<active value="true"/><_birthDate><extension url="http://a.test"><valueString value="x"/></extension></_birthDate>`,
			[]string{"fhir-xml Patient.birthDate"},
		},
		{"an element of another namespace", ``, `<active xmlns="http://a.test" value="true"/>`, []string{"fhir-xml Patient.active"}},
		{"an element of no namespace", ``, `<active xmlns="" value="true"/>`, []string{"fhir-xml Patient.active"}},
		{"a language of XML", ``, `<active xml:lang="en" value="true"/>`, []string{"fhir-xml Patient.active"}},
		{"a type of XML Schema", schema, `<active xsi:type="boolean" value="true"/>`, []string{"fhir-xml Patient.active"}},
		{"somebody's own attribute", `xmlns:a="http://a.test"`, `<active a:x="1" value="true"/>`, []string{"fhir-xml Patient.active"}},
		{
			"what an unknown element has is not judged", ``, `<colour value="red" xml:lang="en"><id value="x"/></colour>`,
			[]string{"fhir-unknown-element Patient.colour"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := fmt.Sprintf(`<Patient xmlns="http://hl7.org/fhir" %s>%s</Patient>`, c.root, c.body)
			findings, err := registry(t).Validate(t.Context(), []byte(text), profiles.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := errorsOf(findings); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// R4 forbids the namespace of XML Schema instances in what is exchanged. One that nothing is of does no harm, so it is said once
// and mildly; where an attribute shows it, that attribute is what is wrong.
func TestTheNamespaceOfSchemasIsWarnedOf(t *testing.T) {
	const schema = `xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`
	for attributes, want := range map[string]int{schema: 1, schema + ` xsi:schemaLocation="a b"`: 0, `xmlns:a="http://a.test"`: 0, ``: 0} {
		text := fmt.Sprintf(`<Patient xmlns="http://hl7.org/fhir" %s><active value="true"/></Patient>`, attributes)
		findings, err := registry(t).Validate(t.Context(), []byte(text), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := 0
		for _, f := range findings {
			if f.Rule == profiles.RuleXML && f.Severity == result.SeverityWarning {
				got++
			}
		}
		if got != want {
			t.Errorf("with %q: %d warnings, want %d: %v", attributes, got, want, findings)
		}
	}
}
