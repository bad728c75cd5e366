package check

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"weak"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

// Endpoint asks one system FHIR questions. It is safe for concurrent use.
type Endpoint struct {
	// Name is the system's short name, Title the one people use.
	Name, Title string
	// Part is the part of the golden ledger that the system holds itself: a name of fixtures.Systems, None, or "" where nobody said.
	Part string
	// Partly says that some of the people of that part alone were loaded into it.
	Partly bool
	// Roles are the headers with which the system is asked in the name of a role, such as a clinician or a clerk.
	Roles map[string]http.Header
	// Doors are the ways of asking about its security; nil where that is not in scope.
	Doors *Doors
	// Scratch is the way to write to the system what the run has made for itself, whose identifier has the value Mark
	// (exchange.Scratch); nil where nothing may be written.
	Scratch *Endpoint
	Mark    string
	// Most is how many matches an answer about one person may plausibly have; 0 for no idea.
	Most int
	// Owed are the search parameters, by resource type, that the system must offer whether it declares them or not.
	Owed   map[string][]string
	client *exchange.Client
	// pageLimit bounds how many pages of one answer are followed.
	pageLimit int
	// endless counts the answers that never ended, so that a system without last pages does not use up the run.
	endless *atomic.Int32
	// crowds counts the large answers about everybody to searches about one person.
	crowds *atomic.Int32
	// long is taken by answers of more than a few pages.
	long chan struct{}
	// read holds the answers that were read, by the id of the exchange: many checks look at the same ones. Nobody may change them.
	read *sync.Map
	// resources are those that were read lately, by their text: different answers hold the same ones.
	resources *fhir.Cache
	// repeat tells questions that are deliberately asked again apart; header goes with every question.
	repeat  string
	control bool
	header  http.Header
	// as is the role whose headers are among those, asHeader their names.
	as       string
	asHeader []string
	// cached lets caches answer.
	cached bool
	// enough is the number of matches after which no further page is read; 0 reads to the end.
	enough int
	// ids is what is known of how a patient's id is taken.
	ids *byID
	// tokens is what is known of how a token with a system is taken.
	tokens *byToken
	// byGet says that a refusal of a search by GET is the answer to it; gets are those that were asked by POST after one.
	byGet bool
	gets  *refusedGets
	// showings are what the answers show that many others are held against.
	showings *showings
	// altered says that an answer came with status 203.
	altered *atomic.Bool
	// whose is what is known of whom answers are about that were asked for one patient.
	whose *whose
}

// NewEndpoint returns an Endpoint that asks the named target of the client. Without a title people call it by its name.
func NewEndpoint(client *exchange.Client, name, title string) *Endpoint {
	return &Endpoint{
		Name: name, Title: cmp.Or(strings.TrimSpace(title), name), client: client, pageLimit: 800, endless: &atomic.Int32{}, crowds: &atomic.Int32{}, long: make(chan struct{}, longAtOnce), read: &sync.Map{},
		resources: fhir.NewCache(keptText), Part: PartOf(name, ""), ids: &byID{}, tokens: &byToken{}, gets: &refusedGets{}, showings: newShowings(),
		altered: &atomic.Bool{}, whose: &whose{},
	}
}

// keptText is how many bytes of answers are kept for the resources in them.
const keptText = 16 << 20

// Afresh returns the endpoint as something that asks everything again instead of sharing answers that were had before.
// Equal texts share answers with each other.
func (e *Endpoint) Afresh(repeat string) *Endpoint {
	again := *e
	again.repeat, again.read = repeat, &sync.Map{}
	return &again
}

// Control is Afresh for asking whether the system says the same twice.
func (e *Endpoint) Control(repeat string) *Endpoint {
	again := e.Afresh(repeat)
	again.control = true
	return again
}

// UpTo returns the endpoint as something that reads answers only until it has so many matches. Such an answer proves
// nothing by what it lacks.
func (e *Endpoint) UpTo(matches int) *Endpoint {
	some := *e
	some.enough = matches
	return &some
}

// Cached returns the endpoint as something that takes an answer that a cache has kept, as most clients do.
func (e *Endpoint) Cached() *Endpoint {
	kept := *e
	kept.cached = true
	return &kept
}

// With returns the endpoint as something that sends further headers with every question.
func (e *Endpoint) With(header http.Header) *Endpoint {
	further := *e
	further.header = header.Clone()
	further.as, further.asHeader = e.role(header)
	return &further
}

// role is the first role whose headers are among some, with their names.
func (e *Endpoint) role(header http.Header) (role string, names []string) {
	for _, role := range slices.Sorted(maps.Keys(e.Roles)) {
		all := len(e.Roles[role]) > 0
		for name, values := range e.Roles[role] {
			all = all && slices.Equal(header[name], values)
		}
		if all {
			return role, slices.Sorted(maps.Keys(e.Roles[role]))
		}
	}
	return "", nil
}

// Configured is the value of a header that the configuration sends with every question, "" for none.
func (e *Endpoint) Configured(name string) string { return e.client.Configured(e.Name, name) }

// Base is the system's base URL, without a slash at its end.
func (e *Endpoint) Base() string { return e.client.Base(e.Name) }

// Within reports whether a link leads to the system, so that a request to it would be sent.
func (e *Endpoint) Within(link string) bool { return e.client.Within(e.Name, link) }

// Partner returns the other system of the run to which a URL leads, to read it there; nil where it leads to none.
func (e *Endpoint) Partner(url string) *Endpoint {
	if !e.Elsewhere(url) {
		return nil
	}
	if owner := e.client.Owner(url); owner != "" {
		return NewEndpoint(e.client, owner, "")
	}
	return nil
}

// Elsewhere reports whether a reference or a URL leads to another server than the one that is asked: an id means something else there.
func (e *Endpoint) Elsewhere(text string) bool {
	return strings.Contains(text, "://") && !e.Within(text)
}

// Ask sends a request to the system as it is and returns the answer as it came, whatever its status. It can
// only read, but for a Scratch.
func (e *Endpoint) Ask(ctx context.Context, request exchange.Request) (*exchange.Exchange, error) {
	header := e.header.Clone()
	for name, values := range request.Header {
		if header == nil {
			header = http.Header{}
		}
		header[http.CanonicalHeaderKey(name)] = values
	}
	request.System, request.Repeat, request.Header, request.Cached = e.Name, e.repeat, header, e.cached
	request.As, request.AsHeader, request.Control = e.as, e.asHeader, e.control
	return e.client.Do(ctx, request)
}

// Owns reports whether a reference is of a resource that the run has made for itself in the system, as far as it has read it.
func (e *Endpoint) Owns(reference string) bool {
	return e.Scratch != nil && e.Scratch.client.Owns(e.Scratch.Name, reference)
}

// CurlOf writes a request for a shell, as it was sent, without credentials.
func (e *Endpoint) CurlOf(request exchange.Request) string { return e.client.Curl(request) }

// do sends a request as this endpoint asks. An answer that is too large to be read is a wrong one.
func (e *Endpoint) do(ctx context.Context, request exchange.Request) (*exchange.Exchange, error) {
	request.System, request.Repeat, request.Header, request.Cached = e.Name, e.repeat, e.header, e.cached
	request.As, request.AsHeader, request.Control = e.as, e.asHeader, e.control
	if accept := e.header.Get("Accept"); accept != "" {
		request.Accept = accept
	}
	got, err := e.client.Do(ctx, request)
	var failure *exchange.Error
	if errors.As(err, &failure) && failure.Kind == exchange.TooLarge && !failure.NotSent {
		return nil, &BrokenAnswer{System: e.Name, Finding: result.Finding{
			Rule: "answer-too-large", Severity: result.SeverityError, Cause: result.CauseError,
			Message:  fmt.Sprintf("%s answers %s with more than can be read: %v", e.Name, request.URL, failure.Err),
			Expected: "pages of a size that a client can read", Actual: failure.Err.Error(), Query: e.curl(request),
		}}
	}
	return got, err
}

// Search asks for resources of a type and follows the next links to the end. Where a search by GET is refused as too long, or as no way
// to search, it asks by POST (see ByGet).
//
// The error is an *exchange.Error when there was no answer, an *Inconclusive when the endpoint refused to answer or said
// that its answer is not complete (the answer is returned beside it), and a *BrokenAnswer when it is not a searchset.
func (e *Endpoint) Search(ctx context.Context, resourceType string, parameters url.Values) (*Answer, error) {
	return e.asTaken(ctx, parameters, func(patient func(string) string) (*Answer, error) {
		query := resourceType
		asked := patients(parameters, patient)
		if len(parameters) > 0 {
			query += "?" + asked.Encode()
		}
		answer, err := e.follow(ctx, query, exchange.Request{URL: query})
		if posted, answered, incomplete := e.byPost(ctx, resourceType, asked, err); answered {
			return posted, incomplete
		}
		return answer, e.ofUndeclared(ctx, resourceType, asked, e.ofRepetition(ctx, resourceType, asked, err))
	})
}

// ofUndeclared says of a refusal which parameter the system need not take. Who is not let in, or asks too often, is refused for something else.
func (e *Endpoint) ofUndeclared(ctx context.Context, resourceType string, parameters url.Values, err error) error {
	refused, is := err.(*BrokenAnswer) //nolint:errorlint // one that is wrapped has been judged already
	if !is || !refused.Unsupported() {
		return err
	}
	offers := e.Offers(ctx)
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		code, _, _ := strings.Cut(name, ":")
		code, _, _ = strings.Cut(code, ".")
		if !strings.HasPrefix(code, "_") && offers.Type(resourceType) && !offers.Parameter(resourceType, code) {
			of := *refused
			of.Undeclared = resourceType + "." + code
			return &of
		}
	}
	return err
}

// ofRepetition says of a refusal that the repetition of a parameter is what is refused, where the system answers when each is given
// once: a client narrows a period by giving the date twice (FHIR R4, 3.1.1.3.1).
func (e *Endpoint) ofRepetition(ctx context.Context, resourceType string, parameters url.Values, err error) error {
	var refused *BrokenAnswer
	if !errors.As(err, &refused) || refused.Status < 400 || refused.Status >= 500 || tooLong(refused.Status) {
		return err
	}
	once, repeated := maps.Clone(parameters), []string(nil)
	for name, values := range parameters {
		if len(values) > 1 {
			once[name], repeated = values[:1], append(repeated, name)
		}
	}
	if len(repeated) == 0 {
		return err
	}
	query := resourceType + "?" + once.Encode()
	if _, err := e.UpTo(1).follow(ctx, query, exchange.Request{URL: query}); err != nil {
		return refused
	}
	slices.Sort(repeated)
	told := *refused
	told.Finding.Rule = RuleRepetition
	told.Finding.Message += fmt.Sprintf(". It answers when %s is given once: what is refused is the repetition, which narrows a search (FHIR R4, 3.1.1.3.1)", strings.Join(repeated, " and "))
	return &told
}

// RuleRepetition is the rule of a search that is refused because a parameter is given more than once.
const RuleRepetition = "search-repetition-refused"

// SearchAs is Search for a query that is written already, "Observation?status=final&code=...", because the order of its
// parameters matters.
func (e *Endpoint) SearchAs(ctx context.Context, query string) (*Answer, error) {
	path, text, _ := strings.Cut(query, "?")
	parameters, _ := url.ParseQuery(text)
	return e.asTaken(ctx, parameters, func(patient func(string) string) (*Answer, error) {
		pairs := strings.Split(text, "&")
		for i, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, "patient="); ok {
				pairs[i] = "patient=" + patient(value) // an id has nothing to be escaped
			}
		}
		asked := path
		if text != "" {
			asked += "?" + strings.Join(pairs, "&")
		}
		return e.follow(ctx, asked, exchange.Request{URL: asked})
	})
}

// PostSearch is Search by POST [type]/_search.
func (e *Endpoint) PostSearch(ctx context.Context, resourceType string, parameters url.Values) (*Answer, error) {
	return e.asTaken(ctx, parameters, func(patient func(string) string) (*Answer, error) {
		return e.followPost(ctx, resourceType, patients(parameters, patient))
	})
}

func (e *Endpoint) followPost(ctx context.Context, resourceType string, parameters url.Values) (*Answer, error) {
	form := parameters.Encode()
	return e.follow(ctx, "POST "+resourceType+"/_search "+form, exchange.Request{
		Method: http.MethodPost, URL: resourceType + "/_search", ContentType: "application/x-www-form-urlencoded", Body: form,
	})
}

// PostSearchAt is PostSearch with some of the parameters in the URL.
func (e *Endpoint) PostSearchAt(ctx context.Context, resourceType string, inURL, inBody url.Values) (*Answer, error) {
	place := resourceType + "/_search?" + inURL.Encode()
	return e.follow(ctx, "POST "+place+" "+inBody.Encode(), exchange.Request{
		Method: http.MethodPost, URL: place, ContentType: "application/x-www-form-urlencoded", Body: inBody.Encode(),
	})
}

// Curl writes a search for a shell, as it would be asked of the system, without credentials. The parameters are written
// for people: only what a URL cannot hold is escaped.
func (e *Endpoint) Curl(resourceType string, parameters url.Values) string {
	query := resourceType
	if len(parameters) > 0 {
		query += "?" + parameters.Encode()
	}
	return e.curl(exchange.Request{URL: query})
}

// CurlPost is Curl for a search by POST.
func (e *Endpoint) CurlPost(resourceType string, parameters url.Values) string {
	return e.curl(exchange.Request{URL: resourceType + "/_search", ContentType: "application/x-www-form-urlencoded", Body: parameters.Encode()})
}

// CurlRead is Curl for something that is read by its reference.
func (e *Endpoint) CurlRead(reference string) string { return e.curl(exchange.Request{URL: reference}) }

// CurlWith is CurlRead with one header more.
func (e *Endpoint) CurlWith(reference, name, value string) string {
	with := *e
	if with.header = e.header.Clone(); with.header == nil {
		with.header = http.Header{}
	}
	with.header.Set(name, value)
	return with.CurlRead(reference)
}

// curl writes a request for a shell, as this endpoint asks.
func (e *Endpoint) curl(request exchange.Request) string {
	request.System, request.Header, request.Accept = e.Name, e.header.Clone(), e.header.Get("Accept")
	request.Header.Del("Accept")
	if path, query, ok := strings.Cut(request.URL, "?"); ok {
		request.URL = path + "?" + readable(query)
	}
	return e.client.Curl(request)
}

// shown adds to what is wrong with an answer the request that shows it.
func (e *Endpoint) shown(request exchange.Request, err error) error {
	var wrong *BrokenAnswer
	if errors.As(err, &wrong) && wrong.Finding.Query == "" {
		wrong.Finding.Query = e.curl(request)
	}
	return err
}

// readable takes back the escapes of characters that are plain in the query of a URL (RFC 3986, 3.4) and in FHIR values.
func readable(encoded string) string {
	return strings.NewReplacer("%3A", ":", "%2F", "/", "%2C", ",", "%24", "$").Replace(encoded)
}

// Read reads one resource by a relative or absolute reference. It returns nil without an error when the endpoint says
// that there is no such resource (404 or 410).
func (e *Endpoint) Read(ctx context.Context, reference string) (fhir.Resource, *exchange.Exchange, error) {
	got, err := e.do(ctx, exchange.Request{URL: reference})
	if err != nil {
		return nil, nil, err
	}
	if got.Status == http.StatusNotFound || got.Status == http.StatusGone {
		return nil, got, nil
	}
	resource, err := e.decode(got)
	return resource, got, err
}

// Capabilities reads the CapabilityStatement.
func (e *Endpoint) Capabilities(ctx context.Context) (fhir.Resource, *exchange.Exchange, error) {
	got, err := e.do(ctx, exchange.Request{URL: "metadata"})
	if err != nil {
		return nil, nil, err
	}
	statement, err := e.decode(got)
	if err != nil {
		return nil, got, err
	}
	if statement.Type() != "CapabilityStatement" {
		return nil, got, e.shown(got.Request, broken(got, "metadata-not-a-capability-statement",
			fmt.Sprintf("%s answered /metadata with %s; check that the base URL is that of a FHIR service", e.Name, describe(statement)),
			"CapabilityStatement", describe(statement)))
	}
	return statement, got, nil
}

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
	resource, err := decode(got, e.Name, e.resources)
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
	if err := json.Compact(&text, []byte(strings.TrimPrefix(got.Body, fhir.ByteOrderMark))); err != nil {
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

// decode reads an answer as a FHIR resource, and tells refusals and wrong answers apart.
func decode(got *exchange.Exchange, system string, resources *fhir.Cache) (fhir.Resource, error) {
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
	object, err := resources.DecodeObject(got.Body)
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
