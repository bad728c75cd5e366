package exchange

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// watching is the key under which a context holds who wants to know what is asked.
type watching struct{}

// Watch returns a context under which see is told the id of every exchange that somebody asks for, whether it is sent or was had
// before. see is called from several goroutines.
func Watch(ctx context.Context, see func(id string)) context.Context {
	return context.WithValue(ctx, watching{}, see)
}

// Watcher returns what Watch was told to call, nil for nothing.
func Watcher(ctx context.Context) func(id string) {
	see, _ := ctx.Value(watching{}).(func(id string))
	return see
}

func told(ctx context.Context, id string) {
	if see := Watcher(ctx); see != nil {
		see(id)
	}
}

// Memory is what a client knows at one time: the answers it had.
type Memory struct {
	calls     map[string]*call
	kept      []string
	keptBytes int64
}

// Remember returns what the client knows now.
func (c *Client) Remember() Memory {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Memory{maps.Clone(c.calls), slices.Clone(c.kept), c.keptBytes}
}

// Recall makes the client know what it knew, and nothing else; what it has learnt of how its systems are, it forgets. No
// request may be under way.
func (c *Client) Recall(m Memory) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls, c.kept, c.keptBytes = maps.Clone(m.calls), slices.Clone(m.kept), m.keptBytes
	for _, t := range c.targets {
		t.gate, t.breaker = newGate(c.options), newBreaker(t.breaker.root, c.options.GiveUpAfter)
	}
}

// Forget makes the client ask again what it asked for under the ids.
func (c *Client) Forget(ids []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		delete(c.calls, id)
	}
}

// Refresh asks again for the exchanges with the ids, keeps the new answer of each where it is not the one that was known,
// and returns the ids of those, sorted. Ids that the client does not know are among them.
func (c *Client) Refresh(ctx context.Context, ids []string, workers int) []string {
	var (
		mu      sync.Mutex
		changed []string
		group   sync.WaitGroup
		queue   = make(chan string)
	)
	for range workers {
		group.Go(func() {
			for id := range queue {
				if !c.refresh(ctx, id) {
					mu.Lock()
					changed = append(changed, id)
					mu.Unlock()
				}
			}
		})
	}
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	group.Wait()
	slices.Sort(changed)
	return changed
}

// refresh asks again for one exchange and reports whether the answer is the one that was known, which then stays.
func (c *Client) refresh(ctx context.Context, id string) bool {
	c.mu.Lock()
	known := c.calls[id]
	delete(c.calls, id)
	c.mu.Unlock()
	if known == nil || known.exchange == nil && !wasTurnedAway(known.err) {
		return false // what could not be had is asked for by whoever needs it
	}
	got, err := c.Do(ctx, known.request)
	switch {
	case known.exchange == nil && !wasTurnedAway(err):
		return false
	case known.exchange != nil && (err != nil || !got.same(known.exchange)):
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls[id] = known
	return true
}

// Again asks a system once more what it was asked under an id, and returns the answer of then and the one of now. repeat tells
// this repeat apart from others. ok is false where there is nothing to compare: the answer of then is not known any more, it
// was another system's, a deliberate repeat or an answer that a cache may have given, or there is no answer now.
func (c *Client) Again(ctx context.Context, system, id, repeat string) (then, now *Exchange, ok bool) {
	then, request := c.earlier(ctx, system, id)
	if then == nil {
		return nil, nil, false
	}
	request.Repeat, request.Control = repeat, true
	now, err := c.Do(ctx, request)
	return then, now, err == nil
}

// Earlier is the answer that a system gave under an id, where Again could compare it; false otherwise.
func (c *Client) Earlier(ctx context.Context, system, id string) (*Exchange, bool) {
	then, _ := c.earlier(ctx, system, id)
	return then, then != nil
}

// Had is the answer that a system gave under an id, as far as the client still keeps it: nothing is asked for. It is false where it is
// another system's, was let go of or has not come yet.
func (c *Client) Had(system, id string) (*Exchange, bool) {
	c.mu.Lock()
	known := c.calls[id]
	c.mu.Unlock()
	if known == nil || known.request.System != system {
		return nil, false
	}
	select {
	case <-known.done:
		return known.exchange, known.exchange != nil
	default:
		return nil, false
	}
}

// Beside asks a system for another address in the way in which it was asked under an id, with the same headers. A repeat makes it
// a part of what is asked again, as in Again. ok is false where there is no answer.
func (c *Client) Beside(ctx context.Context, system, id, address, repeat string) (got *Exchange, ok bool) {
	then, request := c.earlier(ctx, system, id)
	if then == nil {
		return nil, false
	}
	request.Method, request.URL, request.Body, request.ContentType = "", address, "", ""
	request.Repeat, request.Control = repeat, true
	got, err := c.Do(ctx, request)
	return got, err == nil
}

// earlier returns what was asked under an id and its answer; nil where it cannot be compared with another one.
func (c *Client) earlier(ctx context.Context, system, id string) (*Exchange, Request) {
	var then *Exchange
	c.mu.Lock()
	known := c.calls[id]
	request, forgotten := c.forgotten[id]
	c.mu.Unlock()
	switch {
	case known != nil:
		select {
		case <-known.done: // somebody may be asking the same just now
		case <-ctx.Done():
			return nil, Request{}
		}
		request, then = known.request, known.exchange
	case forgotten:
		then, _ = c.Do(ctx, request)
	}
	if request.System != system || request.Repeat != "" || request.Cached {
		return nil, Request{}
	}
	return then, request
}

// wasTurnedAway reports whether the system ended the connection with somebody whom it does not know, which is an answer.
func wasTurnedAway(err error) bool {
	var failure *Error
	return errors.As(err, &failure) && failure.Kind == TurnedAway
}

// slower is how much longer an answer takes that is not the same for its slowness: more than a loaded machine adds as a rule.
const slower = 2 * time.Second

// same reports whether two answers say the same, and this one in no much longer time.
func (e *Exchange) same(other *Exchange) bool {
	return e.Waited-other.Waited < slower && e.Status == other.Status && e.Body == other.Body && maps.EqualFunc(e.Header, other.Header, slices.Equal[[]string])
}

// About returns the ids of the exchanges about a resource type, with an answer.
func (m Memory) About(resourceType string) map[string]bool {
	ids := map[string]bool{}
	for id, known := range m.calls {
		if known.exchange == nil {
			continue
		}
		path, _, _ := strings.Cut(known.exchange.Request.URL, "?")
		if slices.Contains(strings.Split(path, "/"), resourceType) {
			ids[id] = true
		}
	}
	return ids
}

// Request returns what was asked for under an id, if it was answered, or whoever asked was turned away.
func (m Memory) Request(id string) (Request, bool) {
	if known := m.calls[id]; known != nil && (known.exchange != nil || wasTurnedAway(known.err)) {
		return known.request, true
	}
	return Request{}, false
}

// Answer returns the answer that was had under an id, if there was one.
func (m Memory) Answer(id string) (*Exchange, bool) {
	known := m.calls[id]
	if known == nil || known.exchange == nil {
		return nil, false
	}
	return known.exchange, true
}
