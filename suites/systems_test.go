package suites_test

import (
	"errors"
	"fmt"
	"maps"
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
	// discovery has the next run ask about people of whom nobody knows what is true.
	discovery *suites.Discovery
	// refused are systems that the next run is told cannot be asked.
	refused []suites.Refusal
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
	selection := suites.Selection{Checks: checks, Providers: []string{"RRK", "RXW"}}
	if f.discovery != nil {
		selection.Providers = nil
	}
	run, err := suites.Run(tb.Context(), suites.Config{
		Discovery: f.discovery, Refused: f.refused, Systems: f.systems[:n], Ledger: f.ledger, Judge: f.judge, Seed: 1, Timeout: 20 * time.Second, Operators: operate.Inside(f.inside),
		Selection: selection, Clock: f.ledger.Now,
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

// camps are the ways in which the findings of a run say that systems stand to each other, by the check and the system at which
// they were found.
func camps(run result.Run) map[string][]string {
	found := map[string][]string{}
	for _, r := range run.Results {
		for _, f := range r.Findings {
			at := r.Check + " " + r.Scope.System
			if text := f.Camps.String(); text != "" && !slices.Contains(found[at], text) {
				found[at] = append(found[at], text)
			}
		}
	}
	return found
}

// accords say how each two systems stand to each other, but for those that agree.
func accords(run result.Run) map[string]result.Accord {
	all := map[string]result.Accord{}
	for _, a := range run.Agreements {
		if a.Accord != result.Agree {
			all[a.Systems[0]+" "+a.Systems[1]] = a.Accord
		}
	}
	return all
}

func TestWhoIsTheOddOneOutOfSeveralSystemsIsSeen(t *testing.T) {
	f := newFederation(t, 4, nil)
	const (
		one, two = "further-1", "further-2"
		check    = "PAR-PAIR-MEDREQ"
	)
	differ, open := result.Differ, result.NotDemonstrated
	for _, c := range []struct {
		name    string
		systems int
		defects map[string]string
		gone    string
		// found is of a run that asks about people whom the systems show, of whom nobody knows what is true.
		found   bool
		camps   map[string][]string
		accords map[string]result.Accord
	}{
		{name: "all the same", systems: 4},
		{
			name: "one of three", systems: 3, defects: map[string]string{one: "D47"},
			camps:   map[string][]string{check + " " + one: {"ccr ohc | " + one}},
			accords: map[string]result.Accord{"ccr " + one: differ, "ohc " + one: differ},
		},
		{
			name: "one of four", systems: 4, defects: map[string]string{"ohc": "D47"},
			camps:   map[string][]string{check + " ohc": {"ccr further-1 further-2 | ohc"}},
			accords: map[string]result.Accord{"ccr ohc": differ, "ohc " + one: differ, "ohc " + two: differ},
		},
		{
			name: "one of three, and nobody knows what is true", systems: 3, defects: map[string]string{one: "D47"}, found: true,
			camps:   map[string][]string{check + " " + one: {"ccr ohc | " + one}},
			accords: map[string]result.Accord{"ccr " + one: differ, "ohc " + one: differ},
		},
		{
			name: "one of three that was not reached", systems: 3, gone: one,
			accords: map[string]result.Accord{"ccr " + one: open, "ohc " + one: open},
		},
		{
			name: "one of three that differs from the one that was reached", systems: 3, defects: map[string]string{"ohc": "D47"}, gone: one,
			accords: map[string]result.Accord{"ccr ohc": differ, "ccr " + one: open, "ohc " + one: open},
			camps:   map[string][]string{check + " ohc": {"ccr | ohc"}},
		},
		{
			// Each loses something of the records that it holds; a few practices feed both.
			name: "two of four, each in another way", systems: 4, defects: map[string]string{"ohc": "D47", two: "D47"},
			camps: map[string][]string{
				check + " ohc":    {"ccr further-1 further-2 | ohc", "ccr further-1 | ohc further-2"},
				check + " " + two: {"ccr ohc further-1 | further-2", "ccr further-1 | ohc further-2"},
			},
			accords: map[string]result.Accord{
				"ccr ohc": differ, "ohc " + one: differ, "ohc " + two: differ, "ccr " + two: differ, one + " " + two: differ,
			},
		},
		{
			name: "two of four in the same way, and nobody knows what is true", systems: 4, defects: map[string]string{"ohc": "D47", one: "D47"}, found: true,
			camps: map[string][]string{
				check + " ccr": {"ccr further-2 | ohc further-1"}, check + " ohc": {"ccr further-2 | ohc further-1"},
				check + " " + one: {"ccr further-2 | ohc further-1"}, check + " " + two: {"ccr further-2 | ohc further-1"},
			},
			accords: map[string]result.Accord{"ccr ohc": differ, "ccr " + one: differ, "ohc " + two: differ, one + " " + two: differ},
		},
		{
			name: "two of four in the same way, and the ledger knows what is true", systems: 4, defects: map[string]string{"ohc": "D47", one: "D47"},
			camps:   map[string][]string{check + " ohc": {"ccr further-2 | ohc further-1"}, check + " " + one: {"ccr further-2 | ohc further-1"}},
			accords: map[string]result.Accord{"ccr ohc": differ, "ccr " + one: differ, "ohc " + two: differ, one + " " + two: differ},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for i, server := range f.inside.Servers {
				f.asked[i].gone.Store(server.System() == c.gone)
				var settings []mocks.Setting
				if id := c.defects[server.System()]; id != "" {
					settings = append(settings, mocks.Setting{ID: id})
				}
				if err := server.SetDefects(settings...); err != nil {
					t.Fatal(err)
				}
			}
			f.discovery = nil
			if c.found {
				f.discovery = &suites.Discovery{Subjects: f.someNumbers(t)}
			}
			run := f.run(t, c.systems, check)
			got := camps(run)
			for at, want := range c.camps {
				if !slices.Equal(got[at], want) {
					t.Errorf("%s: %v, want %v", at, got[at], want)
				}
			}
			if len(got) != len(c.camps) {
				t.Errorf("camps %v, want %v", got, c.camps)
			}
			if got := accords(run); !maps.Equal(got, c.accords) {
				t.Errorf("accords %v, want %v", got, c.accords)
			}
			for _, r := range run.Results {
				both := []string{r.Scope.System, r.Scope.Peer}
				if c.gone != "" && slices.Contains(both, c.gone) != (r.Status == result.Error || r.Status == result.NotRun) {
					t.Errorf("%s: %s (%s) %s", r.Scope, r.Status, r.Reason, r.Message)
				}
			}
		})
	}
	t.Run("one that is known not to answer", func(t *testing.T) { f.refusedIsNotAsked(t, check) })
}

// refusedIsNotAsked runs without a system that was found not to answer before the run.
func (f *federation) refusedIsNotAsked(t *testing.T, check string) {
	t.Helper()
	for i, server := range f.inside.Servers {
		f.asked[i].gone.Store(false)
		if err := server.SetDefects(); err != nil {
			t.Fatal(err)
		}
	}
	gone := f.systems[2].Name
	f.discovery, f.refused = nil, []suites.Refusal{{System: gone, Err: errors.New("nobody is there")}}
	run := f.run(t, 3, check)
	if n := f.asked[2].requests.Load(); n > 0 {
		t.Errorf("%s was asked %d times", gone, n)
	}
	for _, r := range run.Results {
		if slices.Contains([]string{r.Scope.System, r.Scope.Peer}, gone) != (r.Status == result.NotRun && r.Reason == result.Unreachable) || !r.NeverAsked() && r.Status != result.Pass {
			t.Errorf("%s: %s (%s) %s", r.Scope, r.Status, r.Reason, r.Message)
		}
	}
	if run.Verdict.Outcome != result.Undetermined {
		t.Errorf("the verdict is %s", run.Verdict.Outcome)
	}
}

// someNumbers are the NHS numbers of a few people of the sample who have medicines.
func (f *federation) someNumbers(tb testing.TB) []string {
	tb.Helper()
	var numbers []string
	for _, story := range []string{"P28", "P05"} {
		s, ok := f.ledger.Story(story)
		if !ok {
			tb.Fatalf("no story %s", story)
		}
		numbers = append(numbers, s.Person().NHSNumber)
	}
	return numbers
}
