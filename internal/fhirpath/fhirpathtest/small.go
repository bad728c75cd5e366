package fhirpathtest

import (
	"strings"

	"concord.example/concord/internal/fhirpath"
)

// Small gives a hand-written part of FHIR R4: enough types for tests that always run.
func Small() *fhirpath.Types {
	m := Model{}
	m.primitive("string", "Element")
	m.primitive("uri", "Element")
	for _, name := range []string{"boolean", "integer", "decimal", "date", "dateTime", "instant", "time", "base64Binary", "xhtml"} {
		m.primitive(name, "Element")
	}
	for _, name := range []string{"code", "id", "markdown"} {
		m.primitive(name, "string")
	}
	for _, name := range []string{"url", "canonical", "uuid"} {
		m.primitive(name, "uri")
	}
	m.primitive("positiveInt", "integer")
	m.complex("Element", "", "id string", "extension Extension")
	m.complex("BackboneElement", "Element", "modifierExtension Extension")
	m.complex("Resource", "", "id id", "meta Meta", "implicitRules uri", "language code")
	m.complex("DomainResource", "Resource", "text Narrative", "contained Resource", "extension Extension", "modifierExtension Extension")
	m.complex("Extension", "Element", "url uri", "value[x] string|integer|code|uri|dateTime|boolean|decimal|Coding|Quantity|Age|Period|CodeableConcept|Reference")
	m.complex("Meta", "Element", "versionId id", "lastUpdated instant", "profile canonical", "tag Coding")
	m.complex("Narrative", "Element", "status code", "div xhtml")
	m.complex("HumanName", "Element", "use code", "text string", "family string", "given string", "period Period")
	m.complex("Period", "Element", "start dateTime", "end dateTime")
	m.complex("Identifier", "Element", "use code", "type CodeableConcept", "system uri", "value string", "period Period", "assigner Reference")
	m.complex("Coding", "Element", "system uri", "version string", "code code", "display string", "userSelected boolean")
	m.complex("CodeableConcept", "Element", "coding Coding", "text string")
	m.complex("Quantity", "Element", "value decimal", "comparator code", "unit string", "system uri", "code code")
	m.complex("Age", "Quantity")
	m.complex("Duration", "Quantity")
	m.complex("Range", "Element", "low Quantity", "high Quantity")
	m.complex("Reference", "Element", "reference string", "type uri", "identifier Identifier", "display string")
	m.complex("ContactPoint", "Element", "system code", "value string", "use code", "rank positiveInt")
	m.complex("Address", "Element", "line string", "city string")
	m.complex("Patient", "DomainResource", "identifier Identifier", "active boolean", "name HumanName", "telecom ContactPoint", "gender code",
		"birthDate date", "deceased[x] boolean|dateTime", "address Address", "contact Patient.contact", "managingOrganization Reference")
	m.complex("Patient.contact", "BackboneElement", "relationship CodeableConcept", "name HumanName", "telecom ContactPoint", "organization Reference")
	m.complex("Observation", "DomainResource", "identifier Identifier", "status code", "code CodeableConcept", "subject Reference",
		"effective[x] dateTime|Period|instant", "issued instant", "value[x] Quantity|CodeableConcept|string|boolean|integer|Range|time|dateTime|Period",
		"dataAbsentReason CodeableConcept", "referenceRange Observation.referenceRange", "component Observation.component")
	m.complex("Observation.referenceRange", "BackboneElement", "low Quantity", "high Quantity", "text string")
	m.complex("Observation.component", "BackboneElement", "code CodeableConcept", "value[x] Quantity|string|boolean",
		"referenceRange Observation.referenceRange")
	m.complex("Questionnaire", "DomainResource", "url uri", "status code", "item Questionnaire.item")
	m.complex("Questionnaire.item", "BackboneElement", "linkId string", "type code", "required boolean", "item Questionnaire.item")
	m.complex("Organization", "DomainResource", "name string", "contact Organization.contact")
	m.complex("Organization.contact", "BackboneElement", "name HumanName")
	m.complex("Bundle", "Resource", "type code", "total integer", "entry Bundle.entry")
	m.complex("Bundle.entry", "BackboneElement", "fullUrl uri", "resource Resource")
	return fhirpath.NewTypes(m)
}

func (m Model) primitive(name, base string) {
	m[name] = fhirpath.Definition{Name: name, Base: base, Primitive: true, Elements: []fhirpath.ElementDefinition{
		{Name: "id", Types: []string{"string"}}, {Name: "extension", Types: []string{"Extension"}},
	}}
}

// complex defines a type by "name type" or "name[x] type|type", after the elements of its base.
func (m Model) complex(name, base string, elements ...string) {
	def := fhirpath.Definition{Name: name, Base: base}
	def.Elements = append(def.Elements, m[base].Elements...)
	for _, e := range elements {
		element, types, _ := strings.Cut(e, " ")
		element, choice := strings.CutSuffix(element, "[x]")
		def.Elements = append(def.Elements, fhirpath.ElementDefinition{Name: element, Choice: choice, Types: strings.Split(types, "|")})
	}
	m[name] = def
}
