package exchange_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"concord.example/concord/internal/exchange"
)

// TestOnlyACachedQuestionMayBeAnsweredFromACache asks one question in both ways, and of a client that lets caches answer.
func TestOnlyACachedQuestionMayBeAnsweredFromACache(t *testing.T) {
	var (
		mu   sync.Mutex
		sent []string
	)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, r.Header.Get("Cache-Control"))
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	ask := func(options exchange.Options, requests ...exchange.Request) {
		t.Helper()
		client, err := exchange.NewClient([]exchange.Target{{Name: "a", BaseURL: server.URL}}, options)
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		for _, request := range requests {
			if _, err := client.Do(t.Context(), request); err != nil {
				t.Fatal(err)
			}
		}
	}
	question := exchange.Request{System: "a", URL: "Observation?patient=1"}
	kept := question
	kept.Cached = true
	ask(exchange.Options{}, question, kept)
	ask(exchange.Options{Cached: true}, question)
	if want := []string{"no-cache", "", ""}; len(sent) != 3 || sent[0] != want[0] || sent[1] != want[1] || sent[2] != want[2] {
		t.Errorf("sent Cache-Control %q, want %q: a question and the same from a cache are two requests", sent, want)
	}
}
