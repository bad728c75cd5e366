package check_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
)

// Of many answers that never end, two at a time are read far, and no further one is begun once one has ended so: two at most.
func TestFewEndlessAnswersAreReadFarAtATime(t *testing.T) {
	if pages := endless(t, 0, "code"); pages > 2*800+12*25 {
		t.Errorf("%d pages were read", pages)
	}
}

// An answer about one person is read no further than what anybody may have.
func TestAnAnswerAboutOnePersonEndsWhereNobodyHasMore(t *testing.T) {
	if pages := endless(t, 100, "patient"); pages > 2*102+12*25 {
		t.Errorf("%d pages were read", pages)
	}
}

// endless asks twelve times for what never ends, one match a page, and returns how many pages were read.
func endless(t *testing.T, most int, parameter string) int64 {
	t.Helper()
	var pages atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := pages.Add(1)
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"http://%s/fhir/Observation?page=%d"}],`+
			`"entry":[{"resource":{"resourceType":"Observation","id":"o%d"},"search":{"mode":"match"}}]}`, r.Host, n, n)
	}))
	defer server.Close()
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	e := check.NewEndpoint(client, "ccr", "CCR")
	e.Most = most
	var asking sync.WaitGroup
	for i := range 12 {
		asking.Go(func() {
			if _, err := e.Search(t.Context(), "Observation", map[string][]string{parameter: {strconv.Itoa(i)}}); err == nil {
				t.Error("an answer that never ends was read to its end")
			}
		})
	}
	asking.Wait()
	return pages.Load()
}
