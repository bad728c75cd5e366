package exchange

import (
	"regexp"
	"strings"
)

// MaskLiveNumbers hides in an answer every NHS number that could be a living person's, wherever it stands in it, and leaves
// everything else as it came. It goes by what the answer calls an NHS number: a number that merely looks like one may be
// a code.
func MaskLiveNumbers(body string) string {
	const name = "nhs-number"
	live := map[string]bool{}
	for at := 0; ; {
		i := strings.Index(body[at:], name)
		if i < 0 {
			break
		}
		at += i + len(name)
		for _, found := range tenDigits.FindAllString(body[at:min(len(body), at+len("|0123456789"))], 1) {
			live[found] = true
		}
		for _, found := range identifierValue.FindAllStringSubmatch(enclosing(body, at), -1) {
			live[found[1]] = true
		}
	}
	for number := range live {
		if checkTestRange(number) != nil {
			body = strings.ReplaceAll(body, number, strings.Repeat("*", len(number)))
		}
	}
	return body
}

// identifierValue matches the value of an identifier that is ten digits, with spaces or hyphens between them or without.
var identifierValue = regexp.MustCompile(`"value"\s*:\s*"([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})"`)

// enclosing is the text of the JSON object around a place, nothing where there is none. An object with a brace in a text is
// cut short, which hides no less than the object's other members do.
func enclosing(body string, at int) string {
	start, depth := at-1, 0
	for ; start >= 0; start-- {
		if body[start] == '}' {
			depth++
		}
		if body[start] == '{' {
			if depth == 0 {
				break
			}
			depth--
		}
	}
	if start < 0 {
		return ""
	}
	end := at
	for depth = 0; end < len(body); end++ {
		if body[end] == '{' {
			depth++
		}
		if body[end] == '}' {
			if depth == 0 {
				break
			}
			depth--
		}
	}
	return body[start:end]
}
