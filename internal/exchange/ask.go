package exchange

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// mostBroken is how often a read is sent in all when its connection breaks.
	mostBroken = 3
	// mostAsked is how often a request is sent in all when the endpoint asks to be left alone, however shortly.
	mostAsked = 32
	// brokenPause is how long is waited after the first broken connection; the second time twice as long.
	brokenPause = 100 * time.Millisecond
	// mostDoubled is how often the pause of a request that alone is left alone is doubled at most.
	mostDoubled = 5
	// fresh in a configured header stands for a UUID that is another one in each request.
	fresh = "{{uuid}}"
)

// ask sends a request, again where that is safe and may help, and keeps the evidence of how it ended.
func (c *Client) ask(ctx context.Context, t *target, id string, request Request, to place, w *wire) (*Exchange, error) {
	if c.options.Replay != nil {
		if answer, failure, done := c.options.Replay.recall(request, id); failure != nil {
			return nil, failure
		} else if done {
			if t.Scratch != nil {
				t.Scratch.saw(answer, strings.TrimPrefix(to.url.String(), t.root))
			}
			return answer, nil
		}
	}
	answer, sent, failure := c.inTurn(ctx, t, id, request, to, w)
	if failure != nil && failure.NotSent {
		return nil, failure
	}
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
	if t.Scratch != nil {
		t.Scratch.saw(answer, strings.TrimPrefix(to.url.String(), t.root))
	}
	return answer, nil
}

// inTurn sends a request when it is its turn, and again, with fewer others under way, when it was not answered in time while the system
// had others to answer. The time that it was waited for in vain is the system's own.
func (c *Client) inTurn(ctx context.Context, t *target, id string, request Request, to place, w *wire) (*Exchange, http.Header, *Error) {
	// Whoever holds a place has a deadline, so waiting for one ends.
	round := t.lanes.enter()
	answer, sent, failure := c.persist(ctx, t, id, request, to, w, reads(request, to.url) && !t.Uninvited)
	if failure == nil || !failure.crowded {
		t.lanes.leave()
		return answer, sent, failure
	}
	t.lanes.wasLate(round)
	t.lanes.leave()
	t.pace().again()
	t.lanes.enter()
	defer t.lanes.leave()
	answer, sent, failure = c.persist(ctx, t, id+"'", request, to, w, false)
	t.lanes.tried(failure == nil)
	if answer != nil {
		answer.ID, answer.Repeated, answer.Waited = id, answer.Repeated+1, answer.Waited+c.options.Timeout
	}
	return answer, sent, failure
}

// persist sends a request until there is an answer to be judged, or none is to be had. Where it may be late, a failure to answer in time
// while others are under way is left to the caller (crowded), and says nothing of how the system is.
func (c *Client) persist(ctx context.Context, t *target, id string, request Request, to place, w *wire, mayBeLate bool) (*Exchange, http.Header, *Error) {
	safe := reads(request, to.url)
	var (
		renewed  bool
		last     *Error
		lastSent http.Header
	)
	for times, broken := 0, 0; ; times++ {
		if held := t.breaker.hold(request); held != nil {
			if last != nil {
				return nil, lastSent, last
			}
			return nil, nil, held
		}
		if err := c.withinBudget(t); err != nil {
			return nil, nil, &Error{Kind: OverBudget, NotSent: true, System: request.System, Method: request.Method, URL: request.URL, Err: err}
		}
		if err := t.pace().pass(ctx); err != nil {
			return nil, nil, classify(ctx, request, err)
		}
		answer, sent, err := c.sendInTurn(ctx, t, id+strings.Repeat("'", times), request, to, w)
		if err != nil {
			failure := classify(ctx, request, err)
			if t.Uninvited && turnedAway(failure) {
				failure.Kind = TurnedAway
				return nil, sent, failure
			}
			if failure.Kind == TimedOut && mayBeLate && t.lanes.crowded() {
				failure.crowded = true
				return nil, sent, failure
			}
			t.breaker.heard(request, failure)
			last, lastSent = failure, sent
			if broken++; safe && broken < mostBroken && passing(failure) {
				t.pace().again()
				if err := c.options.Wait(ctx, brokenPause<<(broken-1)); err == nil {
					continue
				}
			}
			return nil, sent, failure
		}
		t.breaker.heard(request, nil)
		limits := answer.limits
		answer.ID, answer.Repeated, answer.limits = id, times, nil
		again, alone := t.pace().hear(t.breaker.kind(request), answer.Status, limits, times)
		again = again && times+1 < mostAsked && (safe || c.options.AllowWrites || t.Scratch != nil)
		if again && alone {
			again = c.options.Wait(ctx, brokenPause<<min(times, mostDoubled)) == nil
		}
		if t.Auth != nil && to.credentials && t.Auth.Answered(answer.Status, sent) && !renewed {
			again, renewed = true, true
		}
		if gatewayFailed(answer.Status) && safe && broken+1 < mostBroken {
			broken++
			again = c.options.Wait(ctx, brokenPause<<(broken-1)) == nil
		}
		if !again {
			return answer, sent, nil
		}
		t.pace().again()
	}
}

// turnedAway reports whether a connection was made and ended by who was asked: by an alert of TLS, or without a word, which is
// what is left of an alert that comes while a request is still being sent.
func turnedAway(failure *Error) bool {
	if failure.Kind != Unreachable {
		return false
	}
	var op *net.OpError
	if errors.As(failure.Err, &op) && op.Op == "remote error" {
		return true
	}
	return errors.Is(failure.Err, io.EOF) || errors.Is(failure.Err, syscall.ECONNRESET) || errors.Is(failure.Err, syscall.EPIPE)
}

// gatewayFailed reports whether a status says that somebody between Concord and the system could not reach it.
func gatewayFailed(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

// passing reports whether a failure may be over the next time: a connection that broke, not a certificate that is wrong.
func passing(failure *Error) bool {
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	return failure.Kind == Unreachable && !errors.As(failure.Err, &certificate) && !(errors.As(failure.Err, &name) && name.IsNotFound)
}

// withinBudget says that a budget is used up.
func (c *Client) withinBudget(t *target) error {
	if most := c.options.MaxRequests; most > 0 && t.pace().count() >= most {
		return fmt.Errorf("not asked, because the budget of %d requests to this system is used up", most)
	}
	if most := c.options.MaxTime; most > 0 && c.options.Now().Sub(c.started) > most {
		return fmt.Errorf("not asked, because the time budget of %v is used up", most)
	}
	return nil
}

func (g *gate) count() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.sent
}

func (g *gate) again() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.repeated++
}

// sendInTurn sends a request once, and again when its answer is a large one for which there was no room: whoever waits for
// room holds no connection open, and the time is none of the system's.
func (c *Client) sendInTurn(ctx context.Context, t *target, id string, request Request, to place, w *wire) (*Exchange, http.Header, error) {
	answer, sent, err := c.send(ctx, t, id, request, to, w, !reads(request, to.url))
	if wait := (*largeAnswerError)(nil); !errors.As(err, &wait) {
		return answer, sent, err
	}
	if err := c.room.enter(ctx, c.forgetLarge); err != nil {
		return nil, sent, err
	}
	defer c.room.leave()
	return c.send(ctx, t, id, request, to, w, true)
}

// send sends a request once. inTurn says that the answer may be a large one.
func (c *Client) send(ctx context.Context, t *target, id string, request Request, to place, w *wire, inTurn bool) (*Exchange, http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	form := request.Body
	if t.Fill != nil {
		var err error
		if form, err = t.Fill(ctx, form); err != nil {
			return nil, nil, &unadmittedError{err}
		}
	}
	httpRequest, err := http.NewRequestWithContext(ctx, request.Method, request.URL, strings.NewReader(form))
	if err != nil {
		return nil, nil, errors.New("make the request: the URL or the method cannot be sent")
	}
	if !request.Cached && !c.options.Cached {
		// HAPI FHIR, for one, gives the answer to a search again for a minute, also to another spelling of the search.
		httpRequest.Header.Set("Cache-Control", "no-cache")
	}
	configured := []http.Header{request.Header}
	httpRequest.Header.Set("X-Request-Id", requestID(c.options.Seed, id))
	if to.credentials {
		configured = []http.Header{t.Header, request.Header}
	}
	for _, header := range configured {
		for name, values := range header {
			httpRequest.Header[http.CanonicalHeaderKey(name)] = c.filled(name, values, id)
		}
	}
	httpRequest.Header.Set("Accept", request.Accept)
	httpRequest.Header.Set("User-Agent", c.options.UserAgent)
	if request.ContentType != "" {
		httpRequest.Header.Set("Content-Type", request.ContentType)
	}
	if t.Auth != nil && to.credentials && httpRequest.Header.Get("Authorization") == "" {
		if err := t.Auth.Authorize(ctx, httpRequest.Header); err != nil {
			return nil, httpRequest.Header, &unadmittedError{err}
		}
	}
	heldUp := c.pulse.ride()
	started, began := c.options.Clock(), time.Now()
	w.sent(began, c.pulse.sum())
	defer w.sent(time.Time{}, 0)
	response, err := t.http.Do(httpRequest)
	if err != nil {
		heldUp()
		return nil, httpRequest.Header, err
	}
	defer response.Body.Close() //nolint:errcheck // the body is read to its end or given up on
	body, err := c.readAll(response.Body, response.ContentLength, c.options.MaxBody, inTurn)
	took := time.Since(began)
	held := min(heldUp(), took)
	if err != nil {
		return nil, httpRequest.Header, fmt.Errorf("read the answer: %w", err)
	}
	if t.Fill != nil {
		body = maskTokens(body)
	}
	if response.ContentLength >= 0 && cutShort(body) {
		// Its length may have been too small: what is left of it must not be taken for the next answer.
		t.http.CloseIdleConnections()
	}
	return &Exchange{
		ID: id, Request: request, Status: response.StatusCode, Header: evidenceHeaders(response.Header), limits: response.Header, Body: body,
		Duration: c.options.Clock().Sub(started), Waited: took - held, HeldUp: held,
	}, httpRequest.Header, nil
}

// filled puts UUIDs in for fresh.
func (c *Client) filled(name string, values []string, id string) []string {
	for i, value := range values {
		if strings.Contains(value, fresh) {
			values = append(values[:i:i], values[i:]...)
			values[i] = strings.ReplaceAll(value, fresh, requestID(c.options.Seed, name+strconv.Itoa(i)+c.started.String()+id))
		}
	}
	return values
}

// cutShort reports whether a JSON text does not end as one does.
func cutShort(body string) bool {
	text := strings.TrimRight(body, " \t\r\n")
	if text == "" {
		return false
	}
	last := text[len(text)-1]
	return strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") && last != '}'
}

// mostTrusted is the room that is made for an answer because its header announces so many bytes.
const mostTrusted = 1 << 20

// readAll reads a body of at most limit bytes. announced is what the header says of its length, -1 for nothing. The error is a
// *largeAnswerError for a large one that is not read in turn.
func (c *Client) readAll(r io.Reader, announced, limit int64, inTurn bool) (string, error) {
	var body strings.Builder
	body.Grow(int(min(max(announced, 0), limit, mostTrusted)))
	passing, _ := c.buffers.Get().(*[readAtOnce]byte)
	if passing == nil {
		passing = new([readAtOnce]byte)
	}
	defer c.buffers.Put(passing)
	n, err := io.CopyBuffer(&body, io.LimitReader(r, min(limit, largest)+1), passing[:])
	if err == nil && n > largest && limit > largest {
		if !inTurn {
			if !c.room.try() {
				return "", &largeAnswerError{}
			}
			defer c.room.leave()
		}
		var more int64
		// So much came that the rest of what is announced may be trusted.
		body.Grow(int(max(min(announced, limit)-n, 0)))
		more, err = io.CopyBuffer(&body, io.LimitReader(r, limit+1-n), passing[:])
		n += more
	}
	if err != nil {
		return "", fmt.Errorf("after %d bytes: %w", n, err)
	}
	if n > limit {
		return "", &bodyTooLargeError{limit: limit}
	}
	text := body.String()
	c.room.add(text)
	return text, nil
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

// Traffic is how many requests a system was sent.
type Traffic struct {
	// Requests counts all, Repeated those among them that were sent again, Throttled the answers that asked to be left alone.
	Requests, Repeated, Throttled int
	// Paused is how long nothing was sent because of that, or because of the limit on requests a second.
	Paused time.Duration
	// Late counts the requests that were not answered in time while others were under way; AtOnce is how many were asked at once
	// in the end.
	Late, AtOnce int
	// Dated says that answers carry a Date, Ahead how far the last one was ahead of this machine's clock, to the second.
	Dated bool
	Ahead time.Duration
	// Limits is a header about limits that answers carry, with its name; "" for none.
	Limits string
}

// Traffic returns the traffic with a system so far.
func (c *Client) Traffic(system string) Traffic {
	t, ok := c.targets[system]
	if !ok {
		return Traffic{}
	}
	paused := t.pace().pausedFor()
	late, atOnce := t.lanes.slowed()
	t.pace().mu.Lock()
	defer t.pace().mu.Unlock()
	return Traffic{Late: late, AtOnce: atOnce, Requests: t.pace().sent, Repeated: t.pace().repeated, Throttled: t.pace().throttle, Paused: paused, Dated: t.pace().dated, Ahead: t.pace().ahead, Limits: t.pace().limits}
}

// Paused is how long requests have waited for a system to want them, and for room for a large answer, in all. Deadlines of
// those who ask leave it out.
func (c *Client) Paused() time.Duration {
	sum := c.room.waitedFor()
	for _, t := range c.targets {
		if t.Of == "" {
			sum += t.pace().pausedFor()
		}
	}
	return sum
}
