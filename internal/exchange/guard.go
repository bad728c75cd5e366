package exchange

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// reads reports whether a request cannot change an endpoint's data.
func reads(request Request, target *url.URL) bool {
	switch request.Method {
	case http.MethodGet, http.MethodHead:
		return true
	case http.MethodPost:
		return strings.HasSuffix(target.Path, "/_search")
	default:
		return false
	}
}

// checkMethod refuses everything that could change an endpoint's data, but for the writes that are allowed.
func (t *target) checkMethod(request Request, target *url.URL, options Options) error {
	switch {
	case reads(request, target), t.gives(request, target):
		return nil
	case t.Scratch != nil:
		return t.Scratch.check(request, strings.TrimPrefix(target.String(), t.root))
	case options.AllowWrites:
		return checkWrite(request, strings.TrimPrefix(target.String(), t.root), options.MayDelete)
	default:
		return fmt.Errorf("refused to send: this run may only read, and %s %s could write", request.Method, target.Path)
	}
}

// gives reports whether a request asks a token endpoint for a token.
func (t *target) gives(request Request, target *url.URL) bool {
	return t.Fill != nil && request.Method == http.MethodPost && request.ContentType == formType && target.String() == t.base.String()
}

// formType is the media type of a form.
const formType = "application/x-www-form-urlencoded"

// checkNHSNumbers refuses a request that would send an NHS number which could belong to a person.
func checkNHSNumbers(request Request, target *url.URL) error {
	for _, text := range []string{target.RawQuery, request.Body, target.Path} {
		if err := CheckQuery(text); err != nil {
			return err
		}
	}
	for name, values := range request.Header {
		for _, value := range values {
			if err := CheckHeader(name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckQuery refuses a URL or a query that holds an NHS number outside the test range, as a Client does before it sends one:
// beside the name of its system, among the values of a search by identifier, and among words that are searched. A number
// elsewhere may be a code or an id of the system's own.
func CheckQuery(text string) error {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		decoded = text
	}
	if mayNameOne(decoded) {
		for _, number := range namedNHSNumber.FindAllStringSubmatch(decoded, -1) {
			if err := checkTestRange(number[1]); err != nil {
				return err
			}
		}
	}
	for _, parameter := range strings.FieldsFunc(decoded, func(r rune) bool { return r == '&' || r == '?' }) {
		name, list, ok := strings.Cut(parameter, "=")
		name, _, _ = strings.Cut(name[strings.LastIndexByte(name, '.')+1:], ":")
		if !ok || !slices.Contains(spelledOut(), name) {
			continue
		}
		for value := range strings.SplitSeq(list, ",") {
			if err := checkTestRange(value[strings.LastIndexByte(value, '|')+1:]); err != nil {
				return err
			}
		}
	}
	return nil
}

// mayNameOne reports whether a text says "nhs" and has as many digits as an NHS number. Most of what is sent does
// not, and is not searched.
func mayNameOne(text string) bool {
	digits, named := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == 'h' || c == 'H':
			named = named || i > 0 && i+1 < len(text) && strings.EqualFold(text[i-1:i+2], "nhs")
		}
	}
	return named && digits >= 10
}

// spelledOut are the search parameters in whose values a number of ten digits is meant as one that names somebody.
func spelledOut() []string {
	return []string{"identifier", "family", "given", "name", "_content", "_text"}
}

// CheckHeader refuses a header that holds an NHS number outside the test range.
func CheckHeader(name, value string) error { return CheckQuery("identifier=" + name + "|" + value) }

// CheckWords refuses a text that a person has written and that holds an NHS number outside the test range anywhere but as a
// code behind the name of its code system.
func CheckWords(text string) error {
	if err := CheckQuery(text); err != nil {
		return err
	}
	for _, number := range aloneNumber.FindAllStringSubmatch(text, -1) {
		if err := checkTestRange(number[1]); err != nil {
			return err
		}
	}
	return nil
}

// checkTestRange refuses an NHS number outside the test range; what is not an NHS number is none of its business.
func checkTestRange(number string) error {
	number = strings.ReplaceAll(strings.ReplaceAll(number, " ", ""), "-", "") // people write it in groups
	if fhir.CheckNHSNumber(number) == nil && !fhir.InTestRange(number) {
		return fmt.Errorf("refused to send: NHS number %s…%s is outside the test range 999 000 0000 to 999 999 9999, "+
			"so it could be a real person's; use synthetic people only", number[:3], number[9:])
	}
	return nil
}

// maskNHSNumbers hides every ten-digit number, so that a refused one does not reach a log or a report after all.
func maskNHSNumbers(text string) string { return tenDigits.ReplaceAllString(text, "**********") }

// maskHeader is maskNHSNumbers for headers.
func maskHeader(header http.Header) http.Header {
	masked := http.Header{}
	for name, values := range header {
		for _, value := range values {
			masked.Add(name, maskNHSNumbers(value))
		}
	}
	return masked
}

var tenDigits = regexp.MustCompile(`[0-9]{3}(?:[ +-]|%20)?[0-9]{3}(?:[ +-]|%20)?[0-9]{4}`)

// spacedDigits are ten digits as people write an NHS number: together, or in groups.
const spacedDigits = `([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4})`

var (
	// namedNHSNumber is a number beside the name of what it is: "nhs-number|9990000018", "NHS number: 999 000 0018".
	namedNHSNumber = regexp.MustCompile(`(?i)nhs[-_ ]?number[^0-9a-z]{0,6}` + spacedDigits + `(?:[^0-9]|$)`)
	// aloneNumber is a number that stands alone and is not behind a bar, as codes are.
	aloneNumber = regexp.MustCompile(`(?:^|[^0-9|.-])` + spacedDigits + `(?:[^0-9-]|$)`)
)
