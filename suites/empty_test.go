package suites_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

// nothingHeld answers as a server that was given no data: searches find nothing, and nothing can be read.
func nothingHeld() twist {
	return twist{name: "no data", write: func(w http.ResponseWriter, q question, status int, header http.Header, body []byte) {
		for name, values := range header {
			w.Header()[name] = values
		}
		switch {
		case strings.HasSuffix(q.request.URL.Path, "/metadata"):
		case q.resourceType == "":
			status, body = http.StatusNotFound, []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}`)
		case status == http.StatusOK:
			body = fmt.Appendf(nil, `{"resourceType":"Bundle","type":"searchset","total":0,"link":[{"relation":"self","url":"http://%s%s"}]}`,
				q.request.Host, q.request.URL.RequestURI())
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}}
}

// TestSystemsThatWereGivenNoDataAreNotBlamed runs every check against two systems that hold nothing. Nothing may pass for
// what could not be seen, nothing may fail for what was never loaded, and every scenario and every provider of the sweep
// comes with a line that says what to load.
func TestSystemsThatWereGivenNoDataAreNotBlamed(t *testing.T) {
	s := newStage(t, "ccr", "ohc")
	run := s.play(t, nothingHeld())
	// These are about no data: what a system declares, what Concord refuses to send, and which headers come back.
	about := map[string]bool{"PAR-DECLARED-001": true, "PAR-DECLARED-002": true, "SCN-P36": true, "PAR-MIRROR-001": true}
	for _, r := range run.Results {
		switch {
		case about[r.Check]:
			if r.Status != result.Pass {
				t.Errorf("%s for %s: %s %s %v", r.Check, r.Scope, r.Status, r.Message, r.Findings)
			}
		case strings.HasPrefix(r.Check, "CAP-") && (r.Status == result.Pass || r.Status == result.Warning):
			// What a system does with requests and headers can be seen without records.
		case r.Status != result.NotRun || r.Reason != result.NoData:
			t.Errorf("%s for %s: %s %s %v", r.Check, r.Scope, r.Status, r.Message, r.Findings)
		case strings.HasPrefix(r.Check, "SCN-") && !strings.Contains(r.Message, "concord fixtures export --system "):
			t.Errorf("%s for %s does not say what to load: %s", r.Check, r.Scope, r.Message)
		}
	}
	if run.Verdict.Outcome == result.Conformant {
		t.Errorf("the verdict is %s", run.Verdict.Outcome)
	}
}

// TestTheSweepTellsLostRecordsFromThoseNeverLoaded runs the sweep against one system with its data and one without. Whoever
// was not given its people is asked to load them; whoever does not pass the other's on has lost them.
func TestTheSweepTellsLostRecordsFromThoseNeverLoaded(t *testing.T) {
	s := newStage(t, "ohc")
	run := s.play(t, nothingHeld(), "SCN-P08-VISIBLE", "SCN-P08-DIRECTORY")
	home := map[string]string{}
	for _, provider := range s.ledger.Providers() {
		home[provider.ODS] = provider.System
	}
	count := map[string]int{}
	for _, r := range run.Results {
		kept := home[r.Scope.Provider]
		// The mock of CCR asks that of OHC directly, not what stands before it, and so sees everything.
		want := result.Pass
		switch {
		case r.Scope.System == fixtures.CCR:
		case r.Check == "SCN-P08-VISIBLE" && kept == fixtures.CCR:
			want = result.Fail
		default:
			want = result.NotRun
		}
		if r.Status != want || want == result.NotRun && (r.Reason != result.NoData || !strings.Contains(r.Message, "concord fixtures export --system ohc ")) {
			t.Errorf("%s for %s of %s: %s %s, want %s", r.Check, r.Scope, kept, r.Status, r.Message, want)
		}
		count[r.Scope.System+" "+r.Check+" "+r.Status.String()]++
	}
	if len(run.Results) != 4*len(home) || count["ohc SCN-P08-VISIBLE fail"] == 0 || count["ohc SCN-P08-VISIBLE not-run"] == 0 {
		t.Errorf("%d results: %v", len(run.Results), count)
	}
}

// TestASystemThatFindsNobodyByNumberIsNotTakenForEmpty shows systems that hold everything and find nobody by NHS number: that is
// a fault of the search, and not data that was never loaded.
func TestASystemThatFindsNobodyByNumberIsNotTakenForEmpty(t *testing.T) {
	s := newStage(t, "ccr", "ohc")
	empty := nothingHeld()
	run := s.play(t, twist{write: func(w http.ResponseWriter, q question, status int, header http.Header, body []byte) {
		if q.resourceType == "Patient" && q.parameters.Has("identifier") {
			empty.write(w, q, status, header, body)
			return
		}
		for name, values := range header {
			w.Header()[name] = values
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}}, "PAR-IDENTITY-001", "SCN-P08-VISIBLE")
	for _, r := range run.Results {
		if r.Status != result.Fail {
			t.Errorf("%s for %s: %s %s", r.Check, r.Scope, r.Status, r.Message)
		}
	}
}

// TestAStoryThatWasNotLoadedIsNotToldOfWhoeverIsThere asks every scenario of systems that hold everybody, where one story is said to have
// been loaded: what else they hold is none of the run's business, and nobody is asked to load it.
func TestAStoryThatWasNotLoadedIsNotToldOfWhoeverIsThere(t *testing.T) {
	b := newBench(t)
	ledger, err := b.ledger.Loaded([]string{"P02"})
	if err != nil {
		t.Fatal(err)
	}
	run := b.run(t.Context(), t, func(c *suites.Config) { c.Ledger, c.Selection.Suites = ledger, []string{"scenario"} })
	told := 0
	for _, r := range run.Results {
		switch {
		case r.Check == "SCN-P02" || r.Check == "SCN-P36":
			told++
			if r.Status != result.Pass {
				t.Errorf("%s for %s is %s: %s", r.Check, r.Scope, r.Status, r.Message)
			}
		case strings.HasPrefix(r.Check, "SCN-P08") || r.Check == "SCN-P21": // about providers
		case r.Status != result.NotRun || r.Reason != result.NoData || strings.Contains(r.Message, "Please load"):
			t.Errorf("%s for %s is %s: %s", r.Check, r.Scope, r.Status, r.Message)
		}
	}
	if told != 4 {
		t.Errorf("%d results of what was loaded", told)
	}
}
