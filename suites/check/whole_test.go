package check_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
)

// TestOfManyAnswersOfSeveralPagesSomeAreReadAgain asks for answers of two pages each, of which one is another the next time: who reads all that
// a finding rests on again, however many answers those are, is never done.
func TestOfManyAnswersOfSeveralPagesSomeAreReadAgain(t *testing.T) {
	const answers = 120
	for changed, unlike := range map[int]bool{-1: false, 0: true, 7: true, 8: false, answers - 1: false} {
		var requests, again atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			query := r.URL.Query()
			id, next := query.Get("patient"), fmt.Sprintf(`,"link":[{"relation":"next","url":"http://%s%s&page=2"}]`, r.Host, r.URL.RequestURI())
			if query.Get("page") == "2" {
				id, next = id+"-2", ""
			}
			if again.Load() == 1 && query.Get("patient") == strconv.Itoa(changed) {
				id += "-other"
			}
			w.Header().Set("Content-Type", "application/fhir+json")
			_, _ = fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset"%s,"entry":[{"fullUrl":"http://%s/fhir/Observation/%s","resource":{"resourceType":"Observation","id":"%s"},"search":{"mode":"match"}}]}`,
				next, r.Host, id, id)
		}))
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		system := check.NewEndpoint(client, "ccr", "")
		var ids []string
		for i := range answers {
			answer, err := system.Search(t.Context(), "Observation", url.Values{"patient": {strconv.Itoa(i)}})
			if err != nil || len(answer.Matches) != 2 {
				t.Fatalf("%d: %v, %+v", i, err, answer)
			}
			ids = slices.Concat(ids, answer.Exchanges)
		}
		before := requests.Load()
		again.Store(1)
		if _, differs := system.AgainWhole(t.Context(), ids, "again for a fault", time.Now()); differs != unlike {
			t.Errorf("answer %d is another: %t, want %t", changed, differs, unlike)
		}
		if asked := requests.Load() - before; asked > 16 || asked == 0 {
			t.Errorf("answer %d is another: %d requests", changed, asked)
		}
		client.Close()
		server.Close()
	}
}
