package main

import (
	"encoding/json"
	"strings"

	"concord.example/concord/profiles/definition"
)

// primitive makes a value of a primitive type, a code that the binding takes where there is one.
func (b *builder) primitive(n *definition.Node, kind string) any {
	if n.Pattern != nil {
		return n.Pattern.JSON
	}
	if code, _ := b.code(n); code != "" && (kind == "code" || kind == "string" || kind == "uri") {
		return code
	}
	switch kind {
	case "boolean":
		return true
	case "integer", "unsignedInt", "positiveInt", "decimal":
		return json.Number("1")
	case "date":
		return "2024-02-01"
	case "dateTime":
		return "2024-02-01T10:00:00Z"
	case "instant":
		return "2024-02-01T10:00:00Z"
	case "time":
		return "10:00:00"
	case "uri", "url", "canonical":
		return "https://a.example.test/x"
	case "oid":
		return "urn:oid:1.2.3"
	case "uuid":
		return "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"
	case "base64Binary":
		return "YQ=="
	case "xhtml":
		return `<div xmlns="http://www.w3.org/1999/xhtml">x</div>`
	case "code":
		return "x"
	default:
		return "x"
	}
}

// datatype makes a small value of a datatype that a profile says nothing more of.
func (b *builder) datatype(n *definition.Node, typ definition.Type) any {
	switch typ.Code {
	case "Reference":
		return map[string]any{"reference": b.target(typ) + "/example"}
	case "CodeableConcept":
		if code, system := b.code(n); code != "" {
			return map[string]any{"coding": []any{coding(code, system)}}
		}
		return map[string]any{"text": "x"}
	case "Coding":
		if code, system := b.code(n); code != "" {
			return coding(code, system)
		}
		return map[string]any{"display": "x of " + n.ID}
	case "Identifier":
		return map[string]any{"system": "https://a.example.test/id", "value": "1"}
	case "HumanName":
		return map[string]any{"family": "x"}
	case "Address":
		return map[string]any{"city": "x"}
	case "ContactPoint":
		return map[string]any{"system": "phone", "value": "01632 960 001"}
	case "Period":
		return map[string]any{"start": "2024-02-01"}
	case "Annotation":
		return map[string]any{"text": "x"}
	case "Attachment":
		return map[string]any{"contentType": "text/plain", "data": "YQ=="}
	case "Age", "Duration":
		return map[string]any{"value": json.Number("1"), "unit": "year", "system": "http://unitsofmeasure.org", "code": "a"}
	case "Quantity", "SimpleQuantity":
		if code, system := b.code(n); code != "" {
			return map[string]any{"value": json.Number("1"), "unit": code, "system": system, "code": code}
		}
		return map[string]any{"value": json.Number("1"), "unit": "day", "system": "http://unitsofmeasure.org", "code": "d"}
	case "Range":
		return map[string]any{"low": map[string]any{"value": json.Number("1")}}
	case "Ratio":
		return map[string]any{"numerator": map[string]any{"value": json.Number("1")}, "denominator": map[string]any{"value": json.Number("2")}}
	case "Timing":
		return map[string]any{"event": []any{"2024-02-01"}}
	case "Dosage":
		return map[string]any{"text": "x"}
	case "Narrative":
		return map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">x</div>`}
	case "Meta":
		return map[string]any{"versionId": "1"}
	case "CodeableReference":
		return map[string]any{"concept": map[string]any{"text": "x"}}
	default:
		return nil
	}
}

func coding(code, system string) map[string]any {
	if system == "" {
		return map[string]any{"code": code}
	}
	return map[string]any{"system": system, "code": code}
}

// code is a code that a binding takes, with its system; "" where none can be listed or the binding asks nothing.
func (b *builder) code(n *definition.Node) (code, system string) {
	if n.Binding == nil || n.Binding.Strength != "required" && n.Binding.Strength != "extensible" {
		return "", ""
	}
	return b.first(n.Binding.ValueSet, 0)
}

// first is the first code of a value set with its system.
func (b *builder) first(canonical string, depth int) (code, system string) {
	canonical, _, _ = strings.Cut(canonical, "|")
	if canonical == "http://hl7.org/fhir/ValueSet/all-languages" {
		return "en", "urn:ietf:bcp:47"
	}
	set, err := b.registry.ValueSet(canonical)
	if err != nil || set == nil || depth > 3 {
		return "", ""
	}
	for _, c := range set.Expansion {
		return c.Code, c.System
	}
	for _, include := range set.Include {
		if len(include.Filters) > 0 {
			if f := include.Filters[0]; f.Property == "canonical" && f.Op == "=" {
				return f.Value, include.System // of UCUM, the units that can be converted to this one
			}
			continue
		}
		for _, c := range include.Codes {
			return c.Code, include.System
		}
		if list, err := b.registry.CodeSystem(include.System); err == nil && list != nil {
			for _, c := range list.Concepts {
				return c.Code, include.System
			}
		}
		for _, other := range include.ValueSets {
			if code, system := b.first(other, depth+1); code != "" {
				return code, system
			}
		}
	}
	return "", ""
}

// another is a further code of a code system, or of a value set; "" where none is known.
func (b *builder) another(system, valueSet, than string) string {
	if list, err := b.registry.CodeSystem(system); err == nil && list != nil {
		for _, c := range list.Concepts {
			if c.Code != than {
				return c.Code
			}
		}
	}
	canonical, _, _ := strings.Cut(valueSet, "|")
	set, err := b.registry.ValueSet(canonical)
	if err != nil || set == nil {
		return ""
	}
	for _, include := range set.Include {
		for _, c := range include.Codes {
			if c.Code != than {
				return c.Code
			}
		}
		if list, err := b.registry.CodeSystem(include.System); err == nil && list != nil {
			for _, c := range list.Concepts {
				if c.Code != than {
					return c.Code
				}
			}
		}
	}
	return ""
}

// target is a type that a reference may lead to.
func (b *builder) target(typ definition.Type) string {
	for _, canonical := range typ.Targets {
		canonical, _, _ = strings.Cut(canonical, "|")
		if s, err := b.registry.Structure(canonical); err == nil && s != nil && s.Type != "Resource" {
			return s.Type
		}
	}
	return "Patient"
}

// clone copies decoded JSON.
func clone(value any) any {
	switch value := value.(type) {
	case map[string]any:
		kept := make(map[string]any, len(value))
		for name, member := range value {
			kept[name] = clone(member)
		}
		return kept
	case []any:
		kept := make([]any, len(value))
		for i, item := range value {
			kept[i] = clone(item)
		}
		return kept
	default:
		return value
	}
}
