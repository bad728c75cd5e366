package record

import (
	"strings"

	"concord.example/concord/internal/fhir"
)

// telecomRule compares what is dialled or written to; which kind of line it is, and what for, no row compares.
func telecomRule() rule {
	return rule{name: "telecom", differ: unlike, read: func(values []any, _ scope) string {
		said := make([]string, 0, len(values))
		for _, value := range values {
			said = append(said, contact(fhir.Text(fhir.Get(value, "system")), fhir.Text(fhir.Get(value, "value"))))
		}
		return strings.Join(said, "\n")
	}}
}

// dialled reports whether an object is a ContactPoint that is a number.
func dialled(object map[string]any) bool {
	switch object["system"] {
	case "phone", "fax", "pager", "sms":
		_, text := object["value"].(string)
		return text
	default:
		return false
	}
}

// contact is the value of a ContactPoint in one form. A telephone number of the United Kingdom is the same from inside and from
// abroad, however its digits are grouped (ITU-T E.123); words that are no number are compared as words.
func contact(system, value string) string {
	if !dialled(map[string]any{"system": system, "value": value}) {
		return words(value)
	}
	number := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()/\u00a0", r) {
			return -1
		}
		return r
	}, strings.TrimPrefix(words(value), "tel:"))
	for _, abroad := range []string{"+44", "0044"} {
		if national, ok := strings.CutPrefix(number, abroad); ok {
			number = "0" + strings.TrimPrefix(national, "0")
		}
	}
	if strings.Trim(number, "+0123456789#*ext") != "" || number == "" {
		return words(value)
	}
	return number
}

// SameNumber reports whether two texts are the same telephone number.
func SameNumber(a, b string) bool { return contact("phone", a) == contact("phone", b) }

// postcode is a postcode without the space between its halves.
func postcode(text string) string { return strings.ReplaceAll(words(text), " ", "") }
