package mocks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"concord.example/concord/internal/fhir"
)

// hopHeader marks a request from the neighbour. The receiver answers from its own store only, so that two systems that
// ask each other never go round in a circle.
const hopHeader = "X-Federated-By"

// FromNeighbour reports whether a request is one that the neighbour makes.
func FromNeighbour(r *http.Request) bool { return r.Header.Get(hopHeader) != "" }

const (
	// maxNeighbourBody bounds one page of the neighbour's answer.
	maxNeighbourBody = 32 << 20
	// maxNeighbourPages bounds how far its next links are followed.
	maxNeighbourPages = 1000
	// neighbourCount asks for large pages, because every page costs a round trip.
	neighbourCount = "1000"
)

// peer asks the neighbour over FHIR.
type peer struct {
	name, self, base string
	client           *http.Client
	// budget is how long an answer may take, in nanoseconds.
	budget atomic.Int64
	close  func()
	// tokens are those the neighbour asks for; nil when it asks for none.
	tokens *tokenSource
}

// newPeer makes the peer; clock is the time by which its tokens expire.
func newPeer(options Options, kind personality, clock func() time.Time) (*peer, error) {
	p := &peer{name: kind.neighbour, self: kind.called, client: options.HTTPClient, close: func() {}}
	p.budget.Store(int64(options.PeerBudget))
	if options.Peer != "" {
		p.base = strings.TrimRight(options.Peer, "/")
		if err := checkURL(p.base); err != nil {
			return nil, fmt.Errorf("peer: %w", err)
		}
	}
	if p.client == nil {
		transport := &http.Transport{
			MaxIdleConns: 128, MaxIdleConnsPerHost: 128, IdleConnTimeout: 30 * time.Second,
			DisableCompression: true, TLSClientConfig: options.PeerTLS,
		}
		p.client = &http.Client{Transport: transport}
		p.close = transport.CloseIdleConnections
	}
	if options.Credentials != nil {
		p.tokens = newTokenSource(*options.Credentials, p.base, clock)
	}
	return p, nil
}

// configured reports whether there is a neighbour at all. A system that stands alone does not claim to lack one.
func (p *peer) configured() bool { return p.base != "" }

// neighbourAnswer is what asking the neighbour gave, in the neighbour's own ids and references.
type neighbourAnswer struct {
	matches, included []fhir.Resource
	// base is the address the neighbour believes it has, which its absolute references start with.
	base string
	// outcomes are the OperationOutcomes among its entries: who it could not reach.
	outcomes []fhir.Resource
	// err says why there is no answer, or only part of one.
	err error
}

// notOffered reports whether the neighbour said that it has no such resource type, which is legal and not an outage.
func (a *neighbourAnswer) notOffered() bool {
	var status *statusError
	return errors.As(a.err, &status) && status.code == http.StatusNotFound
}

// search asks for all matches within the budget, following next links.
func (p *peer) search(ctx context.Context, budget time.Duration, header http.Header, resourceType string, list params) neighbourAnswer {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	var answer neighbourAnswer
	query := append(list[:len(list):len(list)], param{"_count", neighbourCount})
	next := p.base + "/" + resourceType + "?" + query.encode()
	for range maxNeighbourPages {
		bundle, err := p.get(ctx, header, next)
		if err != nil {
			answer.err = err
			return answer
		}
		answer.add(bundle)
		if next = p.dial(&answer, fhir.Link(bundle, "next")); next == "" {
			return answer
		}
	}
	answer.err = fmt.Errorf("ask %s: more than %d pages", p.name, maxNeighbourPages)
	return answer
}

func (a *neighbourAnswer) add(bundle fhir.Resource) {
	if self, _, _ := strings.Cut(fhir.Link(bundle, "self"), "?"); a.base == "" {
		if i := strings.LastIndexByte(self, '/'); i > 0 {
			a.base = self[:i]
		}
	}
	for _, entry := range fhir.Entries(bundle) {
		switch {
		case entry.Resource == nil:
		case entry.Mode == "outcome" || entry.Resource.Type() == "OperationOutcome":
			a.outcomes = append(a.outcomes, entry.Resource)
		case entry.Mode == "include":
			a.included = append(a.included, entry.Resource)
		default:
			a.matches = append(a.matches, entry.Resource)
		}
	}
}

// dial turns a link the neighbour wrote, with the address it believes it has, into one that can be dialled.
func (p *peer) dial(answer *neighbourAnswer, link string) string {
	if link == "" {
		return ""
	}
	if rest, ok := strings.CutPrefix(link, answer.base); ok && answer.base != "" {
		return p.base + rest
	}
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return p.base + strings.TrimPrefix(u.EscapedPath(), basePath) + "?" + u.RawQuery
}

// read asks for one resource. It searches by _id, because a searchset says which address the neighbour believes it has
// and a read does not. A nil resource without an error means the neighbour has none.
func (p *peer) read(ctx context.Context, header http.Header, resourceType, id string) (resource fhir.Resource, base string, err error) {
	answer := p.search(ctx, time.Duration(p.budget.Load()), header, resourceType, params{{"_id", id}})
	if answer.err != nil && !answer.notOffered() {
		return nil, "", answer.err
	}
	for _, resource := range answer.matches {
		if resource.Type() == resourceType && resource.ID() == id {
			return resource, answer.base, nil
		}
	}
	return nil, "", nil
}

// statusError is an answer of the neighbour that is not 200.
type statusError struct {
	code int
	name string
}

// Error names the neighbour and the status.
func (e *statusError) Error() string { return fmt.Sprintf("%s answered %d", e.name, e.code) }

// get asks for one page. A token that is refused is replaced once: the neighbour may have been started anew.
func (p *peer) get(ctx context.Context, header http.Header, address string) (fhir.Resource, error) {
	resource, err := p.getOnce(ctx, header, address)
	if p.tokens != nil && refused(err) {
		p.tokens.forget()
		return p.getOnce(ctx, header, address)
	}
	return resource, err
}

func (p *peer) getOnce(ctx context.Context, header http.Header, address string) (fhir.Resource, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil) //nolint:gosec // asking the configured neighbour is what a peer is for
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", p.name, err)
	}
	request.Header.Set("Accept", fhirJSON)
	request.Header.Set(hopHeader, p.self)
	for _, name := range forwarded() {
		if value := header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	if p.tokens != nil {
		token, err := p.tokens.get(ctx, p.client)
		if err != nil {
			return nil, fmt.Errorf("ask %s: %w", p.name, err)
		}
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := p.client.Do(request) //nolint:gosec // as above
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", p.name, err)
	}
	defer func() { _ = response.Body.Close() }() // it was read; there is nothing more to learn
	body, err := io.ReadAll(io.LimitReader(response.Body, maxNeighbourBody+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("ask %s: read answer: %w", p.name, err)
	case len(body) > maxNeighbourBody:
		return nil, fmt.Errorf("ask %s: answer larger than %d bytes", p.name, maxNeighbourBody)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("ask %s: %w", p.name, &statusError{response.StatusCode, p.name})
	}
	resource, err := decodeResource(body)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", p.name, err)
	}
	return resource, nil
}

// decodeResource reads one resource, keeping the text of decimals.
func decodeResource(body []byte) (fhir.Resource, error) {
	object, err := fhir.DecodeObject(body)
	if err != nil {
		return nil, fmt.Errorf("decode resource: %w", err)
	}
	resource := fhir.Resource(object)
	if resource.Type() == "" {
		return nil, errors.New("decode resource: no resourceType")
	}
	return resource, nil
}
