package check

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"time"

	"concord.example/concord/internal/exchange"
)

// mostCompared is how large an answer may be of which it is found out whether it comes twice, in bytes.
const mostCompared = 4 << 20

// Again asks the system once more what it was asked in an exchange of this run, and reports whether the answer of now says
// something else than the one of then, with the id of the exchange that shows it. What may lawfully differ counts for nothing:
// the order of entries, links, narratives and metadata, the words of a refusal, and a record that was changed in between or
// after since. It is false where nothing can be compared. repeat tells repeats of one question apart.
func (e *Endpoint) Again(ctx context.Context, id, repeat string, since time.Time) (other string, unlike bool) {
	then, now, ok := e.client.Again(ctx, e.Name, id, repeat)
	if !ok || len(then.Body) > mostCompared || len(now.Body) > mostCompared || sameAnswer(then, now, since) {
		return "", false
	}
	return now.ID, true
}

// Answered is the answer to a question that was asked in this run, by the id of its exchange; false where it is not known any more.
func (e *Endpoint) Answered(ctx context.Context, id string) (*exchange.Exchange, bool) {
	return e.client.Earlier(ctx, e.Name, id)
}

// sameAnswer reports whether two answers to one question say the same, or nothing shows that they do not.
func sameAnswer(then, now *exchange.Exchange, since time.Time) bool {
	switch {
	case !now.Succeeded():
		// Neither a limit of requests nor a page link that has expired says anything of the answer of then.
		return true
	case !then.Succeeded():
		return then.Status < http.StatusInternalServerError
	case then.Body == now.Body:
		return true
	}
	before, after := said(then.Body), said(now.Body)
	if after == nil {
		return before == nil
	}
	if before == nil || before.kind != after.kind {
		return false
	}
	if before.kind == "CapabilityStatement" {
		return true // it may say when it was made
	}
	for reference, resource := range before.resources {
		if other, ok := after.resources[reference]; ok && !reflect.DeepEqual(resource, other) && before.versions[reference] == after.versions[reference] {
			return false
		} else if !ok && before.whole && after.whole {
			return false
		}
	}
	for reference := range after.resources {
		if _, ok := before.resources[reference]; !ok && before.whole && after.whole && !after.changed[reference].After(since) {
			return false
		}
	}
	return true
}

// statement is what an answer says, without what may differ from one time to the next.
type statement struct {
	kind string
	// whole says that all that there is to show is on this one page: which records are on a page depends on their order.
	whole bool
	// next is the link to the next page.
	next      string
	resources map[string]map[string]any
	versions  map[string]string
	changed   map[string]time.Time
}

func newStatement(kind string) *statement {
	return &statement{kind: kind, whole: true, resources: map[string]map[string]any{}, versions: map[string]string{}, changed: map[string]time.Time{}}
}

// said reads an answer; nil where it is no resource in JSON.
func said(body string) *statement {
	var resource map[string]any
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&resource) != nil {
		return nil
	}
	kind, _ := resource["resourceType"].(string)
	if kind == "" {
		return nil
	}
	s := newStatement(kind)
	if s.kind != "Bundle" {
		s.add("", resource)
		return s
	}
	links, _ := resource["link"].([]any)
	for _, link := range links {
		if one, _ := link.(map[string]any); one["relation"] == "next" || one["relation"] == "previous" {
			s.whole = false
			if one["relation"] == "next" {
				s.next, _ = one["url"].(string)
			}
		}
	}
	entries, _ := resource["entry"].([]any)
	for _, entry := range entries {
		one, _ := entry.(map[string]any)
		if shown, ok := one["resource"].(map[string]any); ok && shown["resourceType"] != "OperationOutcome" {
			kind, _ := shown["resourceType"].(string)
			id, _ := shown["id"].(string)
			s.add(kind+"/"+id, shown)
		}
	}
	return s
}

func (s *statement) add(reference string, resource map[string]any) {
	if meta, ok := resource["meta"].(map[string]any); ok {
		s.versions[reference], _ = meta["versionId"].(string)
		text, _ := meta["lastUpdated"].(string)
		s.changed[reference], _ = time.Parse(time.RFC3339, text)
	}
	delete(resource, "meta")
	delete(resource, "text")
	s.resources[reference] = resource
}
