package exchange

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"concord/internal/fhir"
)

// Secrets finds and removes what must never reach a file.
type Secrets struct {
	values []string
}

// NewSecrets collects the secret parts of request headers: every value of a header whose name says that it carries a
// credential, and what follows "Bearer " or "Basic " in it.
func NewSecrets(headers ...http.Header) Secrets {
	var s Secrets
	for _, header := range headers {
		for name, values := range header {
			if !isSecretHeader(name) {
				continue
			}
			for _, value := range values {
				if _, credential, ok := strings.Cut(value, " "); ok {
					s.add(credential)
				}
				s.add(value)
			}
		}
	}
	return s
}

func (s *Secrets) add(value string) {
	// A very short value would blank out innocent text everywhere and protects nothing.
	if len(value) >= 6 {
		s.values = append(s.values, value)
	}
}

// Redact replaces every secret in the text.
func (s Secrets) Redact(text string) string {
	for _, value := range s.values {
		text = strings.ReplaceAll(text, value, "[redacted]")
		text = strings.ReplaceAll(text, url.QueryEscape(value), "[redacted]")
	}
	return text
}

// RedactHeader returns a copy of the header with every credential replaced.
func (s Secrets) RedactHeader(header http.Header) http.Header {
	redacted := http.Header{}
	for name, values := range header {
		for _, value := range values {
			if isSecretHeader(name) {
				value = "[redacted]"
			}
			redacted.Add(name, s.Redact(value))
		}
	}
	return redacted
}

// isSecretHeader goes by the header's name, because a value does not say that it is a secret.
func isSecretHeader(name string) bool {
	name = strings.ToLower(name)
	for _, mark := range []string{"auth", "token", "secret", "key", "cookie", "password", "credential", "session"} {
		if strings.Contains(name, mark) {
			return true
		}
	}
	return false
}

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
func (t *target) checkMethod(request Request, target *url.URL, allowWrites bool) error {
	switch {
	case reads(request, target):
		return nil
	case allowWrites:
		return checkWrite(request, strings.TrimPrefix(target.String(), strings.TrimSuffix(t.base.String(), "/")))
	default:
		return fmt.Errorf("refused to send: this run may only read, and %s %s could write", request.Method, target.Path)
	}
}

// checkNHSNumbers refuses a request that would send an NHS number which could belong to a person.
func checkNHSNumbers(request Request, target *url.URL) error {
	for _, text := range []string{target.RawQuery, request.Body, target.Path} {
		if err := CheckQuery(text); err != nil {
			return err
		}
	}
	return nil
}

// CheckQuery refuses a URL or a query that holds an NHS number outside the test range, as a Client does before it sends one.
func CheckQuery(text string) error {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		decoded = text
	}
	for _, number := range nhsNumberInQuery.FindAllStringSubmatch(decoded, -1) {
		if err := checkTestRange(number[1]); err != nil {
			return err
		}
	}
	return nil
}

// checkTestRange refuses an NHS number outside the test range; what is not an NHS number is none of its business.
func checkTestRange(number string) error {
	if fhir.CheckNHSNumber(number) == nil && !fhir.InTestRange(number) {
		return fmt.Errorf("refused to send: NHS number %s…%s is outside the test range 999 000 0000 to 999 999 9999, "+
			"so it could be a real person's; use synthetic people only", number[:3], number[9:])
	}
	return nil
}

// maskNHSNumbers hides every ten-digit number, so that a refused one does not reach a log or a report after all.
func maskNHSNumbers(text string) string { return tenDigits.ReplaceAllString(text, "**********") }

var tenDigits = regexp.MustCompile(`[0-9]{10}`)

// nhsNumberInQuery matches a ten-digit value of an identifier parameter, with or without its system. Other ten-digit
// numbers (SNOMED CT codes among them) are none of its business.
var nhsNumberInQuery = regexp.MustCompile(`(?:nhs-number(?:\||/)|identifier(?::[a-zA-Z]+)?=(?:[^&]*\|)?)([0-9]{10})(?:[^0-9]|$)`)
