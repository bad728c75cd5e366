package terminology

import "strings"

// grammar decides by form whether a text can be a code of a system whose codes are too many to list.
type grammar struct {
	system string
	check  func(code string) Verdict
}

func grammarOfSet(canonical string) *grammar {
	url, _, _ := strings.Cut(canonical, "|")
	switch url {
	case "http://hl7.org/fhir/ValueSet/all-languages":
		return grammarOfSystem("urn:ietf:bcp:47")
	case "http://hl7.org/fhir/ValueSet/mimetypes":
		return grammarOfSystem("urn:ietf:bcp:13")
	default:
		return nil
	}
}

func grammarOfSystem(system string) *grammar {
	switch system {
	case "urn:ietf:bcp:47":
		return &grammar{system, languageTag}
	case "urn:ietf:bcp:13", "urn:ietf:rfc:3986":
		if system == "urn:ietf:rfc:3986" {
			return &grammar{system, func(code string) Verdict {
				if strings.ContainsAny(code, " \t\n") || !strings.Contains(code, ":") {
					return Out
				}
				return In
			}}
		}
		return &grammar{system, mimeType}
	default:
		return nil
	}
}

// languageTag checks the form of RFC 5646: a language of two or three letters (or four to eight, or "x", "i"), then
// subtags of at most eight letters and digits.
func languageTag(code string) Verdict {
	parts := strings.Split(code, "-")
	first := parts[0]
	if !isAlpha(first) || len(first) > 8 || len(first) < 2 && !(strings.EqualFold(first, "x") || strings.EqualFold(first, "i")) {
		return Out
	}
	if len(first) == 1 && len(parts) == 1 {
		return Out
	}
	for _, part := range parts[1:] {
		if part == "" || len(part) > 8 || !isAlphaNum(part) {
			return Out
		}
	}
	return In
}

// mimeType checks the form of RFC 6838: type and subtype, then parameters; FHIR also allows the short forms of formats.
func mimeType(code string) Verdict {
	name, _, _ := strings.Cut(code, ";")
	kind, subtype, ok := strings.Cut(strings.TrimSpace(name), "/")
	if !ok || !isToken(kind) || !isToken(subtype) {
		switch code {
		case "xml", "json", "ttl":
			return In
		}
		return Out
	}
	return In
}

func isToken(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$&-^_.+*", r))
	}) < 0
}

func isAlpha(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') }) < 0
}

func isAlphaNum(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9')
	}) < 0
}
