package capability

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// written is everything that was written to a system, in order, with what was read in between. What is nil was not asked.
type written struct {
	// kind is the type of what was made, offer what is declared of it, reference where the system keeps it.
	kind      string
	offer     map[string]any
	reference string
	// sent says that a create was sent, and lost that no answer to it came, so that nobody knows whether something was made.
	sent, lost bool
	// created is the answer to the create, read the first read after it.
	created, read *exchange.Exchange
	// updated changes it, and updatedRead reads it then. conflicting changes it on the condition of a version that is gone.
	updated, updatedRead, conflicting, conflictingRead *exchange.Exchange
	// otherID updates it with a body of another id. posted and put are creates and updates where there are none, plain a create in a
	// type of media that is none of FHIR's.
	otherID, posted, put, plain *exchange.Exchange
	// again creates it on the condition that there is none yet, upserted updates it by a search; more are what is there besides
	// afterwards.
	again, upserted         *exchange.Exchange
	againMore, upsertedMore []string
	// deleted takes it away, and deletedRead reads it then.
	deleted, deletedRead *exchange.Exchange
	// looks are searches for it, each asked of whatever cache there is and then past it.
	looks []look
	// left is what could not be taken away again.
	left []string
}

// look is a search for what was made, as most clients ask and with Cache-Control: no-cache.
type look struct {
	// after says what was written before it; present whether there is something to be found, and text what it says.
	after       string
	present     bool
	text        string
	kept, fresh *exchange.Exchange
}

// scratch writes to the system what a run makes for itself, and takes it away again. It is done once for all checks.
func scratch(ctx context.Context, env *check.Env) (*written, error) {
	type key struct{ system string }
	found, err := env.Shared.Do(ctx, key{env.System.Name}, func(ctx context.Context) (any, error) {
		return writeAll(ctx, env)
	})
	story, _ := found.(*written)
	return story, err
}

// writeAll makes a resource of the first type that may be made.
func writeAll(ctx context.Context, env *check.Env) (*written, error) {
	statement, _, err := env.System.Capabilities(ctx)
	if err != nil {
		return nil, err
	}
	var refused []string
	reason := result.NoData
	for _, kind := range exchange.ScratchTypes() {
		resource := offer(statement, kind)
		if !interacts(resource, "create") {
			continue
		}
		w := &writer{env: env, story: &written{kind: kind, offer: resource}}
		err := w.all(ctx)
		w.clean(ctx)
		if len(w.story.left) > 0 && env.Remark != nil {
			env.Remark(fmt.Sprintf("It still has what this run wrote and could not take away: %s. Please delete it.", strings.Join(w.story.left, ", ")))
		}
		if got := w.story.created; err == nil && got != nil && got.Status >= http.StatusBadRequest && got.Status < http.StatusInternalServerError {
			// It may want more than a create owes it, and of another type it may not.
			if got.Status == http.StatusForbidden {
				reason = result.NotAllowed
			}
			refused = append(refused, fmt.Sprintf("%s with status %d", kind, got.Status))
			continue
		}
		return w.story, err
	}
	if len(refused) > 0 {
		return nil, &check.Inconclusive{Reason: reason, Detail: fmt.Sprintf(
			"%s declares creates and refuses a plain %s, which it may, so that nothing could be written", env.System.Name, strings.Join(refused, " and a plain "))}
	}
	return nil, notOffered(env, "creates of "+result.List(exchange.ScratchTypes(), nil))
}

// writer writes to one system.
type writer struct {
	env   *check.Env
	story *written
	asked int
}

// send sends a request to the way to write. No answer is shared with anybody, and each request is another one.
func (w *writer) send(ctx context.Context, request exchange.Request, cached bool) (*exchange.Exchange, error) {
	w.asked++
	way := w.env.System.Scratch.Afresh(fmt.Sprintf("scratch %s %d", w.story.kind, w.asked))
	if cached {
		way = way.Cached()
	}
	got, err := way.Ask(ctx, request)
	if err != nil {
		return nil, err
	}
	switch got.Status {
	case http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable, http.StatusBadGateway, http.StatusGatewayTimeout:
		return nil, unavailable(w.env, got)
	}
	return got, nil
}

// write sends a write. The headers are pairs of name and value; a Content-Type among them is sent in place of FHIR's own.
func (w *writer) write(ctx context.Context, method, place, body string, header ...string) (*exchange.Exchange, error) {
	request := exchange.Request{Method: method, URL: place, Body: body, Header: http.Header{}}
	if body != "" {
		request.ContentType = "application/fhir+json"
	}
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Content-Type" {
			request.ContentType = header[i+1]
			continue
		}
		request.Header.Set(header[i], header[i+1])
	}
	return w.send(ctx, request, false)
}

// query is the search for what was made.
func (w *writer) query() string {
	return w.story.kind + "?" + (&exchange.Scratch{Mark: w.env.System.Mark}).Query()
}

// body is the resource, with an id or without, and with a text.
func (w *writer) body(id, text string) string {
	resource := fhir.Resource{
		"resourceType": w.story.kind,
		"identifier":   []any{map[string]any{"system": exchange.ScratchSystem, "value": w.env.System.Mark}},
	}
	words := map[string]any{"text": text}
	switch w.story.kind {
	case "Patient":
		resource["active"], resource["name"] = false, []any{map[string]any{"text": text, "family": "Scratch", "given": []any{"Concord"}}}
	case "Observation":
		resource["status"], resource["code"] = "final", words
	default:
		resource["code"] = words
	}
	if id != "" {
		resource["id"] = id
	}
	encoded, err := fhir.AppendJSON(nil, map[string]any(resource))
	if err != nil {
		return "" // it is of strings and booleans
	}
	return string(encoded)
}

// textOf is what a resource says that was made by body.
func textOf(resource fhir.Resource) string {
	if resource.Type() == "Patient" {
		return resource.Text("name", 0, "text")
	}
	return resource.Text("code", "text")
}

// The texts that are written, one after the other.
const (
	textMade, textChanged, textLate, textUpserted = "Concord scratch", "Concord scratch, changed", "Concord scratch, changed too late", "Concord scratch, changed by search"
)

// all does everything. It stops where there is nothing to go on with.
func (w *writer) all(ctx context.Context) error {
	s := w.story
	if _, err := w.others(ctx, ""); err != nil { // what an earlier run left, when this one goes on where it was stopped
		return err
	}
	if err := w.look(ctx, "nothing was written", nil); err != nil {
		return err
	}
	s.sent = true
	var err error
	if s.created, err = w.write(ctx, http.MethodPost, s.kind, w.body("", textMade)); err != nil || s.created.Status >= http.StatusMultipleChoices {
		unanswered := (*exchange.Error)(nil)
		s.lost = errors.As(err, &unanswered)
		return err
	}
	if err := w.find(ctx); err != nil || s.reference == "" {
		return err
	}
	for _, step := range []func(context.Context) error{w.update, w.mistakes, w.conditions, w.remove} {
		err := step(ctx)
		if failed := (*exchange.Error)(nil); errors.As(err, &failed) && failed.Kind == exchange.Refused {
			s.reference = "" // a read has shown something else there, which is not to be touched
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// find reads what was made where the answer says that it is, and else where a search finds it.
func (w *writer) find(ctx context.Context) error {
	s := w.story
	var places []string
	if at, ok := fhir.ParseReference(s.created.Header.Get("Location")); ok && at.Type == s.kind {
		places = append(places, at.Relative())
	}
	if made := resourceOf(s.created); made.Type() == s.kind && made.ID() != "" {
		places = append(places, made.Reference())
	}
	for _, place := range slices.Compact(places) {
		got, err := w.send(ctx, exchange.Request{URL: place}, false)
		if err != nil {
			return err
		}
		if s.read == nil {
			s.read = got
		}
		if w.env.System.Owns(place) {
			s.read, s.reference = got, place
			break
		}
	}
	if err := w.look(ctx, "the create", s.read); err != nil || s.reference != "" {
		return err
	}
	if found := w.found(s.looks[len(s.looks)-1].fresh); len(found) > 0 {
		s.reference = found[0]
		got, err := w.send(ctx, exchange.Request{URL: s.reference}, false)
		if s.read == nil && err == nil {
			// Nobody had said where it is, so that this read, and none before, tells what the search was to show.
			last := &s.looks[len(s.looks)-1]
			s.read, last.present, last.text = got, got.Succeeded(), textOf(resourceOf(got))
		}
		if err != nil || !w.env.System.Owns(s.reference) {
			s.reference = ""
		}
		return err
	}
	return nil
}

// look searches for what was made, as most clients ask and past all caches. read is what a read of it gave, nil where there is none:
// whatever that says, a search is to say too.
func (w *writer) look(ctx context.Context, after string, read *exchange.Exchange) error {
	kept, err := w.send(ctx, exchange.Request{URL: w.query()}, true)
	if err != nil {
		return err
	}
	fresh, err := w.send(ctx, exchange.Request{URL: w.query()}, false)
	if err != nil {
		return err
	}
	w.story.looks = append(w.story.looks, look{
		after: after, present: read != nil && read.Succeeded(), text: textOf(resourceOf(read)), kept: kept, fresh: fresh,
	})
	return nil
}

// found are the references of what carries the mark in an answer.
func (w *writer) found(got *exchange.Exchange) []string {
	var references []string
	for _, entry := range fhir.Entries(resourceOf(got)) {
		if reference := entry.Resource.Reference(); entry.Resource.Type() == w.story.kind && w.env.System.Owns(reference) {
			references = append(references, reference)
		}
	}
	return references
}

// others takes away what carries the mark and is not the one that is written to, and returns it.
func (w *writer) others(ctx context.Context, but string) ([]string, error) {
	got, err := w.send(ctx, exchange.Request{URL: w.query()}, false)
	if err != nil {
		return nil, err
	}
	var others []string
	for _, reference := range w.found(got) {
		if reference == but {
			continue
		}
		others = append(others, reference)
		if _, err := w.write(ctx, http.MethodDelete, reference, ""); err != nil {
			return others, err
		}
	}
	return others, nil
}

// update changes what was made, and tries to change it again as if nobody had.
func (w *writer) update(ctx context.Context) error {
	s := w.story
	if !interacts(s.offer, "update") {
		return nil
	}
	tag := s.read.Header.Get("ETag")
	var condition []string
	if fhir.Text(s.offer["versioning"]) == "versioned-update" && tag != "" {
		condition = []string{"If-Match", tag}
	}
	_, id, _ := strings.Cut(s.reference, "/")
	var err error
	if s.updated, err = w.write(ctx, http.MethodPut, s.reference, w.body(id, textChanged), condition...); err != nil {
		return err
	}
	if s.updatedRead, err = w.send(ctx, exchange.Request{URL: s.reference}, false); err != nil || s.updated.Status >= http.StatusMultipleChoices {
		return err
	}
	if err := w.look(ctx, "the update", s.updatedRead); err != nil {
		return err
	}
	if now := s.updatedRead.Header.Get("ETag"); tag == "" || now == "" || now == tag {
		return nil
	}
	if s.conflicting, err = w.write(ctx, http.MethodPut, s.reference, w.body(id, textLate), "If-Match", tag); err != nil {
		return err
	}
	s.conflictingRead, err = w.send(ctx, exchange.Request{URL: s.reference}, false)
	return err
}

// mistakes writes as nobody should.
func (w *writer) mistakes(ctx context.Context) error {
	s := w.story
	_, id, _ := strings.Cut(s.reference, "/")
	for _, one := range []struct {
		answer        **exchange.Exchange
		method, place string
		body          string
		header        []string
		asked         bool
	}{
		{&s.otherID, http.MethodPut, s.reference, w.body("concord-scratch-other", textMade), nil, interacts(s.offer, "update")},
		{&s.posted, http.MethodPost, s.reference, w.body(id, textMade), nil, true},
		{&s.put, http.MethodPut, s.kind, w.body(id, textMade), nil, true},
		{&s.plain, http.MethodPost, s.kind, w.body("", textMade), []string{"Content-Type", "text/plain"}, true},
	} {
		if !one.asked {
			continue
		}
		var err error
		if *one.answer, err = w.write(ctx, one.method, one.place, one.body, one.header...); err != nil {
			return err
		}
		if (*one.answer).Status >= http.StatusMultipleChoices {
			continue
		}
		if _, err = w.others(ctx, s.reference); err != nil {
			return err
		}
	}
	return nil
}

// conditions creates and updates on a condition, where that is declared.
func (w *writer) conditions(ctx context.Context) (err error) {
	s := w.story
	if is, _ := s.offer["conditionalCreate"].(bool); is {
		if s.again, err = w.write(ctx, http.MethodPost, s.kind, w.body("", textMade), "If-None-Exist", (&exchange.Scratch{Mark: w.env.System.Mark}).Query()); err != nil {
			return err
		}
		if s.againMore, err = w.others(ctx, s.reference); err != nil {
			return err
		}
	}
	if is, _ := s.offer["conditionalUpdate"].(bool); !is {
		return nil
	}
	// The guard of the client lets it through only where the search for the mark finds this one alone.
	if _, err = w.send(ctx, exchange.Request{URL: w.query()}, false); err != nil {
		return err
	}
	s.upserted, err = w.write(ctx, http.MethodPut, w.query(), w.body("", textUpserted))
	var failed *exchange.Error
	if errors.As(err, &failed) && failed.Kind == exchange.Refused {
		return nil
	}
	if err != nil {
		return err
	}
	s.upsertedMore, err = w.others(ctx, s.reference)
	return err
}

// remove takes away what was made.
func (w *writer) remove(ctx context.Context) (err error) {
	s := w.story
	if s.deleted, err = w.write(ctx, http.MethodDelete, s.reference, ""); err != nil || s.deleted.Status >= http.StatusMultipleChoices {
		return err
	}
	if s.deletedRead, err = w.send(ctx, exchange.Request{URL: s.reference}, false); err != nil {
		return err
	}
	return w.look(ctx, "the delete", s.deletedRead)
}

// longestCleaning bounds how long is cleaned up, also after a run was stopped.
const longestCleaning = time.Minute

// clean takes away whatever is left, and notes what is still there.
func (w *writer) clean(ctx context.Context) {
	s := w.story
	if !s.sent {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longestCleaning)
	defer cancel()
	gone, _ := w.others(ctx, "") // what is still there is looked for below
	if s.reference != "" {
		if _, err := w.send(ctx, exchange.Request{URL: s.reference}, false); err == nil && w.env.System.Owns(s.reference) {
			_, _ = w.write(ctx, http.MethodDelete, s.reference, "")
		}
	}
	got, err := w.send(ctx, exchange.Request{URL: w.query()}, false)
	if err != nil {
		s.left = []string{"what a search for " + w.query() + " finds"}
		return
	}
	s.left = w.found(got)
	if s.reference == "" {
		if s.lost && len(gone) == 0 {
			s.left = append(s.left, "what a create may have made whose answer was lost ("+w.query()+")")
		}
		if len(gone) == 0 && s.created != nil && s.created.Status < http.StatusMultipleChoices {
			s.left = append(s.left, fmt.Sprintf("what was made at %q and cannot be read there", short(s.created.Header.Get("Location"))))
		}
		return
	}
	if _, err := w.send(ctx, exchange.Request{URL: s.reference}, false); err != nil || w.env.System.Owns(s.reference) {
		s.left = append(s.left, s.reference)
	}
	slices.Sort(s.left)
	s.left = slices.Compact(s.left)
}

// Writes is how many requests the checks that write send to a system that declares all of it and does it right, and how many of those
// are writes.
func Writes() (sent, writes int) { return 31, 10 }
