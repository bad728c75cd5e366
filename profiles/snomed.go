package profiles

import "strings"

// validSCTID says whether a text is a SNOMED CT identifier of a concept or description: 6 to 18 digits, no zero in front,
// a partition identifier that the release file specification knows, and Verhoeff's check digit at the end.
func validSCTID(s string) bool {
	const shortest, longest = 6, 18
	if len(s) < shortest || len(s) > longest || !digits(s) || s[0] == '0' {
		return false
	}
	switch s[len(s)-3 : len(s)-1] {
	case "00", "01", "02", "10", "11", "12":
	default:
		return false
	}
	return verhoeff(s)
}

// verhoeff checks Verhoeff's check digit: the dihedral group of order ten over a permutation by position.
func verhoeff(s string) bool {
	multiply := [10]string{
		"0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
		"5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
	}
	permute := [8]string{
		"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
	}
	check := byte('0')
	for i := range len(s) {
		digit := s[len(s)-1-i]
		check = multiply[check-'0'][permute[i%8][digit-'0']-'0']
	}
	return check == '0'
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
