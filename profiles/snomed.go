package profiles

import (
	"strings"

	"concord.example/concord/internal/fhir"
)

// isSCTID says whether a text is a SNOMED CT identifier of any component.
func isSCTID(s string) bool {
	_, err := fhir.ParseSCTID(s)
	return err == nil
}

// plausibleECL says whether a text can be an expression of SNOMED CT's constraint language: balanced, and never two
// concepts without an operator between them.
func plausibleECL(s string) bool {
	depth, operand := 0, false
	for rest := strings.TrimSpace(s); rest != ""; rest = strings.TrimSpace(rest) {
		c := rest[0]
		switch {
		case c == '(' || c == '{':
			depth++
			operand = false
			rest = rest[1:]
		case c == ')' || c == '}':
			depth--
			operand = true
			rest = rest[1:]
		case c == '|':
			end := strings.IndexByte(rest[1:], '|')
			if end < 0 {
				return false
			}
			rest = rest[end+2:]
		case c >= '0' && c <= '9' || c == '*':
			if operand {
				return false
			}
			operand = true
			rest = strings.TrimLeft(rest, "0123456789*")
		case c == '<' || c == '>' || c == '^' || c == '!':
			if operand {
				return false
			}
			rest = strings.TrimLeft(rest, "<>!^")
		default:
			// A word or a sign that joins two expressions.
			operand = false
			rest = rest[1:]
		}
		if depth < 0 {
			return false
		}
	}
	return depth == 0
}
