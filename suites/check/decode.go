package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"weak"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// wasRead is an answer that was read, and what it was read as.
type wasRead struct {
	from     weak.Pointer[exchange.Exchange]
	resource weak.Pointer[fhir.Resource]
}

// decode reads an answer as a rule once, however many checks look at it: what was read is forgotten when memory is short.
func (e *Endpoint) decode(got *exchange.Exchange) (fhir.Resource, error) {
	if got.Status == http.StatusNonAuthoritativeInfo {
		e.altered.Store(true)
	}
	if known, ok := e.read.Load(got.ID); ok {
		// Asked again, the same question may have another answer.
		if known := known.(wasRead); known.from.Value() == got { //nolint:forcetypeassert // nothing else is stored
			if kept := known.resource.Value(); kept != nil {
				return *kept, nil
			}
		}
	}
	resource, err := decode(got, e.here(got.Body), e.Name, e.resources)
	if err == nil && len(got.Body) > largeText && blanks(got.Body) > len(got.Body)/10 {
		resource, err = e.slim(got)
	}
	if err == nil {
		e.read.Store(got.ID, wasRead{weak.Make(got), weak.Make(&resource)})
	}
	return resource, e.shown(got.Request, err)
}

// Altered is a remark on a run in which answers came from somebody between, who said so; "" for every other.
func (e *Endpoint) Altered() string {
	if !e.altered.Load() {
		return ""
	}
	return "Answers came with status 203: a proxy before it says that it has changed what the system said. They were judged as any other, since clinicians see them so; what is wrong may be the proxy's."
}

// largeText is the size from which white space is left out of what is kept of an answer where it is a tenth or more, in bytes.
const largeText = 1 << 20

// slim reads a large answer again from its text without white space: a resource keeps in memory all of the text that it was
// read from, and half of that, or nearly all, may be white space.
func (e *Endpoint) slim(got *exchange.Exchange) (fhir.Resource, error) {
	var text bytes.Buffer
	if err := json.Compact(&text, []byte(strings.TrimPrefix(e.here(got.Body), fhir.ByteOrderMark))); err != nil {
		return nil, fmt.Errorf("read %s: %w", got.Request.URL, err)
	}
	kept := strings.Clone(text.String())
	e.client.Keeps(kept)
	object, err := e.resources.DecodeObject(kept)
	return fhir.Resource(object), err
}

// blanks counts the white space of a JSON text that is outside strings, in bytes.
func blanks(text string) int {
	count := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case ' ', '\t', '\n', '\r':
			count++
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		}
	}
	return count
}

// decode reads the text of an answer as a FHIR resource, and tells refusals and wrong answers apart.
func decode(got *exchange.Exchange, text, system string, resources *fhir.Cache) (fhir.Resource, error) {
	switch got.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		detail := fmt.Sprintf("%s refused %s with status %d", system, got.Request.URL, got.Status)
		if _, what := notAnObject(got.Body); what == markup {
			return nil, &Inconclusive{Reason: result.NotAllowed, Detail: detail + " and " + what +
				"; see whether something before it (a firewall, a gateway, a sign-in page) takes the request for an attack or does not know the credentials"}
		}
		return nil, &Inconclusive{Reason: result.NotAllowed, Detail: detail + "; check the credentials in the configuration"}
	case http.StatusTooManyRequests:
		return nil, &Inconclusive{Reason: result.Throttled, Detail: fmt.Sprintf(
			"%s answered %s with status %d however long it was left alone; ask with a lower rate, or have its limit raised", system, got.Request.URL, got.Status,
		)}
	case http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		if got.Status == http.StatusServiceUnavailable && got.Header.Get("Retry-After") != "" {
			return nil, &Inconclusive{Reason: result.Throttled, Detail: fmt.Sprintf(
				"%s answered %s with status 503 and asked for more time (Retry-After: %s) for as long as it was waited for", system, got.Request.URL, got.Header.Get("Retry-After"),
			)}
		}
		return nil, &Inconclusive{Reason: result.Unreachable, Detail: fmt.Sprintf(
			"%s answered %s with status %d, which says that it cannot answer now", system, got.Request.URL, got.Status,
		)}
	}
	if got.Status >= http.StatusMultipleChoices && got.Status < http.StatusBadRequest {
		where := got.Header.Get("Location")
		return nil, broken(got, "answer-redirected", fmt.Sprintf("%s answered %s with status %d, which sends the client elsewhere, where nothing is asked; give the base URL that answers itself",
			system, got.Request.URL, got.Status), "status 200", strings.TrimSpace(fmt.Sprintf("status %d %s", got.Status, where)))
	}
	if tooLong(got.Status) {
		return nil, broken(got, RuleTooLong, fmt.Sprintf("%s refuses a request as too long (status %d), whose URL has %d characters after the base: %s; 8,000 are to be taken (RFC 9110, 4.1), and a search by POST has no such bound, "+
			"so look at the limits of the service and of what stands before it (a gateway, a firewall)", system, got.Status, len(got.Request.URL), got.Request.URL), "status 200", fmt.Sprintf("status %d", got.Status))
	}
	if rule, what := notAnObject(got.Body); rule != "" && got.Status < http.StatusBadRequest {
		return nil, broken(got, rule, fmt.Sprintf("%s answered %s with %s instead of a FHIR resource in JSON; %s",
			system, got.Request.URL, what, whoAnswers(got)), "a FHIR resource as application/fhir+json", what)
	}
	object, err := resources.DecodeObject(text)
	resource := fhir.Resource(object)
	if err == nil && resource.Type() == "" {
		err = errors.New("the JSON object has no resourceType")
	}
	if err != nil {
		contentType := got.ContentType()
		if contentType == "" {
			contentType = "no content type"
		}
		rule := "answer-not-fhir-json"
		var repeated *fhir.DuplicateKeyError
		if errors.As(err, &repeated) {
			rule = "answer-repeated-property"
		}
		what, actual := contentType+" that is not a FHIR resource in JSON: "+err.Error(), contentType
		if !got.Succeeded() {
			what, actual = fmt.Sprintf("status %d and %s", got.Status, what), fmt.Sprintf("status %d and %s", got.Status, contentType)
			if rule, begins := notAnObject(got.Body); rule != "" {
				what, actual = fmt.Sprintf("status %d and %s instead of a FHIR resource in JSON", got.Status, begins), fmt.Sprintf("status %d and %s", got.Status, begins)
			}
		}
		return nil, broken(got, rule, fmt.Sprintf("%s answered %s with %s; %s", system, got.Request.URL, what, whoAnswers(got)),
			"a FHIR resource as application/fhir+json", actual)
	}
	if !got.Succeeded() {
		return nil, broken(got, "answer-status", fmt.Sprintf("%s answered %s with status %d and %s", system, got.Request.URL, got.Status, describe(resource)),
			"status 200", fmt.Sprintf("status %d", got.Status))
	}
	return resource, nil
}

// whoAnswers says what to look for when an answer is none of FHIR. The CapabilityStatement is read before anything else, so that what
// answers otherwise after it is no wrong base URL.
func whoAnswers(got *exchange.Exchange) string {
	if got.Request.URL == "metadata" || strings.HasSuffix(got.Request.URL, "/metadata") {
		return "check that the base URL is that of a FHIR service"
	}
	return "see whether the service answers itself, or something before it (a gateway, a firewall, a sign-in page)"
}

// markup is what an answer is called that begins like a page.
const markup = "HTML or XML"

// notAnObject names what an answer begins like, when that is nothing that a FHIR resource begins like.
func notAnObject(body string) (rule, what string) {
	text := strings.TrimLeft(strings.TrimPrefix(body, fhir.ByteOrderMark), " \t\r\n")
	switch {
	case len(text) == 0:
		return "answer-empty", "nothing"
	case text[0] == '[':
		return "answer-bare-array", "a bare JSON array"
	case text[0] == '<':
		return "answer-markup", markup
	default:
		return "", ""
	}
}

// describe names a resource for a sentence, with the diagnostics of an OperationOutcome.
func describe(resource fhir.Resource) string {
	name := resource.Type()
	if kind := resource.Text("type"); name == "Bundle" && kind != "" {
		return "a Bundle of type " + kind
	}
	if name == "OperationOutcome" {
		var texts []string
		for _, issue := range resource.Objects("issue") {
			text := fhir.Text(issue["diagnostics"])
			if text == "" {
				text = fhir.Text(fhir.Get(issue, "details", "text"))
			}
			if text == "" {
				text = fhir.Text(issue["code"])
			}
			texts = append(texts, text)
		}
		return "an OperationOutcome (" + strings.Join(texts, "; ") + ")"
	}
	return "a resource of type " + name
}
