package main

import (
	"slices"

	"concord.example/concord/profiles/definition"
)

func (g *generator) typeNamed(name string) definition.Type { return definition.Type{Code: name} }

func indexOf(list []*definition.Node, n *definition.Node) int { return slices.Index(list, n) }

func absent() map[string]any {
	return map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}
}

// knownExtension is one that every element may have.
func knownExtension() map[string]any {
	return map[string]any{"url": "http://hl7.org/fhir/StructureDefinition/originalText", "valueString": "x"}
}

// extensions are right and wrong in the ways in which extensions are.
func extensions() []map[string]any {
	core := "http://hl7.org/fhir/StructureDefinition/"
	return []map[string]any{
		knownExtension(),
		{"url": core + "patient-birthPlace", "valueAddress": map[string]any{"text": "x"}},
		{"url": core + "originalText", "valueInteger": 1},
		{"url": core + "originalText", "valueString": "x", "extension": []any{absent()}},
		{"url": core + "originalText"},
		{"valueString": "x"},
		{"url": "relative", "valueString": "x"},
		{"url": core + "patient-nationality", "extension": []any{map[string]any{"url": "code", "valueCodeableConcept": map[string]any{"text": "x"}}}},
		{"url": core + "patient-nationality", "extension": []any{map[string]any{"url": "nobody", "valueString": "x"}}},
		{"url": core + "geolocation", "extension": []any{map[string]any{"url": "latitude", "valueDecimal": 1.5}}},
		{"url": core + "no-such-extension", "valueString": "x"},
		{"url": core + "data-absent-reason", "valueCode": "nobody"},
		{"url": core + "data-absent-reason", "valueCode": "unknown", "valueString": "x"},
		{"url": core + "narrativeLink", "valueUrl": "#x"},
		{"url": core + "translation", "extension": []any{
			map[string]any{"url": "lang", "valueCode": "en"}, map[string]any{"url": "content", "valueString": "x"},
		}},
		{"url": core + "translation", "extension": []any{map[string]any{"url": "lang", "valueCode": "en"}}},
	}
}

// references are right and wrong in the ways in which references are.
func references() []map[string]any {
	return []map[string]any{
		{"reference": "Nobody/1"},
		{"reference": "Slot/1"},
		{"reference": "Patient/1"},
		{"reference": "Patient/a_b"},
		{"reference": "#missing"},
		{"reference": "#"},
		{"reference": "1"},
		{"reference": "Patient/"},
		{"reference": "/Patient/1"},
		{"reference": "urn:uuid:1"},
		{"reference": "urn:uuid:c757873d-ec9a-4326-a141-556f43239520"},
		{"reference": "urn:oid:1.2.3"},
		{"reference": "http://a.test/fhir/Patient/1"},
		{"reference": "http://a.test/fhir/Slot/1"},
		{"reference": "http://a.test/fhir/x"},
		{"reference": "Patient/1/_history/2"},
		{"reference": "Patient/1/_history/"},
		{"reference": "Patient?identifier=1"},
		{"reference": "patient/1"},
		{"reference": "Patient/1 "},
		{"display": "x"},
		{"type": "Slot", "display": "x"},
		{"type": "Patient", "display": "x"},
		{"type": "Nobody", "display": "x"},
		{"type": "Slot", "reference": "Patient/1"},
		{"identifier": map[string]any{"value": "1"}},
		{"identifier": map[string]any{"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"}},
	}
}

// contain puts a resource into another, rightly or wrongly.
func (g *generator) contain(instance map[string]any, sites []site) bool {
	inner := map[string]any{"resourceType": "Patient", "id": "p", "active": true}
	const kinds = 8
	switch g.random.IntN(kinds) {
	case 0: // nothing refers to it
	case 1:
		delete(inner, "id")
	case 2:
		inner["contained"] = []any{map[string]any{"resourceType": "Patient", "id": "q"}}
	case 3:
		inner["meta"] = map[string]any{"versionId": "1"}
	case 4:
		instance["contained"] = []any{inner, inner}
		return true
	case 5:
		inner["link"] = []any{map[string]any{"other": map[string]any{"reference": "#"}, "type": "refer"}}
	default:
		s, ok := g.draw(sites, func(s site) bool { return s.typ.Code == "Reference" })
		if !ok {
			return false
		}
		s.put(map[string]any{"reference": "#p"})
	}
	instance["contained"] = []any{inner}
	return true
}
