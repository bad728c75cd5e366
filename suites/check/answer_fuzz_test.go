package check_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
)

// answering is a system that answers everything with one text, BASE in it replaced by its own base URL.
func answering(t *testing.T, text string) (endpoint *check.Endpoint, asked *atomic.Int64) {
	t.Helper()
	asked = &atomic.Int64{}
	var base string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = w.Write([]byte(strings.ReplaceAll(text, "BASE", base)))
	}))
	t.Cleanup(server.Close)
	base = server.URL
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return check.NewEndpoint(client, "ccr", "ccr"), asked
}

// FuzzCapabilities looks for a CapabilityStatement whose reading panics, or that is read and declares nothing for sure and
// everything at the same time.
func FuzzCapabilities(f *testing.F) {
	for _, seed := range []string{
		`{"resourceType":"CapabilityStatement","rest":[{"mode":"server","resource":[{"type":"Patient","searchParam":[{"name":"identifier"}],"searchInclude":["Patient:link"]}]}]}`,
		`{"resourceType":"CapabilityStatement","rest":{"resource":null}}`, `{"resourceType":"CapabilityStatement","rest":[null,[],{"resource":[1,{"type":[]},{"searchParam":{}}]}]}`,
		`{"resourceType":"OperationOutcome"}`, `[]`, ``, `<CapabilityStatement/>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		endpoint, _ := answering(t, text)
		statement, _, err := endpoint.Capabilities(t.Context())
		if (statement == nil) == (err == nil) {
			t.Fatalf("%q gives %v and %v", text, statement, err)
		}
		if declared := endpoint.Declares(t.Context()); (declared == nil) != (err != nil) {
			t.Fatalf("%q: what cannot be read counts as declaring nothing, or the other way round: %v", text, declared)
		}
	})
}

// FuzzPages looks for an answer whose pages are followed without end, or elsewhere.
func FuzzPages(f *testing.F) {
	for _, seed := range []string{
		`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"BASE/Patient?page=2"}],"entry":[{"resource":{"resourceType":"Patient","id":"1"}}]}`,
		`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"https://elsewhere.example.test/"}]}`,
		`{"resourceType":"Bundle","type":"searchset","link":{"relation":"next"},"entry":[null]}`,
		`{"resourceType":"Bundle","type":"searchset","total":0,"link":[{"relation":"next","url":"?page=2"},{"relation":"next","url":"//BASE"}],"entry":[{}]}`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		endpoint, asked := answering(t, text)
		answer, err := endpoint.Search(t.Context(), "Patient", url.Values{"_count": {"2"}})
		if answer == nil && err == nil {
			t.Fatalf("%q gives neither an answer nor an error", text)
		}
		// The same text for every page leads back to itself at the second one at the latest.
		if n := asked.Load(); n > 3 {
			t.Fatalf("%q was asked for %d times", text, n)
		}
	})
}
