package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
)

// admission gets the proof of who asks.
func (e *examination) admission(ctx context.Context) Line {
	if e.target.Auth == nil {
		if len(e.target.Header) > 0 {
			return ok("the configured headers are sent; whether they are accepted, metadata and search tell")
		}
		return skipped("none is configured")
	}
	if err := e.target.Auth.Authorize(ctx, http.Header{}); err != nil {
		return failed("check auth in the configuration: where tokens are given out, for whom, and for which scope", "%s", shown(err.Error()))
	}
	return ok("there is a proof of who asks")
}

// metadata reads the CapabilityStatement.
func (e *examination) metadata(ctx context.Context) Line {
	got, line := e.get(ctx, "metadata")
	if got == nil {
		return line
	}
	statement, line := e.resource(got, "CapabilityStatement")
	if statement == nil {
		return line
	}
	software := strings.TrimSpace(fhir.Text(fhir.Get(statement, "software", "name")) + " " + fhir.Text(fhir.Get(statement, "software", "version")))
	if software == "" {
		software = "software that does not say its name"
	}
	version := fhir.Text(statement["fhirVersion"])
	said := fmt.Sprintf("FHIR %s, %s, %d kB", shown(version), shown(software), (len(got.Body)+1023)/1024)
	switch {
	case !strings.HasPrefix(version, "4.0"):
		return failed("give the base URL of the FHIR R4 service (often another path: /r4, /fhir/R4)", "%s: it is no FHIR R4 service", said)
	case version != "4.0.1":
		return warning("tell the supplier: the release that is in use is 4.0.1", "%s", said)
	case !e.declaresSearch(statement):
		return warning("tell the supplier: clients find people by NHS number, and read in the statement whether they can", "%s; it declares no search for Patient by identifier", said)
	}
	return ok("%s", said)
}

// declaresSearch reports whether a CapabilityStatement says that Patients are found by identifier.
func (e *examination) declaresSearch(statement fhir.Resource) bool {
	for _, rest := range statement.Objects("rest") {
		for _, kind := range fhir.Resource(rest).Objects("resource") {
			if fhir.Text(kind["type"]) != "Patient" {
				continue
			}
			for _, parameter := range fhir.Resource(kind).Objects("searchParam") {
				if fhir.Text(parameter["name"]) == "identifier" {
					return true
				}
			}
		}
	}
	return false
}

// search finds a person.
func (e *examination) search(ctx context.Context) Line {
	if len(e.options.Subjects) == 0 {
		return e.listed(ctx)
	}
	for _, number := range e.options.Subjects {
		bundle, line := e.searchset(ctx, "Patient?identifier="+fhir.NHSNumberSystem+"%7C"+number)
		if bundle == nil {
			return line
		}
		found, strangers := patients(bundle, number)
		switch {
		case strangers > 0:
			return failed("show this to the supplier: a client that asks for one person must not be shown another; look at gateways in front, which may drop parameters",
				"a search for one NHS number is answered with %d people who do not have it", strangers)
		case found > 0:
			return ok("a search by NHS number finds the person (%s)", number)
		}
	}
	if e.options.Ledger {
		return failed("load it: concord fixtures load --to "+e.target.BaseURL+" --system ccr|ohc; or run with --discover, about the people whom the system holds",
			"none of %d people of the golden ledger is there", len(e.options.Subjects))
	}
	return failed("name people with subjects whom the system holds, or none and have them found", "none of the %d people who are to be asked about is there", len(e.options.Subjects))
}

// listed looks for somebody to ask about.
func (e *examination) listed(ctx context.Context) Line {
	bundle, line := e.searchset(ctx, "Patient?_count=20")
	if bundle == nil {
		return line
	}
	people := 0
	for _, entry := range fhir.Entries(bundle) {
		if entry.Resource.Type() == "Patient" {
			people++
			if slices.ContainsFunc(numbers(entry.Resource), fhir.InTestRange) {
				return ok("Patients are listed, with NHS numbers of the test range")
			}
		}
	}
	return failed("load people with NHS numbers of the test range, or name them with subjects: others are never asked about",
		"it lists %d Patients, none of them with an NHS number of the test range", people)
}

// paging follows the link to a second page.
func (e *examination) paging(ctx context.Context) Line {
	bundle, line := e.searchset(ctx, "Patient?_count=1")
	if bundle == nil {
		return line
	}
	next := fhir.Link(bundle, "next")
	if next == "" {
		return skipped("there is no second page of Patients to be read")
	}
	if !e.client.Within(e.target.Name, next) {
		return failed("the supplier must write links as clients reach it (behind a proxy: forwarded host and path, or a configured base URL); until then every answer ends with its first page",
			"the link to the next page leads out of the system, to %s, where nothing is sent", shown(exchange.Printable(next)))
	}
	second, line := e.searchset(ctx, next)
	if second == nil {
		line.Said = "the link to the next page leads nowhere: " + line.Said
		return line
	}
	if first, again := fhir.Entries(bundle), fhir.Entries(second); len(first) > 0 && len(again) > 0 && first[0].Resource.Reference() == again[0].Resource.Reference() {
		return failed("show this to the supplier: a client that reads all pages never ends", "the next page begins with the same Patient as the first")
	}
	return ok("the link to the next page leads to the system, and is answered")
}

// patients counts who in an answer has a number, and who has not.
func patients(bundle fhir.Resource, number string) (found, strangers int) {
	for _, entry := range fhir.Entries(bundle) {
		switch {
		case entry.Resource.Type() != "Patient" || entry.Mode != "" && entry.Mode != "match":
		case slices.Contains(numbers(entry.Resource), number):
			found++
		default:
			strangers++
		}
	}
	return found, strangers
}

// numbers are the NHS numbers of a Patient.
func numbers(patient fhir.Resource) []string {
	var all []string
	for _, identifier := range patient.Objects("identifier") {
		if fhir.Text(identifier["system"]) == fhir.NHSNumberSystem {
			all = append(all, strings.ReplaceAll(fhir.Text(identifier["value"]), " ", ""))
		}
	}
	return all
}

// searchset asks for a Bundle. Without one, the line says why.
func (e *examination) searchset(ctx context.Context, query string) (fhir.Resource, Line) {
	got, line := e.get(ctx, query)
	if got == nil {
		return nil, line
	}
	bundle, line := e.resource(got, "Bundle")
	if base, _, found := strings.Cut(fhir.Link(bundle, "self"), "/Patient?"); found && (strings.HasPrefix(base, "http://") || strings.HasPrefix(base, "https://")) {
		e.self = strings.TrimRight(base, "/")
	}
	if len(e.seen) > 0 {
		return bundle, line // how many more are read depends on the pages
	}
	for _, entry := range fhir.Entries(bundle) {
		e.seen = append(e.seen, strings.Join([]string{entry.Resource.Reference(), entry.Resource.Text("meta", "versionId"), entry.Resource.Text("meta", "lastUpdated")}, " "))
	}
	return bundle, line
}

// resource reads an answer of a type. Without one, the line says what it is instead.
func (e *examination) resource(got *exchange.Exchange, wanted string) (fhir.Resource, Line) {
	object, err := fhir.DecodeObject([]byte(got.Body))
	if err == nil && fhir.Resource(object).Type() == wanted {
		return object, Line{}
	}
	is := "something that is not FHIR JSON"
	switch {
	case got.Body == "":
		is = "an empty body"
	case err == nil && fhir.Resource(object).Type() != "":
		is = "a resource of type " + shown(fhir.Resource(object).Type())
	case strings.Contains(got.ContentType(), "html"):
		is = "an HTML page"
	case got.ContentType() != "":
		is += " (" + shown(got.ContentType()) + ")"
	}
	return nil, failed("check that baseURL is that of the FHIR service itself: no portal, no page to log in at, no page of a proxy",
		"%s is answered with 200 and %s, and not with a %s", shown(exchange.Printable(got.Request.URL)), is, wanted)
}

// get asks, and wants 200. Without an answer, the line says why.
func (e *examination) get(ctx context.Context, query string) (*exchange.Exchange, Line) {
	got, err := e.client.Do(ctx, exchange.Request{System: e.target.Name, URL: query})
	if err != nil {
		return nil, e.unanswered(err)
	}
	if got.Succeeded() {
		return got, Line{}
	}
	return nil, refused(got)
}

// unanswered says why there was no answer.
func (e *examination) unanswered(err error) Line {
	var failure *exchange.Error
	if !errors.As(err, &failure) {
		return failed("report it", "%s", shown(err.Error()))
	}
	said := shown(failure.Err.Error())
	switch {
	case refusedCertificate(err):
		return failed("give the client certificate that the supplier knows as tls.certificate and tls.key", "the system wants a client certificate: %s", said)
	case failure.Kind == exchange.TimedOut:
		return failed("raise timeout if it is only slow; otherwise the supplier must find out what it waits for", "no answer within %v", e.options.Timeout)
	case failure.Kind == exchange.NotAdmitted:
		return failed("check auth in the configuration", "%s", said)
	case failure.Kind == exchange.TooLarge:
		return failed("show this to the supplier", "%s", said)
	case failure.Kind == exchange.Interrupted:
		return failed("look again", "stopped")
	}
	return failed("look at the system's log, and at proxies on the way: it was reached, and the answer broke", "%s", said)
}

// refused says what a status other than 200 means.
func refused(got *exchange.Exchange) Line {
	said := fmt.Sprintf("%s is answered with %d", shown(exchange.Printable(got.Request.URL)), got.Status)
	if text := outcome(got.Body); text != "" {
		said += ": " + text
	}
	do := "show this to the supplier"
	switch status := got.Status; {
	case status == http.StatusUnauthorized:
		if wants := got.Header.Get("WWW-Authenticate"); wants != "" {
			said += " (WWW-Authenticate: " + shown(wants) + ")"
		}
		do = "credentials are missing, wrong or expired: give them as auth in the configuration"
	case status == http.StatusForbidden:
		do = "it knows who asks and does not allow it: ask its owner for the scope to read and search (system/*.rs), or for this machine's address to be let in"
	case status == http.StatusNotFound || status == http.StatusGone:
		do = "check the path of baseURL: the FHIR service is somewhere else on this host (often /fhir, /fhir/R4, /r4)"
	case status >= 300 && status < 400:
		said += ", to " + shown(exchange.Printable(got.Header.Get("Location")))
		do = "give the address that answers itself as baseURL: credentials follow no redirect"
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		said += " (Retry-After: " + shown(got.Header.Get("Retry-After")) + ")"
		do = "it asks to be left alone: look again later, and run with a lower --rate"
	case status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		do = "a gateway in front of the system cannot reach it: tell whoever runs it"
	case status == http.StatusNotAcceptable || status == http.StatusUnsupportedMediaType:
		do = "the supplier must offer application/fhir+json"
	case status >= 500:
		do = "the system fails by itself: its log says why; the request carried an X-Request-ID"
	}
	return failed(do, "%s", said)
}

// outcome is what an OperationOutcome says, "" for anything else.
func outcome(body string) string {
	object, err := fhir.DecodeObject([]byte(body))
	if err != nil || fhir.Resource(object).Type() != "OperationOutcome" {
		return ""
	}
	for _, issue := range fhir.Resource(object).Objects("issue") {
		for _, text := range []any{issue["diagnostics"], fhir.Get(issue, "details", "text"), issue["code"]} {
			if said := shown(fhir.Text(text)); said != "" {
				return said
			}
		}
	}
	return ""
}
