package suites_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

// searchset makes a Bundle of type searchset; further is put among its members.
func searchset(further string, entries ...string) string {
	return `{"resourceType":"Bundle","type":"searchset"` + further + `,"entry":[` + strings.Join(entries, ",") + `]}`
}

func entryOf(resourceType, id, further string) string {
	return fmt.Sprintf(`{"resource":{"resourceType":%q,"id":%q%s},"search":{"mode":"match"}}`, resourceType, id, further)
}

// patient is a Patient with the NHS number that a search asks for.
func patient(r *http.Request, id string) string {
	return entryOf("Patient", id, fmt.Sprintf(`,"birthDate":"1950-01-01","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}]`,
		strings.TrimPrefix(r.URL.Query().Get("identifier"), "https://fhir.nhs.uk/Id/nhs-number|")))
}

func next(url string) string { return `,"link":[{"relation":"next","url":"` + url + `"}]` }

// hostile are peers that answer in ways no server should. Each gives an answer to a search for a resource type; a search
// for Patient finds one unless it says otherwise.
func hostile() []struct {
	name, rule string
	// readable says that the answer is odd and can be read all the same.
	readable bool
	answer   func(r *http.Request, resourceType, base string) string
} {
	var calls atomic.Int64
	found := func(then func(r *http.Request, resourceType, base string) string) func(*http.Request, string, string) string {
		return func(r *http.Request, resourceType, base string) string {
			if resourceType == "Patient" && r.URL.Query().Get("identifier") != "" {
				return searchset("", patient(r, "1"))
			}
			return then(r, resourceType, base)
		}
	}
	return []struct {
		name, rule string
		readable   bool
		answer     func(r *http.Request, resourceType, base string) string
	}{
		{"200 with an OperationOutcome", "search-outcome-instead", false, found(func(*http.Request, string, string) string {
			return `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"processing","diagnostics":"index is down"}]}`
		})},
		{"a bare array", "answer-bare-array", false, found(func(*http.Request, string, string) string { return `[{"resourceType":"Observation","id":"1"}]` })},
		{"HTML", "answer-markup", false, found(func(*http.Request, string, string) string { return "<!DOCTYPE html><title>Sign in</title>" })},
		{"nothing at all", "answer-empty", false, found(func(*http.Request, string, string) string { return "" })},
		{"another base in its links", "search-link-elsewhere", false, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset(next("https://elsewhere.example.test/fhir?page=2"), entryOf(resourceType, "1", ""))
		})},
		{"total 0 with entries", "search-total-zero-with-entries", false, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset(`,"total":0`, entryOf(resourceType, "1", ""))
		})},
		{"a next link on the last page", "search-next-on-last-page", true, found(func(r *http.Request, resourceType, base string) string {
			if r.URL.Query().Get("page") != "" {
				return searchset("")
			}
			return searchset(next(base+"/"+resourceType+"?page=2"), entryOf(resourceType, "1", ""))
		})},
		{"endless pages", "search-pages-endless", false, found(func(_ *http.Request, resourceType, base string) string {
			n := calls.Add(1)
			return searchset(next(fmt.Sprintf("%s/%s?page=%d", base, resourceType, n)), entryOf(resourceType, fmt.Sprint(n), ""))
		})},
		{"pages that loop", "search-pages-loop", false, found(func(_ *http.Request, resourceType, base string) string {
			return searchset(next(base+"/"+resourceType+"?page=2"), entryOf(resourceType, "1", ""))
		})},
		{"one resource of 11 MB", "answer-oversized", true, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset("", entryOf(resourceType, "1", `,"note":[{"text":"`+strings.Repeat("x", 11<<20)+`"}]`))
		})},
		{"one resource of 40 MB", "answer-too-large", false, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset("", entryOf(resourceType, "1", `,"note":[{"text":"`+strings.Repeat("x", 40<<20)+`"}]`))
		})},
		{"XML though JSON was asked for", "answer-markup", false, found(func(*http.Request, string, string) string {
			return `<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"><type value="searchset"/></Bundle>`
		})},
		{"a byte order mark", "answer-byte-order-mark", true, found(func(_ *http.Request, resourceType, _ string) string {
			return "\ufeff" + searchset("", entryOf(resourceType, "1", ""))
		})},
		{"text that is not UTF-8", "answer-not-fhir-json", false, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset("", entryOf(resourceType, "1", `,"status":"`+"\xff\xfe"+`"`))
		})},
		{"JSON that breaks off", "answer-not-fhir-json", false, found(func(_ *http.Request, resourceType, _ string) string {
			return strings.TrimSuffix(searchset("", entryOf(resourceType, "1", "")), "]}")
		})},
		{"a property twice", "answer-repeated-property", false, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset(`,"entry":[]`, entryOf(resourceType, "1", ""))
		})},
		{"entry null", "search-entry-not-readable", false, found(func(*http.Request, string, string) string {
			return `{"resourceType":"Bundle","type":"searchset","entry":null}`
		})},
		{"null entries", "search-entry-not-readable", false, found(func(*http.Request, string, string) string { return searchset("", "null") })},
		{"entry as an object", "search-entry-not-readable", false, found(func(_ *http.Request, resourceType, _ string) string {
			return `{"resourceType":"Bundle","type":"searchset","entry":` + entryOf(resourceType, "1", "") + `}`
		})},
		{"an entry without a resource", "search-entry-empty", true, found(func(*http.Request, string, string) string {
			return searchset("", `{"fullUrl":"https://a.example.test/fhir/Flag/1","search":{"mode":"match"}}`)
		})},
		{"an id that is a number", "search-entry-id", true, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset("", strings.Replace(entryOf(resourceType, "1", ""), `"1"`, "1", 1))
		})},
		{"a match of another type", "search-entry-of-another-type", true, found(func(*http.Request, string, string) string {
			return searchset("", entryOf("Basic", "1", ""))
		})},
		{"a match twice", "search-entry-repeated", true, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset("", entryOf(resourceType, "1", ""), entryOf(resourceType, "1", ""))
		})},
		{"a total that is text", "search-total-not-a-number", true, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset(`,"total":"many"`, entryOf(resourceType, "1", ""))
		})},
		{"ids that change between calls", "identity-id-changes", false, func(r *http.Request, resourceType, _ string) string {
			if resourceType == "Patient" {
				return searchset("", patient(r, fmt.Sprint(calls.Add(1))))
			}
			return searchset("")
		}},
	}
}

// onTheWire are peers whose answers are wrong before their text is read. They answer searches for people rightly.
func onTheWire() []struct {
	name, rule string
	readable   bool
	write      func(w http.ResponseWriter, body string)
} {
	return []struct {
		name, rule string
		readable   bool
		write      func(w http.ResponseWriter, body string)
	}{
		{"a redirect to another host", "answer-redirected", false, func(w http.ResponseWriter, _ string) {
			w.Header().Set("Location", "https://elsewhere.example.test/fhir/Flag")
			w.WriteHeader(http.StatusFound)
		}},
		{"not modified, though nothing was asked before", "answer-redirected", false, func(w http.ResponseWriter, _ string) {
			w.WriteHeader(http.StatusNotModified)
		}},
		{"no content", "answer-empty", false, func(w http.ResponseWriter, _ string) { w.WriteHeader(http.StatusNoContent) }},
		{"JSON that is called HTML", "answer-content-type", true, func(w http.ResponseWriter, body string) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(body))
		}},
		{"little text that unpacks to very much", "answer-too-large", false, func(w http.ResponseWriter, _ string) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			block := bytes.Repeat([]byte(" "), 1<<20)
			for range 200 {
				_, _ = z.Write(block)
			}
			_ = z.Close()
		}},
		{"an answer that breaks off", "", false, func(w http.ResponseWriter, body string) {
			w.Header().Set("Content-Length", "100000")
			_, _ = w.Write([]byte(body))
		}},
	}
}

// TestAHostileAnswerIsNamedAndStopsNothing runs checks against two systems that break the rules of HTTP or of media types.
// An answer that never arrives whole has no finding of its own: nobody can tell what it would have said.
func TestAHostileAnswerIsNamedAndStopsNothing(t *testing.T) {
	for _, peer := range onTheWire() {
		t.Run(peer.name, func(t *testing.T) {
			meet(t, peer.rule, peer.readable, func(w http.ResponseWriter, r *http.Request, resourceType, _ string) {
				if resourceType == "Patient" {
					_, _ = w.Write([]byte(searchset("", patient(r, "1"))))
					return
				}
				peer.write(w, searchset("", entryOf(resourceType, "1", "")))
			})
		})
	}
}

// TestAHostilePeerIsNamedAndStopsNothing runs checks against two systems that answer as no server should.
func TestAHostilePeerIsNamedAndStopsNothing(t *testing.T) {
	for _, peer := range hostile() {
		t.Run(peer.name, func(t *testing.T) {
			meet(t, peer.rule, peer.readable, func(w http.ResponseWriter, r *http.Request, resourceType, base string) {
				_, _ = w.Write([]byte(peer.answer(r, resourceType, base)))
			})
		})
	}
}

// meet runs checks against a hostile peer. A rule must be named, nothing may pass, and no fault may be Concord's.
func meet(t *testing.T, rule string, readable bool, answer func(w http.ResponseWriter, r *http.Request, resourceType, base string)) {
	t.Helper()
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	var base string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resourceType := strings.Trim(strings.TrimPrefix(r.URL.Path, "/fhir"), "/")
		if resourceType == "metadata" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		answer(w, r, resourceType, base)
	}))
	t.Cleanup(server.Close)
	base = server.URL + "/fhir"
	run, err := suites.Run(t.Context(), suites.Config{
		Ledger: h.ledger, Judge: h.judge, Seed: 1, Timeout: 20 * time.Second,
		Systems:   []suites.System{{Name: "ccr", BaseURL: base}, {Name: "ohc", BaseURL: base}},
		Selection: suites.Selection{Checks: []string{"PAR-IDENTITY-001", "PAR-PAGE-001", "PAR-FACTS-FLAG", "PAR-PAIR-FLAG"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	named := rule == ""
	for _, r := range run.Results {
		// Two systems that say the same odd thing still agree with each other; who is found is another question.
		if r.Status == result.Pass && !(readable && r.Check == "PAR-PAIR-FLAG") && r.Check != "PAR-IDENTITY-001" {
			t.Errorf("%s for %s passes", r.Check, r.Scope)
		}
		if r.Reason == result.HarnessFault {
			t.Errorf("%s for %s: %s", r.Check, r.Scope, r.Message)
		}
		named = named || slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Rule == rule })
	}
	if len(run.Results) != 8 || !named || run.Verdict.Outcome == result.Conformant {
		t.Errorf("%d results, %s named: %v, verdict %s: %+v", len(run.Results), rule, named, run.Verdict.Outcome, run.Results)
	}
}
