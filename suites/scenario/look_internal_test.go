package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// TestWhatIsLeftUnansweredShowsNoLostFact has a system that is busy, or late, whenever it is asked for conditions: where nobody is said to be away,
// that is no fault of what the look is about, and where somebody is, no answer at all is one; of neither is anything known to be lost.
func TestWhatIsLeftUnansweredShowsNoLostFact(t *testing.T) {
	const number, when = "9990000018", "while a provider is away"
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
	truth := record.NewTruth(&fixtures.Ledger{})
	person, facts := fixtures.Person{NHSNumber: number}, []fixtures.Fact{{Kind: fixtures.AllergyIntolerance}, {Kind: fixtures.Condition}, {Kind: fixtures.Observation}}
	for name, tc := range map[string]struct {
		transport http.RoundTripper
		lost      []fixtures.Kind
	}{
		"busy": {nil, []fixtures.Kind{fixtures.AllergyIntolerance, fixtures.Observation}},
		"late": {lateFor("/Condition"), []fixtures.Kind{fixtures.AllergyIntolerance}}, // after it nothing more is asked
	} {
		passed := time.Duration(0)
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir", Transport: tc.transport}}, exchange.Options{
			Concurrency: 1, Now: func() time.Time { return time.Now().Add(passed) },
			Wait: func(ctx context.Context, pause time.Duration) error { passed += pause; return ctx.Err() },
		})
		if err != nil {
			t.Fatal(err)
		}
		system := check.NewEndpoint(client, "ccr", "")
		l, err := lookAt(t.Context(), truth, system, person, facts)
		if err != nil || len(l.answered(when)) != 1 {
			t.Errorf("%s, with somebody away: %+v, %v", name, l.answered(when), err)
		}
		var lost []fixtures.Kind
		for _, finding := range l.shows(facts, when) {
			lost = append(lost, fixtures.Kind(finding.Path))
		}
		if !slices.Equal(lost, tc.lost) {
			t.Errorf("%s: said to be lost: %v, want %v", name, lost, tc.lost)
		}
		_, err = lookAtWhole(t.Context(), truth, system, person, facts)
		var unsure *check.Inconclusive
		var failure *exchange.Error
		if !errors.As(err, &unsure) && !errors.As(err, &failure) {
			t.Errorf("%s, with nobody away: %v", name, err)
		}
	}
}

// lateFor is a connection over which there is no answer in time about paths with an ending.
type lateFor string

func (l lateFor) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, string(l)) {
		return nil, context.DeadlineExceeded
	}
	return http.DefaultTransport.RoundTrip(r)
}
