package fhirpath

import (
	"encoding/base64"
	"encoding/hex"
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// codingFunction finds encode(), decode(), escape() and unescape().
func codingFunction(name string) (function, bool) {
	switch name {
	case "encode":
		return codec(encodeText)
	case "decode":
		return codec(decodeText)
	case "escape":
		return codec(escapeText)
	case "unescape":
		return codec(unescapeText)
	}
	return function{}, false
}

// codec describes a function of a string and the name of a format. Text that is not of the format gives nothing; so does an unknown
// format.
func codec(run func(s, format string) (string, bool)) (function, bool) {
	return textFunction(1, 1, KindString, func(e *Evaluator, n *scalar, s string) (Item, bool, error) {
		format, ok, err := e.stringArgument(n.args[0], n.pos, n.label)
		if err != nil || !ok {
			return Item{}, false, err
		}
		if err := e.addText(6 * len(s)); err != nil {
			return Item{}, false, err
		}
		out, ok := run(s, format)
		return String(out), ok, nil
	})
}

func encodeText(s, format string) (string, bool) {
	switch format {
	case "hex":
		return hex.EncodeToString([]byte(s)), true
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(s)), true
	case "urlbase64":
		return base64.URLEncoding.EncodeToString([]byte(s)), true
	case "ascii":
		return strings.Map(func(r rune) rune {
			if r > 127 {
				return '?'
			}
			return r
		}, s), true
	}
	return "", false
}

func decodeText(s, format string) (string, bool) {
	var b []byte
	var err error
	switch format {
	case "hex":
		b, err = hex.DecodeString(s)
	case "base64":
		b, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	case "urlbase64":
		b, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	default:
		return "", false
	}
	return string(b), err == nil && utf8.Valid(b)
}

func escapeText(s, target string) (string, bool) {
	switch target {
	case "html":
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#39;").Replace(s), true
	case "json":
		return escapeJSON(s), true
	}
	return "", false
}

func escapeJSON(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\f':
			b.WriteString(`\f`)
		case r == '\b':
			b.WriteString(`\b`)
		case r < 0x20:
			b.WriteString(`\u00`)
			b.WriteByte(digits[r>>4])
			b.WriteByte(digits[r&15])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unescapeText(s, target string) (string, bool) {
	switch target {
	case "html":
		return html.UnescapeString(s), true
	case "json":
		return unescapeJSON(s)
	}
	return "", false
}

func unescapeJSON(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			b = append(b, s[i])
			continue
		}
		i++
		if i == len(s) {
			return "", false
		}
		switch s[i] {
		case '"', '\\', '/', '\'', '`':
			b = append(b, s[i])
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'f':
			b = append(b, '\f')
		case 'b':
			b = append(b, '\b')
		case 'u':
			l := &lexer{source: s}
			r, ok := l.hex(i + 1)
			if !ok {
				return "", false
			}
			i += 4
			if utf16.IsSurrogate(r) && strings.HasPrefix(s[i+1:], `\u`) {
				if low, ok := l.hex(i + 3); ok {
					r = utf16.DecodeRune(r, low)
					i += 6
				}
			}
			b = utf8.AppendRune(b, r)
		default:
			return "", false
		}
	}
	return string(b), true
}
