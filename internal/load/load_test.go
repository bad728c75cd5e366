package load_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"concord/fixtures"
	"concord/internal/exchange"
	"concord/internal/fhir"
	"concord/internal/load"
	"concord/mocks"
)

// ledger has one person for each provider; it is made once and never changed.
//
//nolint:gochecknoglobals // making it for every test would take longer than the tests
var ledger = sync.OnceValue(func() *fixtures.Ledger {
	l, err := fixtures.New(fixtures.Options{Seed: 2, PeoplePerProvider: 1})
	if err != nil {
		panic(err)
	}
	return l
})

func held(system string) int {
	style := fixtures.CCRStyle()
	if system == fixtures.OHC {
		style = fixtures.OHCStyle("")
	}
	n := 0
	for range ledger().Resources(system, style) {
		n++
	}
	return n
}

func options(t *testing.T, s *server) load.Options {
	t.Helper()
	return load.Options{
		Ledger: ledger(), LedgerName: "seed 2", System: fixtures.CCR, Mode: load.Transaction, Dir: filepath.Join(t.TempDir(), "load"),
		Target: exchange.Target{Name: "ccr", BaseURL: s.URL + "/fhir"},
		Wait:   func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

// run loads, and fails the test when the load cannot be made at all.
func run(ctx context.Context, t *testing.T, o load.Options) load.Summary {
	t.Helper()
	l, err := load.New(o)
	if err != nil {
		t.Fatal(err)
	}
	summary, err := l.Run(ctx)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// short is a summary with few failures, for a message.
func short(s load.Summary) load.Summary {
	s.Failures = s.Failures[:min(3, len(s.Failures))]
	return s
}

// once fails the test when a resource was written more than once.
func (s *server) once(t *testing.T) {
	t.Helper()
	for reference, n := range s.writes {
		if n != 1 {
			t.Fatalf("%s was written %d times", reference, n)
		}
	}
}

func TestEverythingIsLoadedInOrderAndOnlyOnce(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*load.Options){
		"transactions":                 func(*load.Options) {},
		"batches":                      func(o *load.Options) { o.Mode = load.Batch },
		"updates":                      func(o *load.Options) { o.Mode = load.Put },
		"transactions with server ids": func(o *load.Options) { o.ServerIDs = true },
		"transactions of ohc":          func(o *load.Options) { o.System, o.ServerIDs = fixtures.OHC, true },
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			o := options(t, s)
			change(&o)
			want := held(o.System)
			summary := run(t.Context(), t, o)
			if !summary.Complete() || summary.Loaded != want || len(s.held) != want || len(summary.Failures) > 0 {
				t.Fatalf("the endpoint holds %d of %d; %+v", len(s.held), want, short(summary))
			}
			before := s.requests
			again := run(t.Context(), t, o)
			if !again.Complete() || again.Before != want || again.Loaded != 0 || s.requests != before {
				t.Errorf("loaded again: %+v, %d requests", again, s.requests-before)
			}
			s.once(t)
		})
	}
}

func TestAnEndpointWithoutTransactionsGetsUpdates(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.trusting = true
	bundles := 0
	s.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodPut {
			return false
		}
		bundles++
		answer(w, http.StatusMethodNotAllowed, outcome("not-supported", "no transactions"))
		return true
	}
	o := options(t, s)
	o.Mode = load.Put
	if summary := run(t.Context(), t, o); !summary.Complete() || bundles != 1 {
		t.Errorf("%d bundles, %+v", bundles, short(summary))
	}
	s.once(t)
}

func TestReferencesFollowTheEndpointsIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := options(t, s)
	o.ServerIDs = true
	run(t.Context(), t, o)
	mapped := mapping(t, o.Dir)
	checked := 0
	for resource := range ledger().Resources(o.System, fixtures.CCRStyle()) {
		there := s.held[mapped[resource.Reference()]]
		if there == nil {
			t.Fatalf("%s is mapped to %q, which the endpoint does not hold", resource.Reference(), mapped[resource.Reference()])
		}
		if from, to := resource.Text("subject", "reference"), there.Text("subject", "reference"); from != "" {
			if checked++; mapped[from] != to {
				t.Fatalf("%s refers to %s, want %s for %s", there.Reference(), to, mapped[from], from)
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d references were looked at", checked)
	}
}

// mapping reads the mapping file as a supplier's program would.
func mapping(t *testing.T, dir string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, load.MappingFile))
	if err != nil {
		t.Fatal(err)
	}
	mapped := map[string]string{}
	for line := range strings.Lines(string(text)) {
		var record struct{ Ledger, Server string }
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if record.Server != "" {
			mapped[record.Ledger] = record.Server
		}
	}
	return mapped
}

func TestARefusalIsNamedAndTheRestIsLoaded(t *testing.T) {
	t.Parallel()
	story, _ := ledger().Story("P02")
	number := story.Person().NHSNumber
	refuse := func(r fhir.Resource) string {
		for _, identifier := range r.Objects("identifier") {
			if r.Type() == "Patient" && identifier["value"] == number {
				return "no more patients"
			}
		}
		return ""
	}
	for _, mode := range load.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			s := newServer(t)
			s.refuse = refuse
			o := options(t, s)
			o.Mode = mode
			summary := run(t.Context(), t, o)
			if summary.Complete() || summary.Stopped != "" || summary.Missing < 2 || summary.Loaded+summary.Missing != summary.Resources || len(s.held) != summary.Loaded {
				t.Fatalf("%+v", short(summary))
			}
			first := summary.Failures[0]
			if first.Status != http.StatusUnprocessableEntity || !strings.Contains(first.Text, "no more patients") || !strings.Contains(first.What, "Patient/") {
				t.Errorf("the first failure is %+v", first)
			}
			if mode != load.Transaction {
				if last := summary.Failures[1]; last.Status != 0 || !strings.Contains(last.Text, "refers to "+first.What) {
					t.Errorf("what depends on it is %+v", last)
				}
			}
			// When the endpoint has been put right, the same command loads what is missing.
			s.refuse = nil
			if again := run(t.Context(), t, o); !again.Complete() || again.Loaded != summary.Missing {
				t.Errorf("the second load: %+v", short(again))
			}
			s.once(t)
		})
	}
}

func TestAnInterruptedLoadGoesOn(t *testing.T) {
	t.Parallel()
	for _, serverIDs := range []bool{false, true} {
		s := newServer(t)
		o := options(t, s)
		o.ServerIDs = serverIDs
		ctx, cancel := context.WithCancel(t.Context())
		s.before = func(_ http.ResponseWriter, _ *http.Request, number int) bool {
			if number == 5 {
				cancel()
			}
			return false
		}
		summary := run(ctx, t, o)
		// The request that was under way came to its end and is noted.
		if summary.Complete() || !strings.Contains(summary.Stopped, "interrupted") || s.requests != 5 || summary.Loaded != len(s.held) {
			t.Errorf("interrupted: %+v after %d requests", summary, s.requests)
		}
		// Half a line is what a killed load leaves.
		appendTo(t, filepath.Join(o.Dir, load.MappingFile), `{"ledger":"Patient/half`)
		if again := run(t.Context(), t, o); !again.Complete() || again.Before != summary.Loaded {
			t.Errorf("continued: %+v", short(again))
		}
		s.once(t)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestALostAnswerIsNotAskedForTwice(t *testing.T) {
	t.Parallel()
	for _, serverIDs := range []bool{false, true} {
		s := newServer(t)
		o := options(t, s)
		o.ServerIDs = serverIDs
		s.after = func(number int, answer []byte) []byte {
			if number == 3 {
				panic(http.ErrAbortHandler)
			}
			return answer
		}
		summary := run(t.Context(), t, o)
		if summary.Complete() || !strings.Contains(summary.Stopped, "no answer") || s.requests != 3 {
			t.Fatalf("%+v after %d requests", summary, s.requests)
		}
		again := run(t.Context(), t, o)
		if !serverIDs {
			// An update can be sent again without harm.
			if !again.Complete() {
				t.Errorf("continued: %+v", short(again))
			}
			continue
		}
		if again.Complete() || len(again.Failures) == 0 || !strings.Contains(again.Failures[0].Text, "answer was lost") {
			t.Errorf("creates whose answer was lost: %+v", short(again))
		}
		s.once(t)
	}
}

func TestAnEndpointThatAsksForAPauseGetsIt(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := options(t, s)
	now := time.Now()
	o.Clock = func() time.Time { return now }
	o.PerSecond = 4
	var waited []time.Duration
	o.Wait = func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil }
	s.before = func(w http.ResponseWriter, _ *http.Request, number int) bool {
		switch number {
		case 2:
			w.Header().Set("Retry-After", "7")
		case 3:
			w.Header().Set("Retry-After", "86400")
		default:
			return false
		}
		answer(w, http.StatusTooManyRequests, outcome("throttled", "slow down"))
		return true
	}
	summary := run(t.Context(), t, o)
	if !summary.Complete() || summary.Requests != s.requests {
		t.Errorf("%+v, %d requests", summary, s.requests)
	}
	want := []time.Duration{250 * time.Millisecond, 7 * time.Second, 250 * time.Millisecond, time.Minute, 250 * time.Millisecond}
	for i := range want {
		if waited[i] != want[i] {
			t.Fatalf("waited %v, want %v to begin with", waited[:len(want)], want)
		}
	}
}

func TestAnEndpointThatRefusesEverythingIsLeftAlone(t *testing.T) {
	t.Parallel()
	for status, most := range map[int]int{http.StatusUnauthorized: 1, http.StatusMethodNotAllowed: 10} {
		s := newServer(t)
		s.before = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			answer(w, status, outcome("forbidden", "you sent "+r.Header.Get("Authorization")))
			return true
		}
		o := options(t, s)
		o.Mode = load.Put
		o.Target.Header = http.Header{"Authorization": {"Bearer s3cr3t-token"}}
		summary := run(t.Context(), t, o)
		if summary.Complete() || summary.Stopped == "" || s.requests != most || summary.Failures[0].Status != status {
			t.Errorf("%d: %d requests, %+v", status, s.requests, short(summary))
		}
		report, err := os.ReadFile(filepath.Join(o.Dir, load.ReportFile))
		if err != nil || !strings.Contains(string(report), "[redacted]") || strings.Contains(string(report), "s3cr3t") {
			t.Errorf("the report: %v\n%s", err, report)
		}
	}
}

func TestAnAnswerThatIsNoneIsAFailure(t *testing.T) {
	t.Parallel()
	for name, spoiled := range map[string]string{
		"text":              "hello",
		"too few entries":   `{"resourceType":"Bundle","type":"transaction-response","entry":[]}`,
		"another bundle":    `{"resourceType":"Bundle","type":"batch-response"}`,
		"an outcome":        `{"resourceType":"OperationOutcome","issue":[{"code":"processing","details":{"text":"queued"}}]}`,
		"nothing":           "",
		"status of nothing": `{"resourceType":"Bundle","type":"transaction-response","entry":[{"response":{"status":"fine"}}]}`,
	} {
		s := newServer(t)
		o := options(t, s)
		o.PerBundle = 1
		s.after = func(number int, answer []byte) []byte {
			if number == 1 {
				return []byte(spoiled)
			}
			return answer
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.before = func(_ http.ResponseWriter, _ *http.Request, number int) bool {
			if number == 3 {
				cancel()
			}
			return false
		}
		summary := run(ctx, t, o)
		if len(summary.Failures) == 0 || summary.Failures[0].Text == "" || summary.Complete() {
			t.Errorf("%s: %+v", name, short(summary))
		}
	}
}

func TestWhatCannotBeLoadedAtAll(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	used := options(t, s)
	run(t.Context(), t, used)
	for name, test := range map[string]struct {
		change func(*load.Options)
		want   string
	}{
		"an unknown mode":         {func(o *load.Options) { o.Mode = "post" }, "post"},
		"put with server ids":     {func(o *load.Options) { o.Mode, o.ServerIDs = load.Put, true }, "put"},
		"no URL":                  {func(o *load.Options) { o.Target.BaseURL = "ccr.test" }, "ccr.test"},
		"a password in the URL":   {func(o *load.Options) { o.Target.BaseURL = "http://me:hunter22@ccr.test/fhir" }, "header"},
		"another ledger":          {func(o *load.Options) { o.Dir, o.LedgerName = used.Dir, "seed 3" }, "another load"},
		"another endpoint":        {func(o *load.Options) { o.Dir, o.Target.BaseURL = used.Dir, "http://other.test/fhir" }, "another load"},
		"other ids":               {func(o *load.Options) { o.Dir, o.ServerIDs = used.Dir, true }, "another load"},
		"a folder of other files": {func(o *load.Options) { o.Dir = filepath.Dir(used.Dir) }, "not that of a load"},
		"a file for a folder":     {func(o *load.Options) { o.Dir = filepath.Join(used.Dir, load.ReportFile) }, "make the folder"},
	} {
		refuses(t, name, s, test.change, test.want)
	}
	refuses(t, "a broken mapping", s, func(o *load.Options) {
		appendTo(t, filepath.Join(used.Dir, load.MappingFile), "nonsense\n")
		o.Dir = used.Dir
	}, "new folder")
}

func refuses(t *testing.T, name string, s *server, change func(*load.Options), want string) {
	t.Helper()
	o := options(t, s)
	change(&o)
	l, err := load.New(o)
	if err == nil {
		_ = l.Close()
		t.Errorf("%s: no error", name)
		return
	}
	if !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("%s: %v", name, err)
	}
}

func TestWhatIsNoFHIRServiceIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := options(t, s)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		_, _ = w.Write([]byte("<html>It works!</html>"))
	})
	l, err := load.New(o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if _, err := l.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "check that the base URL") {
		t.Errorf("%v", err)
	}
}

func TestAMockTakesTheLedger(t *testing.T) {
	t.Parallel()
	theirs, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: theirs}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pair.Stop)
	for _, system := range fixtures.Systems() {
		endpoint, _ := pair.Endpoint(system)
		o := load.Options{
			Ledger: ledger(), LedgerName: "seed 2", System: system, Mode: load.Transaction, Dir: filepath.Join(t.TempDir(), "load"),
			Target: exchange.Target{Name: system, BaseURL: endpoint.BaseURL, ConnectTo: endpoint.Address}, PerSecond: 10_000,
		}
		if summary := run(t.Context(), t, o); !summary.Complete() || summary.Loaded != held(system) {
			t.Errorf("%s: %+v", system, short(summary))
		}
		reader, err := exchange.NewClient([]exchange.Target{o.Target}, exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for key, there := range mapping(t, o.Dir) {
			if n++; n > 50 {
				break
			}
			if answer, err := reader.Do(t.Context(), exchange.Request{System: system, URL: there}); err != nil || answer.Status != http.StatusOK {
				t.Errorf("%s: %s is mapped to %s, which cannot be read: %v", system, key, there, err)
			}
		}
		reader.Close()
	}
}

func TestTwoLoadsDoNotShareAFolder(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := options(t, s)
	first, err := load.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := load.New(o); err == nil || !strings.Contains(err.Error(), "another load into "+o.Dir+" is under way") {
		t.Errorf("a second load: %v, %v", second, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := load.New(o)
	if err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	if err := after.Close(); err != nil {
		t.Error(err)
	}
}
