package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// TestWhatIsLeftUnansweredShowsNoLostFact has a system that is busy whenever it is asked for conditions: where nobody is said to be away, that is no
// fault of what the look is about, and where somebody is, no answer at all is one.
func TestWhatIsLeftUnansweredShowsNoLostFact(t *testing.T) {
	const number = "9990000018"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/Condition"):
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprint(w, `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"transient"}]}`)
		case strings.HasSuffix(r.URL.Path, "/Patient"):
			_, _ = fmt.Fprintf(w, `{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{"fullUrl":"http://%s/fhir/Patient/1","search":{"mode":"match"},"resource":{
				"resourceType":"Patient","id":"1","identifier":[{"system":"%s","value":"%s"}]}}]}`, r.Host, fhir.NHSNumberSystem, number)
		default:
			_, _ = fmt.Fprint(w, `{"resourceType":"Bundle","type":"searchset","total":0}`)
		}
	}))
	t.Cleanup(server.Close)
	passed := time.Duration(0)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, exchange.Options{
		Concurrency: 1, Now: func() time.Time { return time.Now().Add(passed) },
		Wait: func(ctx context.Context, pause time.Duration) error { passed += pause; return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	system := check.NewEndpoint(client, "ccr", "")
	person, facts := fixtures.Person{NHSNumber: number}, []fixtures.Fact{{Kind: fixtures.Condition}, {Kind: fixtures.Observation}}
	l, err := lookAt(t.Context(), nil, system, person, facts)
	if err != nil || len(l.answered("while a provider is away")) != 1 {
		t.Errorf("with somebody away: %+v, %v", l.answered("while a provider is away"), err)
	}
	_, err = lookAtWhole(t.Context(), nil, system, person, facts)
	var unsure *check.Inconclusive
	if !errors.As(err, &unsure) || unsure.Reason != result.Unreachable && unsure.Reason != result.Throttled {
		t.Errorf("with nobody away: %v", err)
	}
}
