package suites_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
)

// TestOfManyAnswersThatMayHaveChangedTheFewestAreAskedForFirst keeps what checks were told of 300 Patients, has the server change one of them,
// and doubts them all.
func TestOfManyAnswersThatMayHaveChangedTheFewestAreAskedForFirst(t *testing.T) {
	var (
		mu      sync.Mutex
		altered string
		asked   = map[string]int{}
	)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, name, _ := strings.Cut(r.URL.Path, "/fhir/")
		kind, id, _ := strings.Cut(name, "/")
		asked[name]++
		w.Header().Set("Content-Type", "application/fhir+json")
		if name == "metadata" {
			kind = "CapabilityStatement"
		}
		_, _ = fmt.Fprintf(w, `{"resourceType":%q,"id":%q,"active":%t}`, kind, id, name != altered)
	}))
	t.Cleanup(server.Close)
	reads := func(id string, from, to int) check.Check {
		return check.Check{ID: id, Suite: "profile", Title: id, Level: result.Must, Scope: check.PerSystem, Run: func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
			var findings []result.Finding
			for n := from; n <= to; n++ {
				patient, _, err := env.System.Read(ctx, fmt.Sprintf("Patient/%d", n))
				if err != nil {
					return nil, err
				}
				if patient["active"] != true {
					findings = append(findings, result.Finding{Severity: result.SeverityError, Message: patient.ID()})
				}
			}
			return findings, nil
		}}
	}
	// The first asks for each of them, "few" for the last ten, "two" for the first two.
	ledger, err := fixtures.New(fixtures.Options{PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	config := suites.Config{
		Ledger: ledger, Systems: []suites.System{{Name: "ccr", Title: "ccr", BaseURL: server.URL + "/fhir"}},
		Selection: suites.Selection{Checks: []string{"X-ALL", "X-FEW", "X-TWO"}},
		Further:   check.Catalogue{reads("X-ALL", 1, 300), reads("X-FEW", 291, 300), reads("X-TWO", 1, 2)},
	}
	baseline, err := suites.NewBaseline(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(baseline.Close)
	var ids []string
	for _, answer := range baseline.Answers() {
		ids = append(ids, answer.ID)
	}
	for _, c := range []struct {
		altered  string
		enough   bool
		failed   []string
		requests int
	}{
		{"", true, nil, 300},
		{"Patient/295", true, []string{"X-FEW"}, 12},
		{"Patient/295", false, []string{"X-ALL", "X-FEW"}, 300},
		{"Patient/1", true, []string{"X-TWO"}, 2},
		{"Patient/100", false, []string{"X-ALL"}, 300},
	} {
		mu.Lock()
		altered = c.altered
		clear(asked)
		mu.Unlock()
		doubt := suites.Doubt{IDs: ids}
		if c.enough {
			doubt.Enough = func(r result.Result) bool { return r.Status == result.Fail }
		}
		outcome := baseline.Doubt(t.Context(), doubt)
		var failed []string
		for _, r := range outcome.Results {
			if r.Status == result.Fail {
				failed = append(failed, r.Check)
			}
		}
		slices.Sort(failed)
		requests := 0
		for n := range maps.Values(asked) {
			requests += n
		}
		if !slices.Equal(failed, c.failed) || requests != c.requests || (outcome.Changed == 0) != (c.altered == "") {
			t.Errorf("%q (enough: %t): %v fail after %d requests with %d changed answers, want %v after %d", c.altered, c.enough, failed, requests, outcome.Changed, c.failed, c.requests)
		}
	}
}
