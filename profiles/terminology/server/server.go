// Package server asks a FHIR terminology server what the loaded definitions cannot answer: whether a code is in a value set
// ($validate-code of FHIR R4).
//
// A judgement does not wait for the network. It asks for a verdict, which is unknown at first and noted; Resolve then sends
// what was noted, and judging again finds the answers. What the server does not know, or cannot be asked, stays unknown: it
// is counted and is never a pass or a failure.
package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles/terminology"
)

// Question is whether a value set holds a code of a system.
type Question struct{ ValueSet, System, Code string }

// Options say how a server is asked.
type Options struct {
	// Header is sent with every request; credentials in it reach neither evidence nor cache.
	Header http.Header
	// Exchange are the manners of the client: deadline, concurrency, when to give up, and where exchanges are recorded.
	Exchange exchange.Options
	// Cache is the folder where answers are kept, by server and the versions of what it holds; empty keeps none.
	Cache string
}

// Client asks one server. It is safe for concurrent use.
type Client struct {
	base   string
	client *exchange.Client
	folder string

	// resolving is held while questions are asked, so that who needs an answer that is under way waits for it.
	resolving sync.Mutex

	mu       sync.Mutex
	rounds   int // how often something was asked
	answers  map[Question]terminology.Verdict
	pending  map[Question]bool
	answered map[string]bool // value sets that an answer came for
	failed   int             // questions that got no answer
	reason   string
	keeper   *keeper
}

const (
	target = "terminology"
	// mostAtOnce is how many requests are under way at a server that others use, too.
	mostAtOnce = 4
)

// New returns a client for the server at a base URL. Nothing is sent before Resolve.
func New(base string, options Options) (*Client, error) {
	if options.Exchange.Concurrency == 0 {
		options.Exchange.Concurrency = mostAtOnce
	}
	client, err := exchange.NewClient([]exchange.Target{{Name: target, BaseURL: base, Header: options.Header}}, options.Exchange)
	if err != nil {
		return nil, fmt.Errorf("terminology server: %w", err)
	}
	return &Client{
		base: base, client: client, folder: options.Cache,
		answers: map[Question]terminology.Verdict{}, pending: map[Question]bool{}, answered: map[string]bool{},
	}, nil
}

// Close lets go of connections and of the cache.
func (c *Client) Close() error {
	c.client.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keeper.close()
}

// Name says which server answers.
func (c *Client) Name() string { return "server " + c.base }

// Verdict returns what the server said of a code, or Unknown, after noting the question for Resolve.
func (c *Client) Verdict(valueSet, system, code string) terminology.Verdict {
	q := Question{valueSet, system, code}
	c.mu.Lock()
	defer c.mu.Unlock()
	verdict, known := c.answers[q]
	if !known {
		c.pending[q] = true
	}
	return verdict
}

// Mark returns a mark for Resolve, to be taken before a judgement.
func (c *Client) Mark() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rounds
}

// Resolve asks what was noted and not asked before, and says whether there are answers since the mark, so that judging again
// may say more. The error is that of the context alone; a server that does not answer leaves questions unknown (see
// Unanswered).
func (c *Client) Resolve(ctx context.Context, mark int) (more bool, err error) {
	c.resolving.Lock()
	defer c.resolving.Unlock()
	c.mu.Lock()
	list := make([]Question, 0, len(c.pending))
	for q := range c.pending {
		if _, known := c.answers[q]; !known {
			list = append(list, q)
		}
	}
	clear(c.pending)
	if len(list) > 0 {
		c.rounds++
	}
	more = c.rounds != mark
	c.mu.Unlock()
	if len(list) == 0 {
		return more, nil
	}
	slices.SortFunc(list, func(a, b Question) int {
		return strings.Compare(a.ValueSet+"\x00"+a.System+"\x00"+a.Code, b.ValueSet+"\x00"+b.System+"\x00"+b.Code)
	})
	c.openCache(ctx)
	work := make(chan Question)
	var wait sync.WaitGroup
	for range min(mostAtOnce, len(list)) {
		wait.Go(func() {
			for q := range work {
				c.ask(ctx, q)
			}
		})
	}
	for _, q := range list {
		work <- q
	}
	close(work)
	wait.Wait()
	if ctx.Err() != nil {
		return true, fmt.Errorf("ask terminology server: %w", ctx.Err())
	}
	return true, nil
}

// ask gets one answer, from the cache or from the server.
func (c *Client) ask(ctx context.Context, q Question) {
	c.mu.Lock()
	verdict, kept := c.keeper.answer(q)
	c.mu.Unlock()
	var err error
	if !kept {
		verdict, err = c.validate(ctx, q)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers[q] = verdict
	switch {
	case err != nil:
		c.failed++
		if c.reason == "" {
			c.reason = err.Error()
		}
	case verdict != terminology.Unknown:
		c.answered[q.ValueSet] = true
		if !kept {
			c.keeper.keep(q, verdict)
		}
	default:
		c.failed++
	}
}

var errNoParameters = errors.New("the answer is no Parameters with a result")

// validate asks ValueSet/$validate-code (R4, ValueSet operations).
func (c *Client) validate(ctx context.Context, q Question) (terminology.Verdict, error) {
	query := url.Values{"url": {q.ValueSet}, "code": {q.Code}}
	if q.System != "" {
		query.Set("system", q.System)
	}
	answer, err := c.get(ctx, "ValueSet/$validate-code?"+query.Encode())
	if err != nil {
		return terminology.Unknown, err
	}
	if answer.Type() == "OperationOutcome" {
		// The server does not know the value set, or cannot expand it.
		return terminology.Unknown, nil
	}
	held, said := false, false
	unknown := false
	for _, p := range answer.Objects("parameter") {
		name, _ := p["name"].(string)
		switch name {
		case "result":
			held, said = p["valueBoolean"].(bool)
		case "x-unknown-system", "x-caused-by-unknown-system":
			unknown = true
		case "message":
			text, _ := p["valueString"].(string)
			unknown = unknown || ofUnknownSystem(text)
		}
	}
	switch {
	case !said:
		return terminology.Unknown, errNoParameters
	case held:
		return terminology.In, nil
	case unknown:
		return terminology.Unknown, nil
	default:
		return terminology.Out, nil
	}
}

// ofUnknownSystem says whether a message tells that it is the code system, not the code, that the server does not have.
func ofUnknownSystem(message string) bool {
	message = strings.ToLower(message)
	for _, subject := range []string{"codesystem", "code system", "value set", "valueset"} {
		for _, said := range []string{" is unknown", " could not be found", " not found", " is not supported", " is not known"} {
			if i := strings.Index(message, subject); i >= 0 && strings.Contains(message[i:], said) {
				return true
			}
		}
	}
	return false
}

// get reads a resource. An answer that is an OperationOutcome counts, whatever its status; other failures are errors.
func (c *Client) get(ctx context.Context, path string) (fhir.Resource, error) {
	answer, err := c.client.Do(ctx, exchange.Request{System: target, Method: http.MethodGet, URL: path})
	if err != nil {
		return nil, fmt.Errorf("ask terminology server: %w", err)
	}
	resource, err := fhir.DecodeObject([]byte(answer.Body))
	if err != nil {
		return nil, fmt.Errorf("ask terminology server: status %d, and no FHIR: %w", answer.Status, err)
	}
	isOutcome := resource["resourceType"] == "OperationOutcome"
	if answer.Status >= http.StatusInternalServerError || answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusUnauthorized ||
		answer.Status == http.StatusForbidden || answer.Status != http.StatusOK && !isOutcome {
		return nil, fmt.Errorf("ask terminology server: %w", statusError(answer.Status))
	}
	return resource, nil
}

type statusError int

// Error names the status.
func (s statusError) Error() string { return fmt.Sprintf("it answered with status %d", int(s)) }

// Answered lists the value sets that the server answered for, in order.
func (c *Client) Answered() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]string, 0, len(c.answered))
	for set := range c.answered {
		list = append(list, set)
	}
	slices.Sort(list)
	return list
}

// Unanswered counts the questions that were asked and stayed unknown, and says why the first of them failed, where it did.
func (c *Client) Unanswered() (count int, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed, c.reason
}
