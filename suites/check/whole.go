package check

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// mostPages is how many pages of an answer are read again, mostLookedAt how many exchanges are looked through for answers of several pages,
// and mostReread how many of those are read again. A finding may rest on thousands of answers, and all of them again would take memory
// without end and as long as the run.
const mostPages, mostLookedAt, mostReread = 100, 200, 8

// AgainWhole is Again for the answers of several pages among some exchanges: it reads each once more to its end, and reports
// whether all pages together show other records than then. Which records are on which page depends on their order, which nobody
// has to keep.
func (e *Endpoint) AgainWhole(ctx context.Context, ids []string, repeat string, since time.Time) (other string, unlike bool) {
	type page struct {
		id, url string
		said    *statement
	}
	byURL, after, first := map[string]page{}, map[string]bool{}, []page(nil)
	for _, id := range ids[:min(len(ids), mostLookedAt)] {
		if got, ok := e.client.Earlier(ctx, e.Name, id); ok && len(got.Body) <= mostCompared && got.Succeeded() {
			if s := said(got.Body); s != nil && s.kind == "Bundle" {
				s.next = resolved(got.Request.URL, s.next)
				this := page{id, got.Request.URL, s}
				byURL[this.url], after[s.next] = this, true
				first = append(first, this)
			}
		}
	}
	read := 0
	for _, start := range first {
		if start.said.next == "" || after[start.url] || read == mostReread {
			continue
		}
		then, whole := newStatement("Bundle"), false
		then.take(start.said)
		for at, n := start.said.next, 0; n < mostPages; n++ {
			further, ok := byURL[at]
			if !ok {
				break
			}
			then.take(further.said)
			if at = further.said.next; at == "" {
				whole = true
				break
			}
		}
		if !whole {
			continue
		}
		read++
		if last, ok := e.reread(ctx, start.id, then, repeat, since); ok {
			return last, true
		}
	}
	return "", false
}

// resolved is a link of a page as an address; "" for none.
func resolved(page, link string) string {
	base, err := url.Parse(page)
	if err != nil || link == "" {
		return link
	}
	to, err := base.Parse(link)
	if err != nil {
		return link
	}
	return to.String()
}

// reread reads an answer again to its end, and returns the id of its last page and true where it shows other records than then.
func (e *Endpoint) reread(ctx context.Context, id string, then *statement, repeat string, since time.Time) (string, bool) {
	_, got, ok := e.client.Again(ctx, e.Name, id, repeat)
	now := newStatement("Bundle")
	for n := 0; ok && n < mostPages; n++ {
		s := said(got.Body)
		if s == nil || s.kind != "Bundle" || !got.Succeeded() {
			return "", false
		}
		now.take(s)
		if s.next == "" {
			return got.ID, !now.sameRecords(then, since)
		}
		got, ok = e.client.Beside(ctx, e.Name, id, resolved(got.Request.URL, s.next), repeat)
	}
	return "", false
}

// sameRecords reports whether an answer that was read to its end shows the records that another one did, but for what was written since.
func (s *statement) sameRecords(then *statement, since time.Time) bool {
	for reference := range then.resources {
		if _, ok := s.resources[reference]; !ok {
			return false
		}
	}
	for reference := range s.resources {
		if _, ok := then.resources[reference]; !ok && !s.changed[reference].After(since) {
			return false
		}
	}
	return true
}

// take adds the records of a further page.
func (s *statement) take(page *statement) {
	for reference, resource := range page.resources {
		s.resources[reference], s.changed[reference] = resource, page.changed[reference]
	}
}

// nobody are searches that find nothing wherever the parameter is looked at. Several, because one alone may be of a parameter that a
// system does not know and leaves out.
func nobody(resourceType string) []string {
	all := []string{
		resourceType + "?identifier=" + url.QueryEscape("https://concord.test/Id/source-record|nobody-has-this"),
		resourceType + "?_lastUpdated=lt1900-01-01",
	}
	if resourceType != "Patient" {
		all = append(all, resourceType+"?patient=concord-nobody-has-this")
	}
	return all
}

// Indifferent reports whether a system answers the search of an exchange as it answers every other search of the type, whatever
// follows the question mark, with the id of an exchange that shows it.
func (e *Endpoint) Indifferent(ctx context.Context, id string) (other string, indifferent bool) {
	then, resourceType, posted := e.searched(ctx, id)
	if then == nil || posted {
		return "", false
	}
	for _, query := range nobody(resourceType) {
		got, ok := e.client.Beside(ctx, e.Name, id, query, "")
		if !ok || !got.Succeeded() {
			return "", false
		}
		now := e.showings.of(got)
		if now == nil || !slices.Equal(now.order, then.order) {
			return "", false
		}
		other = got.ID
	}
	return other, true
}

// Cut reports whether the answer of an exchange ends where every answer of the type does, with more to show and no link to it: the
// search for all of the type shows as many records, and not all that this one does. The id is of the exchange that shows it.
func (e *Endpoint) Cut(ctx context.Context, id string) (other string, cut bool) {
	then, resourceType, _ := e.searched(ctx, id)
	if then == nil || !then.whole {
		return "", false
	}
	got, ok := e.client.Beside(ctx, e.Name, id, resourceType, "")
	if !ok || !got.Succeeded() {
		return "", false
	}
	all := e.showings.of(got)
	if all == nil || !all.whole || len(all.order) != len(then.order) {
		return "", false
	}
	among := map[string]bool{}
	for _, reference := range all.order {
		among[reference] = true
	}
	for _, reference := range then.order {
		if !among[reference] {
			return got.ID, true
		}
	}
	return "", false
}

// searched is a page of a search with something on it, the type that was searched, and whether it was by POST; nil where the
// exchange is none.
func (e *Endpoint) searched(ctx context.Context, id string) (page *shown, resourceType string, posted bool) {
	then, ok := e.client.Earlier(ctx, e.Name, id)
	if !ok || !then.Succeeded() || len(then.Body) > mostCompared {
		return nil, "", false
	}
	path, query, _ := strings.Cut(then.Request.URL, "?")
	path, posted = strings.CutSuffix(path, "/_search")
	resourceType = path[strings.LastIndexByte(path, '/')+1:]
	if posted != (then.Request.Method == http.MethodPost) || query == "" && !posted || resourceType == "" || resourceType[0] < 'A' || resourceType[0] > 'Z' {
		return nil, "", false
	}
	if page = showing(then.Body); page == nil || len(page.order) == 0 {
		return nil, "", false
	}
	return page, resourceType, posted
}
