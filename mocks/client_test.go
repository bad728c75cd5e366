package mocks_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// ledger is the default ledger with one person for each provider, made once.
//
//nolint:gochecknoglobals // never changed; making it for every test would take longer than the tests
var ledger = sync.OnceValue(func() *fixtures.Ledger {
	l, err := fixtures.New(fixtures.Options{PeoplePerProvider: 1})
	if err != nil {
		panic(err)
	}
	return l
})

// start starts a pair for one test, with the settings on one system.
func start(t testing.TB, system string, settings ...mocks.Setting) *mocks.Pair {
	t.Helper()
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: ledger()}, func(name string, o *mocks.Options) {
		if name == system {
			o.Defects = settings
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	return pair
}

// answer is a response that was read.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	resource fhir.Resource
}

func do(t testing.TB, method, address string, header map[string]string, body string) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, address, err)
	}
	a := answer{status: response.StatusCode, header: response.Header, body: read}
	decoder := json.NewDecoder(bytes.NewReader(read))
	decoder.UseNumber()
	_ = decoder.Decode(&a.resource) // some answers have no JSON, which the test then sees
	return a
}

func get(t testing.TB, address string) answer {
	t.Helper()
	return do(t, http.MethodGet, address, nil, "")
}

// all searches and follows the next links, which name the address the system believes it has.
func all(t testing.TB, e *mocks.Endpoint, path string) []fhir.Entry {
	t.Helper()
	var entries []fhir.Entry
	for next := e.URL + "/" + path; next != ""; {
		a := get(t, next)
		if a.status != http.StatusOK {
			t.Fatalf("GET %s: %d %.300s", next, a.status, a.body)
		}
		entries = append(entries, fhir.Entries(a.resource)...)
		next = strings.Replace(fhir.Link(a.resource, "next"), e.BaseURL, e.URL, 1)
	}
	return entries
}

func mode(entries []fhir.Entry, want string) []fhir.Resource {
	var resources []fhir.Resource
	for _, entry := range entries {
		if entry.Mode == want {
			resources = append(resources, entry.Resource)
		}
	}
	return resources
}

// matches are the matches of all pages of a search.
func matches(t testing.TB, e *mocks.Endpoint, path string) []fhir.Resource {
	t.Helper()
	return mode(all(t, e, path), "match")
}

// patient is the query part that names all local Patients of a person.
func patient(t testing.TB, e *mocks.Endpoint, number string) string {
	t.Helper()
	found := matches(t, e, "Patient?identifier="+url.QueryEscape(number))
	if len(found) == 0 {
		t.Fatalf("%s does not know %s", e.System, number)
	}
	ids := make([]string, len(found))
	for i, p := range found {
		ids[i] = "Patient/" + p.ID()
	}
	return "patient=" + strings.Join(ids, ",")
}

func story(t testing.TB, id string) fixtures.Story {
	t.Helper()
	s, ok := ledger().Story(id)
	if !ok {
		t.Fatalf("no story %s", id)
	}
	return s
}

// businessIDs are the business identities of resources.
func businessIDs(resources []fhir.Resource) map[string]fhir.Resource {
	found := map[string]fhir.Resource{}
	for _, r := range resources {
		for _, identifier := range r.Objects("identifier") {
			if identifier["system"] == fixtures.RecordSystem {
				found[fhir.Text(identifier["value"])] = r
			}
		}
	}
	return found
}
