package suites_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
)

// beside asks ccr with ohc as the partner that Concord supplies.
func (b *bench) beside(t *testing.T, partner http.RoundTripper, checks ...string) result.Run {
	t.Helper()
	return b.run(t.Context(), t, func(c *suites.Config) {
		c.Systems[0].Name, c.Systems[0].Share = "viewer", mocks.CCR
		c.Systems[1].Name, c.Systems[1].Share, c.Systems[1].Reference, c.Systems[1].Transport = suites.ReferenceName, mocks.OHC, true, partner
		c.Operators = nil
		c.Selection = suites.Selection{Checks: checks, Providers: []string{"RRK", "RXW"}}
	})
}

func TestNothingIsSaidAboutThePartnerThatConcordSupplies(t *testing.T) {
	b := newBench(t)
	if err := b.pair.CCR.Server.SetDefects(mocks.Setting{ID: "D33"}); err != nil {
		t.Fatal(err)
	}
	run := b.beside(t, nil, "PAR-PAIR-ALLERGY", "PAR-FACTS-ALLERGY", "CAP-STATEMENT-001", "SCN-P31", "SCN-P10", "SCN-P01")
	if len(run.Systems) != 1 || len(run.Partners) != 1 || run.Partners[0].Software.Name == "" || len(run.Results) == 0 {
		t.Fatalf("%d systems, %d partners and %d results", len(run.Systems), len(run.Partners), len(run.Results))
	}
	if !slices.ContainsFunc(run.Unclaimed, func(u result.Unclaimed) bool { return u.Area == result.AreaFederation && u.Partly }) {
		t.Errorf("federation is claimed in whole: %v", run.Unclaimed)
	}
	unclaimed, failed := 0, 0
	for _, r := range run.Results {
		if r.Check == "PAR-FACTS-ALLERGY" && r.Status == result.Fail {
			failed++
		}
		if r.Scope.System == suites.ReferenceName {
			t.Errorf("%s is about the partner", r.Check)
		}
		if r.Reason == result.NotClaimedReason {
			unclaimed++
			if r.Check != "SCN-P31" && r.Check != "SCN-P10" || !strings.Contains(r.Message, "not linked") {
				t.Errorf("%s is not claimed: %s", r.Check, r.Message)
			}
		}
	}
	if failed != 1 {
		t.Errorf("what the system lost itself fails %d results, want one", failed)
	}
	if unclaimed != 2 {
		t.Errorf("%d results are not claimed, want SCN-P31 and SCN-P10", unclaimed)
	}
}

// outOfOrder answers every search for allergies with something that is no FHIR.
type outOfOrder struct{ http.RoundTripper }

func (o outOfOrder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := o.RoundTripper.RoundTrip(request)
	if err == nil && strings.HasSuffix(request.URL.Path, "/AllergyIntolerance") {
		response.StatusCode, response.Status = http.StatusInternalServerError, "500 Internal Server Error"
	}
	return response, err
}

func TestWhatThePartnerDoesWrongIsAFaultOfConcordAndLeavesTheVerdictToTheRest(t *testing.T) {
	b := newBench(t)
	run := b.beside(t, outOfOrder{dialing(b.pair.OHC.Address)}, "PAR-PAIR-ALLERGY", "PAR-IDENTITY-001")
	if len(run.Results) != 2 {
		t.Errorf("%d results, want one of each check", len(run.Results))
	}
	for _, r := range run.Results {
		switch {
		case r.Check == "PAR-PAIR-ALLERGY" && (r.Status != result.NotRun || r.Reason != result.HarnessFault):
			t.Errorf("%s is %s (%s): %s", r.Check, r.Status, r.Reason, r.Message)
		case r.Check == "PAR-IDENTITY-001" && r.Status != result.Pass:
			t.Errorf("%s is %s: %s", r.Check, r.Status, r.Message)
		}
	}
	if run.Verdict.Counts.Error > 0 || run.Verdict.Counts.Fail > 0 {
		t.Errorf("the verdict is %s: %s", run.Verdict.Outcome, run.Verdict.Sentence)
	}
}

// dialing is a transport that reaches one address, whatever host is asked for.
type dialing string

func (r dialing) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.URL.Host = string(r)
	return http.DefaultTransport.RoundTrip(request)
}

func TestTheOneThatAnswersWronglyIsChargedAndNotWhomItIsComparedWith(t *testing.T) {
	b := newBench(t)
	run := b.run(t.Context(), t, func(c *suites.Config) {
		c.Systems[1].Transport = outOfOrder{dialing(b.pair.OHC.Address)}
		c.Selection = suites.Selection{Checks: []string{"PAR-PAIR-ALLERGY"}}
	})
	if len(run.Results) != 2 {
		t.Errorf("%d results, want one of each system", len(run.Results))
	}
	for _, r := range run.Results {
		if want := map[string]result.Status{"ccr": result.NotRun, "ohc": result.Fail}[r.Scope.System]; r.Status != want {
			t.Errorf("%s is %s, want %s: %s", r.Scope, r.Status, want, r.Message)
		}
	}
}
