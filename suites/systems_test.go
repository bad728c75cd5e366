package suites_test

import (
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
	"concord.example/concord/suites/operate"
)

// federation is a number of mocks that all show the whole ledger: ccr, ohc, and further ones that hold the part of one of them.
type federation struct {
	*house
	inside  *mocks.InsidePair
	systems []suites.System
	asked   []*counting
}

// counting counts the requests to one system, and can make it unreachable.
type counting struct {
	http.RoundTripper
	requests atomic.Int64
	gone     atomic.Bool
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.gone.Load() {
		return nil, fmt.Errorf("dial %s: nobody is there", r.URL.Host)
	}
	c.requests.Add(1)
	return c.RoundTripper.RoundTrip(r)
}

// newFederation makes so many mocks. defects are switched on by the name of the system.
func newFederation(tb testing.TB, n int, defects map[string]string) *federation {
	tb.Helper()
	h, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	var further []mocks.Further
	for i := range n - 2 {
		further = append(further, mocks.Further{Name: fmt.Sprintf("further-%d", i+1), Part: []string{mocks.OHC, mocks.CCR}[i%2]})
	}
	inside, err := mocks.NewInsidePair(mocks.Options{Ledger: h.ledger, PeerBudget: 8 * time.Second}, further...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(inside.Close)
	f := &federation{house: h, inside: inside}
	for i, server := range inside.Servers {
		if id := defects[server.System()]; id != "" {
			if err := server.SetDefects(mocks.Setting{ID: id}); err != nil {
				tb.Fatal(err)
			}
		}
		f.asked = append(f.asked, &counting{RoundTripper: inside.Transports[i]})
		f.systems = append(f.systems, suites.System{
			Name: server.System(), Title: server.System(), Share: server.Part(), BaseURL: server.BaseURL(), Transport: f.asked[i], Roles: mocks.Roles(), Mock: true,
		})
	}
	return f
}

// run asks the first n of the systems.
func (f *federation) run(tb testing.TB, n int, checks ...string) result.Run {
	tb.Helper()
	for _, a := range f.asked {
		a.requests.Store(0)
	}
	run, err := suites.Run(tb.Context(), suites.Config{
		Systems: f.systems[:n], Ledger: f.ledger, Judge: f.judge, Seed: 1, Timeout: 20 * time.Second, Operators: operate.Inside(f.inside),
		Selection: suites.Selection{Checks: checks, Providers: []string{"RRK", "RXW"}}, Clock: f.ledger.Now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return run
}

// few are checks of every way in which systems are put beside each other.
func few() []string {
	return []string{"PAR-FACTS-ALLERGY", "PAR-PAIR-ALLERGY", "PAR-FACTS-MEDREQ", "PAR-PAIR-MEDREQ", "SCN-P08*"}
}

// TestWhatASystemIsAskedDoesNotGrowWithThePairs is about counts: of two systems each is asked what it is asked of four.
func TestWhatASystemIsAskedDoesNotGrowWithThePairs(t *testing.T) { growth(t, newFederation(t, 4, nil)) }

// BenchmarkSystems is the same for eight, and prints what each is asked.
func BenchmarkSystems(b *testing.B) {
	for b.Loop() {
		growth(b, newFederation(b, 8, nil))
	}
}

// growth asks two, four ... of the systems, up to all.
func growth(tb testing.TB, f *federation) {
	tb.Helper()
	var alone []int64
	for n := 2; n <= len(f.systems); n *= 2 {
		run := f.run(tb, n, few()...)
		var per []int64
		total := int64(0)
		for _, a := range f.asked[:n] {
			per = append(per, a.requests.Load())
			total += a.requests.Load()
		}
		pairs := 0
		for _, r := range run.Results {
			if r.Status != result.Pass && r.Reason != result.NotClaimedReason {
				tb.Errorf("%d systems: %s (%s): %s %s", n, r.Check, r.Scope, r.Status, r.Message)
			}
			if r.Check == "PAR-PAIR-ALLERGY" {
				pairs++
			}
		}
		tb.Logf("%d systems, %d ordered pairs: %d requests, of each %v", n, pairs, total, per)
		if pairs != n*(n-1) {
			tb.Errorf("%d systems have %d pairs", n, pairs)
		}
		if alone == nil {
			alone = per
		}
		// A system is asked as much as the busier of two, whoever else there is.
		if worst := slices.Max(per); worst > slices.Max(alone) {
			tb.Errorf("%d systems: one is asked %d times, and one of two %d times", n, worst, slices.Max(alone))
		}
	}
}
