package main

import (
	"encoding/json"

	"concord.example/concord/profiles/definition"
)

// coded is a code with its system.
type coded struct{ system, code string }

func (c coded) coding() map[string]any { return map[string]any{"system": c.system, "code": c.code} }

// code draws a code that the binding of an element allows. bound is false where nothing binds or no codes are known.
func (g *generator) code(n *definition.Node) (c coded, bound bool) {
	if n.Binding == nil || n.Binding.Strength != "required" && n.Binding.Strength != "extensible" {
		return coded{}, false
	}
	list := g.codesOf(n.Binding.ValueSet, 0)
	if len(list) == 0 {
		return coded{}, false
	}
	return list[g.random.IntN(len(list))], true
}

// codesOf lists codes of a value set, as far as its definition names them.
func (g *generator) codesOf(valueSet string, depth int) []coded {
	if list, known := g.codes[valueSet]; known || depth > 3 {
		return list
	}
	vs, err := g.types.registry.ValueSet(valueSet)
	if err != nil || vs == nil {
		return nil
	}
	var list []coded
	for _, c := range vs.Expansion {
		list = append(list, coded{c.System, c.Code})
	}
	for _, include := range vs.Include {
		switch {
		case len(vs.Expansion) > 0 || len(include.Filters) > 0:
		case len(include.Codes) > 0:
			for _, c := range include.Codes {
				list = append(list, coded{include.System, c.Code})
			}
		case include.System != "" && len(include.ValueSets) == 0:
			if s, err := g.types.registry.CodeSystem(include.System); err == nil && s != nil {
				for _, c := range s.Concepts {
					list = append(list, coded{include.System, c.Code})
				}
			}
		case include.System == "":
			for _, other := range include.ValueSets {
				list = append(list, g.codesOf(other, depth+1)...)
			}
		}
	}
	if len(vs.Exclude) > 0 {
		list = nil
	}
	g.codes[valueSet] = list
	return list
}

// primitive makes a value of a primitive type.
func (g *generator) primitive(n *definition.Node, typ definition.Type) any {
	switch {
	case typ.Code == "code":
		return g.codeValue(n)
	case n.Name == "url" && n.Path == "Extension.url":
		return "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
	case n.Name == "div":
		return `<div xmlns="http://www.w3.org/1999/xhtml">x</div>`
	case len(typ.Targets) > 0 && typ.Code == "canonical":
		return "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	}
	list := samples(typ.Code)
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

func (g *generator) codeValue(n *definition.Node) any {
	if c, bound := g.code(n); bound {
		return c.code
	}
	if n.Binding == nil {
		return "x"
	}
	switch {
	case contains(n.Binding.ValueSet, "mimetypes"):
		return "text/plain"
	case contains(n.Binding.ValueSet, "languages"):
		return "en"
	case contains(n.Binding.ValueSet, "currencies"):
		return "GBP"
	default:
		return "kg"
	}
}

// samples returns valid values of a primitive type: the first is an ordinary one, the others lie at borders.
func samples(typ string) []any {
	n := func(s string) json.Number { return json.Number(s) }
	switch typ {
	case "base64Binary":
		return []any{"QUJD", "QQ==", "QUI=", "QUJD QUJD"}
	case "boolean":
		return []any{true, false}
	case "canonical":
		return []any{"http://hl7.org/fhir/StructureDefinition/Patient", "http://hl7.org/fhir/ValueSet/yesnodontknow|4.0.1", "urn:oid:2.16.840.1.113883.4.642.3.1"}
	case "date":
		return []any{"2020-02-29", "2020", "2020-12", "1900-01-01"}
	case "dateTime":
		return []any{"2020-02-29T10:00:00Z", "2020", "2020-02", "2020-02-29", "2020-02-29T10:00:00.123456789+14:00", "2020-02-29T23:59:60Z"}
	case "decimal":
		return []any{n("1.5"), n("0"), n("-0.001"), n("1e2"), n("1.50"), n("123456789012345678")}
	case "id":
		return []any{"a", "A-b.1", "0123456789012345678901234567890123456789012345678901234567890123"}
	case "instant":
		return []any{"2020-02-29T10:00:00Z", "2020-02-29T10:00:00.001-12:00"}
	case "integer":
		return []any{n("1"), n("0"), n("-2147483648"), n("2147483647")}
	case "markdown", "string":
		return []any{"x", "a  b", "a\nb\tc", "é", " x"}
	case "oid":
		return []any{"urn:oid:1.2.3", "urn:oid:2.16.840.1.113883"}
	case "positiveInt":
		return []any{n("1"), n("2147483647")}
	case "time":
		return []any{"10:00:00", "23:59:59.9"}
	case "unsignedInt":
		return []any{n("0"), n("2147483647")}
	case "uri":
		return []any{"http://hl7.org/fhir", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "urn:oid:1.2.3", "mailto:a@b"}
	case "url":
		return []any{"http://hl7.org/fhir", "mailto:a@b", "ftp://a/b"}
	case "uuid":
		return []any{"urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}
	default:
		return nil
	}
}

// wrong returns values with the right kind of JSON that a primitive type does not allow.
func wrong(typ string) []any {
	n := func(s string) json.Number { return json.Number(s) }
	switch typ {
	case "base64Binary":
		return []any{"QUJ", "Q!==", "QU=D"}
	case "canonical":
		return []any{"a b", "http://a b"}
	case "code":
		return []any{" x", "x ", "a  b", "x\ty"}
	case "date":
		return []any{"2020-2-9", "2020-02-30", "20200229", "2020-02-29T10:00:00Z", "0000", "2020-13", "29/02/2020", "2021-02-29"}
	case "dateTime":
		return []any{"2020-02-29T10:00:00", "2020-02-29T10:00Z", "2020-02-30", "2020-02-29T25:00:00Z", "2020-02-29 10:00:00Z", "2020-02-29T10:00:00+15:00", "yesterday"}
	case "decimal":
		return []any{n("1e400")}
	case "id":
		return []any{"a b", "a_b", "01234567890123456789012345678901234567890123456789012345678901234", "é"}
	case "instant":
		return []any{"2020-02-29", "2020-02-29T10:00:00", "2020-02-29T10:00Z", "2020"}
	case "integer":
		return []any{n("1.5"), n("2147483648"), n("1.0"), n("1e2")}
	case "oid":
		return []any{"1.2.3", "urn:oid:", "urn:oid:1.02.3", "urn:oid:3.1", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"}
	case "positiveInt":
		return []any{n("0"), n("-1"), n("2147483648")}
	case "time":
		return []any{"10:00", "24:00:00", "10:00:00Z", "1:00:00", "10:60:00"}
	case "unsignedInt":
		return []any{n("-1"), n("2147483648"), n("0.5")}
	case "uri", "url":
		return []any{"a b", "http://a b/c", " http://a"}
	case "uuid":
		return []any{"c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:1", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520"}
	default:
		return nil
	}
}
