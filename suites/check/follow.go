package check

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
)

const (
	// answerBytes is how much of one answer is read, over all its pages.
	answerBytes = 128 << 20
	// largePage is the size from which a page is remarked on: a client on a ward would wait for it.
	largePage = 8 << 20
	// patience is how many endless answers are read to the page limit; after that fewPages of each are read. longAtOnce answers
	// at a time are read beyond fewPages, so that no more than those are read in vain.
	patience, fewPages, longAtOnce = 1, 20, 2
	// peopleOfOne is how many Patients one person may have in a system. An answer about one person that is about more than
	// that is about everybody, and is not read to its end.
	peopleOfOne = 50
	// crowds is how many large answers about everybody, to searches about one person, a system gives before it is no longer asked
	// about anybody: each takes as long as all people together.
	crowds = 10
	// plausible is the largest total that is believed of a system that has not ended an answer.
	plausible = 10_000
	// longestID is how long an id may be, in bytes, for anything to be concluded about what has it. FHIR has 64 characters, and
	// what some servers have beyond that is a matter for the profiles.
	longestID = 1 << 10
)

// follow reads an answer to its last page. What is wrong with the answer as a whole is a *BrokenAnswer whose rule names it,
// so that it can never be mistaken for an empty record.
func (e *Endpoint) follow(ctx context.Context, query string, request exchange.Request) (*Answer, error) {
	answer, err := e.pages(ctx, query, request)
	return answer, e.shown(request, err)
}

func (e *Endpoint) pages(ctx context.Context, query string, request exchange.Request) (*Answer, error) {
	asFirstAsked := request
	answer := &Answer{Query: query, curl: func() string { return e.curl(asFirstAsked) }, Total: -1, one: aboutOne(query)}
	patient := e.patientOf(request)
	asked := map[string]bool{}
	limit, size, again, long := e.pageLimit, 0, false, false
	spent := false // on answers that did not end
	defer func() {
		if long {
			<-e.long
		}
	}()
	if n := e.crowds.Load(); n >= crowds && answer.one {
		return nil, &Inconclusive{Reason: result.NotAsked, Detail: fmt.Sprintf(
			"not asked, because %s has answered %d searches about one person with megabytes about everybody", e.Name, n)}
	}
	for {
		if answer.Pages >= fewPages && !long {
			select {
			case e.long <- struct{}{}:
				long = true
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			spent = e.endless.Load() >= patience
		}
		got, err := e.do(ctx, request)
		if err != nil {
			return nil, err
		}
		if got.Status == http.StatusGone && answer.Pages > 0 && !again {
			// A page's link may expire, and the search is then begun anew, once.
			again = true
			afresh := e.Afresh(e.repeat + " after a page expired")
			afresh.endless = e.endless
			e, request = afresh, asFirstAsked
			answer, asked, size = &Answer{Query: query, curl: answer.curl, Total: -1, one: answer.one}, map[string]bool{}, 0
			continue
		}
		size += len(got.Body)
		answer.Exchanges = append(answer.Exchanges, got.ID)
		answer.Took += max(got.Duration-got.HeldUp, min(got.Duration, 1)) // 0 where the clock stands still
		answer.Waited += got.Waited
		answer.HeldUp += got.HeldUp
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
		if total, err := strconv.Atoi(bundle.Text("total")); err == nil {
			answer.Totals = append(answer.Totals, total)
		}
		if wrong := e.entriesOf(got, query, bundle); wrong != nil {
			return nil, wrong
		}
		answer.Pages++
		answer.media(got, e.Name, bundle)
		before := len(answer.Matches)
		entries := answer.add(got, e.Name, bundle)
		if limit, shown := answer.count(), len(answer.Matches)-before; limit > 0 && shown > limit {
			answer.wrongEntry(got, "search-page-larger-than-count", fmt.Sprintf("%s answers %s with more matches on a page than it was asked for", e.Name, query),
				fmt.Sprintf("at most %d matches", limit), fmt.Sprintf("%d matches", shown))
		}
		next := fhir.Link(bundle, "next")
		e.whose.note(got, patient, bundle, next)
		if wrong := e.contradiction(got, answer, next); wrong != nil {
			return nil, wrong
		}
		if answer.overlong {
			return nil, broken(got, "search-entry-id", fmt.Sprintf("%s shows resources in the answer to %s whose ids are longer than %d bytes, so that nothing can be asked about them", e.Name, query, longestID),
				"an id of at most 64 characters", "a longer one")
		}
		if entries == 0 && answer.Pages > 1 {
			// R4 forbids it nowhere; it costs a client one request more.
			answer.remark(got, result.Information, "search-next-on-last-page", fmt.Sprintf("%s links from the last page of its answer to %s to one with nothing on it", e.Name, query),
				"no next link on the last page", "an empty page "+strconv.Itoa(answer.Pages))
		}
		if len(got.Body) > largePage {
			answer.remark(got, result.SeverityWarning, "answer-oversized", fmt.Sprintf("%s answers %s with a page of %d MB", e.Name, query, len(got.Body)>>20),
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
		// Others never ended. That is no fault of this one, which is read on where it says how much there is.
		if spent && !(answer.Total > len(answer.Matches) && answer.Total <= plausible) {
			return nil, &Inconclusive{Reason: result.NotAsked, Detail: fmt.Sprintf(
				"not read past page %d of the answer to %s, because %s does not end other answers and does not say how much there is of this one", answer.Pages, answer.Query, e.Name)}
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

// entriesOf says when the entries of a searchset cannot be told, so that nobody takes them for none.
func (e *Endpoint) entriesOf(got *exchange.Exchange, query string, bundle fhir.Resource) error {
	value, given := bundle["entry"]
	list, listed := value.([]any)
	what := ""
	switch {
	case given && !listed:
		what = "entry that is no list"
	case slices.ContainsFunc(list, func(item any) bool { _, object := item.(map[string]any); return !object }):
		what = "an entry that is no object"
	default:
		return nil
	}
	return broken(got, "search-entry-not-readable", fmt.Sprintf("%s answers %s with %s, so what was found cannot be told", e.Name, query, what),
		"a list of objects, or no entry at all", what)
}

// media remarks on an answer that is read although it is not marked or written as FHIR JSON must be.
func (a *Answer) media(got *exchange.Exchange, system string, bundle fhir.Resource) {
	if kind := strings.ToLower(got.ContentType()); kind != "application/fhir+json" && kind != "application/json" && kind != "application/json+fhir" && kind != "text/json" {
		a.wrongEntry(got, "answer-content-type", fmt.Sprintf("%s answers %s with JSON that it calls %q, so that a client may not read it", system, a.Query, kind),
			"application/fhir+json", kind)
	}
	if strings.HasPrefix(got.Body, fhir.ByteOrderMark) {
		a.wrongEntry(got, "answer-byte-order-mark", fmt.Sprintf("%s answers %s with a byte order mark before the JSON, at which many clients stop (RFC 8259, 8.1)", system, a.Query),
			"JSON from the first byte on", "a byte order mark")
	}
	if total, given := bundle["total"]; given {
		if _, number := total.(json.Number); !number {
			a.wrongEntry(got, "search-total-not-a-number", fmt.Sprintf("%s states a total of %s that is no number", system, a.Query), "a number", fmt.Sprint(total))
		}
	}
}

// contradiction says where an answer contradicts itself in a way that decides whether anything was found.
func (e *Endpoint) contradiction(got *exchange.Exchange, answer *Answer, next string) error {
	if answer.Total == 0 && len(answer.Matches) > 0 {
		return broken(got, "search-total-zero-with-entries", fmt.Sprintf("%s says that %s has no matches and shows some", e.Name, answer.Query),
			"total 0 without matches, or the number of them", fmt.Sprintf("total 0 with %d matches", len(answer.Matches)))
	}
	if len(answer.subjects) > peopleOfOne {
		if len(got.Body) > largeText {
			e.crowds.Add(1)
		}
		wrong := broken(got, RuleEverybody, fmt.Sprintf("%s answers %s, a search about one patient, with records of more than %d", e.Name, answer.Query, peopleOfOne),
			"records of the patient who is asked about", fmt.Sprintf("records of %d Patients on %d pages", len(answer.subjects), answer.Pages))
		wrong.Finding.Cause, wrong.OfPerson = result.IgnoredParameter, strings.HasPrefix(answer.Query, "Patient?")
		return wrong
	}
	if len(next) > exchange.LongestURL {
		return broken(got, "search-link-too-long", fmt.Sprintf("%s links from page %d of its answer to %s with a URL of %d KB, which no server takes", e.Name, answer.Pages, answer.Query, len(next)>>10),
			"a next link that can be followed", fmt.Sprintf("a URL of %d KB", len(next)>>10))
	}
	if next != "" && !e.client.Within(e.Name, next) {
		wrong := broken(got, RuleLinkElsewhere, fmt.Sprintf("%s links from page %d of its answer to %s to another system, to which nothing is sent%s",
			e.Name, answer.Pages, answer.Query, alias(e.Base(), next)), "a next link below the system's own base URL, "+e.Base(), next)
		wrong.Finding.Cause = result.LinkElsewhere
		return wrong
	}
	return nil
}

// RuleLinkElsewhere is the rule of a next link that leads to another address than the one at which a system is asked.
const RuleLinkElsewhere = "search-link-elsewhere"

// alias says what to do about a link that has the path of the system's own, at another host or port, or by another scheme: what is
// behind a gateway often writes the address by which it knows itself. It is "" for every other link.
func alias(base, link string) string {
	own, err := url.Parse(base)
	if err != nil {
		return ""
	}
	other, err := url.Parse(link)
	if err != nil || other.Host == "" || own.Path != "" && !strings.HasPrefix(other.Path+"/", strings.TrimSuffix(own.Path, "/")+"/") {
		return ""
	}
	return fmt.Sprintf(". The path is its own, and the address is %s://%s: have the system write the address at which it is asked (%s://%s) into its links, or ask it at that one (baseURL)",
		other.Scheme, other.Host, own.Scheme, own.Host)
}

// unending says that an answer does not end: that it links back, that it goes on for too long, or that it is too large.
func (e *Endpoint) unending(got *exchange.Exchange, answer *Answer, next string, again bool, limit, size int) error {
	last := "a last page without a next link"
	switch {
	case again:
		return broken(got, "search-pages-loop", fmt.Sprintf("%s never ends the answer to %s: page %d links to %s, which was read already",
			e.Name, answer.Query, answer.Pages, next), last, next)
	case e.Most > 0 && answer.one && len(answer.Matches) > e.Most:
		e.endless.Add(1)
		return broken(got, "search-pages-endless", fmt.Sprintf("%s goes on with the answer to %s after %d matches on %d pages, and nobody is known to have more than %d", e.Name, answer.Query,
			len(answer.Matches), answer.Pages, e.Most), last, next)
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

// remark notes something that is odd or wrong about an answer that can be read all the same.
func (a *Answer) remark(got *exchange.Exchange, severity result.Severity, rule, message, expected, actual string) {
	finding := result.Finding{Rule: rule, Severity: severity, Message: message, Expected: expected, Actual: actual, Query: a.Curl(), Exchanges: []string{got.ID}}
	if severity == result.SeverityError {
		finding.Cause = result.CauseError
	}
	a.Remarks = append(a.Remarks, finding)
}

// add takes in a page and returns how many entries it has. An entry that is not what it must be is remarked on once for an
// answer: a client would leave it out, or show something twice.
func (a *Answer) add(got *exchange.Exchange, system string, bundle fhir.Resource) int {
	entries := fhir.Entries(bundle)
	asked, page := a.askedType(), map[string]bool{}
	for _, entry := range entries {
		// Two versions of one resource may stand on one page (R4 bdl-7), and what matches may be referred to besides.
		key := strings.Join([]string{entry.Mode, entry.Resource.Reference(), entry.Resource.Text("meta", "versionId")}, "/")
		again := entry.Resource.ID() != "" && page[key]
		page[key] = true
		switch {
		case entry.Resource == nil:
			a.wrongEntry(got, "search-entry-empty", fmt.Sprintf("%s answers %s with an entry that holds no resource", system, a.Query), "a resource in every entry", "none")
		case entry.Mode == "outcome" || entry.Resource.Type() == "OperationOutcome":
			// It says something about the answer, however it is marked; nobody searches for one, nor refers to one.
			if entry.Mode == "match" || entry.Mode == "include" {
				a.wrongEntry(got, "search-outcome-marked", fmt.Sprintf("%s marks an OperationOutcome as a record in the answer to %s: a client may count it or show it as one", system, a.Query),
					"search.mode outcome", "search.mode "+entry.Mode)
			}
			a.Outcomes = append(a.Outcomes, entry.Resource)
		case entry.Mode == "include" && entry.Resource.Type() != asked: // asked is "" where something was to be included
			if again {
				a.repeated(got, system, entry.Resource.Reference(), "one page of the answer")
			}
			a.Includes = append(a.Includes, entry)
		default:
			if entry.Mode == "include" {
				a.wrongEntry(got, RuleMarkedIncluded, fmt.Sprintf("%s marks %s as included in the answer to %s, which asks for nothing to be included: a client may leave out what was found",
					system, entry.Resource.Reference(), a.Query), "search.mode match", "search.mode include")
			}
			if len(entry.Resource.ID()) > longestID {
				a.overlong = true
				return len(entries)
			}
			name := entry.Resource.Reference()
			if asked != "" && entry.Resource.Type() != asked {
				a.wrongEntry(got, "search-entry-of-another-type", fmt.Sprintf("%s shows %s as a match of %s", system, name, a.Query), asked, entry.Resource.Type())
			}
			if id, _ := entry.Resource["id"].(string); id == "" {
				a.wrongEntry(got, "search-entry-id", fmt.Sprintf("%s shows a %s without an id that is text in the answer to %s, so it can be neither read nor referred to",
					system, entry.Resource.Type(), a.Query), "an id", fmt.Sprint(entry.Resource["id"]))
			}
			// What the matches of an operation refer to may come again with each page.
			if again || a.seen[name] && !strings.Contains(a.Query, "/$") {
				a.repeated(got, system, name, "the answer")
			}
			if full, ok := fhir.ParseReference(entry.FullURL); ok && full.Type != "" && (full.Type != entry.Resource.Type() || full.ID != entry.Resource.ID()) {
				a.wrongEntry(got, RuleFullURL, fmt.Sprintf("%s shows %s in the answer to %s under the URL of another resource", system, name, a.Query),
					"a fullUrl that ends in "+name, entry.FullURL)
			}
			if a.seen == nil {
				a.seen, a.subjects = map[string]bool{}, map[string]bool{}
			}
			a.seen[name] = true
			a.subjectOf(entry.Resource)
			a.Matches = append(a.Matches, entry)
		}
	}
	return len(entries)
}

// repeated remarks on what an answer, or one page of it, shows again.
func (a *Answer) repeated(got *exchange.Exchange, system, name, in string) {
	a.wrongEntry(got, RuleRepeated, fmt.Sprintf("%s shows %s more than once in %s to %s", system, name, in, a.Query), "every match once", name+" again")
}

// RuleFullURL is the rule of a match that stands under the URL of another resource.
const RuleFullURL = "search-entry-full-url"

// RuleMarkedIncluded is the rule of a match that is marked as what was sent along with matches.
const RuleMarkedIncluded = "search-mode-include"

// count is the size of the pages that were asked for, 0 when none was.
func (a *Answer) count() int {
	_, rest, asked := strings.Cut(a.Query, "_count=")
	if !asked {
		return 0
	}
	number, _, _ := strings.Cut(rest, "&")
	limit, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return limit
}

// aboutOne reports whether a search is about one person: by reference, or by an identifier and not only by its system.
func aboutOne(query string) bool {
	if strings.Contains(query, "patient=") {
		return true
	}
	name, parameters, _ := strings.Cut(strings.TrimPrefix(query, "POST "), "?")
	if posted, body, ok := strings.Cut(name, "/_search "); ok {
		name, parameters = posted, body
	}
	values, err := url.ParseQuery(parameters)
	if err != nil || name != "Patient" {
		return false
	}
	identifier := values.Get("identifier")
	return identifier != "" && !strings.HasSuffix(identifier, "|") && !strings.Contains(identifier, ",")
}

// subjectOf notes whom a match is about, in an answer to a search about one person.
func (a *Answer) subjectOf(resource fhir.Resource) {
	if !a.one {
		return
	}
	if resource.Type() == "Patient" {
		a.subjects[resource.Reference()] = true
	}
	for _, element := range []string{"subject", "patient", "for"} {
		if reference := resource.Text(element, "reference"); reference != "" {
			a.subjects[reference] = true
		}
	}
}

// wrongEntry remarks on the first entry that breaks a rule.
func (a *Answer) wrongEntry(got *exchange.Exchange, rule, message, expected, actual string) {
	if !slices.ContainsFunc(a.Remarks, func(f result.Finding) bool { return f.Rule == rule }) {
		a.remark(got, result.SeverityError, rule, message, expected, actual)
	}
}

// askedType is the resource type that all matches must have; "" when the query may bring others without saying so.
func (a *Answer) askedType() string {
	name, parameters, _ := strings.Cut(strings.TrimPrefix(a.Query, "POST "), "?")
	name, body, posted := strings.Cut(name, "/_search ")
	if posted {
		parameters = body
	}
	if strings.Contains(name, "/") || strings.Contains(parameters, "include=") || strings.Contains(parameters, "include%") {
		return ""
	}
	return name
}
