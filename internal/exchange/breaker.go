package exchange

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
)

// breaker keeps a run from waiting for what does not answer. It opens for one resource type (the first part of the path)
// when so many requests for it in a row went unanswered, and for the whole system when several types are open and nothing
// was answered since; one bad type takes no other down. It tries again: after as many requests that it held back as it
// let through, then after twice as many, and so on, so that a system that is back is asked again and one that is gone costs
// little. It counts requests and not time, so that a run does not depend on how fast it is.
type breaker struct {
	// after is how many requests in a row may go unanswered.
	after int
	// root is the path of the base URL.
	root string

	mu    sync.Mutex
	types map[string]*circuit
	whole circuit
}

// circuit is the state for one type, or for the system.
type circuit struct {
	unheard int
	// last is why the last request went unanswered.
	last *Error
	// held counts the requests that were held back since the last try; try is how many it takes for another.
	held, try int
}

// openTypes is how many types must be open, with nothing answered since, for the system to count as down.
const openTypes = 3

func newBreaker(root string, after int) *breaker {
	return &breaker{after: after, root: root, types: map[string]*circuit{}}
}

// hold returns why a request is held back; nil when it may be sent.
func (b *breaker) hold(request Request) *Error {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.kind(request)
	for _, c := range []*circuit{&b.whole, b.types[of]} {
		if c == nil || c.last == nil || c.unheard < b.after {
			continue
		}
		c.held++
		if c.held >= max(c.try, b.after) {
			c.try, c.held = 2*max(c.try, b.after), 0
			return nil
		}
		what := "requests for " + of
		if c == &b.whole {
			what = "requests to the system"
		}
		return &Error{
			Kind: c.last.Kind, NotSent: true, System: request.System, Method: request.Method, URL: request.URL,
			Err: fmt.Errorf("not sent, because the last %d %s went unanswered: %w", c.unheard, what, c.last.Err),
		}
	}
	return nil
}

// heard takes note of what came of a request that was sent. An answer that is too large to be read, or for which there was no
// room, is an answer: the system is there.
func (b *breaker) heard(request Request, failure *Error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	of := b.kind(request)
	if failure == nil || failure.Kind == TooLarge || failure.Kind == OverBudget {
		delete(b.types, of)
		b.whole = circuit{}
		return
	}
	c := b.types[of]
	if c == nil {
		c = &circuit{}
		b.types[of] = c
	}
	c.unheard++
	c.last = failure
	open := 0
	for _, other := range b.types {
		if other.unheard >= b.after {
			open++
		}
	}
	if b.whole.unheard++; open >= openTypes {
		b.whole.last = failure
	}
}

// kind is what a request is for: the first part of its path below the base URL, "the base URL" for none.
func (b *breaker) kind(request Request) string {
	u, err := url.Parse(request.URL)
	if err != nil {
		return request.URL
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(u.Path, b.root), "/"), "/")
	if name == "" {
		return "the base URL"
	}
	return name
}
