package suites_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord/internal/result"
	"concord/suites"
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
		{"one resource of 20 MB", "answer-oversized", true, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset("", entryOf(resourceType, "1", `,"note":[{"text":"`+strings.Repeat("x", 20<<20)+`"}]`))
		})},
		{"one resource of 40 MB", "answer-too-large", false, found(func(_ *http.Request, resourceType, _ string) string {
			return searchset("", entryOf(resourceType, "1", `,"note":[{"text":"`+strings.Repeat("x", 40<<20)+`"}]`))
		})},
		{"ids that change between calls", "identity-id-changes", false, func(r *http.Request, resourceType, _ string) string {
			if resourceType == "Patient" {
				return searchset("", patient(r, fmt.Sprint(calls.Add(1))))
			}
			return searchset("")
		}},
	}
}

// TestAHostilePeerIsNamedAndStopsNothing runs checks against two systems that answer as no server should.
func TestAHostilePeerIsNamedAndStopsNothing(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	for _, peer := range hostile() {
		t.Run(peer.name, func(t *testing.T) {
			var base string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				resourceType := strings.Trim(strings.TrimPrefix(r.URL.Path, "/fhir"), "/")
				if resourceType == "metadata" {
					http.NotFound(w, r)
					return
				}
				w.Header().Set("Content-Type", "application/fhir+json")
				_, _ = w.Write([]byte(peer.answer(r, resourceType, base)))
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
			named := 0
			for _, r := range run.Results {
				// Two systems that say the same odd thing still agree with each other.
				if r.Status == result.Pass && (!peer.readable || r.Check != "PAR-PAIR-FLAG") {
					t.Errorf("%s for %s passes", r.Check, r.Scope)
				}
				if r.Reason == result.HarnessFault {
					t.Errorf("%s for %s: %s", r.Check, r.Scope, r.Message)
				}
				if slices.ContainsFunc(r.Findings, func(f result.Finding) bool { return f.Rule == peer.rule }) {
					named++
				}
			}
			if len(run.Results) != 8 || named == 0 || run.Verdict.Outcome == result.Conformant {
				t.Errorf("%d results, %d of them name %s, verdict %s: %+v", len(run.Results), named, peer.rule, run.Verdict.Outcome, run.Results)
			}
		})
	}
}
