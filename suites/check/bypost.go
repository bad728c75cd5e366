package check

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"

	"concord.example/concord/internal/exchange"
)

// RuleTooLong is the rule of a request that is refused because its URL is too long.
const RuleTooLong = "answer-uri-too-long"

// refusedGets are the searches by GET that a system refused and answered by POST. FHIR R4 has both ways (http.html, search), and a client
// whose URL is refused as too long goes on by POST, so what the record says is judged by that, and the refusal by the checks whose question
// is the search itself (ByGet).
type refusedGets struct {
	mu sync.Mutex
	// shortest is the shortest URL of them, below the base, and status what it was refused with.
	shortest string
	status   int
}

// note takes in a refusal. What is kept does not depend on the order.
func (g *refusedGets) note(query string, status int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shortest == "" || cmp.Or(cmp.Compare(len(query), len(g.shortest)), cmp.Compare(query, g.shortest)) < 0 {
		g.shortest, g.status = query, status
	}
}

// shownURL is how much of a URL a remark shows, in bytes.
const shownURL = 200

// tooLong reports whether a status says that the URL is too long. Servers whose parsers count the request line among the headers say 431.
func tooLong(status int) bool {
	return status == http.StatusRequestURITooLong || status == http.StatusRequestHeaderFieldsTooLarge
}

// ByGet returns the endpoint as something that takes a refusal of a search by GET for its answer. It is for a check whose question is
// whether, and what, a search by GET finds.
func (e *Endpoint) ByGet() *Endpoint {
	strict := *e
	strict.byGet = true
	return &strict
}

// byPost asks again by POST what was refused by GET for the length of its URL or for its method, and reports whether that was answered. Any
// other refusal is of what was asked, and stays one.
func (e *Endpoint) byPost(ctx context.Context, resourceType string, parameters url.Values, err error) (answer *Answer, answered bool, incomplete error) {
	var refused *BrokenAnswer
	if e.byGet || len(parameters) == 0 || !errors.As(err, &refused) || !tooLong(refused.Status) && refused.Status != http.StatusMethodNotAllowed {
		return nil, false, nil
	}
	answer, err = e.followPost(ctx, resourceType, parameters)
	if answer == nil {
		return nil, false, nil
	}
	e.gets.note(resourceType+"?"+parameters.Encode(), refused.Status)
	return answer, true, err
}

// AskedByPost is a remark on a run in which searches that were refused by GET were asked by POST; "" for every other.
func (e *Endpoint) AskedByPost() string {
	e.gets.mu.Lock()
	defer e.gets.mu.Unlock()
	switch {
	case e.gets.shortest == "":
		return ""
	case tooLong(e.gets.status):
		return fmt.Sprintf("It refuses a URL of %d characters after the base as too long (status %d; RFC 9110, 4.1, recommends to take 8,000): %s. Such searches were asked by POST, "+
			"except where the search by GET was the question.", len(e.gets.shortest), e.gets.status, exchange.Clip(readable(e.gets.shortest), shownURL))
	default:
		return fmt.Sprintf("It refuses searches by GET (status %d): %s. They were asked by POST, except where the search by GET was the question.", e.gets.status, exchange.Clip(readable(e.gets.shortest), shownURL))
	}
}
