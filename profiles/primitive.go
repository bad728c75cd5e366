package profiles

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// primitive is one of the primitive types of FHIR R4; notPrimitive stands for all other types.
type primitive uint8

const (
	notPrimitive primitive = iota
	primBase64Binary
	primBoolean
	primCanonical
	primCode
	primDate
	primDateTime
	primDecimal
	primID
	primInstant
	primInteger
	primMarkdown
	primOID
	primPositiveInt
	primString
	primTime
	primUnsignedInt
	primURI
	primURL
	primUUID
	primXHTML
)

func primitiveOf(code string) primitive {
	switch code {
	case "base64Binary":
		return primBase64Binary
	case "boolean", "http://hl7.org/fhirpath/System.Boolean":
		return primBoolean
	case "canonical":
		return primCanonical
	case "code":
		return primCode
	case "date":
		return primDate
	case "dateTime":
		return primDateTime
	case "decimal":
		return primDecimal
	case "id":
		return primID
	case "instant":
		return primInstant
	case "integer":
		return primInteger
	case "markdown":
		return primMarkdown
	case "oid":
		return primOID
	case "positiveInt":
		return primPositiveInt
	case "string", "http://hl7.org/fhirpath/System.String":
		return primString
	case "time":
		return primTime
	case "unsignedInt":
		return primUnsignedInt
	case "uri":
		return primURI
	case "url":
		return primURL
	case "uuid":
		return primUUID
	case "xhtml":
		return primXHTML
	default:
		return notPrimitive
	}
}

// jsonKind names the JSON type that a primitive is written as.
func (p primitive) jsonKind() string {
	switch p {
	case primBoolean:
		return "true or false"
	case primDecimal, primInteger, primPositiveInt, primUnsignedInt:
		return "a number"
	default:
		return "a string"
	}
}

// kindOf names the JSON type of a value for people.
func kindOf(v any) string {
	switch v.(type) {
	case map[string]any:
		return "an object"
	case []any:
		return "an array"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "true or false"
	default:
		return "null"
	}
}

// maxString is the longest string of FHIR R4, in bytes.
const maxString = 1 << 20

// checkFormat says what is wrong with the form of a primitive value, or "".
func checkFormat(p primitive, v any) string {
	switch p {
	case primBoolean:
		return ""
	case primDecimal, primInteger, primPositiveInt, primUnsignedInt:
		n, _ := v.(json.Number)
		return checkNumber(p, n.String())
	default:
		s, _ := v.(string)
		return checkText(p, s)
	}
}

func checkNumber(p primitive, s string) string {
	if p == primDecimal {
		return ""
	}
	if strings.ContainsAny(s, ".eE") {
		return "is not a whole number"
	}
	n, err := strconv.ParseInt(s, 10, 32)
	switch {
	case err != nil:
		return "is outside the range of a 32-bit whole number"
	case s[0] == '-' && n == 0:
		return "is written as minus zero"
	case p == primPositiveInt && n < 1:
		return "is not 1 or more"
	case p == primUnsignedInt && n < 0:
		return "is not 0 or more"
	default:
		return ""
	}
}

func checkText(p primitive, s string) string {
	if s == "" {
		return "is empty"
	}
	switch p {
	case primCode:
		return checkCode(s)
	case primID:
		return checkID(s)
	case primURI, primCanonical, primURL:
		return checkURI(s)
	case primOID:
		if !isOID(s) {
			return "is not of the form urn:oid:1.2.3"
		}
	case primUUID:
		if !isUUID(s) {
			return "is not of the form urn:uuid: and a UUID in lower case"
		}
	case primDate:
		return checkDate(s)
	case primDateTime:
		return checkDateTime(s)
	case primInstant:
		return checkInstant(s)
	case primTime:
		return checkTime(s)
	case primBase64Binary:
		return checkBase64Binary(s)
	case primString, primMarkdown:
		return checkString(s)
	default:
	}
	return ""
}

func checkCode(s string) string {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ':
			if i == 0 || i == len(s)-1 {
				return "starts or ends with a space"
			}
			if s[i-1] == ' ' {
				return "holds two spaces in a row"
			}
		case c >= '\t' && c <= '\r':
			return "holds white space other than single spaces"
		case c < ' ':
			return fmt.Sprintf("holds the control character U+%04X", c)
		case c >= utf8.RuneSelf:
			if r, _ := utf8.DecodeRuneInString(s[i:]); unicode.IsSpace(r) {
				return fmt.Sprintf("holds white space other than single spaces: U+%04X", r)
			}
		}
	}
	return ""
}

func checkID(s string) string {
	if len(s) > 64 {
		return "is longer than 64 characters"
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '-', c == '.':
		default:
			return "holds a character other than letters, digits, '-' and '.'"
		}
	}
	return ""
}

func checkURI(s string) string {
	for i, r := range s {
		if r < ' ' && !unicode.IsSpace(r) || r == 0x7f {
			return fmt.Sprintf("holds the control character U+%04X", r)
		}
		if (r <= ' ' || r > unicode.MaxASCII) && unicode.IsSpace(r) {
			if i == 0 || i == len(s)-1 {
				return "starts or ends with white space"
			}
			return "holds white space"
		}
	}
	// A fragment may follow a UUID: HAPI FHIR writes the id of the request behind a source.
	if rest, ok := strings.CutPrefix(s, "urn:uuid:"); ok && !isHexUUID(strings.SplitN(rest, "#", 2)[0]) {
		return "starts with urn:uuid: but goes on with something other than a UUID in lower case"
	}
	if strings.HasPrefix(s, "urn:oid:") && !isOID(s) {
		return "starts with urn:oid: but goes on with something other than an OID"
	}
	if strings.HasPrefix(s, "oid:") || strings.HasPrefix(s, "uuid:") {
		return "starts with " + s[:strings.IndexByte(s, ':')+1] + ", which is no scheme; as a URI it starts with urn:" + s[:strings.IndexByte(s, ':')+1]
	}
	return ""
}

func isOID(s string) bool {
	rest, ok := strings.CutPrefix(s, "urn:oid:")
	if !ok || rest == "" || rest[0] < '0' || rest[0] > '2' {
		return false
	}
	parts := strings.Split(rest, ".")
	if len(parts) < 2 || parts[0] != "0" && parts[0] != "1" && parts[0] != "2" {
		return false
	}
	for _, p := range parts {
		if p == "" || len(p) > 1 && p[0] == '0' || !digits(p) {
			return false
		}
	}
	return true
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isUUID(s string) bool {
	rest, ok := strings.CutPrefix(s, "urn:uuid:")
	return ok && isHexUUID(rest)
}

func isHexUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// checkBase64Binary checks a value of the type base64Binary: white space may stand between groups of four characters, and not
// inside one (the regular expression of the type in R4).
func checkBase64Binary(s string) string {
	if problem := checkBase64(s); problem != "" || !strings.ContainsAny(s, " \t\r\n") {
		return problem
	}
	for group := range strings.FieldsSeq(s) {
		if len(group)%4 != 0 {
			return "is not base64: white space stands inside a group of four characters"
		}
	}
	return ""
}

func checkBase64(s string) string {
	if strings.ContainsAny(s, " \t\r\n") {
		s = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(s)
	}
	if len(s)%4 != 0 {
		return "is not base64: its length is not a multiple of 4"
	}
	if len(s) < 1024 {
		var room [768]byte
		if _, err := base64.StdEncoding.Decode(room[:], []byte(s)); err != nil {
			return "is not base64"
		}
		return ""
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '+', c == '/', c == '=' && i >= len(s)-2:
		default:
			return "is not base64"
		}
	}
	return ""
}

func checkString(s string) string {
	if len(s) > maxString {
		return fmt.Sprintf("is longer than %d bytes", maxString)
	}
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' && c != '\n' && c != '\r' {
			return fmt.Sprintf("holds the control character U+%04X", c)
		}
	}
	return ""
}

// compareNumbers orders two JSON numbers by value.
func compareNumbers(a, b json.Number) (int, bool) {
	if len(a) > 400 || len(b) > 400 || hugeExponent(string(a)) || hugeExponent(string(b)) {
		return 0, false
	}
	x, ok1 := new(big.Rat).SetString(string(a))
	y, ok2 := new(big.Rat).SetString(string(b))
	if !ok1 || !ok2 {
		return 0, false
	}
	return x.Cmp(y), true
}

// hugeExponent keeps numbers such as 1e999999999 from being written out.
func hugeExponent(s string) bool {
	i := strings.IndexAny(s, "eE")
	return i >= 0 && len(s)-i > 5
}
