package console_test

import (
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

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/console"
)

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
	holds(t, get(c, "/compare?before=before&after=after"), 200, "Newly fails (0)", "Was demonstrated, and is not now (1)", "Fixed (1)", "<dt>harness</dt>", "1.0 abc <b>then</b> 2.0 abc", "No longer seen")
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
	c := open(f, console.Options{Dir: dir, Starter: newStarter(), Key: signingKey(f), Clock: steady()})
	for _, path := range []string{"/", "/run/one", "/run/one/exchange/" + exchangeID + "/body", "/run/..%2Fone", "/watch/%00", "/compare?before=one&after=%ff", "//", "/run/%2e%2e/run.json", "/?page=-1", "/run/one/findings?page=99999999999", "/run/one/decisions", "/run/one/decisions/withdraw", "/run/one/rejudge", "/resume"} {
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
