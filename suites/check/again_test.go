package check_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
)

func TestAskingAfreshAsksOnceMore(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"%d"}}]}`, asked.Add(1))
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	first := check.NewEndpoint(client, "ccr", "ccr")
	again := first.Afresh("a")
	for _, c := range []struct {
		name     string
		endpoint *check.Endpoint
		id       string
	}{
		{"the first time", first, "1"},
		{"the same question", first, "1"},
		{"afresh", again, "2"},
		{"that once more", first.Afresh("a"), "2"},
		{"as at first", again.Afresh(""), "1"},
	} {
		answer, err := c.endpoint.Search(t.Context(), "Patient", nil)
		if err != nil || answer.Resources()[0].ID() != c.id {
			t.Errorf("%s: %v, %v; want Patient/%s", c.name, answer, err, c.id)
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("%d requests were sent, want 2", n)
	}
}
