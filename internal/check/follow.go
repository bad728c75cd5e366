package check

import (
	"context"
	"fmt"
	"strconv"

	"concord/internal/exchange"
	"concord/internal/fhir"
	"concord/internal/result"
)

const (
	// answerBytes is how much of one answer is read, over all its pages.
	answerBytes = 256 << 20
	// largePage is the size from which a page is remarked on: a client on a ward would wait for it.
	largePage = 8 << 20
	// patience is how many endless answers are read to the page limit; after that fewPages of each are read.
	patience, fewPages = 2, 20
)

// follow reads an answer to its last page. What is wrong with the answer as a whole is a *BrokenAnswer whose rule names it,
// so that it can never be mistaken for an empty record.
func (e *Endpoint) follow(ctx context.Context, query string, request exchange.Request) (*Answer, error) {
	answer, err := e.pages(ctx, query, request)
	return answer, e.shown(request, err)
}

func (e *Endpoint) pages(ctx context.Context, query string, request exchange.Request) (*Answer, error) {
	answer := &Answer{Query: query, Curl: e.curl(request), Total: -1}
	asked := map[string]bool{}
	limit, size := e.pageLimit, 0
	if e.endless.Load() >= patience {
		limit = min(limit, fewPages)
	}
	for {
		got, err := e.do(ctx, request)
		if err != nil {
			return nil, err
		}
		size += len(got.Body)
		answer.Exchanges = append(answer.Exchanges, got.ID)
		answer.Took += got.Duration
		answer.Waited += got.Waited
		bundle, err := e.decode(got)
		if err != nil {
			return nil, err
		}
		if wrong := e.notASearchset(got, query, bundle); wrong != nil {
			return nil, wrong
		}
		if answer.Pages == 0 {
			answer.Self = fhir.Link(bundle, "self")
			if total, err := strconv.Atoi(bundle.Text("total")); err == nil {
				answer.Total = total
			}
		}
		answer.Pages++
		entries := answer.add(bundle)
		next := fhir.Link(bundle, "next")
		if wrong := e.contradiction(got, answer, next); wrong != nil {
			return nil, wrong
		}
		if entries == 0 && answer.Pages > 1 {
			answer.remark(got, "search-next-on-last-page", fmt.Sprintf("%s links from the last page of its answer to %s to one with nothing on it", e.Name, query),
				"no next link on the last page", "an empty page "+strconv.Itoa(answer.Pages))
		}
		if len(got.Body) > largePage {
			answer.remark(got, "answer-oversized", fmt.Sprintf("%s answers %s with a page of %d MB", e.Name, query, len(got.Body)>>20),
				"pages of a size that a client can read", fmt.Sprintf("%d MB for %d entries", len(got.Body)>>20, entries))
		}
		if next == "" {
			return answer, answer.incomplete(e.Name)
		}
		if e.enough > 0 && len(answer.Matches) >= e.enough {
			return answer, nil
		}
		if wrong := e.unending(got, answer, next, asked[next], limit, size); wrong != nil {
			return nil, wrong
		}
		asked[next] = true
		request = exchange.Request{URL: next}
	}
}

// notASearchset says what an answer to a search is instead of a searchset.
func (e *Endpoint) notASearchset(got *exchange.Exchange, query string, bundle fhir.Resource) error {
	switch {
	case bundle.Type() == "Bundle" && bundle.Text("type") == "searchset":
		return nil
	case bundle.Type() == "OperationOutcome":
		return broken(got, "search-outcome-instead", fmt.Sprintf("%s answered the search %s with status 200 and %s, which says that there is no answer",
			e.Name, query, describe(bundle)), "Bundle of type searchset, or another status", describe(bundle))
	default:
		return broken(got, "search-not-a-searchset", fmt.Sprintf("%s answered the search %s with %s, not with a Bundle of type searchset",
			e.Name, query, describe(bundle)), "Bundle of type searchset", describe(bundle))
	}
}

// contradiction says where an answer contradicts itself in a way that decides whether anything was found.
func (e *Endpoint) contradiction(got *exchange.Exchange, answer *Answer, next string) error {
	if answer.Total == 0 && len(answer.Matches) > 0 {
		return broken(got, "search-total-zero-with-entries", fmt.Sprintf("%s says that %s has no matches and shows some", e.Name, answer.Query),
			"total 0 without matches, or the number of them", fmt.Sprintf("total 0 with %d matches", len(answer.Matches)))
	}
	if next != "" && !e.client.Within(e.Name, next) {
		return broken(got, "search-link-elsewhere", fmt.Sprintf("%s links from page %d of its answer to %s to another system, to which nothing is sent",
			e.Name, answer.Pages, answer.Query), "a next link below the system's own base URL", next)
	}
	return nil
}

// unending says that an answer does not end: that it links back, that it goes on for too long, or that it is too large.
func (e *Endpoint) unending(got *exchange.Exchange, answer *Answer, next string, again bool, limit, size int) error {
	last := "a last page without a next link"
	switch {
	case again:
		return broken(got, "search-pages-loop", fmt.Sprintf("%s never ends the answer to %s: page %d links to %s, which was read already",
			e.Name, answer.Query, answer.Pages, next), last, next)
	case answer.Pages >= limit:
		e.endless.Add(1)
		return broken(got, "search-pages-endless", fmt.Sprintf("%s does not end the answer to %s within %d pages", e.Name, answer.Query, limit), last, next)
	case size > answerBytes:
		return broken(got, "answer-too-large", fmt.Sprintf("%s answers %s with more than %d MB on %d pages", e.Name, answer.Query, answerBytes>>20, answer.Pages),
			"an answer of a size that a client can read", fmt.Sprintf("%d MB", size>>20))
	default:
		return nil
	}
}

// remark notes something odd that a client can live with.
func (a *Answer) remark(got *exchange.Exchange, rule, message, expected, actual string) {
	a.Remarks = append(a.Remarks, result.Finding{
		Rule: rule, Severity: result.SeverityWarning, Message: message, Expected: expected, Actual: actual, Query: a.Curl, Exchanges: []string{got.ID},
	})
}

// add takes in a page and returns how many entries it has.
func (a *Answer) add(bundle fhir.Resource) int {
	entries := fhir.Entries(bundle)
	for _, entry := range entries {
		switch {
		case entry.Resource == nil:
		case entry.Mode == "outcome" || entry.Mode == "" && entry.Resource.Type() == "OperationOutcome":
			a.Outcomes = append(a.Outcomes, entry.Resource)
		case entry.Mode == "include":
			a.Includes = append(a.Includes, entry)
		default:
			a.Matches = append(a.Matches, entry)
		}
	}
	return len(entries)
}
