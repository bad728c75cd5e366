package hostile

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"concord.example/concord/internal/fhir"
)

// answering makes the hooks of a behaviour that only changes answers.
func answering(answer func(x *Exchange)) func() hooks {
	return func() hooks { return hooks{answer: answer} }
}

// later reports whether it is a page after the first.
func (x *Exchange) later() bool { return x.has("page") || x.has("queryId") || x.has("cursor") }

// bundleBehaviours are what servers do with the entries and totals of a searchset.
func bundleBehaviours() []Behaviour {
	row := func(kind Kind, name, title, check, rule string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Bundles, Kind: kind, Title: title, Check: check, Rule: rule, hooks: hooks}
	}
	noMode := func(x *Exchange) {
		x.entries(func(entries []any) []any {
			for _, entry := range fhir.Objects(entries) {
				delete(entry, "search")
			}
			return entries
		})
	}
	subsetted := func(tag func(resource, tag map[string]any) any) func(x *Exchange) {
		return func(x *Exchange) {
			if !x.has("_elements") && !x.has("_summary") {
				return
			}
			x.resources(func(resource map[string]any) {
				meta, _ := resource["meta"].(map[string]any)
				kept := []any{}
				for _, label := range fhir.Objects(meta["tag"]) {
					if label["code"] != "SUBSETTED" {
						kept = append(kept, label)
					} else if changed := tag(resource, label); changed != nil {
						kept = append(kept, changed)
					}
				}
				if meta != nil {
					if meta["tag"] = kept; len(kept) == 0 {
						delete(meta, "tag")
					}
				}
			})
		}
	}
	return []Behaviour{
		row(Legal, "no-total", "no total, unless it is asked for", "", "", answering(func(x *Exchange) {
			if !x.has("_total") && !x.has("_summary") && x.Parameters.Get("_count") != "0" {
				x.bundle(func(bundle map[string]any) { delete(bundle, "total") })
			}
		})),
		row(Legal, "total-on-later-pages-only", "a total on later pages only", "", "", answering(func(x *Exchange) {
			if !x.later() && !x.has("_total") && !x.has("_summary") && x.Parameters.Get("_count") != "0" {
				x.bundle(func(bundle map[string]any) { delete(bundle, "total") })
			}
		})),
		row(Fault, "total-zero-with-entries", "total 0 beside entries", "PAR-TOTAL-001", "search-total-zero-with-entries", answering(func(x *Exchange) {
			x.bundle(func(bundle map[string]any) { bundle["total"] = 0 })
		})),
		row(Fault, "total-without-entry", "a total, and no entry", "PAR-PAGE-001", "", answering(func(x *Exchange) {
			if !x.has("_summary") && x.Parameters.Get("_count") != "0" && x.Type() != "Patient" {
				x.bundle(func(bundle map[string]any) {
					bundle["total"] = len(fhir.List(bundle["entry"]))
					delete(bundle, "entry")
				})
			}
		})),
		row(Fault, "match-of-another-type", "a match that is of another type", "CAP-SEARCHSET-001", "search-entry-of-another-type", answering(func(x *Exchange) {
			x.entries(func(entries []any) []any {
				if len(entries) == 0 {
					return entries
				}
				return append(entries, map[string]any{"resource": map[string]any{"resourceType": "Basic", "id": "b"}, "search": map[string]any{"mode": "match"}})
			})
		})),
		row(Fault, "outcome-as-match", "an OperationOutcome stands among the matches and is marked as one", "CAP-SEARCHSET-001", "search-outcome-marked", answering(func(x *Exchange) {
			x.entries(func(entries []any) []any {
				if len(entries) == 0 || x.later() {
					return entries
				}
				return append(entries, map[string]any{
					"resource": map[string]any{"resourceType": "OperationOutcome", "issue": []any{
						map[string]any{"severity": "information", "code": "informational", "diagnostics": "answered in 12 ms"},
					}},
					"search": map[string]any{"mode": "match"},
				})
			})
		})),
		row(Fault, "match-repeated", "a match that is shown twice", "", "search-entry-repeated", answering(func(x *Exchange) {
			x.entries(func(entries []any) []any {
				if len(entries) == 0 || x.later() {
					return entries
				}
				return append(entries, entries[0])
			})
		})),
		row(Legal, "no-search-mode", "entries have no search.mode, where nothing is included", "", "", answering(func(x *Exchange) {
			if !x.including() && !x.included() {
				noMode(x)
			}
		})),
		row(Fault, "no-search-mode-with-includes", "entries have no search.mode, although includes were asked for", "CAP-SEARCHSET-002", "search-mode-missing", answering(func(x *Exchange) {
			if x.including() {
				noMode(x)
			}
		})),
		row(Fault, "matches-marked-included", "every entry is marked as included, also what was searched for", "CAP-SEARCHSET-001", "search-mode-include", answering(func(x *Exchange) {
			x.entries(func(entries []any) []any {
				for _, entry := range fhir.Objects(entries) {
					if mode, marked := entry["search"].(map[string]any); marked {
						mode["mode"] = "include"
					}
				}
				return entries
			})
		})),
		row(Legal, "entry-with-id", "every entry has an id element", "", "", answering(func(x *Exchange) {
			x.entries(func(entries []any) []any {
				for _, entry := range fhir.Objects(entries) {
					entry["id"] = "entry-" + fhir.Text(fhir.Get(entry, "resource", "id"))
				}
				return entries
			})
		})),
		row(Fault, "entry-without-full-url", "entries have no fullUrl", "CAP-SEARCHSET-001", "fhir-bundle", answering(func(x *Exchange) {
			x.entries(func(entries []any) []any {
				for _, entry := range fhir.Objects(entries) {
					delete(entry, "fullUrl")
				}
				return entries
			})
		})),
		row(Fault, "total-as-text", "the total of a searchset is a string", "CAP-SEARCHSET-001", "", answering(func(x *Exchange) {
			x.bundle(func(bundle map[string]any) {
				if total, given := bundle["total"]; given {
					bundle["total"] = fmt.Sprint(total)
				}
			})
		})),
		row(Fault, "searchset-with-response", "entries of a searchset have the status of a response", "CAP-SEARCHSET-001", "bdl-4", answering(func(x *Exchange) {
			x.entries(func(entries []any) []any {
				for _, entry := range fhir.Objects(entries) {
					entry["response"] = map[string]any{"status": "200"}
				}
				return entries
			})
		})),
		row(Legal, "outcome-among-matches", "an informational OperationOutcome stands among the matches", "", "", answering(func(x *Exchange) {
			if x.Parameters.Get("_summary") == "count" || x.Parameters.Get("_count") == "0" {
				return
			}
			x.entries(func(entries []any) []any {
				return append(entries, map[string]any{"resource": map[string]any{"resourceType": "OperationOutcome", "issue": []any{
					map[string]any{"severity": "information", "code": "informational", "diagnostics": "answered from the index"},
				}}, "search": map[string]any{"mode": "outcome"}})
			})
		})),
		row(Fault, "count-zero-returns-everything", "_count=0 returns everything", "PAR-GRID-COUNT", "", asking(func(parameters url.Values) {
			if parameters.Get("_count") == "0" {
				parameters.Del("_count")
			}
		})),
		row(Fault, "count-zero-without-total", "the answer to _count=0 says no number", "PAR-GRID-COUNT", "count-zero-without-number", answering(func(x *Exchange) {
			x.bundle(func(bundle map[string]any) {
				if x.Parameters.Get("_count") == "0" {
					delete(bundle, "total")
				}
			})
		})),
		row(Legal, "count-capped", "_count is capped at 25", "", "", asking(func(parameters url.Values) {
			if count, err := strconv.Atoi(parameters.Get("_count")); err == nil && count > 25 {
				parameters.Set("_count", "25")
			}
		})),
		row(Fault, "elements-strips-id", "_elements strips id and meta", "PAR-SEARCH-RESULTS-SHOULD", "", answering(func(x *Exchange) {
			if x.has("_elements") {
				x.resources(func(resource map[string]any) {
					delete(resource, "id")
					delete(resource, "meta")
				})
			}
		})),
		row(Fault, "elements-strips-status", "_elements leaves out the status, which every part of a record needs", "PAR-META-SUBSETTED", "meta-subsetted-owed", answering(func(x *Exchange) {
			if x.has("_elements") {
				x.resources(func(resource map[string]any) { delete(resource, "status") })
			}
		})),
		row(Fault, "subsetted-tag-missing", "what _elements and _summary cut is not tagged SUBSETTED", "PAR-SEARCH-RESULTS-SHOULD", "", answering(subsetted(func(_, _ map[string]any) any { return nil }))),
		row(Fault, "subsetted-tag-elsewhere", "SUBSETTED stands under another system", "PAR-SEARCH-RESULTS-SHOULD", "", answering(subsetted(func(_, label map[string]any) any {
			label["system"] = "http://hl7.org/fhir/v3/ObservationValue"
			return label
		}))),
		row(Fault, "sort-ties-move", "what _sort has no order for comes in another order with another page size", "CAP-PAGE-TIES", "paging-ties-move", answering(func(x *Exchange) {
			if !x.has("_sort") || !x.has("_count") || len(x.Parameters.Get("_count"))%2 == 0 {
				return
			}
			x.entries(reverseTies)
		})),
		row(Fault, "page-moves", "a page that is asked for again has its entries in another order", "CAP-PAGE-001", "paging-page-moves", func() hooks {
			var seen sync.Map
			return hooks{answer: func(x *Exchange) {
				if !x.later() {
					return
				}
				counter, _ := seen.LoadOrStore(x.asked, new(atomic.Int64))
				if n, ok := counter.(*atomic.Int64); ok && n.Add(1)%2 == 0 {
					x.entries(func(entries []any) []any {
						slices.Reverse(entries)
						return entries
					})
				}
			}}
		}),
		row(Fault, "page-lost", "the second page of an answer lacks its first entry", "PAR-PAGE-001", "", answering(func(x *Exchange) {
			if x.later() {
				x.entries(func(entries []any) []any {
					if len(entries) > 1 {
						return entries[1:]
					}
					return entries
				})
			}
		})),
		row(Fault, "answers-end", "an answer ends after ten entries, states no more and links to no more", "PAR-PAGE-001", "", answering(func(x *Exchange) {
			x.bundle(func(bundle map[string]any) {
				entries := fhir.List(bundle["entry"])
				if len(entries) > 10 {
					bundle["entry"], bundle["total"] = entries[:10], 10
				}
			})
			x.links("next", func(string) string { return "" })
		})),
		row(Fault, "node-behind", "the first answer to each search about somebody is of a node that lacks the last match", "PAR-META-REPEAT", "", func() hooks {
			var (
				mu    sync.Mutex
				asked = map[string]bool{}
			)
			return hooks{answer: func(x *Exchange) {
				mu.Lock()
				question := x.Request.URL.Path + "?" + x.Parameters.Encode()
				again := asked[question]
				asked[question] = true
				mu.Unlock()
				if !again && x.Parameters.Has("patient") {
					x.entries(func(entries []any) []any { return entries[:max(len(entries)-1, 0)] })
				}
			}}
		}),
	}
}

// reverseTies turns round runs of entries with the same date.
func reverseTies(entries []any) []any {
	at := func(i int) string {
		resource := fhir.Get(entries[i], "resource")
		for _, name := range []string{"effectiveDateTime", "issued", "recordedDate", "authoredOn", "occurrenceDateTime", "date", "birthDate"} {
			if text := fhir.Text(fhir.Get(resource, name)); text != "" {
				return text[:min(len(text), len("2006-01-02"))]
			}
		}
		return ""
	}
	for from := 0; from < len(entries); {
		to := from + 1
		for to < len(entries) && at(to) == at(from) {
			to++
		}
		slices.Reverse(entries[from:to])
		from = to
	}
	return entries
}

// linkBehaviours are what servers write into the links of a searchset.
func linkBehaviours() []Behaviour {
	row := func(kind Kind, name, title, check, rule string, hooks func() hooks) Behaviour {
		return Behaviour{Name: name, Theme: Bundles, Kind: kind, Title: title, Check: check, Rule: rule, hooks: hooks}
	}
	self := func(change func(x *Exchange, path string, query url.Values) string) func() hooks {
		return answering(func(x *Exchange) {
			x.links("self", func(link string) string {
				path, query, _ := strings.Cut(link, "?")
				values, err := url.ParseQuery(query)
				if err != nil {
					return link
				}
				return change(x, path, values)
			})
		})
	}
	with := func(path string, query url.Values) string {
		if len(query) == 0 {
			return path
		}
		return path + "?" + query.Encode()
	}
	return []Behaviour{
		row(Legal, "empty-last-page", "the last page has a next link, to a page with nothing on it", "", "", emptyLastPage),
		row(Legal, "cursor-without-type", "next links lead to the base itself, with a cursor", "", "", cursorWithoutType),
		row(Fault, "next-to-backend", "next links lead to the host behind the gateway", "PAR-PAGE-001", "search-link-elsewhere", answering(func(x *Exchange) {
			x.links("next", func(link string) string {
				if address, err := url.Parse(link); err == nil {
					address.Scheme, address.Host = "http", "backend.internal.test:8080"
					return address.String()
				}
				return link
			})
		})),
		row(Fault, "next-after-post-not-found", "the next link of a search by POST is a GET of _search, and not found", "CAP-PAGE-POST", "", func() hooks {
			return hooks{
				instead: func(w http.ResponseWriter, x *Exchange) bool {
					if x.Request.Method != http.MethodGet || len(x.Segments) != 2 || x.Segments[1] != "_search" {
						return false
					}
					x.set(http.StatusNotFound, fhirJSON, outcome("not-found", "unknown path"))
					plain(w, x)
					return true
				},
				answer: func(x *Exchange) {
					if x.posted() {
						x.links("next", func(link string) string { return strings.Replace(link, "/"+x.Type()+"?", "/"+x.Type()+"/_search?", 1) })
					}
				},
			}
		}),
		row(Fault, "next-relative", "next links are relative to the base", "CAP-PAGE-LINK", "paging-link-relative", answering(func(x *Exchange) {
			x.links("next", func(link string) string {
				if at := strings.Index(link, x.base+"/"); at >= 0 {
					return link[at+len(x.base)+1:]
				}
				return link
			})
		})),
		row(Fault, "self-absent-without-entries", "there is no self link where only a count was asked for", "PAR-GRID-SELF", "", answering(func(x *Exchange) {
			if x.Parameters.Get("_count") == "0" || x.Parameters.Get("_summary") == "count" {
				x.links("self", func(string) string { return "" })
			}
		})),
		row(Legal, "self-defaults-added", "the self link adds defaults", "", "", self(func(_ *Exchange, path string, query url.Values) string {
			query.Set("_format", "application/fhir+json")
			return with(path, query)
		})),
		row(Legal, "self-reordered", "the self link has the parameters in another order", "", "", self(func(_ *Exchange, path string, query url.Values) string {
			parts := strings.Split(query.Encode(), "&")
			slices.Reverse(parts)
			if len(query) == 0 {
				return path
			}
			return path + "?" + strings.Join(parts, "&")
		})),
		row(Fault, "self-drops-parameters", "the self link leaves out a filter that was applied", "PAR-IGNORED-SELF", "ignored-self-link", self(func(_ *Exchange, path string, query url.Values) string {
			for name := range query {
				if base, _, _ := strings.Cut(name, ":"); base == "status" || base == "clinical-status" {
					delete(query, name)
				}
			}
			return with(path, query)
		})),
		row(Fault, "self-drops-modifiers", "the self link leaves out the modifiers of parameters", "PAR-IGNORED-SELF", "ignored-self-link", self(func(_ *Exchange, path string, query url.Values) string {
			plain := url.Values{}
			for name, values := range query {
				base, _, _ := strings.Cut(name, ":")
				plain[base] = append(plain[base], values...)
			}
			return with(path, plain)
		})),
		row(Fault, "self-empty-after-post", "the self link of a search by POST has no parameters", "CAP-PAGE-POST", "paging-self-after-post", self(func(x *Exchange, path string, query url.Values) string {
			if x.posted() {
				return path
			}
			return with(path, query)
		})),
		row(Fault, "self-raw-echo", "the self link repeats what was asked, whether it was applied or not", "PAR-IGNORED-SELF", "ignored-self-link", self(func(x *Exchange, path string, query url.Values) string {
			if x.asked == "" {
				return with(path, query)
			}
			return path + "?" + x.asked
		})),
		row(Legal, "page-link-expires", "the first page link of all has expired when it is followed: 410, start again", "", "", func() hooks {
			var once sync.Once
			return hooks{instead: func(w http.ResponseWriter, x *Exchange) (expired bool) {
				if x.search() && x.later() {
					once.Do(func() {
						x.set(http.StatusGone, fhirJSON, outcome("expired", "the search has expired: start it again"))
						plain(w, x)
						expired = true
					})
				}
				return expired
			}}
		}),
	}
}

// emptyLastPage gives the last page a next link to an empty one.
func emptyLastPage() hooks {
	const mark = "concord-empty"
	return hooks{
		instead: func(w http.ResponseWriter, x *Exchange) bool {
			if !x.Parameters.Has(mark) {
				return false
			}
			x.set(http.StatusOK, fhirJSON, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"`+absolute(x)+`"}]}`)
			plain(w, x)
			return true
		},
		answer: func(x *Exchange) {
			x.bundle(func(bundle map[string]any) {
				if len(fhir.List(bundle["entry"])) == 0 || fhir.Link(fhir.Resource(bundle), "next") != "" {
					return
				}
				self, _, _ := strings.Cut(fhir.Link(fhir.Resource(bundle), "self"), "?")
				bundle["link"] = append(fhir.List(bundle["link"]), map[string]any{"relation": "next", "url": self + "?" + mark + "=1"})
			})
		},
	}
}

// absolute is the URL of a request as the client sees it.
func absolute(x *Exchange) string {
	return "http://" + x.Request.Host + x.Request.URL.RequestURI()
}

// cursorWithoutType writes next links that lead to the base, as one widely used server does.
func cursorWithoutType() hooks {
	const mark = "_getpages"
	return hooks{
		request: func(x *Exchange) {
			text := x.Parameters.Get(mark)
			if len(x.Segments) != 0 || text == "" {
				return
			}
			var at []string
			if json.Unmarshal([]byte(text), &at) == nil && len(at) == 2 {
				address := *x.Request.URL
				address.Path, address.RawQuery = x.base+"/"+at[0], at[1]
				x.Request.URL, x.Segments = &address, []string{at[0]}
			}
		},
		answer: func(x *Exchange) {
			x.links("next", func(link string) string {
				before, rest, ok := strings.Cut(link, x.base+"/")
				resourceType, query, _ := strings.Cut(rest, "?")
				token, err := json.Marshal([]string{resourceType, query})
				if !ok || err != nil {
					return link
				}
				return before + x.base + "?" + mark + "=" + url.QueryEscape(string(token))
			})
		},
	}
}
