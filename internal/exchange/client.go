package exchange

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Target is one endpoint under test.
type Target struct {
	Name    string
	BaseURL string
	// Header is sent with every request; credentials in it never reach the evidence.
	Header http.Header
	// Auth proves who asks; nil sends what Header holds. TLS is how the system's certificate is judged and which one is shown;
	// nil means the machine's authorities.
	Auth Authorizer
	TLS  *tls.Config
	// ConnectTo is a host:port to dial instead of the one in BaseURL, as with curl --connect-to; empty means BaseURL's.
	ConnectTo string
	// Transport carries the requests instead of a connection; nil means one. ConnectTo and TLS mean nothing to it.
	Transport http.RoundTripper
	// Uninvited says that who asks so is to be turned away: a connection that the system ends before it answers is then its
	// answer (TurnedAway), is not made again, and says nothing of how the system is.
	Uninvited bool
	// Fill makes it a token endpoint: forms may be posted to the base URL itself, and what Fill makes of a form is sent in its
	// place, so that credentials and whatever is new each time are no part of the request as it is kept. Tokens in answers are
	// taken out.
	Fill func(ctx context.Context, form string) (string, error)
	// Of is the name of another target, before this one, with which it is one system: what one of them is sent counts for both, in
	// pace, in budget, and in how many requests are under way. Empty is a system of its own.
	Of string
	// Scratch lets the run write there to what it has made for itself; nil lets nothing be written.
	Scratch *Scratch
}

// Authorizer proves at one system who asks. It is safe for concurrent use.
type Authorizer interface {
	// Authorize puts the proof into the header of a request. The error says why there is none, and what to do.
	Authorize(ctx context.Context, header http.Header) error
	// Answered is told the status of the answer to a request with such a header. It reports whether the request is worth
	// sending again, with another proof.
	Answered(status int, header http.Header) (again bool)
}

// Options are the manners of a Client. The zero value means the defaults.
type Options struct {
	// Timeout is the deadline of one request, to the last byte of its answer. Default 10 s.
	Timeout time.Duration
	// MaxBody is the largest answer that is read, in bytes. Default 32 MiB.
	MaxBody int64
	// Concurrency is the number of requests under way at one system. Default 8.
	Concurrency int
	// GiveUpAfter is the number of requests in a row that may go unanswered before what they asked for counts as down, and
	// is tried only now and then (see breaker). Default 5.
	GiveUpAfter int
	// Cached sends no request with Cache-Control: no-cache. Without it no answer may come from a cache, where one question's
	// answer can stand for another's.
	Cached bool
	// Rate is the most requests a second to one system; 0 means no limit but what the system itself asks for.
	Rate float64
	// Patience is how long a system may go on asking to be left alone (429, 503) before it is taken at its word. Default 5 min.
	Patience time.Duration
	// MaxRequests and MaxTime are how many requests a system is sent at most, and for how long; 0 means no limit.
	MaxRequests int
	MaxTime     time.Duration
	// UserAgent names the program; "" means concord.
	UserAgent string
	// MaxKept is how many bytes of answers are kept for those who ask the same, MaxHeld how many may be in use in all, with what
	// is made of them, for another large one to be read. Defaults 128 and 256 MiB.
	MaxKept, MaxHeld int64
	// Now and Wait are the real time, by which systems are left alone, and how it passes; nil means time.Now and a timer.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
	// Seed makes X-Request-ID reproducible.
	Seed uint64
	// Clock measures durations. Default time.Now.
	Clock func() time.Time
	// Recorder keeps the evidence; nil keeps none.
	Recorder Recorder
	// Replay gives recorded answers instead of asking for them again; nil asks for everything.
	Replay *Replay
	// AllowWrites lets creates, updates, transactions and batches of those through. Only loading the golden ledger sets it. A
	// write is sent as often as it is asked for and its answer is not shared.
	AllowWrites bool
	// MayDelete says which resources ("Patient/7") may be deleted by a client that may write: those that it can prove to have put
	// there. nil lets no delete through.
	MayDelete func(reference string) bool
}

// Recorder keeps exchanges as evidence. Its methods are called from several goroutines.
type Recorder interface {
	// Record keeps one exchange. answer is nil when there was none; failure then says why.
	Record(request Request, sent http.Header, answer *Exchange, failure *Error) error
}

// Client asks systems and remembers every answer. It is safe for concurrent use.
type Client struct {
	options Options
	pulse   pulse
	targets map[string]*target
	mu      sync.Mutex
	calls   map[string]*call
	// kept are the ids of answers in the order in which they came, keptBytes their size.
	kept      []string
	keptBytes int64
	// forgotten are the questions whose answers were let go of, where they are recorded and can be had again.
	forgotten map[string]Request
	started   time.Time
	// room is what answers may take of memory.
	room *room
	// buffers are what bodies are read through.
	buffers sync.Pool
}

type target struct {
	Target
	base    *url.URL
	root    string // base, without a slash at its end
	http    *http.Client
	lanes   *lanes
	breaker *breaker
	gate    *gate
	// with is the target with which it is one system; nil for a system of its own.
	with *target
}

// pace is the gate that requests to the system pass.
func (t *target) pace() *gate {
	if t.with != nil {
		return t.with.gate
	}
	return t.gate
}

type call struct {
	request  Request
	done     chan struct{}
	wire     wire
	exchange *Exchange
	err      error
}

// NewClient returns a client for the targets. It fails when a base URL is not an absolute http or https URL.
func NewClient(targets []Target, options Options) (*Client, error) {
	options = options.withDefaults()
	c := &Client{options: options, targets: map[string]*target{}, calls: map[string]*call{}, forgotten: map[string]Request{}}
	c.started, c.room = options.Now(), newRoom(options.MaxHeld)
	for _, t := range targets {
		base, err := url.Parse(t.BaseURL)
		if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
			return nil, fmt.Errorf("system %s: base URL %q is not an absolute http or https URL", t.Name, Printable(t.BaseURL))
		}
		if base.User != nil || base.RawQuery != "" || base.Fragment != "" {
			return nil, fmt.Errorf("system %s: the base URL must have no user, password, query or fragment; give credentials in a header", t.Name)
		}
		if _, twice := c.targets[t.Name]; twice {
			return nil, fmt.Errorf("system %s is configured twice", t.Name)
		}
		with, under := c.targets[t.Of], newLanes(options.Concurrency)
		switch {
		case with != nil:
			under = with.lanes
		case t.Of != "":
			return nil, fmt.Errorf("system %s: it is to be one with %s, which is not configured", t.Name, t.Of)
		}
		c.targets[t.Name] = &target{
			Target: t, base: base, root: strings.TrimSuffix(base.String(), "/"), lanes: under,
			gate: newGate(options), with: with, breaker: newBreaker(strings.TrimSuffix(base.Path, "/"), options.GiveUpAfter), http: &http.Client{
				Transport: transport(t, options.Concurrency),
				// A redirect is an answer to be judged, and following one could leave the system under test.
				CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			},
		}
	}
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 32 << 20
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 8
	}
	if o.GiveUpAfter <= 0 {
		o.GiveUpAfter = 5
	}
	if o.Patience <= 0 {
		o.Patience = 5 * time.Minute
	}
	if o.UserAgent == "" {
		o.UserAgent = "concord"
	}
	if o.MaxKept <= 0 {
		o.MaxKept = 128 << 20
	}
	if o.MaxHeld <= 0 {
		o.MaxHeld = 256 << 20
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

// Close lets go of idle connections. Answers stay available.
func (c *Client) Close() {
	for _, t := range c.targets {
		t.http.CloseIdleConnections()
	}
}

// Do sends the request, or returns the answer it had when it was sent before. The error is always an *Error.
//
// The request itself outlives a caller that gives up waiting, because others may be waiting for the same answer; it ends
// by its own deadline.
func (c *Client) Do(ctx context.Context, request Request) (*Exchange, error) {
	if request.Method == "" {
		request.Method = http.MethodGet
	}
	if request.Accept == "" {
		request.Accept = "application/fhir+json"
	}
	t, ok := c.targets[request.System]
	if !ok {
		return nil, &Error{
			Kind: Refused, System: request.System, Method: request.Method, URL: request.URL,
			Err: errors.New("no such system is configured"),
		}
	}
	to, err := t.resolve(request.URL)
	if err == nil {
		request.URL = to.url.String()
		err = errors.Join(t.checkMethod(request, to.url, c.options), checkNHSNumbers(request, to.url))
	}
	if err != nil {
		return nil, c.refuse(request, err)
	}

	id := request.id()
	told(ctx, id)
	if !reads(request, to.url) {
		return c.ask(ctx, t, id, request, to, nil)
	}
	c.mu.Lock()
	waiting, known := c.calls[id]
	if !known {
		waiting = &call{request: request, done: make(chan struct{})}
		c.calls[id] = waiting
	}
	c.mu.Unlock()
	if !known {
		go func() {
			defer close(waiting.done)
			defer func() {
				// Nobody else could, in a goroutine of its own, and the message might be printed as it is.
				if fault := recover(); fault != nil {
					waiting.err = &Error{Kind: Refused, System: request.System, Method: request.Method, URL: request.URL, Err: fmt.Errorf("a fault of Concord's own: %v", fault)}
				}
			}()
			waiting.exchange, waiting.err = c.ask(context.WithoutCancel(ctx), t, id, request, to, &waiting.wire)
			c.keep(id, waiting)
		}()
	}
	limit := patience(ctx)
	var look <-chan time.Time
	if limit > 0 {
		ticker := time.NewTicker(2 * beat)
		defer ticker.Stop()
		look = ticker.C
	}
	for {
		select {
		case <-waiting.done:
			if limit > 0 && waiting.exchange != nil && waiting.exchange.Waited > limit {
				return nil, classify(ctx, request, context.DeadlineExceeded)
			}
			return waiting.exchange, waiting.err
		case <-look:
			if waiting.wire.longer(limit, time.Now(), c.pulse.sum()) {
				return nil, classify(ctx, request, context.DeadlineExceeded)
			}
		case <-ctx.Done():
			return nil, classify(ctx, request, ctx.Err())
		}
	}
}

// keep bounds what is remembered: the answers that came first are forgotten first, and asked again by whoever needs them.
// What was not sent is not remembered, because it may be later.
func (c *Client) keep(id string, done *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var failure *Error
	if errors.As(done.err, &failure) && (failure.NotSent || failure.Kind == OverBudget) {
		delete(c.calls, id)
	}
	if done.exchange == nil {
		return
	}
	c.kept, c.keptBytes = append(c.kept, id), c.keptBytes+done.exchange.size()
	for c.keptBytes > c.options.MaxKept && len(c.kept) > 1 {
		if oldest := c.calls[c.kept[0]]; oldest != nil && oldest.exchange != nil {
			c.keptBytes -= oldest.exchange.size()
		}
		c.letGo(c.kept[0])
		c.kept = c.kept[1:]
	}
}

// Keeps counts a text that is kept of an answer among what is in use, for as long as it is.
func (c *Client) Keeps(text string) { c.room.add(text) }

// forgetLarge lets go of the answers that count for something.
func (c *Client) forgetLarge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = slices.DeleteFunc(c.kept, func(id string) bool {
		done := c.calls[id]
		if done == nil || done.exchange == nil || len(done.exchange.Body) < smallest {
			return false
		}
		c.keptBytes -= done.exchange.size()
		c.letGo(id)
		return true
	})
}

// letGo forgets an answer. What was asked is kept where the answer is recorded: whoever judges a run again must come to what was
// said then, also when it is kept for another while. c.mu is held.
func (c *Client) letGo(id string) {
	if known := c.calls[id]; known != nil && c.options.Replay != nil && c.options.Replay.Offline {
		c.forgotten[id] = known.request
	}
	delete(c.calls, id)
}

// Within reports whether a URL leads to the system: whether a request to it would be sent at all.
func (c *Client) Within(system, text string) bool {
	t, ok := c.targets[system]
	if !ok {
		return false
	}
	_, err := t.resolve(text)
	return err == nil
}

// Owner returns the system below whose base URL an absolute URL lies, the first by name of several; "" for none.
func (c *Client) Owner(text string) string {
	for _, name := range slices.Sorted(maps.Keys(c.targets)) {
		if c.Within(name, text) {
			return name
		}
	}
	return ""
}

// Base returns the base URL of a system without a slash at its end, "" for a system that is not configured.
func (c *Client) Base(system string) string {
	t, ok := c.targets[system]
	if !ok {
		return ""
	}
	return t.root
}

// Owns reports whether a reference is of a resource that the run has made for itself, as far as it was read at a target that may be
// written to.
func (c *Client) Owns(target, reference string) bool {
	t, ok := c.targets[target]
	return ok && t.Scratch != nil && t.Scratch.Owns(reference)
}

// Configured is the value of a header that goes with every request to a system by its configuration, "" for none.
func (c *Client) Configured(system, name string) string {
	t, ok := c.targets[system]
	if !ok {
		return ""
	}
	return t.Header.Get(name)
}

// refuse logs a request that was not sent, without the numbers that were in it, so that whoever put them there can be found.
func (c *Client) refuse(request Request, cause error) *Error {
	request.URL, request.Body, request.Header = maskNHSNumbers(request.URL), maskNHSNumbers(request.Body), maskHeader(request.Header)
	refused := &Error{Kind: Refused, System: request.System, Method: request.Method, URL: request.URL, Err: cause}
	if c.options.Recorder != nil && (c.options.Replay == nil || !c.options.Replay.Offline) {
		if err := c.options.Recorder.Record(request, request.Header, nil, refused); err != nil {
			refused.Err = errors.Join(cause, fmt.Errorf("keep the evidence: %w", err))
		}
	}
	return refused
}
