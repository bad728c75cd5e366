package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
	// own is the other address that the system gives as its own; nil where there is none.
	own *ownAddress
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
