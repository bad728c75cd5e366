package profiles_test

import (
	"fmt"
	"testing"
)

// ofDatatype defines a profile or an extension of a datatype.
func ofDatatype(name, typ, elements string) string {
	return fmt.Sprintf(`{"resourceType":"StructureDefinition","url":"http://example.org/StructureDefinition/%s","name":%[1]q,"status":"draft","kind":"complex-type","abstract":false,
	"context":[{"type":"element","expression":"Element"}],"type":%q,"baseDefinition":"http://hl7.org/fhir/StructureDefinition/%[2]s","derivation":"constraint","differential":{"element":[%s]}}`, name, typ, elements)
}

// ofPatient defines a profile of Patient at the URL of slicedProfile.
func ofPatient(elements string) string {
	return `{"resourceType":"StructureDefinition","url":"` + slicedProfile + `","name":"Sliced","status":"draft","kind":"resource","abstract":false,"type":"Patient",
	"baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint","differential":{"element":[` + elements + `]}}`
}

// slicedPatient slices an element of Patient by one discriminator; the slice a must be there once.
func slicedPatient(element, kind, path, slice string) string {
	return ofPatient(fmt.Sprintf(`{"id":"Patient.%s","path":"Patient.%[1]s","slicing":{"discriminator":[{"type":%q,"path":%q}],"rules":"open"}},%s`, element, kind, path, slice))
}

// TestSlicesAreToldApartByWhatTheProfilesOfTheirTypesSay has slices that say little themselves.
func TestSlicesAreToldApartByWhatTheProfilesOfTheirTypesSay(t *testing.T) {
	const url = "http://example.org/StructureDefinition/"
	plain := ofDatatype("plain", "Identifier", `{"id":"Identifier","path":"Identifier"}`)
	own := ofDatatype("own", "Identifier", `{"id":"Identifier.system","path":"Identifier.system","fixedUri":"http://example.org/own"}`)
	bound := ofDatatype("bound", "Identifier", `{"id":"Identifier.use","path":"Identifier.use","binding":{"strength":"required","valueSet":"http://hl7.org/fhir/ValueSet/name-use"}}`)
	kind := ofDatatype("kind", "Extension", `{"id":"Extension.url","path":"Extension.url","fixedUri":"`+url+`kind"},{"id":"Extension.value[x]","path":"Extension.value[x]","min":1,"type":[{"code":"code"}]}`)
	typed := func(profiles string) string {
		return `{"id":"Patient.identifier:a","path":"Patient.identifier","sliceName":"a","min":1,"max":"1","type":[{"code":"Identifier","profile":[` + profiles + `]}]}`
	}
	const (
		mine   = `{"system":"http://example.org/own","value":"1"}`
		theirs = `{"system":"http://example.org/theirs","value":"1"}`
	)
	extended := func(code string) string {
		return `{"extension":[{"url":"http://example.org/other","valueCode":"home"},{"url":"` + url + `kind","valueCode":"` + code + `"}],"city":"x"}`
	}
	byExtension := `{"id":"Patient.address:a","path":"Patient.address","sliceName":"a","min":1,"max":"1"},
	{"id":"Patient.address:a.extension","path":"Patient.address.extension","slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}},
	{"id":"Patient.address:a.extension:other","path":"Patient.address.extension","sliceName":"other","type":[{"code":"Extension"}]},
	{"id":"Patient.address:a.extension:kind","path":"Patient.address.extension","sliceName":"kind","min":1,"max":"1","type":[{"code":"Extension","profile":["` + url + `kind"]}]},
	{"id":"Patient.address:a.extension:kind.value[x]","path":"Patient.address.extension.value[x]","fixedCode":"home"}`
	optional := `{"id":"Patient.maritalStatus","path":"Patient.maritalStatus","min":0},
	{"id":"Patient.communication:a","path":"Patient.communication","sliceName":"a","min":1,"max":"1"},
	{"id":"Patient.communication:a.language.text","path":"Patient.communication.language.text","fixedString":"A"},
	{"id":"Patient.communication:a.language.coding","path":"Patient.communication.language.coding","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}},
	{"id":"Patient.communication:a.language.coding:x","path":"Patient.communication.language.coding","sliceName":"x","min":%d,"max":"1"},
	{"id":"Patient.communication:a.language.coding:x.code","path":"Patient.communication.language.coding.code","fixedCode":"en"}`
	const twice = `{"id":"Patient.contact:a","path":"Patient.contact","sliceName":"a","min":1,"max":"1"},
	{"id":"Patient.contact:a.relationship.coding.code","path":"Patient.contact.relationship.coding.code","fixedCode":"a"}`
	related := func(codes ...string) string {
		out := ""
		for i, code := range codes {
			if i > 0 {
				out += ","
			}
			out += `{"coding":[{"system":"http://example.org","code":"` + code + `"}]}`
		}
		return `{"relationship":[` + out + `]}`
	}
	for _, c := range []struct {
		name, profile, property, in, out string
	}{
		{"by the only profile of the type", slicedPatient("identifier", "value", "system", typed(`"`+url+`own"`)), "identifier", mine, theirs},
		{"by one of the profiles of the type", slicedPatient("identifier", "value", "system", typed(`"`+url+`unheard","`+url+`plain","`+url+`own"`)), "identifier", mine, theirs},
		{"by the occurrence as the profile has it", slicedPatient("identifier", "value", "$this", typed(`"`+url+`own"`)), "identifier", mine, theirs},
		{"by a binding that the profile adds", slicedPatient("identifier", "value", "$this", typed(`"`+url+`bound"`)), "identifier", `{"use":"official","value":"1"}`, mine},
		{"by conformance to one of the profiles", slicedPatient("identifier", "profile", "$this", typed(`"`+url+`unheard","`+url+`own"`)), "identifier", mine, theirs},
		{"by an extension that only its profile names", slicedPatient("address", "value", "extension('"+url+"kind').value", byExtension), "address", extended("home"), extended("work")},
		{"by what must be there below", slicedPatient("communication", "value", "language", fmt.Sprintf(optional, 1)), "communication", `{"language":{"coding":[{"code":"en"}],"text":"A"}}`, `{"language":{"text":"A"}}`},
		{"not by what may be there below", slicedPatient("communication", "value", "language", fmt.Sprintf(optional, 0)), "communication", `{"language":{"text":"A"}}`, `{"language":{"text":"B"}}`},
		{"by the first of lists in a list", slicedPatient("contact", "value", "relationship.coding.code", twice), "contact", related("a", "b"), related("b", "c")},
		{"by the last of lists in a list", slicedPatient("contact", "value", "relationship.coding.code", twice), "contact", related("b", "a"), related("c", "b")},
	} {
		r := with(t, c.profile, plain, own, bound, kind)
		missing := func(occurrence string) bool {
			for _, finding := range judge(t, r, `{"resourceType":"Patient","`+c.property+`":[`+occurrence+`]}`, slicedProfile) {
				if finding == "fhir-required Patient" {
					return true
				}
			}
			return false
		}
		if missing(c.in) {
			t.Errorf("%s: %s is not in the slice", c.name, c.in)
		}
		if !missing(c.out) {
			t.Errorf("%s: %s is in the slice", c.name, c.out)
		}
	}
}
