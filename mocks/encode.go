package mocks

import (
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"

	"concord/internal/fhir"
)

// leadingKey ranks the properties that come first in an encoded object, because people read resources from the top.
func leadingKey(key string) int {
	switch key {
	case "resourceType":
		return 0
	case "id":
		return 1
	case "meta":
		return 2
	default:
		return 3
	}
}

// appendJSON appends decoded JSON to dst with sorted keys, so equal resources have equal bytes. Decimals keep their
// text. Values that are not decoded JSON become null.
func appendJSON(dst []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return appendString(dst, value)
	case json.Number:
		return append(dst, value...)
	case bool:
		return strconv.AppendBool(dst, value)
	case int:
		return strconv.AppendInt(dst, int64(value), 10)
	case fhir.Resource:
		return appendObject(dst, value)
	case map[string]any:
		return appendObject(dst, value)
	case []any:
		dst = append(dst, '[')
		for i, item := range value {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, item)
		}
		return append(dst, ']')
	default:
		return append(dst, "null"...)
	}
}

func appendObject(dst []byte, object map[string]any) []byte {
	var buffer [24]string
	keys := buffer[:0]
	for key := range object {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b string) int {
		if la, lb := leadingKey(a), leadingKey(b); la != lb {
			return la - lb
		}
		if a < b {
			return -1
		}
		return 1
	})
	dst = append(dst, '{')
	for i, key := range keys {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(dst, key)
		dst = append(dst, ':')
		dst = appendJSON(dst, object[key])
	}
	return append(dst, '}')
}

// appendString appends a JSON string. Invalid UTF-8 becomes U+FFFD, as encoding/json does it.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += size
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}

// clone copies decoded JSON deeply, so that what is served can be changed without touching the store.
func clone(value any) any {
	switch value := value.(type) {
	case fhir.Resource:
		return cloneResource(value)
	case map[string]any:
		return map[string]any(cloneResource(value))
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = clone(item)
		}
		return list
	default:
		return value
	}
}

func cloneResource(resource fhir.Resource) fhir.Resource {
	copied := make(fhir.Resource, len(resource))
	for key, item := range resource {
		copied[key] = clone(item)
	}
	return copied
}
