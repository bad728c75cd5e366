package load

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord/internal/exchange"
	"concord/internal/fhir"
)

const (
	// patience is how often a write is sent again when the endpoint asks to be left alone for a while.
	patience = 5
	// longestPause bounds how long it may ask for.
	longestPause = time.Minute
	// maxRefusals is how many writes in a row may be refused as a whole before the load ends.
	maxRefusals = 10
)

// object is decoded JSON.
type object = map[string]any

// send sends resources in one request and notes what was loaded.
func (l *Loader) send(ctx context.Context, mode Mode, items []item) error {
	if mode == Transaction && l.noTransactions {
		return l.singly(ctx, items)
	}
	request, err := l.request(mode, items)
	if err != nil {
		return err
	}
	if l.options.ServerIDs {
		// A create that is sent twice makes two resources, so it is noted before.
		if err := l.mapping.note(record{Sent: keys(items)}); err != nil {
			return err
		}
	}
	answer, err := l.politely(ctx, request)
	if err != nil {
		return l.unanswered(items, err)
	}
	switch {
	case l.options.Mode == Put && mode == Transaction && slices.Contains(withoutTransactions(), answer.Status):
		l.noTransactions = true
		return l.singly(ctx, items)
	case answer.Status < 200 || answer.Status > 299:
		return l.refused(items, answer)
	}
	l.refusals = 0
	if mode == Put {
		return l.mapping.note(l.loaded(items[0], answer.Header.Get("Location")))
	}
	return l.entries(mode, items, answer)
}

// withoutTransactions lists the answers of an endpoint that takes no Bundles.
func withoutTransactions() []int {
	return []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented}
}

// singly updates the resources of a circle one by one: an endpoint without transactions may not look where references
// lead.
func (l *Loader) singly(ctx context.Context, items []item) error {
	for i := range items {
		if err := l.send(ctx, Put, items[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// request makes the request for the items.
func (l *Loader) request(mode Mode, items []item) (exchange.Request, error) {
	base := strings.TrimSuffix(l.options.Target.BaseURL, "/")
	request := exchange.Request{
		System: l.options.Target.Name, Method: http.MethodPost, URL: base, ContentType: "application/fhir+json",
	}
	place := make(map[string]string, len(items))
	for _, it := range items {
		place[it.key] = l.place(it.key)
	}
	rename := func(reference string) string {
		if here, ok := place[reference]; ok {
			return here
		}
		if there := l.mapping.server(reference); there != "" {
			return there
		}
		return reference
	}
	var body any
	if mode == Put {
		request.Method, request.URL = http.MethodPut, base+"/"+items[0].key
		body = renamed(items[0].resource, rename)
	} else {
		entries := make([]any, 0, len(items))
		for _, it := range items {
			resource := renamed(it.resource, rename)
			entry := object{"fullUrl": base + "/" + it.key, "request": object{"method": http.MethodPut, "url": it.key}, "resource": resource}
			if l.options.ServerIDs {
				if of, ok := resource.(object); ok {
					delete(of, "id")
				}
				entry["fullUrl"], entry["request"] = place[it.key], object{"method": http.MethodPost, "url": it.resource.Type()}
			}
			entries = append(entries, entry)
		}
		body = object{"resourceType": "Bundle", "type": string(mode), "entry": entries}
	}
	text, err := fhir.AppendJSON(nil, body)
	if err != nil {
		return exchange.Request{}, fmt.Errorf("write %s: %w", name(items), err)
	}
	request.Body = string(text)
	return request, nil
}

// place is what others in one request call a resource: its own reference, or a UUID until the endpoint gives it an id.
func (l *Loader) place(key string) string {
	if !l.options.ServerIDs {
		return key
	}
	sum := sha256.Sum256([]byte(l.options.System + "/" + key))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	x := hex.EncodeToString(sum[:16])
	return "urn:uuid:" + strings.Join([]string{x[:8], x[8:12], x[12:16], x[16:20], x[20:]}, "-")
}

// politely sends a write no sooner than the limit allows, and again when the endpoint asks to wait (429, 503). A write
// that is under way is never cut short, because nobody would know whether it happened.
func (l *Loader) politely(ctx context.Context, request exchange.Request) (*exchange.Exchange, error) {
	gap := time.Duration(float64(time.Second) / l.options.PerSecond)
	for again := 0; ; again++ {
		if early := gap - l.options.Clock().Sub(l.lastSent); early > 0 && !l.lastSent.IsZero() {
			if err := l.options.Wait(ctx, early); err != nil {
				return nil, errInterrupted
			}
		}
		if ctx.Err() != nil {
			return nil, errInterrupted
		}
		l.lastSent = l.options.Clock()
		l.summary.Requests++
		answer, err := l.client.Do(context.WithoutCancel(ctx), request)
		if err != nil {
			return nil, err
		}
		if answer.Status != http.StatusTooManyRequests && answer.Status != http.StatusServiceUnavailable || again == patience {
			return answer, nil
		}
		if err := l.options.Wait(ctx, pause(answer.Header.Get("Retry-After"), again)); err != nil {
			return nil, errInterrupted
		}
	}
}

var errInterrupted = errors.New("interrupted")

// pause reads Retry-After in seconds; without one it doubles from a second.
func pause(retryAfter string, again int) time.Duration {
	asked := time.Second << again
	if seconds, err := strconv.Atoi(strings.TrimSpace(retryAfter)); err == nil && seconds >= 0 {
		asked = time.Duration(min(seconds, int(longestPause/time.Second))) * time.Second
	}
	return min(asked, longestPause)
}

// unanswered ends the load: a write without an answer may have happened, and the next would fare no better.
func (l *Loader) unanswered(items []item, err error) error {
	var dial *net.OpError
	var failure *exchange.Error
	refused := errors.As(err, &failure) && failure.Kind == exchange.Refused
	unsent := errors.Is(err, errInterrupted) || refused || errors.As(err, &dial) && dial.Op == "dial"
	if unsent && l.options.ServerIDs {
		if err := l.mapping.note(record{Refused: keys(items)}); err != nil {
			return err
		}
	}
	if errors.Is(err, errInterrupted) {
		return l.stop("interrupted before %s was sent", name(items))
	}
	l.missing(Failure{What: name(items), Resources: len(items), Text: err.Error()})
	if refused {
		return nil
	}
	return l.stop("there was no answer to %s: %v", name(items), err)
}

// refused notes that the endpoint took nothing of a request.
func (l *Loader) refused(items []item, answer *exchange.Exchange) error {
	if l.options.ServerIDs {
		if err := l.mapping.note(record{Refused: keys(items)}); err != nil {
			return err
		}
	}
	l.missing(Failure{What: name(items), Resources: len(items), Status: answer.Status, Text: l.said(answer)})
	l.refusals++
	switch {
	case answer.Status == http.StatusUnauthorized:
		return l.stop("the endpoint does not accept the credentials (401): give them with --header")
	case l.refusals == maxRefusals:
		return l.stop("the endpoint refused %d requests in a row", maxRefusals)
	default:
		return nil
	}
}

// entries reads the answer to a transaction or batch, entry by entry.
func (l *Loader) entries(mode Mode, items []item, answer *exchange.Exchange) error {
	bundle, err := fhir.DecodeObject([]byte(answer.Body))
	list := fhir.Objects(bundle["entry"])
	if want := string(mode) + "-response"; err != nil || fhir.Text(bundle["type"]) != want || len(list) != len(items) {
		l.missing(Failure{What: name(items), Resources: len(items), Status: answer.Status, Text: fmt.Sprintf(
			"answered with %s, not with a %s of %d entries, so nobody knows what was loaded", l.said(answer), want, len(items))})
		return nil
	}
	var records []record
	var refusals []string
	for i, it := range items {
		response, _ := list[i]["response"].(map[string]any)
		code, _, _ := strings.Cut(fhir.Text(response["status"]), " ")
		status, err := strconv.Atoi(code)
		switch {
		case err == nil && status >= 200 && status <= 299:
			records = append(records, l.loaded(it, fhir.Text(response["location"])))
		default:
			outcome, _ := response["outcome"].(map[string]any)
			l.missing(Failure{What: it.key, Resources: 1, Status: status, Text: describe(outcome)})
			refusals = append(refusals, it.key)
		}
	}
	if l.options.ServerIDs && len(refusals) > 0 {
		records = append(records, record{Refused: refusals})
	}
	return l.mapping.note(records...)
}

// loaded is the note that a resource was loaded, with the id that the endpoint gave it.
func (l *Loader) loaded(it item, location string) record {
	server := it.key
	parsed, ok := fhir.ParseReference(location)
	if ok && parsed.Type == it.resource.Type() {
		server = parsed.Type + "/" + parsed.ID
	} else if l.options.ServerIDs {
		l.missing(Failure{What: it.key, Resources: 1, Text: fmt.Sprintf("created, but its location %q does not name a %s, so nothing can refer to it",
			location, it.resource.Type())})
		return record{}
	}
	l.summary.Loaded++
	return record{Ledger: it.key, Server: server}
}

// said is what an answer that is no success says, for a sentence.
func (l *Loader) said(answer *exchange.Exchange) string {
	resource, err := fhir.DecodeObject([]byte(answer.Body))
	switch {
	case err != nil && len(answer.Body) == 0:
		return "an empty body"
	case err != nil:
		return fmt.Sprintf("%d bytes of %s", len(answer.Body), answer.ContentType())
	case fhir.Text(resource["resourceType"]) != "OperationOutcome":
		return "a resource of type " + strconv.Quote(clip(fhir.Text(resource["resourceType"])))
	default:
		return describe(resource)
	}
}

// describe gives the text of an OperationOutcome.
func describe(outcome map[string]any) string {
	var texts []string
	for _, issue := range fhir.Objects(outcome["issue"]) {
		var parts []string
		for _, text := range []string{fhir.Text(issue["code"]), fhir.Text(fhir.Get(issue, "details", "text")), fhir.Text(issue["diagnostics"])} {
			if text != "" {
				parts = append(parts, text)
			}
		}
		texts = append(texts, strings.Join(parts, ": "))
	}
	if len(texts) == 0 {
		return "no OperationOutcome that says why"
	}
	return clip(strings.Join(strings.Fields(strings.Join(texts, "; ")), " "))
}

// clip bounds what an endpoint can put into a message.
func clip(text string) string {
	const most = 1000
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// name names the items for a sentence.
func name(items []item) string {
	if len(items) == 1 {
		return items[0].key
	}
	return fmt.Sprintf("%d resources (%s to %s)", len(items), items[0].key, items[len(items)-1].key)
}

func keys(items []item) []string {
	all := make([]string, 0, len(items))
	for _, it := range items {
		all = append(all, it.key)
	}
	return all
}
