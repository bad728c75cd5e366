package search

import (
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// tokenValue is one value of a token parameter: code, system|code, |code or system|.
type tokenValue struct {
	system, code string // code is folded
	// anySystem is the form without a bar, noSystem the form that begins with it.
	anySystem, noSystem bool
	// written is the code with its case, which counts for _id and uris.
	written string
}

// parseToken reads a value that still has its escapes.
func parseToken(parameter *Parameter, part string) (tokenValue, string) {
	pieces := split(part, '|')
	for i := range pieces {
		plain, err := unescape(pieces[i])
		if err != nil {
			return tokenValue{}, err.Error()
		}
		pieces[i] = plain
	}
	value := tokenValue{}
	switch len(pieces) {
	case 1:
		value.anySystem, value.code = true, pieces[0]
	case 2:
		value.system, value.code = pieces[0], pieces[1]
		value.noSystem = value.system == ""
	default:
		return value, "is not code, system|code, |code or system|"
	}
	if value.system == "" && value.code == "" {
		return value, "has neither a system nor a code"
	}
	if !value.anySystem && !slices.ContainsFunc(parameter.paths, func(p path) bool { return hasSystem(p.typ) }) {
		return value, "has a system, but the element searched has none: give the code alone"
	}
	value.written, value.code = value.code, fold(value.code)
	return value, ""
}

// hasSystem reports whether a token in an element of the type can have a system (R4 section 3.1.1.4.10: ContactPoint,
// uri and boolean are searched without one, and so are string and id).
func hasSystem(typ string) bool {
	return slices.Contains([]string{"Coding", "CodeableConcept", "Identifier", "code"}, typ)
}

func (v tokenValue) match(_ *matching, p *path, element any) bool {
	switch p.typ {
	case "code":
		code, ok := element.(string)
		switch {
		case !ok:
			return false
		case v.anySystem || v.noSystem:
			return v.sameCode(code)
		default:
			return v.system == p.system && (v.code == "" || v.sameCode(code))
		}
	case "Coding":
		coding, ok := object(element)
		return ok && v.pair(coding["system"], coding["code"])
	case "CodeableConcept":
		concept, ok := object(element)
		return ok && each(concept["coding"], func(item any) bool {
			coding, ok := object(item)
			return ok && v.pair(coding["system"], coding["code"])
		})
	case "Identifier":
		identifier, ok := object(element)
		return ok && v.pair(identifier["system"], identifier["value"])
	case "ContactPoint":
		point, ok := object(element)
		return ok && v.anySystem && v.sameCode(fhir.Text(point["value"]))
	case "boolean":
		_, ok := element.(bool)
		return ok && v.anySystem && v.sameCode(fhir.Text(element))
	case "uri", "canonical", "oid", "id":
		text, ok := element.(string)
		return ok && v.anySystem && text == v.written
	default:
		text, ok := element.(string)
		return ok && v.anySystem && v.sameCode(text)
	}
}

// pair compares a system and a code or value.
func (v tokenValue) pair(system, code any) bool {
	s, c := fhir.Text(system), fhir.Text(code)
	switch {
	case v.anySystem:
		return v.sameCode(c)
	case v.noSystem:
		return s == "" && v.sameCode(c)
	case v.code == "":
		return s == v.system
	default:
		return s == v.system && v.sameCode(c)
	}
}

func (v tokenValue) sameCode(code string) bool {
	return code == v.code || strings.EqualFold(code, v.code)
}

// tokenText is one value of a token parameter with :text.
type tokenText struct{ stringValue }

func (v tokenText) match(_ *matching, p *path, element any) bool {
	return texts(p, element, v.field)
}

// tokenOfType is one value of an identifier parameter with :of-type: type system, type code and identifier value.
type tokenOfType struct {
	kind  tokenValue
	value string
}

func parseOfType(part string) (tokenOfType, string) {
	pieces := split(part, '|')
	if len(pieces) != 3 || slices.Contains(pieces, "") {
		return tokenOfType{}, "is not system|code|value, of which all three must be given"
	}
	for i := range pieces {
		plain, err := unescape(pieces[i])
		if err != nil {
			return tokenOfType{}, err.Error()
		}
		pieces[i] = plain
	}
	return tokenOfType{kind: tokenValue{system: pieces[0], code: fold(pieces[1])}, value: pieces[2]}, ""
}

func (v tokenOfType) match(_ *matching, p *path, element any) bool {
	identifier, ok := object(element)
	if !ok || p.typ != "Identifier" || !strings.EqualFold(fhir.Text(identifier["value"]), v.value) {
		return false
	}
	return each(fhir.Get(identifier, "type", "coding"), func(item any) bool {
		coding, ok := object(item)
		return ok && v.kind.pair(coding["system"], coding["code"])
	})
}
