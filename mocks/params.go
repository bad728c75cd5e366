package mocks

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxParams bounds the parameters of one request; a clinical query has a dozen.
const maxParams = 256

// param is one name=value of a query or a form, decoded.
type param struct{ name, value string }

// params are the parameters of one request in the order they came, repeats kept: repeats mean AND, so order and
// number matter.
type params []param

// parseParams takes a raw query or form body apart. A bad escape, bytes that are not UTF-8 or too many parameters are
// a 400 that names the parameter.
func parseParams(raw string) (params, error) {
	if raw == "" {
		return nil, nil
	}
	if strings.Count(raw, "&") >= maxParams {
		return nil, fail(http.StatusBadRequest, "too-costly", "the request has more than %d parameters", maxParams)
	}
	var list params
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		decodedName, err := decodeParam(name, name)
		if err != nil {
			return nil, err
		}
		decodedValue, err := decodeParam(name, value)
		if err != nil {
			return nil, err
		}
		list = append(list, param{decodedName, decodedValue})
	}
	return list, nil
}

func decodeParam(name, text string) (string, error) {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return "", fail(http.StatusBadRequest, "invalid", "parameter %q: %q is not valid percent-encoding", name, text)
	}
	if !validText(decoded) {
		return "", fail(http.StatusBadRequest, "invalid", "parameter %q: the value is not valid UTF-8 text", name)
	}
	return decoded, nil
}

// validText reports whether text is UTF-8 without NUL.
func validText(text string) bool {
	return utf8.ValidString(text) && strings.IndexByte(text, 0) < 0
}

// encode writes the parameters back as a query string in the same order.
func (p params) encode() string {
	var b strings.Builder
	for i, item := range p {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escapeParam(item.name))
		b.WriteByte('=')
		b.WriteString(escapeParam(item.value))
	}
	return b.String()
}

// escapeParam escapes a query component but leaves ":", ",", "/" and "*" readable, which RFC 3986 allows in a query.
func escapeParam(text string) string {
	var b strings.Builder
	b.Grow(len(text) + 8)
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~:,/*", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}

// get returns the last value of a parameter, as the result parameters (_count, _total) are read.
func (p params) get(name string) (string, bool) {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i].name == name {
			return p[i].value, true
		}
	}
	return "", false
}

// without returns the parameters that keep does not refuse, leaving the original as it is.
func (p params) without(drop func(param) bool) params {
	var kept params
	for _, item := range p {
		if !drop(item) {
			kept = append(kept, item)
		}
	}
	return kept
}

// base is the parameter's name without modifier or chain: "code:in" and "code.x" give "code".
func (p param) base() string {
	if i := strings.IndexAny(p.name, ":."); i > 0 {
		return p.name[:i]
	}
	return p.name
}

// values gives the parameters as url.Values, losing the order between different names.
func (p params) values() url.Values {
	values := make(url.Values, len(p))
	for _, item := range p {
		values.Add(item.name, item.value)
	}
	return values
}
