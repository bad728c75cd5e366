package check_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
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

// Once a system has not ended an answer, no other answer of it is blamed for being long: it is read where it says how much there
// is, and not told otherwise.
func TestAnEndlessAnswerBlamesNoOther(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		name, next, total := strings.TrimPrefix(r.URL.Path, "/fhir/"), "", ""
		if name == "Observation" || n < 30 {
			next = fmt.Sprintf(`"link":[{"relation":"next","url":"http://%s/fhir/%s?page=%d"}],`, r.Host, name, n+1)
		}
		if name == "Condition" {
			total = `"total":31,`
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		_, _ = fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset",%s%s"entry":[{"resource":{"resourceType":%q,"id":"o%d"},"search":{"mode":"match"}}]}`,
			total, next, name, n)
	}))
	defer server.Close()
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	e := check.NewEndpoint(client, "ccr", "CCR")
	search := func(name string) error {
		_, err := e.Search(t.Context(), name, map[string][]string{"code": {"1"}})
		return err
	}
	var wrong *check.BrokenAnswer
	if err := search("Observation"); !errors.As(err, &wrong) || wrong.Finding.Rule != "search-pages-endless" || wrong.Finding.Cause != result.EndlessPages {
		t.Errorf("an answer that never ends: %v", err)
	}
	if err := search("Condition"); err != nil {
		t.Errorf("an answer of 31 pages that says so: %v", err)
	}
	var unsure *check.Inconclusive
	if err := search("Encounter"); !errors.As(err, &unsure) || unsure.Reason != result.NotAsked {
		t.Errorf("an answer of 31 pages that does not say so: %v", err)
	}
}
