package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
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
var at = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

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
	mu       sync.Mutex
	started  []console.Order
	running  map[string]*fakeProcess
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
	return p, nil
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
	return &fakeStarter{running: map[string]*fakeProcess{}, endpoint: func(console.Order) string { return "https://ccr.example.test/fhir" }}
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

func TestTheListNamesEveryRunAndEveryFolderThatIsNone(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "new", aRun("r2", at.Add(time.Hour), ""), patient)
	write(t, dir, "deep/er", aRun("r1", at, ""), patient)
	for name, text := range map[string]string{"cut": `{"schema":"concord/run/v1","id":`, "other": `{"schema":"concord/run/v9"}`} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "run.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "lost", "exchanges"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := open(t, console.Options{Dir: dir})
	page := get(c, "/")
	holds(t, page, 200, "2 runs", "<b>cut</b>: ", "<b>other</b>: the schema is", "<b>lost</b>: there is no run.json", `href="/run/deep%2Fer"`)
	if first, second := strings.Index(page.Body.String(), "/run/new"), strings.Index(page.Body.String(), "/run/deep"); first > second {
		t.Error("the newest run is not the first")
	}
	holds(t, get(c, "/run/deep%2Fer"), 200, "Not conformant")
	holds(t, get(c, "/run/cut"), 422, "cannot be read")
	holds(t, get(c, "/run/never"), 404)
	holds(t, get(c, "/?system=ohc"), 200, "0 of 2 runs", "No run is like this")
	holds(t, get(c, "/?system=ccr&verdict=not-conformant&selection=all&harness=concord+1.0&from=2026-03-02&to=2026-03-02"), 200, "2 of 2 runs")
	holds(t, get(c, "/?to=2026-03-01"), 200, "0 of 2 runs")
}

func TestTheIndexIsMadeAgainWhateverIsWrongWithIt(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	index := filepath.Join(dir, console.Folder, "index.json")
	for _, text := range []string{"", "{", `{"schema":"another"}`, `{"schema":"concord/console-index/v1","rows":[{"name":"../../etc","size":1}]}`} {
		if text != "" {
			if err := os.WriteFile(index, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		holds(t, get(open(t, console.Options{Dir: dir}), "/"), 200, "1 runs", "/run/one")
		holds(t, get(open(t, console.Options{Dir: dir}), "/run/..%2F..%2Fetc"), 404)
	}
}

func TestARunThatIsWrittenAnewIsReadAnew(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	now := at
	c := open(t, console.Options{Dir: dir, Clock: func() time.Time { return now }})
	holds(t, get(c, "/run/one"), 200, "Not conformant")
	run := aRun("r1", at, "")
	run.Results[0].Status, run.Results[0].Reason, run.Results[0].Findings = result.Pass, "", nil
	run.Verdict = run.Judge()
	if err := reports.Write(filepath.Join(dir, "one"), run, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if page := get(c, "/run/one").Body.String(); strings.Contains(page, "Not conformant") {
		t.Error("the page of the run is that of the run before")
	}
	if page := get(c, "/").Body.String(); strings.Contains(page, ">Not conformant<") {
		t.Error("the list says of the run what the one before was")
	}
}

func TestTheElementThatAFindingIsAboutIsMarked(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	c := open(t, console.Options{Dir: dir})
	page := get(c, "/run/one/exchange/"+exchangeID)
	holds(t, page, 200, "Authorization: $AUTHORIZATION", "HTTP 200", "the name is wrong")
	var marked []string
	for _, m := range regexp.MustCompile(`class="marked"[^>]*>.*?<code>(.*?)</code>`).FindAllStringSubmatch(page.Body.String(), -1) {
		marked = append(marked, strings.TrimSpace(m[1]))
	}
	// The other patient is not meant: the finding names p1.
	if got := strings.Join(marked, " | "); got != `&#34;id&#34;: &#34;p1&#34;, | &#34;family&#34;: &#34;Smyth&#34;,` {
		t.Errorf("marked: %s", got)
	}
	body := get(c, "/run/one/exchange/"+exchangeID+"/body")
	if body.Body.String() != patient || !strings.HasPrefix(body.Header().Get("Content-Disposition"), "attachment") || body.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("the body comes as %v: %s", body.Header(), body.Body)
	}
	holds(t, get(c, "/run/one/exchange/0000000000000000"), 404, "cannot be shown")
	holds(t, get(c, "/run/one/exchange/..%2F..%2Frun.json"), 404)
}

// hostile is what a supplier could write into every text.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{.}}` + "\u202e"

func TestAHostileFolderIsShownWithoutHarm(t *testing.T) {
	dir := t.TempDir()
	run := aRun("r1", at, hostile)
	write(t, dir, "one", run, `{"resourceType":"Patient","id":"p1","name":[{"family":"`+strings.ReplaceAll(hostile, `"`, `\"`)+`"}],"text":"`+strings.Repeat("<script>", 1_300_000)+`"}`)
	write(t, dir, "two", run, strings.Repeat("[", 100_000))
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte("the neighbour's file"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"link", "linked"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{
		filepath.Join(dir, "link", "run.json"): outside, filepath.Join(dir, "one", "junit.xml"): outside, filepath.Join(dir, "linked", "run"): filepath.Dir(outside),
	} {
		_ = os.Remove(from)
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, console.Options{Dir: dir})
	for _, path := range []string{
		"/", "/run/one", "/run/one/causes", "/run/one/findings?q=" + url.QueryEscape(hostile), "/run/one/exchange/" + exchangeID, "/run/two/exchange/" + exchangeID, "/run/one/junit.xml",
		"/run/link", "/compare?before=one&after=two", "/compare?before=" + url.QueryEscape(hostile) + "&after=x", "/system/ccr", "/run/" + url.PathEscape(hostile), "/?system=" + url.QueryEscape(hostile),
	} {
		page := get(c, path)
		if page.Code >= 500 {
			t.Errorf("%s: status %d", path, page.Code)
		}
		if p := page.Header().Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: policy %q", path, p)
		}
		for _, harm := range []string{"<script>alert", "<img src=x", "the neighbour"} {
			if strings.Contains(page.Body.String(), harm) {
				t.Errorf("%s holds %q", path, harm)
			}
		}
		if page.Body.Len() > 2<<20 {
			t.Errorf("%s has %d bytes", path, page.Body.Len())
		}
	}
	holds(t, get(c, "/"), 200, "run.json is not a file")
}

func access(t *testing.T) (*console.Access, map[console.Role]string) {
	t.Helper()
	tokens, lines := map[console.Role]string{}, "# people\n\n"
	for _, role := range console.Roles() {
		token, line := console.NewToken(console.Person{Name: "the-" + string(role), Roles: []console.Role{role}})
		tokens[role] = token
		lines += line + "\n"
	}
	a, err := console.ReadAccess(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	return a, tokens
}

func TestRolesDecideWhatSomebodyMayDo(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	a, tokens := access(t)
	c := open(t, console.Options{Dir: dir, Access: a, Starter: newStarter(), Secure: true})
	holds(t, get(c, "/run/one"), 303)
	if to := get(c, "/run/one").Header().Get("Location"); to != "/enter?to=%2Frun%2Fone" {
		t.Errorf("led to %s", to)
	}
	as := func(role console.Role, r *http.Request) *httptest.ResponseRecorder {
		r.Header.Set("Authorization", "Bearer "+tokens[role])
		return send(c, r)
	}
	ask := func(path string) *http.Request {
		return httptest.NewRequest(http.MethodGet, "https://console.example.test"+path, nil)
	}
	holds(t, as(console.Reader, ask("/run/one")), 200)
	holds(t, as(console.Reader, ask("/start")), 403, "needs the role runner")
	holds(t, as(console.Runner, ask("/start")), 200)
	reader := as(console.Reader, ask("/")).Body.String()
	if strings.Contains(reader, "Start a run") {
		t.Error("a reader is offered to start a run")
	}
	for _, token := range []string{"", "wrong", tokens[console.Reader] + "x"} {
		r := ask("/run/one")
		r.Header.Set("Authorization", "Bearer "+token)
		if w := send(c, r); w.Code == 200 {
			t.Errorf("token %q is let in", token)
		}
	}
}

func TestSomebodyWhoSignsInStaysSignedInAndNoTokenIsInAPageOrAddressOrLog(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	a, tokens := access(t)
	c := open(t, console.Options{Dir: dir, Access: a, Starter: newStarter(), Secure: true})
	holds(t, post(t, c, "/enter", "/enter", url.Values{"token": {"wrong"}}), 403, "Nobody is let in")
	w := post(t, c, "/enter", "/enter", url.Values{"token": {tokens[console.Runner]}, "to": {"/run/one"}})
	holds(t, w, 303)
	cookie := w.Result().Cookies()[0] //nolint:bodyclose // a recorder has none
	if !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || w.Header().Get("Location") != "/run/one" {
		t.Errorf("cookie %v, led to %s", cookie, w.Header().Get("Location"))
	}
	r := httptest.NewRequest(http.MethodGet, "https://console.example.test/start", nil)
	r.AddCookie(cookie)
	page := send(c, r)
	holds(t, page, 200, "the-runner", "Sign out")
	own := formValue.FindStringSubmatch(page.Body.String())[1]
	if other := formValue.FindStringSubmatch(get(c, "/enter").Body.String())[1]; own == other {
		t.Error("the form of somebody who is signed in is anybody's")
	}
	r = form("/leave", url.Values{"form": {own}})
	r.AddCookie(cookie)
	holds(t, send(c, r), 303)
	r = httptest.NewRequest(http.MethodGet, "https://console.example.test/start", nil)
	r.AddCookie(cookie)
	holds(t, send(c, r), 303)
	for _, to := range []string{"//elsewhere.test", "https://elsewhere.test", "/\\elsewhere.test", "javascript:alert(1)"} {
		w := post(t, c, "/enter", "/enter", url.Values{"token": {tokens[console.Reader]}, "to": {to}})
		if led := w.Header().Get("Location"); w.Code == 303 && led != "/" {
			t.Errorf("%s leads to %s", to, led)
		}
	}
	log, err := os.ReadFile(filepath.Join(dir, console.Folder, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if strings.Contains(string(log), token) || strings.Contains(page.Body.String(), token) {
			t.Error("a token is written down")
		}
	}
	if !strings.Contains(string(log), `"what":"enter"`) || !strings.Contains(string(log), `"what":"refused"`) {
		t.Errorf("the log says %s", log)
	}
}

func TestManyAttemptsToSignInAreRefused(t *testing.T) {
	a, tokens := access(t)
	c := open(t, console.Options{Dir: t.TempDir(), Access: a, Clock: func() time.Time { return at }})
	for range 5 {
		holds(t, post(t, c, "/enter", "/enter", url.Values{"token": {"wrong"}}), 403)
	}
	holds(t, post(t, c, "/enter", "/enter", url.Values{"token": {tokens[console.Signer]}}), 429)
	refused := 0
	for range 300 {
		if get(c, "/enter").Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused < 50 {
		t.Errorf("%d of 300 requests at once are refused", refused)
	}
}

func TestNothingIsDoneForAnotherSite(t *testing.T) {
	starter := newStarter()
	c := open(t, console.Options{Dir: t.TempDir(), Starter: starter})
	own := formValue.FindStringSubmatch(get(c, "/start").Body.String())[1]
	order := url.Values{"out": {"x"}, "act": {"start"}}
	holds(t, send(c, form("/start", order)), 403, "out of date")
	order.Set("form", own)
	for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.test"} {
		r := form("/start", order)
		r.Header.Set(name, value)
		holds(t, send(c, r), 403, "not sent from a page of this console")
	}
	r := form("/start", order)
	r.Host = "elsewhere.test"
	holds(t, send(c, r), 421)
	r = form("/start", order)
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	holds(t, send(c, r), 415)
	order.Set("checks", strings.Repeat("x", 100_000))
	holds(t, send(c, form("/start", order)), 400)
	if starter.names() != "" {
		t.Errorf("started: %s", starter.names())
	}
}

// progress writes what a run under way says of itself.
func progress(t *testing.T, dir, name string, p console.Progress) {
	t.Helper()
	folder := filepath.Join(dir, "."+name+".partial-1")
	p.Schema, p.Out = console.ProgressSchema, name
	text, err := json.Marshal(p)
	if err == nil {
		err = os.MkdirAll(folder, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, console.ProgressFile), text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestRunsToOneEndpointWaitForEachOther(t *testing.T) {
	dir := t.TempDir()
	starter := newStarter()
	starter.endpoint = func(o console.Order) string {
		if o.Out == "elsewhere" {
			return "https://ohc.example.test/fhir"
		}
		return "https://ccr.example.test/fhir"
	}
	c := open(t, console.Options{Dir: dir, Starter: starter})
	start := func(name string) *httptest.ResponseRecorder {
		return post(t, c, "/start", "/start", url.Values{"out": {name}, "act": {"start"}})
	}
	for _, name := range []string{"a", "b", "elsewhere"} {
		if w := start(name); w.Code != 303 || w.Header().Get("Location") != "/watch/"+name {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if starter.names() != "a elsewhere" {
		t.Errorf("started: %s", starter.names())
	}
	holds(t, start("a"), 409, "under way already")
	holds(t, get(c, "/"), 200, "waits in the queue, at place 1")
	holds(t, get(c, "/watch/b"), 200, "waits in the queue", "Cancel the run", "concord run --out=b")
	for _, wrong := range []string{"", "../x", ".hidden", "a/b", "-flag", strings.Repeat("x", 100)} {
		holds(t, start(wrong), 400)
	}
	holds(t, post(t, c, "/watch/a", "/watch/a/cancel", url.Values{}), 303)
	for deadline := time.Now().Add(5 * time.Second); starter.names() != "a elsewhere b" && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if starter.names() != "a elsewhere b" {
		t.Errorf("after a was cancelled: %s", starter.names())
	}
	holds(t, get(c, "/watch/a"), 200, "left no run folder (exit code 3)", "it said this")
	log, err := os.ReadFile(filepath.Join(dir, console.Folder, "audit.jsonl"))
	if err != nil || strings.Count(string(log), `"what":"start"`) < 3 || !strings.Contains(string(log), `"what":"cancel","on":"a"`) {
		t.Errorf("the log says %s %v", log, err)
	}
}

func TestADryRunStartsNothing(t *testing.T) {
	starter := newStarter()
	c := open(t, console.Options{Dir: t.TempDir(), Starter: starter})
	holds(t, post(t, c, "/start", "/start", url.Values{"out": {"x"}, "act": {"plan"}, "suite": {"parity"}}), 200, "all is well", "Nothing has been started", "Start it", `value="parity" checked`)
	holds(t, post(t, c, "/start", "/start", url.Values{"out": {"x"}, "act": {"start"}, "configuration": {"wrong.yaml"}}), 422, "wrong.yaml is no configuration")
	if starter.names() != "" {
		t.Errorf("started: %s", starter.names())
	}
}

func TestARunUnderWayIsShownWhoeverStartedIt(t *testing.T) {
	dir := t.TempDir()
	now := at
	c := open(t, console.Options{Dir: dir, Clock: func() time.Time { return now }})
	progress(t, dir, "cli", console.Progress{
		Began: at, At: at, Step: "asking ccr", Done: 5, Total: 20, Counts: result.Counts{Pass: 4, Fail: 1},
		Systems: []console.SystemProgress{{Name: "ccr", Requests: 77, PerSecond: 12.5, Throttled: 3}},
		First:   []console.Problem{{Check: "PAR-1", Title: "t" + hostile, Scope: "ccr", Status: result.Fail, Message: "m" + hostile}},
	})
	page := get(c, "/watch/cli")
	holds(t, page, 200, "5 of 20 results", "12.5", ">77<", "PAR-1", "First problems", `http-equiv="refresh"`)
	if strings.Contains(page.Body.String(), "<img") || strings.Contains(page.Body.String(), "Cancel the run") {
		t.Error("the page obeys what a run says, or offers to stop what it did not start")
	}
	now = now.Add(time.Minute)
	holds(t, get(c, "/watch/cli"), 200, "has said nothing for a while")
	write(t, dir, "cli", aRun("r1", at, ""), patient)
	if err := os.RemoveAll(filepath.Join(dir, ".cli.partial-1")); err != nil {
		t.Fatal(err)
	}
	if w := get(c, "/watch/cli"); w.Code != 303 || w.Header().Get("Location") != "/run/cli" {
		t.Errorf("a finished run: %d %s", w.Code, w.Header().Get("Location"))
	}
}

func TestEventsTellAPageWhatChangesAndWhereTheRunIsInTheEnd(t *testing.T) {
	dir := t.TempDir()
	progress(t, dir, "cli", console.Progress{Began: at, At: time.Now(), Step: "asking", Done: 1, Total: 2})
	c := open(t, console.Options{Dir: dir})
	server := httptest.NewServer(c)
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/watch/cli/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close() //nolint:errcheck // it is only read
	buffer := make([]byte, 4096)
	n, err := answer.Body.Read(buffer)
	if err != nil || !strings.HasPrefix(string(buffer[:n]), "event: progress\ndata: \"") || !strings.Contains(string(buffer[:n]), "1 of 2 results") {
		t.Fatalf("%q %v", buffer[:n], err)
	}
	write(t, dir, "cli", aRun("r1", at, ""), patient)
	if err := os.RemoveAll(filepath.Join(dir, ".cli.partial-1")); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(answer.Body)
	if err != nil || !strings.Contains(string(rest), "event: done\ndata: \"/run/cli\"") {
		t.Errorf("%q %v", rest, err)
	}
}

func TestAStepIsAttestedByNameAndRoleOnceAndOnlyTheOneThatIsWaitedFor(t *testing.T) {
	dir := t.TempDir()
	starter := newStarter()
	c := open(t, console.Options{Dir: dir, Starter: starter})
	holds(t, post(t, c, "/start", "/start", url.Values{"out": {"w"}, "act": {"start"}, "witness": {"yes"}}), 303)
	progress(t, dir, "w", console.Progress{Began: at, At: time.Now(), Step: "asking", Total: 1, Waiting: "Please cut\nthe line."})
	attest := func(fields url.Values) *httptest.ResponseRecorder {
		return post(t, c, "/watch/w", "/watch/w/attest", fields)
	}
	holds(t, attest(url.Values{"done": {"yes"}, "step": {"Please cut\r\nthe line."}}), 400, "Who did it?")
	holds(t, attest(url.Values{"done": {"yes"}, "step": {"another"}, "who": {"Ann"}, "role": {"tester"}}), 409)
	holds(t, attest(url.Values{"done": {"yes"}, "step": {"Please cut\r\nthe line."}, "who": {"Ann: x"}, "role": {"tester"}, "remark": {"at\n9:00"}}), 303)
	if line := <-starter.process("w").lines; line != "Ann  x, tester: at 9 00" {
		t.Errorf("the run was told %q", line)
	}
}

func TestTwoRunsAreComparedWithWhatElseDiffers(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "before", aRun("r1", at, ""), patient)
	later := aRun("r2", at.Add(time.Hour), "")
	later.Harness.Version = "2.0"
	later.Results[0].Status, later.Results[0].Reason, later.Results[0].Findings = result.Pass, "", nil
	later.Results[1].Status, later.Results[1].Reason = result.Error, result.Unreachable
	later.Verdict = later.Judge()
	write(t, dir, "after", later, patient)
	c := open(t, console.Options{Dir: dir})
	holds(t, get(c, "/compare?before=before&after=after"), 200, "Worse than before (1)", "Better than before (1)", "<dt>Harness</dt>", "concord 1.0 abc <b>then</b> concord 2.0 abc", "No longer seen")
	holds(t, get(c, "/system/ccr"), 200, "the verdict, from not conformant", "the harness, from concord 1.0", "/compare?before=before&amp;after=after")
	holds(t, get(c, "/system/none"), 404)
	holds(t, get(c, "/compare?before=before&after=never"), 422, "no run folder")
}

func TestTheStaticReportIsTheOneThatARunWrites(t *testing.T) {
	dir := t.TempDir()
	run := aRun("r1", at, "")
	if err := reports.Write(filepath.Join(dir, "one"), run, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(dir, "one", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if got := get(open(t, console.Options{Dir: dir}), "/run/one/report.html"); got.Body.String() != string(want) || !strings.HasPrefix(got.Header().Get("Content-Disposition"), "attachment") {
		t.Error("the saved report is another than report.html")
	}
}

func FuzzRoutes(f *testing.F) {
	dir := f.TempDir()
	write(f, dir, "one", aRun("r1", at, hostile), patient)
	c := open(f, console.Options{Dir: dir, Starter: newStarter(), Clock: steady()})
	for _, path := range []string{"/", "/run/one", "/run/one/exchange/" + exchangeID + "/body", "/run/..%2Fone", "/watch/%00", "/compare?before=one&after=%ff", "//", "/run/%2e%2e/run.json", "/?page=-1", "/run/one/findings?page=99999999999"} {
		f.Add("GET", path, "")
		f.Add("POST", path, "form=x&out=../x")
	}
	f.Fuzz(func(t *testing.T, method, path, body string) {
		if method != http.MethodGet && method != http.MethodPost && method != http.MethodHead {
			return
		}
		u, err := url.ParseRequestURI(path)
		if err != nil || u.Host != "" || strings.HasSuffix(u.Path, "/events") {
			return
		}
		r := httptest.NewRequest(method, "http://localhost/", strings.NewReader(body))
		r.URL, r.RequestURI = u, path
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		w := send(c, r)
		if w.Code >= 500 || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s %q: %d", method, path, w.Code)
		}
		if text := w.Body.String(); strings.Contains(text, "<script>alert") || strings.Contains(text, "<img") || strings.Contains(text, dir) {
			t.Errorf("%s %q: %s", method, path, text)
		}
	})
}

// steady is a clock that moves on by a second each time, so that nobody is asked to wait.
func steady() func() time.Time {
	var mu sync.Mutex
	now := at
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Second)
		return now
	}
}
