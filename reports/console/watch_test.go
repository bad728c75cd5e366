package console_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports/console"
)

// progress writes what a run under way says of itself.
func progress(t *testing.T, dir, name string, p console.Progress) {
	t.Helper()
	file := filepath.Join(dir, name, filepath.FromSlash(console.ProgressFile))
	p.Schema = console.ProgressSchema
	text, err := json.Marshal(p)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o755)
	}
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
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
	for _, want := range []string{"a", "elsewhere", "b"} {
		select {
		case name := <-starter.begun:
			if name != want {
				t.Errorf("%s began, not %s", name, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s has not begun after a was cancelled", want)
		}
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
	if err := os.RemoveAll(filepath.Join(dir, "cli", ".concord-run")); err != nil {
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
	if err := os.RemoveAll(filepath.Join(dir, "cli", ".concord-run")); err != nil {
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
