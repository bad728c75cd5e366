package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"concord.example/concord/internal/fhir"
)

// stringValue is one value of a string parameter.
type stringValue struct {
	text     string // normalised, or as written for exact
	exact    bool
	contains bool
}

func parseString(modifier, text string) (stringValue, string) {
	value := stringValue{exact: modifier == "exact", contains: modifier == "contains"}
	if value.exact {
		value.text = text
		return value, ""
	}
	if value.text = normalize(text); value.text == "" {
		return value, "has no letter, digit or symbol to search for"
	}
	return value, ""
}

func (v stringValue) match(_ *matching, p *path, element any) bool {
	switch p.typ {
	case "HumanName":
		name, ok := object(element)
		return ok && (v.in(name, "text", "given", "prefix", "suffix") || v.inFamily(name["family"]))
	case "Address":
		address, ok := object(element)
		return ok && v.in(address, "text", "line", "city", "district", "state", "postalCode", "country")
	default:
		if p.family {
			return v.inFamily(element)
		}
		text, ok := element.(string)
		return ok && v.field(text)
	}
}

func (v stringValue) in(object map[string]any, names ...string) bool {
	for _, name := range names {
		if each(object[name], func(item any) bool {
			text, ok := item.(string)
			return ok && v.field(text)
		}) {
			return true
		}
	}
	return false
}

// field compares one string of the resource.
func (v stringValue) field(text string) bool {
	switch {
	case v.exact:
		return text == v.text
	case v.contains:
		return strings.Contains(normalize(text), v.text)
	default:
		return strings.HasPrefix(normalize(text), v.text)
	}
}

// inFamily compares a family name, and from each of its parts on: R4 asks servers to search the parts independently.
func (v stringValue) inFamily(element any) bool {
	text, ok := element.(string)
	if !ok {
		return false
	}
	if v.field(text) {
		return true
	}
	if v.exact {
		return false
	}
	for i, c := range text {
		if (unicode.IsSpace(c) || unicode.Is(unicode.Pd, c)) && v.field(text[i:]) {
			return true
		}
	}
	return false
}

// normalize makes strings comparable: without case, combining marks and punctuation, and with single spaces.
func normalize(text string) string {
	plain := true
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			plain = false
			break
		}
	}
	if plain {
		return text
	}
	var out strings.Builder
	space := false
	for _, c := range norm.NFD.String(text) {
		switch {
		case unicode.IsSpace(c):
			space = out.Len() > 0
			continue
		case unicode.Is(unicode.M, c) || unicode.IsPunct(c):
			continue
		}
		if space {
			out.WriteByte(' ')
			space = false
		}
		out.WriteRune(foldRune(c))
	}
	return out.String()
}

// foldRune returns one rune for all that differ only in case.
func foldRune(c rune) rune {
	least := c
	for other := unicode.SimpleFold(c); other != c; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	if least >= 'A' && least <= 'Z' {
		least += 'a' - 'A'
	}
	return least
}

// fold makes tokens comparable: without case. Two texts have the same fold exactly when strings.EqualFold holds.
func fold(text string) string {
	for i := range len(text) {
		if c := text[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return strings.Map(foldRune, text)
		}
	}
	return text
}

// texts visits the human-readable texts of a token's element, for the :text modifier.
func texts(p *path, element any, visit func(string) bool) bool {
	value, ok := object(element)
	if !ok {
		return false
	}
	text := func(item any) bool {
		s, ok := item.(string)
		return ok && visit(s)
	}
	switch p.typ {
	case "Coding":
		return text(value["display"])
	case "CodeableConcept":
		return text(value["text"]) || each(value["coding"], func(item any) bool {
			coding, ok := object(item)
			return ok && text(coding["display"])
		})
	case "Identifier":
		return text(fhir.Get(value, "type", "text"))
	default:
		return false
	}
}
