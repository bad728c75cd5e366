package exchange

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
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
	// ConnectTo is a host:port to dial instead of the one in BaseURL, as with curl --connect-to; empty means BaseURL's.
	ConnectTo string
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
	// Seed makes X-Request-ID reproducible.
	Seed uint64
	// Clock measures durations. Default time.Now.
	Clock func() time.Time
	// Recorder keeps the evidence; nil keeps none.
	Recorder Recorder
	// AllowWrites lets creates, updates, transactions and batches of those through; nothing lets a delete through. Only
	// loading the golden ledger sets it. A write is sent as often as it is asked for and its answer is not shared.
	AllowWrites bool
}

// Recorder keeps exchanges as evidence. Its methods are called from several goroutines.
type Recorder interface {
	// Record keeps one exchange. answer is nil when there was none; failure then says why.
	Record(request Request, sent http.Header, answer *Exchange, failure *Error) error
}

// Client asks systems and remembers every answer. It is safe for concurrent use.
type Client struct {
	options Options
	targets map[string]*target
	mu      sync.Mutex
	calls   map[string]*call
	// buffers are what bodies are read through.
	buffers sync.Pool
}

type target struct {
	Target
	base    *url.URL
	root    string // base, without a slash at its end
	http    *http.Client
	slots   chan struct{}
	breaker *breaker
}

type call struct {
	done     chan struct{}
	exchange *Exchange
	err      error
}

// NewClient returns a client for the targets. It fails when a base URL is not an absolute http or https URL.
func NewClient(targets []Target, options Options) (*Client, error) {
	options = options.withDefaults()
	c := &Client{options: options, targets: map[string]*target{}, calls: map[string]*call{}}
	for _, t := range targets {
		base, err := url.Parse(t.BaseURL)
		if err != nil {
			return nil, fmt.Errorf("system %s: base URL %q: %w", t.Name, t.BaseURL, err)
		}
		if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" {
			return nil, fmt.Errorf("system %s: base URL %q is not an absolute http or https URL", t.Name, t.BaseURL)
		}
		if _, twice := c.targets[t.Name]; twice {
			return nil, fmt.Errorf("system %s is configured twice", t.Name)
		}
		c.targets[t.Name] = &target{
			Target: t, base: base, root: strings.TrimSuffix(base.String(), "/"), slots: make(chan struct{}, options.Concurrency),
			breaker: newBreaker(strings.TrimSuffix(base.Path, "/"), options.GiveUpAfter), http: &http.Client{
				Transport: transport(t.ConnectTo, options.Concurrency),
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
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

func transport(connectTo string, concurrency int) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		MaxIdleConnsPerHost: concurrency,
		IdleConnTimeout:     30 * time.Second,
		TLSHandshakeTimeout: 5 * time.Second,
		DialContext:         dialer.DialContext,
	}
	if connectTo != "" {
		t.Proxy = nil
		t.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, connectTo)
		}
	}
	return t
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
	absolute, err := t.resolve(request.URL)
	if err == nil {
		request.URL = absolute.String()
		err = errors.Join(t.checkMethod(request, absolute, c.options.AllowWrites), checkNHSNumbers(request, absolute))
	}
	if err != nil {
		return nil, c.refuse(request, err)
	}

	id := request.id()
	if !reads(request, absolute) {
		return c.ask(ctx, t, id, request)
	}
	c.mu.Lock()
	waiting, asked := c.calls[id]
	if !asked {
		waiting = &call{done: make(chan struct{})}
		c.calls[id] = waiting
	}
	c.mu.Unlock()
	if !asked {
		go func() {
			defer close(waiting.done)
			waiting.exchange, waiting.err = c.ask(context.WithoutCancel(ctx), t, id, request)
		}()
	}
	select {
	case <-waiting.done:
		return waiting.exchange, waiting.err
	case <-ctx.Done():
		return nil, classify(ctx, request, ctx.Err())
	}
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

// Base returns the base URL of a system without a slash at its end, "" for a system that is not configured.
func (c *Client) Base(system string) string {
	t, ok := c.targets[system]
	if !ok {
		return ""
	}
	return t.root
}

// Configured is the value of a header that goes with every request to a system by its configuration, "" for none.
func (c *Client) Configured(system, name string) string {
	t, ok := c.targets[system]
	if !ok {
		return ""
	}
	return t.Header.Get(name)
}

// Curl writes a request for a shell, so that somebody else can send it: the system's base URL, the media type, and the
// names of the headers that the system is sent, with placeholders for their values, which may be credentials. Only the
// values of headers that never are any are written.
func (c *Client) Curl(request Request) string {
	t, ok := c.targets[request.System]
	if !ok {
		return ""
	}
	absolute, err := t.resolve(request.URL)
	if err != nil {
		return ""
	}
	var b strings.Builder
	accept := cmp.Or(request.Accept, "application/fhir+json")
	b.WriteString("curl -sS -H " + quote("Accept: "+accept))
	header := http.Header{}
	maps.Copy(header, t.Header)
	maps.Copy(header, request.Header)
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if name == "Prefer" || name == "X-Correlation-Id" {
			b.WriteString(" -H " + quote(name+": "+strings.Join(header[name], ", ")))
			continue
		}
		// A placeholder that the shell fills in: Authorization becomes "$AUTHORIZATION".
		b.WriteString(` -H "` + name + ": $" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + `"`)
	}
	if request.Body != "" {
		b.WriteString(" -H 'Content-Type: " + request.ContentType + "' -d " + quote(request.Body))
	}
	b.WriteString(" " + quote(absolute.String()))
	return b.String()
}

// quote makes one word of a POSIX shell out of any text.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// refuse logs a request that was not sent, without the numbers that were in it, so that whoever put them there can be found.
func (c *Client) refuse(request Request, cause error) *Error {
	request.URL, request.Body, request.Header = maskNHSNumbers(request.URL), maskNHSNumbers(request.Body), maskHeader(request.Header)
	refused := &Error{Kind: Refused, System: request.System, Method: request.Method, URL: request.URL, Err: cause}
	if c.options.Recorder != nil {
		if err := c.options.Recorder.Record(request, request.Header, nil, refused); err != nil {
			refused.Err = errors.Join(cause, fmt.Errorf("keep the evidence: %w", err))
		}
	}
	return refused
}

// resolve makes a URL absolute and keeps requests, credentials among them, inside the system under test.
func (t *target) resolve(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the URL cannot be read: %w", err)
	}
	if !u.IsAbs() && u.Host == "" && strings.HasPrefix(u.Path, strings.TrimSuffix(t.base.Path, "/")+"/") && t.base.Path != "" {
		// A path from the root of the host, as some servers write their links (RFC 3986, 4.2).
		return t.base.ResolveReference(u), nil
	}
	if !u.IsAbs() && u.Host == "" {
		joined := t.root + "/" + strings.TrimPrefix(text, "/")
		if u, err = url.Parse(joined); err != nil {
			return nil, fmt.Errorf("the URL cannot be read: %w", err)
		}
		return u, nil
	}
	if !u.IsAbs() {
		u = t.base.ResolveReference(u)
	}
	if u.Scheme != t.base.Scheme || u.Host != t.base.Host {
		return nil, fmt.Errorf("refused to send: %s://%s is not the system under test (%s://%s)", u.Scheme, u.Host, t.base.Scheme, t.base.Host)
	}
	return u, nil
}

func (c *Client) ask(ctx context.Context, t *target, id string, request Request) (*Exchange, error) {
	// Whoever holds a slot has a deadline, so waiting for one ends.
	t.slots <- struct{}{}
	defer func() { <-t.slots }()
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	if held := t.breaker.hold(request); held != nil {
		return nil, held
	}
	answer, sent, err := c.send(ctx, t, id, request)
	var failure *Error
	if err != nil {
		failure = classify(ctx, request, err)
	}
	t.breaker.heard(request, failure)
	if c.options.Recorder != nil {
		if err := c.options.Recorder.Record(request, sent, answer, failure); err != nil {
			return nil, &Error{
				Kind: NotRecorded, System: request.System, Method: request.Method, URL: request.URL,
				Err: fmt.Errorf("keep the evidence: %w", err),
			}
		}
	}
	if failure != nil {
		return nil, failure
	}
	return answer, nil
}

func (c *Client) send(ctx context.Context, t *target, id string, request Request) (*Exchange, http.Header, error) {
	httpRequest, err := http.NewRequestWithContext(ctx, request.Method, request.URL, strings.NewReader(request.Body))
	if err != nil {
		return nil, nil, fmt.Errorf("make the request: %w", err)
	}
	if !request.Cached && !c.options.Cached {
		// HAPI FHIR, for one, gives the answer to a search again for a minute, also to another spelling of the search.
		httpRequest.Header.Set("Cache-Control", "no-cache")
	}
	for _, header := range []http.Header{t.Header, request.Header} {
		for name, values := range header {
			httpRequest.Header[http.CanonicalHeaderKey(name)] = values
		}
	}
	httpRequest.Header.Set("Accept", request.Accept)
	httpRequest.Header.Set("X-Request-Id", requestID(c.options.Seed, id))
	if request.ContentType != "" {
		httpRequest.Header.Set("Content-Type", request.ContentType)
	}
	started, began := c.options.Clock(), time.Now()
	response, err := t.http.Do(httpRequest)
	if err != nil {
		return nil, httpRequest.Header, err
	}
	defer response.Body.Close() //nolint:errcheck // the body is read to its end or given up on
	body, err := c.readAll(response.Body, response.ContentLength, c.options.MaxBody)
	if err != nil {
		return nil, httpRequest.Header, fmt.Errorf("read the answer: %w", err)
	}
	return &Exchange{
		ID: id, Request: request, Status: response.StatusCode, Header: evidenceHeaders(response.Header), Body: body,
		Duration: c.options.Clock().Sub(started), Waited: time.Since(began),
	}, httpRequest.Header, nil
}

// mostTrusted is the room that is made for an answer because its header announces so many bytes.
const mostTrusted = 1 << 20

// readAll reads a body of at most limit bytes. announced is what the header says of its length, -1 for nothing.
func (c *Client) readAll(r io.Reader, announced, limit int64) (string, error) {
	var body strings.Builder
	body.Grow(int(min(max(announced, 0), limit, mostTrusted)))
	passing, _ := c.buffers.Get().(*[readAtOnce]byte)
	if passing == nil {
		passing = new([readAtOnce]byte)
	}
	defer c.buffers.Put(passing)
	n, err := io.CopyBuffer(&body, io.LimitReader(r, limit+1), passing[:])
	if err != nil {
		return "", fmt.Errorf("after %d bytes: %w", n, err)
	}
	if n > limit {
		return "", &bodyTooLargeError{limit: limit}
	}
	return body.String(), nil
}

// readAtOnce is how many bytes of a body are read at a time.
const readAtOnce = 32 << 10

// requestID derives a UUID (RFC 9562 version 8) from the seed and the request, so that a rerun carries the same ids and
// a supplier can find both in their logs.
func requestID(seed uint64, id string) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seed)
	sum := sha256.Sum256(append(b[:], id...))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	x := hex.EncodeToString(sum[:16])
	return strings.Join([]string{x[:8], x[8:12], x[12:16], x[16:20], x[20:]}, "-")
}
