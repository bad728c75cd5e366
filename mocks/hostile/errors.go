package hostile

import (
	"net/http"
	"strconv"
	"strings"
)

// stackTrace is what a program that was not meant to be seen says of itself.
const stackTrace = "java.lang.NullPointerException: Cannot invoke \\\"String.length()\\\" because \\\"value\\\" is null\\n" +
	"\\tat test.example.fhir.SearchController.search(SearchController.java:214)\\n\\tat test.example.fhir.Dispatcher.handle(Dispatcher.java:88)"

// errorBehaviours are how servers refuse.
func errorBehaviours() []Behaviour {
	row := func(kind Kind, name, title, check, rule string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: REST, Kind: kind, Title: title, Check: check, Rule: rule, hooks: hooks}
	}
	refusal := func(contentType, body string) func() hooks {
		return answering(func(x *Exchange) {
			if x.refused() {
				x.set(x.Status, contentType, body)
			}
		})
	}
	status := func(from, to int) func() hooks {
		return answering(func(x *Exchange) {
			if x.Status == from {
				x.Status = to
			}
		})
	}
	every := func(n int, then func(x *Exchange)) func() hooks {
		return func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.metadata() || x.number%n != 0 {
					return false
				}
				then(x)
				plain(w, x)
				return true
			}}
		}
	}
	throttled := func(status int, after, contentType, body string) func(x *Exchange) {
		return func(x *Exchange) {
			x.set(status, contentType, body)
			x.Header.Set("Retry-After", after)
		}
	}
	const check = "CAP-ERROR-OUTCOME"
	return []Behaviour{
		row(Fault, "errors-text", "errors are plain text", check, "error-not-outcome", refusal("text/plain", "something went <b>wrong</b>")),
		row(Fault, "errors-html", "errors are pages of HTML", check, "error-not-outcome", refusal("text/html", "<!DOCTYPE html><title>Error</title><script>alert(1)</script><h1>Error</h1>")),
		row(Fault, "errors-empty", "errors have no body", check, "error-not-outcome", refusal("", "")),
		row(Fault, "errors-empty-object", "errors are {}", check, "error-not-outcome", refusal(fhirJSON, "{}")),
		row(Fault, "errors-array", "errors are arrays in JSON", check, "error-not-outcome", refusal("application/json", `[{"code":"E17","message":"wrong"}]`)),
		row(Fault, "errors-text-only", "an OperationOutcome has a narrative and no issue", check, "error-outcome-issue",
			refusal(fhirJSON, `{"resourceType":"OperationOutcome","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">wrong</div>"}}`)),
		row(Fault, "errors-diagnostics-only", "the issues of an OperationOutcome have diagnostics and nothing else", check, "error-outcome-issue",
			refusal(fhirJSON, `{"resourceType":"OperationOutcome","issue":[{"diagnostics":"wrong"}]}`)),
		row(Fault, "errors-severity-unknown", "the issues of an OperationOutcome have a severity that FHIR does not have", check, "",
			refusal(fhirJSON, `{"resourceType":"OperationOutcome","issue":[{"severity":"critical","code":"processing","diagnostics":"wrong"}]}`)),
		row(Fault, "errors-one-code", "every error has the code processing", "CAP-ERROR-CODE", "error-code-same", refusal(fhirJSON, outcome("processing", "wrong"))),
		row(Fault, "errors-other-code", "every error has the code conflict", "CAP-ERROR-CODE", "error-code", refusal(fhirJSON, outcome("conflict", "wrong"))),
		row(Legal, "errors-broader-code", "an id that there is not is answered with the code above not-found", "", "", answering(func(x *Exchange) {
			if x.Status == http.StatusNotFound && len(x.Segments) == 2 {
				x.set(x.Status, fhirJSON, outcome("processing", "no such id"))
			}
		})),
		row(Fault, "long-url-refused", "a gateway refuses URLs of more than 250 characters with 414 and a page of HTML", "PAR-SEARCH-ALLERGY", "answer-uri-too-long", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Request.Method != http.MethodGet || len(x.Request.URL.RequestURI()) <= 250 {
					return false
				}
				x.set(http.StatusRequestURITooLong, "text/html", "<h1>Request-URI Too Large</h1>")
				plain(w, x)
				return true
			}}
		}),
		row(Fault, "search-by-get-refused", "every search about a person is answered by POST alone: 405 for GET", "PAR-SEARCH-ALLERGY", "answer-status", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.Request.Method != http.MethodGet || len(x.Segments) != 1 || !x.Request.URL.Query().Has("patient") {
					return false
				}
				x.set(http.StatusMethodNotAllowed, fhirJSON, outcome("not-supported", "no NHS number, and no id of a patient, in a URL"))
				plain(w, x)
				return true
			}}
		}),
		row(Fault, "medications-not-found", "which medicine it is stands in a Medication of which the system says that there is none", "PRO-REFERENCE-001", "reference-resolves",
			unreadMedicines(http.StatusNotFound, "not-found")),
		row(Fault, "medications-fail", "which medicine it is stands in a Medication that cannot be read for an error of the system", "PRO-REFERENCE-001", "answer-status",
			unreadMedicines(http.StatusInternalServerError, "exception")),
		row(Fault, "medications-forbidden", "which medicine it is stands in a Medication that may not be read", "PRO-REFERENCE-001", "not-allowed",
			unreadMedicines(http.StatusForbidden, "forbidden")),
		row(Fault, "unknown-id-is-500", "an id that there is not is answered with status 500", "CAP-ERROR-ID", "error-status", status(http.StatusNotFound, http.StatusInternalServerError)),
		row(Fault, "bad-request-is-500", "what the client did wrong is answered with status 500", "CAP-ERROR-VALUE", "error-status", status(http.StatusBadRequest, http.StatusInternalServerError)),
		row(Fault, "unknown-type-is-empty", "a type that there is not is answered with an empty searchset", "CAP-ERROR-TYPE", "error-status", answering(func(x *Exchange) {
			if len(x.Segments) == 1 && x.Status == http.StatusNotFound {
				x.set(http.StatusOK, fhirJSON, `{"resourceType":"Bundle","type":"searchset","total":0}`)
			}
		})),
		row(Fault, "stack-trace", "errors hold a stack trace", "CAP-TRACE-001", "answer-stack-trace", answering(func(x *Exchange) {
			if x.refused() {
				x.set(x.Status, fhirJSON, outcome("exception", stackTrace))
			}
		})),
		row(Fault, "unauthorized-without-challenge", "401 on everything, without WWW-Authenticate", "", "not-allowed", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.metadata() {
					return false
				}
				x.set(http.StatusUnauthorized, fhirJSON, outcome("login", "who is asking?"))
				plain(w, x)
				return true
			}}
		}),
		row(Legal, "throttled-seconds", "every tenth request is 429, with Retry-After in seconds", "", "", every(10, throttled(http.StatusTooManyRequests, "1", fhirJSON, outcome("throttled", "too many requests")))),
		row(Legal, "throttled-date", "every tenth request is 429, with Retry-After as a date that is past", "", "",
			every(10, throttled(http.StatusTooManyRequests, "Fri, 31 Dec 1999 23:59:59 GMT", fhirJSON, outcome("throttled", "too many requests")))),
		row(Legal, "busy-html", "every tenth request is 503 with a page of HTML", "", "", every(10, throttled(http.StatusServiceUnavailable, "1", "text/html", "<h1>Busy</h1>"))),
		row(Fault, "throttled-always", "everything is 429", "", "throttled", every(1, throttled(http.StatusTooManyRequests, "1", fhirJSON, outcome("throttled", "too many requests")))),
		row(Legal, "starting", "the first 29 requests are 503", "", "", func() hooks {
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) bool {
				if x.metadata() || x.number > 29 {
					return false
				}
				throttled(http.StatusServiceUnavailable, "0", fhirJSON, outcome("transient", "starting"))(x)
				plain(w, x)
				return true
			}}
		}),
		row(Legal, "rate-limit-headers", "answers say how many requests are left", "", "", func() hooks {
			return hooks{answer: func(x *Exchange) {
				x.Header.Set("X-RateLimit-Limit", "100000")
				x.Header.Set("X-RateLimit-Remaining", strconv.Itoa(max(1000, 100_000-x.number)))
				x.Header.Set("X-RateLimit-Reset", "1")
			}}
		}),
		row(Fault, "outcome-of-10-mb", "an OperationOutcome is 10 MB large", check, "answer-oversized", answering(func(x *Exchange) {
			if x.refused() {
				x.set(x.Status, fhirJSON, outcome("processing", strings.Repeat("wrong ", 10<<20/6)))
			}
		})),
	}
}
