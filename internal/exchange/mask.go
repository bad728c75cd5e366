package exchange

import (
	"maps"
	"regexp"
	"slices"
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
	maps.DeleteFunc(live, func(number string, _ bool) bool { return checkTestRange(number) == nil })
	return starred(body, live)
}

// tokenText is a token in the answer of a token endpoint.
var tokenText = regexp.MustCompile(`("(?:access|refresh|id)_token"\s*:\s*)"(?:[^"\\]|\\.)+"`)

// maskTokens takes out of the answer of a token endpoint what could be used; that there was something stays.
func maskTokens(body string) string { return tokenText.ReplaceAllString(body, `$1"***"`) }

// starred hides every number wherever it stands, in one pass.
func starred(body string, numbers map[string]bool) string {
	if len(numbers) == 0 {
		return body
	}
	var lengths []int
	for number := range numbers {
		if !slices.Contains(lengths, len(number)) {
			lengths = append(lengths, len(number))
		}
	}
	var b strings.Builder
	done := 0
	for at := 0; at < len(body); at++ {
		if body[at] < '0' || body[at] > '9' {
			continue
		}
		for _, length := range lengths {
			if at+length <= len(body) && numbers[body[at:at+length]] {
				b.WriteString(body[done:at])
				b.WriteString(strings.Repeat("*", length))
				done = at + length
				at = done - 1
				break
			}
		}
	}
	b.WriteString(body[done:])
	return b.String()
}

// identifierValue matches the value of an identifier that is ten digits, with spaces or hyphens between them or without.
var identifierValue = regexp.MustCompile(`"value"\s*:\s*"([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})"`)

// reach is how far an identifier's value is looked for from the name of its system, in bytes, so that time grows linearly
// with a body that names the system everywhere.
const reach = 2 << 10

// enclosing is the text of the JSON object around a place, as far as it is in reach. An object with a brace in a text is
// cut short, which hides no less than the object's other members do.
func enclosing(body string, at int) string {
	start, depth := at-1, 0
	from, to := max(0, at-reach), min(len(body), at+reach)
	for ; start >= from; start-- {
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
	if start < from {
		return ""
	}
	end := at
	for depth = 0; end < to; end++ {
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
