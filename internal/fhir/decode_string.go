package fhir

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// escaped reads on in a string that started at start and has its first backslash at i.
func (d *decoder) escaped(start, i int) (string, error) {
	var b strings.Builder
	text := d.text
	for i < len(text) {
		switch c := text[i]; {
		case c == '"':
			b.WriteString(text[start:i])
			d.pos = i + 1
			return b.String(), nil
		case c < 0x20:
			return "", d.fail(i, fmt.Sprintf("the control character %q must be escaped in a string", c))
		case c != '\\':
			i++
		default:
			b.WriteString(text[start:i])
			r, size, problem := escape(text[i:])
			if problem != "" {
				return "", d.fail(i, problem)
			}
			b.WriteRune(r)
			i += size
			start = i
		}
	}
	return "", d.fail(i, "the string is not closed")
}

// escape reads the escape sequence at the start of s and returns its character, its length, and what is wrong with it.
func escape(s string) (rune, int, string) {
	if len(s) < 2 {
		return 0, 0, "the string is not closed"
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2, ""
	case 'b':
		return '\b', 2, ""
	case 'f':
		return '\f', 2, ""
	case 'n':
		return '\n', 2, ""
	case 'r':
		return '\r', 2, ""
	case 't':
		return '\t', 2, ""
	case 'u':
	default:
		return 0, 0, fmt.Sprintf("%q is not an escape sequence of JSON", s[:2])
	}
	first, ok := unit(s)
	if !ok {
		return 0, 0, "\\u must be followed by four hexadecimal digits"
	}
	if !utf16.IsSurrogate(first) {
		return first, 6, ""
	}
	second, ok := unit(s[6:])
	if !ok {
		return 0, 0, "half of a surrogate pair stands alone"
	}
	r := utf16.DecodeRune(first, second)
	if r == '\ufffd' {
		return 0, 0, "half of a surrogate pair stands alone"
	}
	return r, 12, ""
}

func unit(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil {
		return 0, false
	}
	return rune(n), true
}
