package suites_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites"
)

// plain is a small server that is none of Concord's mocks: it was given its own share of the records of some people, does
// not federate, stamps nothing, and has the habits that a test gives it.
type plain struct {
	index *search.Index
	base  string
	// statement is its CapabilityStatement; ignores has it answer every search with everything of the type.
	statement string
	ignores   bool
	// before may take over an answer; it reports whether it did.
	before func(w http.ResponseWriter, r *http.Request, n int64) bool
	asked  atomic.Int64
}

// noRest is a statement that declares nothing.
const noRest = `{"resourceType":"CapabilityStatement","status":"active","kind":"instance","fhirVersion":"4.0.1","format":["json"]}`

// declaring is a statement that declares the types and every search parameter of theirs that FHIR has.
func declaring(types ...string) string {
	resources := make([]string, 0, len(types))
	for _, name := range types {
		var parameters []string
		for _, p := range search.Parameters(name) {
			if p.Unsupported == "" {
				parameters = append(parameters, fmt.Sprintf(`{"name":%q,"type":%q}`, p.Code, p.Kind))
			}
		}
		resources = append(resources, fmt.Sprintf(`{"type":%q,"interaction":[{"code":"search-type"},{"code":"read"}],"searchParam":[%s]}`, name, strings.Join(parameters, ",")))
	}
	return strings.TrimSuffix(noRest, "}") + `,"rest":[{"mode":"server","resource":[` + strings.Join(resources, ",") + `]}]}`
}

// allTypes are the types of the ledger.
func allTypes() []string {
	types := []string{"Patient", "Organization", "Location", "Practitioner", "PractitionerRole"}
	for _, kind := range fixtures.Kinds() {
		types = append(types, string(kind))
	}
	return types
}

// newPlain starts a server that holds the share of a system of the people of some stories.
func newPlain(t *testing.T, ledger *fixtures.Ledger, system string, stories ...string) *plain {
	t.Helper()
	p := &plain{statement: declaring(allTypes()...)}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.base = server.URL + "/fhir"
	p.index = search.NewIndex(search.Options{Base: p.base})
	renderer := ledger.Renderer(system, fixtures.CCRStyle())
	put := func(resource fhir.Resource) {
		if err := p.index.Put(resource); err != nil {
			t.Fatal(err)
		}
	}
	for resource := range renderer.Directory() {
		put(resource)
	}
	for _, id := range stories {
		story, ok := ledger.Story(id)
		if !ok {
			t.Fatalf("no story %s", id)
		}
		for _, person := range story.People[:min(len(story.People), 3)] {
			for _, resource := range renderer.Person(person) {
				put(resource)
			}
		}
	}
	return p
}

// ServeHTTP answers reads and searches.
func (p *plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := p.asked.Add(1)
	if p.before != nil && p.before(w, r, n) {
		return
	}
	w.Header().Set("Content-Type", "application/fhir+json")
	path := strings.TrimPrefix(r.URL.Path, "/fhir/")
	if path == "metadata" {
		_, _ = w.Write([]byte(p.statement))
		return
	}
	name, id, _ := strings.Cut(path, "/")
	query := r.URL.RawQuery
	if id == "_search" {
		_ = r.ParseForm()
		query, id = r.Form.Encode(), ""
	}
	if id != "" {
		resource, found := p.index.Get(name, id)
		if !found {
			outcome(w, http.StatusNotFound, "not-found")
			return
		}
		_ = json.NewEncoder(w).Encode(resource)
		return
	}
	if p.ignores {
		query = ""
	}
	handling := search.Lenient
	if strings.Contains(r.Header.Get("Prefer"), "strict") {
		handling = search.Strict
	}
	parsed, err := search.Parse(name, query, search.Options{Base: p.base, Handling: handling})
	if err != nil {
		outcome(w, http.StatusBadRequest, "invalid")
		return
	}
	found, err := p.index.Search(r.Context(), parsed)
	if err != nil {
		outcome(w, http.StatusBadRequest, "invalid")
		return
	}
	p.searchset(w, name, parsed, found)
}

func (p *plain) searchset(w http.ResponseWriter, name string, parsed *search.Query, found search.Result) {
	bundle := map[string]any{
		"resourceType": "Bundle", "type": "searchset", "total": len(found.Matches),
		"link": []any{map[string]any{"relation": "self", "url": p.base + "/" + name + "?" + parsed.Canonical()}},
	}
	var entries []any
	entry := func(resource fhir.Resource, mode string) {
		entries = append(entries, map[string]any{"fullUrl": p.base + "/" + resource.Reference(), "resource": resource, "search": map[string]any{"mode": mode}})
	}
	if !parsed.OnlyCount() {
		for _, resource := range found.Matches {
			entry(parsed.Shape(resource), "match")
		}
		for _, resource := range found.Included {
			entry(resource, "include")
		}
	}
	if len(entries) > 0 {
		bundle["entry"] = entries
	}
	_ = json.NewEncoder(w).Encode(bundle)
}

func outcome(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":%q}]}`, code)
}

// discover runs the checks that need no ledger against one such server.
func (p *plain) discover(t *testing.T, h *house, checks ...string) result.Run {
	t.Helper()
	run, err := suites.Run(t.Context(), suites.Config{
		Ledger: h.ledger, Judge: h.judge, Seed: 1, Timeout: 10 * time.Second, Discovery: &suites.Discovery{}, Selection: suites.Selection{Suites: []string{"parity"}, Checks: checks},
		Systems: []suites.System{{Name: "other", BaseURL: p.base}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// of returns the results of a check.
func of(run result.Run, id string) []result.Result {
	var all []result.Result
	for _, r := range run.Results {
		if r.Check == id {
			all = append(all, r)
		}
	}
	return all
}

// TestAServerThatIgnoresEveryFilterAndDeclaresNothingIsNotConformant is about the most dangerous of all servers: whoever is
// asked about, it shows everybody's records, and its statement names nothing that could be held against it.
func TestAServerThatIgnoresEveryFilterAndDeclaresNothingIsNotConformant(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	p := newPlain(t, h.ledger, fixtures.CCR, "P02", "P27", "dates")
	p.statement, p.ignores = noRest, true
	run := p.discover(t, h)
	if run.Verdict.Outcome != result.NotConformant {
		t.Errorf("the verdict is %s: %s", run.Verdict.Outcome, run.Verdict.Sentence)
	}
	for _, id := range []string{"PAR-DECLARED-002", "PAR-ALONE-001"} {
		for _, r := range of(run, id) {
			if r.Status != result.Fail {
				t.Errorf("%s: %s %s", id, r.Status, r.Message)
			}
		}
	}
	for _, r := range run.Results {
		if r.Status == result.Pass && (strings.HasPrefix(r.Check, "PAR-META-") || strings.HasPrefix(r.Check, "PAR-SEARCH-")) {
			t.Errorf("%s passes, and nothing that was asked made a difference", r.Check)
		}
		if r.Status == result.NotApplicable && (strings.HasPrefix(r.Check, "PAR-SEARCH-") && r.Level == result.Must && r.Check != "PAR-SEARCH-RESULTS" && r.Check != "PAR-SEARCH-DIRECTORY" || r.Check == "PAR-IGNORED-SELF") {
			t.Errorf("%s does not apply: %s", r.Check, r.Message)
		}
	}
}

// TestATypeThatIsNotSearchedByStatusIsNoGroundForTheGrid: facades declare the few parameters that they have.
func TestATypeThatIsNotSearchedByStatusIsNoGroundForTheGrid(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	const status, clinical = `{"name":"status","type":"token"},`, `{"name":"clinical-status","type":"token"},`
	ground := []string{"PAR-GRID-MODIFIER", "PAR-GRID-COUNT", "PAR-GRID-SELF", "PAR-GRID-POST", "PAR-GRID-MALFORMED"}
	for without, want := range map[string]result.Status{status: result.Pass, clinical: result.NotRun} {
		p := newPlain(t, h.ledger, fixtures.CCR, "P02", "P27", "dates")
		p.statement = strings.ReplaceAll(p.statement, status, "")
		if without == clinical {
			p.statement = strings.ReplaceAll(p.statement, clinical, "")
		}
		for _, r := range p.discover(t, h, ground...).Results {
			if r.Status != want && r.Status != result.Warning || want == result.NotRun && r.Reason != result.NotOffered {
				t.Errorf("without %s %s is %s: %s %s", without, r.Check, r.Status, r.Reason, r.Message)
			}
		}
	}
}

// TestWhatIsNotDeclaredAndWorksCounts: declaring nothing costs the statement its pass, and no search.
func TestWhatIsNotDeclaredAndWorksCounts(t *testing.T) {
	h, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	p := newPlain(t, h.ledger, fixtures.CCR, "P02", "P27", "dates")
	p.statement = noRest
	run := p.discover(t, h)
	for _, r := range run.Results {
		switch {
		case r.Check == "PAR-DECLARED-002":
			if r.Status != result.Fail {
				t.Errorf("%s: %s", r.Check, r.Status)
			}
		case r.Status == result.Fail:
			t.Errorf("%s fails: %s %+v", r.Check, r.Message, r.Findings)
		}
	}
	if r := of(run, "PAR-ALONE-001"); len(r) != 1 || r[0].Status != result.Pass {
		t.Errorf("%+v", r)
	}
}
