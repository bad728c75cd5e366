package console_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/console"
)

// at is when the runs of these tests began.
var at = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a time cannot be a constant

const exchangeID = "98fc1c14a2b3c4d5"

// aRun is a small run in which one search has gone wrong, with texts that a page must not obey.
func aRun(id string, began time.Time, text string) result.Run {
	run := result.Run{
		Schema: result.Schema, ID: id, Seed: 1, StartedAt: began, DurationMs: 1000,
		Harness:  result.Harness{Name: "concord", Version: "1.0", Commit: "abc"},
		Packages: []result.Artefact{{Name: "fhir.r4.ukcore.stu3", Version: "1"}},
		Data:     result.Data{Synthetic: true, Description: "Invented people." + text},
		Systems:  []result.System{{Name: "ccr", Title: "Care record" + text, Supplier: "Supplier" + text, BaseURL: "https://ccr.example.test/fhir", Mock: true}},
		Checks: []result.Check{
			{ID: "PAR-1", Title: "a search finds" + text, Suite: "parity", Area: result.AreaSearch, Level: result.Must, Scope: "system", Requirement: []result.Ref{{ID: "R1", Source: "s"}}, Hazard: "unseen" + text, Fix: "mend" + text},
			{ID: "PAR-2", Title: "another", Suite: "parity", Area: result.AreaSearch, Level: result.Must, Scope: "system", Requirement: []result.Ref{{ID: "R2", Source: "s"}}, Hazard: "h", Fix: "f"},
		},
		Results: []result.Result{
			{Check: "PAR-1", Suite: "parity", Level: result.Must, Scope: result.Scope{System: "ccr"}, Status: result.Fail, Reason: result.Broken, Findings: []result.Finding{{
				Rule: "parity-altered", Severity: result.SeverityError, Path: "Patient.name[0].family", Message: "the name is wrong" + text,
				Cause: result.CauseAltered, Query: "curl -sS 'https://ccr.example.test/fhir/Patient?x=" + text + "'", Expected: "Smith", Actual: "Patient/p1 is called Smyth" + text, Exchanges: []string{exchangeID},
			}}},
			{Check: "PAR-2", Suite: "parity", Level: result.Must, Scope: result.Scope{System: "ccr"}, Status: result.Pass},
		},
	}
	run.Verdict = run.Judge()
	return run
}

// write puts a run folder into a directory, with one exchange.
func write(t testing.TB, dir, name string, run result.Run, body string) {
	t.Helper()
	folder := filepath.Join(dir, filepath.FromSlash(name))
	if err := reports.Write(folder, run, reports.Options{Packed: true}); err != nil {
		t.Fatal(err)
	}
	log, err := evidence.Create(filepath.Join(folder, reports.ExchangesFolder))
	if err != nil {
		t.Fatal(err)
	}
	record := evidence.Record{
		ID: exchangeID, System: "ccr", Request: evidence.Request{Method: "GET", URL: "https://ccr.example.test/fhir/Patient?x=" + body[:min(len(body), 20)], Header: http.Header{"Authorization": {"[redacted]"}}},
		Reply: &evidence.Reply{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}},
	}
	if err := log.Add(int64(len(body)), func() (evidence.Record, string) { return record, body }); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
}

const patient = `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"p0","name":[{"family":"Jones"}]}},{"resource":{"resourceType":"Patient","id":"p1","name":[{"family":"Smyth","given":["A"]}]}}]}`

// fakeStarter starts runs that end when they are told to.
type fakeStarter struct {
	mu      sync.Mutex
	started []console.Order
	running map[string]*fakeProcess
	// stopped is the folder of a run that was stopped before its end.
	stopped string
	// begun is told the folder of each run that is started.
	begun    chan string
	endpoint func(console.Order) string
}

type fakeProcess struct {
	ended chan int
	once  sync.Once
	lines chan string
}

func (p *fakeProcess) Wait() (int, string) { return <-p.ended, "it said this" }
func (p *fakeProcess) Stop()               { p.once.Do(func() { p.ended <- 3 }) }
func (p *fakeProcess) Say(line string) error {
	p.lines <- line
	return nil
}

func (f *fakeStarter) Choices() (console.Choices, error) {
	return console.Choices{Configurations: []string{"test.yaml"}, Suites: []string{"parity"}, Packages: []string{"stu3"}}, nil
}

func (f *fakeStarter) Plan(_ context.Context, order console.Order, _ bool) (console.Plan, error) {
	if order.Configuration == "wrong.yaml" {
		return console.Plan{}, fmt.Errorf("wrong.yaml is no configuration")
	}
	return console.Plan{Command: "concord run --out=" + order.Out, Endpoints: []string{f.endpoint(order)}, Text: "all is well"}, nil
}

func (f *fakeStarter) Start(order console.Order) (console.Process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.started = append(f.started, order)
	p := &fakeProcess{ended: make(chan int, 1), lines: make(chan string, 1)}
	f.running[order.Out] = p
	f.begun <- order.Out
	return p, nil
}

func (f *fakeStarter) Stopped(folder string) bool { return folder == f.stopped }

func (f *fakeStarter) Rehearse(_ context.Context, folder, sequence, policy string) (string, error) {
	if sequence == "wrong" {
		return "", fmt.Errorf("%q is no UK Core sequence of this build", sequence)
	}
	return fmt.Sprintf("0 would newly fail: %s %s %s", folder, sequence, policy), nil
}

func (f *fakeStarter) last() console.Order {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.started[len(f.started)-1]
}

func (f *fakeStarter) names() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, o := range f.started {
		all = append(all, o.Out)
	}
	return strings.Join(all, " ")
}

func (f *fakeStarter) process(name string) *fakeProcess {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running[name]
}

func newStarter() *fakeStarter {
	return &fakeStarter{running: map[string]*fakeProcess{}, begun: make(chan string, 100), endpoint: func(console.Order) string { return "https://ccr.example.test/fhir" }}
}

// open opens a console over a directory.
func open(t testing.TB, options console.Options) *console.Console {
	t.Helper()
	if options.Clock == nil {
		options.Clock = time.Now
	}
	c, err := console.New(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// get asks for a page of this machine.
func get(h http.Handler, path string) *httptest.ResponseRecorder {
	return send(h, httptest.NewRequest(http.MethodGet, "http://localhost"+path, nil))
}

func send(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

var formValue = regexp.MustCompile(`name="form" value="([0-9a-f]+)"`)

// post fills in the form of a page and sends it.
func post(t testing.TB, h http.Handler, page, to string, fields url.Values) *httptest.ResponseRecorder {
	t.Helper()
	found := formValue.FindStringSubmatch(get(h, page).Body.String())
	if found == nil {
		t.Fatalf("%s has no form", page)
	}
	fields.Set("form", found[1])
	return send(h, form(to, fields))
}

func form(to string, fields url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://localhost"+to, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func holds(t *testing.T, w *httptest.ResponseRecorder, status int, texts ...string) {
	t.Helper()
	if w.Code != status {
		t.Errorf("status %d, want %d: %s", w.Code, status, w.Body.String())
	}
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("the page does not say %q: %s", text, w.Body.String())
		}
	}
}
