package profiles_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles"
)

const patientXML = `<?xml version="1.0" encoding="UTF-8"?>
<Patient xmlns="http://hl7.org/fhir">
  <!-- a comment -->
  <id value="example"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Jo &amp; co</p></div></text>
  <contained><Organization><id value="o"/><name value="The Surgery"/></Organization></contained>
  <active value="true"/>
  <name id="n1">
    <family value="Smith"/>
    <given value="Jo"/>
    <given value="Ann"><extension url="http://example.org/x"><valueString value="y"/></extension></given>
  </name>
  <telecom><system value="phone"/><value value="1"/><rank value="1"/></telecom>
  <birthDate value="1970-02-28"/>
  <managingOrganization><reference value="#o"/></managingOrganization>
</Patient>`

func TestXMLIsReadAsTheJSONThatItStandsFor(t *testing.T) {
	got, err := registry(t).DecodeXML([]byte(patientXML))
	if err != nil {
		t.Fatal(err)
	}
	want, err := fhir.DecodeObject([]byte(`{"resourceType":"Patient","id":"example",
	 "text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Jo &amp; co</p></div>"},
	 "contained":[{"resourceType":"Organization","id":"o","name":"The Surgery"}],"active":true,
	 "name":[{"id":"n1","family":"Smith","given":["Jo","Ann"],"_given":[null,{"extension":[{"url":"http://example.org/x","valueString":"y"}]}]}],
	 "telecom":[{"system":"phone","value":"1","rank":1}],"birthDate":"1970-02-28","managingOrganization":{"reference":"#o"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b json.Number) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}

func TestFaultsInXMLHaveTheirPlace(t *testing.T) {
	for _, c := range []struct {
		old, new, want string
		line           int
	}{
		{`<active value="true"/>`, `<active value="true"/>`, "", 0},
		{`<active value="true"/>`, `<active value="yes"/>`, "fhir-json-type Patient.active", 7},
		{`<active value="true"/>`, `<colour value="red"/>`, "fhir-unknown-element Patient.colour", 7},
		{`<active value="true"/>`, `<active value="true"/><active value="true"/>`, "fhir-json-type Patient.active", 7},
		{`1970-02-28`, `1970-02-30`, "fhir-format Patient.birthDate", 14},
		{`<rank value="1"/>`, `<rank value="0"/>`, "fhir-format Patient.telecom[0].rank", 13},
		{`<family value="Smith"/>`, `<family value=""/>`, "fhir-format Patient.name[0].family", 9},
		{`<active value="true"/>`, `<active value="true"/>text`, "fhir-xml Patient", 8},
		{`</Patient>`, ``, "fhir-xml ", 16},
		{`<Patient xmlns="http://hl7.org/fhir">`, `<Patient>`, "fhir-xml ", 2},
		{`<Patient xmlns`, `<!-- c -->text<Patient xmlns`, "fhir-xml ", 2},
		{`<contained>`, `<contained>text`, "fhir-xml Patient.contained[0]", 6},
		{`</contained>`, `<!DOCTYPE x></contained>`, "fhir-xml ", 6},
		{`<p>Jo`, `<!DOCTYPE x><p>Jo`, "fhir-xml ", 5},
		{`</Patient>`, `</Patient><Patient xmlns="http://hl7.org/fhir"/>`, "fhir-xml ", 16},
		{`UTF-8`, `ISO-8859-1`, "fhir-xml ", 1},
		{`UTF-8`, `us-ascii`, "", 0},
		{`<Patient xmlns`, `<!DOCTYPE x [<!ENTITY a "b">]><Patient xmlns`, "fhir-xml ", 2},
	} {
		text := strings.Replace(patientXML, c.old, c.new, 1)
		findings, err := registry(t).Validate(context.Background(), []byte(text), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		if c.want != "" {
			want = []string{c.want}
		}
		if got := errorsOf(findings); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", c.new, got, want)
			continue
		}
		for _, f := range findings {
			if f.Rule+" "+f.Path == c.want && f.Line != c.line {
				t.Errorf("%s: got line %d, want %d", c.new, f.Line, c.line)
			}
		}
	}
}

func TestAnotherEncodingOfXMLIsRefusedWithWhatToDo(t *testing.T) {
	text := strings.Replace(patientXML, "UTF-8", "ISO-8859-1", 1)
	findings, err := registry(t).Validate(context.Background(), []byte(text), profiles.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "ISO-8859-1; FHIR is exchanged in UTF-8, so save it as that"
	if len(findings) != 1 || !strings.Contains(findings[0].Message, want) {
		t.Errorf("got %+v, want a message with %q", findings, want)
	}
}

func TestElementsOfXMLComeInTheOrderOfTheirDefinition(t *testing.T) {
	for body, want := range map[string][]string{
		"<active value=\"true\"/>\n<name><text value=\"a\"/></name>\n<name><text value=\"b\"/></name>":            nil,
		"<name><text value=\"a\"/></name>\n<active value=\"true\"/>\n<name><text value=\"b\"/></name>":            {"3 Patient.active"},
		"<birthDate value=\"2020\"/>\n<name>\n<given value=\"a\"/>\n<family value=\"b\"/>\n</name>":               {"3 Patient.name", "5 Patient.name[0].family"},
		"<contact>\n<name><text value=\"a\"/></name>\n<relationship><text value=\"b\"/></relationship></contact>": {"4 Patient.contact[0].relationship"},
	} {
		findings, err := registry(t).Validate(t.Context(), []byte("<Patient xmlns=\"http://hl7.org/fhir\">\n"+body+"</Patient>"), profiles.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var places []string
		for _, f := range findings {
			if f.Rule == profiles.RuleXML {
				places = append(places, fmt.Sprint(f.Line, " ", f.Path))
			}
		}
		if !slices.Equal(places, want) {
			t.Errorf("%s: got findings at %v, want %v", body, places, want)
		}
	}
}
