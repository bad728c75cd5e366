package fhir

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// escaped reads on in a string that started at start and has its first backslash at i.
func (d *decoder) escaped(start, i int) (string, error) {
	b := d.buffer[:0]
	text := d.text
	for i < len(text) {
		switch c := text[i]; {
		case c == '"':
			b = append(b, text[start:i]...)
			d.pos = i + 1
			if cap(b) <= mostBuffer {
				d.buffer = b
			}
			return string(b), nil
		case c < 0x20:
			return "", d.fail(i, fmt.Sprintf("the control character %q must be escaped in a string", c))
		case c != '\\':
			i++
		default:
			b = append(b, text[start:i]...)
			r, size, problem := escape(text[i:])
			if problem != "" {
				return "", d.fail(i, problem)
			}
			b = utf8.AppendRune(b, r)
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
	var r rune
	for i := 2; i < 6; i++ {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// plain returns how many bytes at the start of s, at least, are neither a quote nor a backslash nor a control character.
// It looks at eight of them at a time.
func plain(s string) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	n := 0
	for ; len(s)-n >= 8; n += 8 {
		w := s[n : n+8]
		word := uint64(w[0]) | uint64(w[1])<<8 | uint64(w[2])<<16 | uint64(w[3])<<24 |
			uint64(w[4])<<32 | uint64(w[5])<<40 | uint64(w[6])<<48 | uint64(w[7])<<56
		quote, slash := word^(ones*'"'), word^(ones*'\\')
		// The high bit of a byte ends up set where the byte was zero, or, for control characters, less than a space.
		if ((quote-ones)&^quote|(slash-ones)&^slash|(word-ones*' ')&^word)&highs != 0 {
			break
		}
	}
	return n
}
