package search

import (
	"errors"
	"strings"
)

// errEscape is what is wrong with a value that has a lone backslash.
var errEscape = errors.New(`has a backslash that is not before a comma, "|", "$" or another backslash`)

// split cuts a value at a separator that is not escaped (R4 section 3.1.1.4.19). The parts keep their escapes.
func split(value string, separator byte) []string {
	if strings.IndexByte(value, '\\') < 0 {
		return strings.Split(value, string(separator))
	}
	var parts []string
	start := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case separator:
			parts = append(parts, value[start:i])
			start = i + 1
		}
	}
	return append(parts, value[start:])
}

// unescape takes the escapes off a part.
func unescape(part string) (string, error) {
	if strings.IndexByte(part, '\\') < 0 {
		return part, nil
	}
	var plain strings.Builder
	for i := 0; i < len(part); i++ {
		c := part[i]
		if c == '\\' {
			i++
			if i == len(part) || !strings.ContainsRune(`,|$\`, rune(part[i])) {
				return "", errEscape
			}
			c = part[i]
		}
		plain.WriteByte(c)
	}
	return plain.String(), nil
}
