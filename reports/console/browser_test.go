package console_test

import (
	"context"
	"flag"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"concord.example/concord/internal/need"
	"concord.example/concord/internal/wcag"
	"concord.example/concord/reports/console"
)

var screenshots = flag.String("screenshots", "", "write a picture of each page into this folder") //nolint:gochecknoglobals // a flag of the test binary

// visitor is a browser at a console.
type visitor struct {
	*testing.T
	ctx  context.Context
	home string
	mu   sync.Mutex
	said []string
}

// visit starts a browser with an empty profile at a console.
func visit(t *testing.T, c *console.Console) *visitor {
	t.Helper()
	need.Chromium(t)
	server := httptest.NewServer(c)
	t.Cleanup(func() {
		c.EndStreams()
		server.Close()
	})
	return browse(t, server.URL)
}

// browse starts a browser with an empty profile for the pages beneath an address.
func browse(t *testing.T, home string) *visitor {
	t.Helper()
	path := need.Chromium(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-component-update", true))
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	v := &visitor{T: t, home: home}
	v.ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(v.listen))
	t.Cleanup(cancel)
	return v
}

// listen keeps what the browser complains about: a policy that was broken, a script that failed, a file that is not there.
func (v *visitor) listen(event any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		v.said = append(v.said, e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		if !strings.Contains(e.Entry.Text, "status of 422") && !strings.HasSuffix(e.Entry.URL, "/nowhere") { // a damaged folder is told so, and so is a page that is not there
			v.said = append(v.said, e.Entry.Text+" "+e.Entry.URL)
		}
	}
}

func (v *visitor) complaints() {
	v.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, text := range v.said {
		v.Errorf("the browser complains: %s", text)
	}
}

func (v *visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.Helper()
	if err := chromedp.Do(v.ctx, steps...); err != nil {
		v.Fatal(err)
	}
}

// until waits until an expression is true in the page, whichever page that is by then.
func (v *visitor) until(what, expression string) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, 20*time.Second)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		// A page that is just being left answers with an error.
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+expression+")")); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			text, _ := chromedp.Run(v.ctx, chromedp.Evaluate[string]("location.href+'\\n'+document.body.innerText"))
			v.Fatalf("%s: it never came; the page is %s", what, text)
		case <-ticker.C:
		}
	}
}

// tab goes on by the tabulator key until the element has the focus, and looks whether the focus can be seen.
func (v *visitor) tab(selector string) {
	v.Helper()
	for range 200 {
		v.do(chromedp.KeyEvent(kb.Tab))
		got, err := chromedp.Run(v.ctx, chromedp.Evaluate[int](fmt.Sprintf(`(() => {
			const e = document.activeElement;
			if (!e.matches(%q)) return 0;
			const s = getComputedStyle(e);
			return s.boxShadow !== 'none' || s.outlineStyle !== 'none' || s.backgroundColor !== 'rgba(0, 0, 0, 0)' ? 2 : 1;
		})()`, selector)))
		if err != nil {
			v.Fatal(err)
		}
		if got == 1 {
			v.Errorf("%s has the focus, and nobody can see it", selector)
		}
		if got > 0 {
			return
		}
	}
	v.Fatalf("%s is not reached by the tabulator key", selector)
}

func (v *visitor) press(keys string) {
	v.Helper()
	v.do(chromedp.KeyEvent(keys))
}

// visited is a console over three runs, of which one is under way.
func visited(t *testing.T) (dir string, starter *fakeStarter, c *console.Console) {
	t.Helper()
	need.Chromium(t)
	dir, starter = t.TempDir(), newStarter()
	long := strings.Repeat("unbroken", 40)
	write(t, dir, "one", aRun("r1", at, ""), patient)
	write(t, dir, "two", aRun("r2", at.Add(time.Hour), long), patient)
	if err := os.MkdirAll(filepath.Join(dir, "damaged", "exchanges"), 0o755); err != nil {
		t.Fatal(err)
	}
	progress(t, dir, "underway", console.Progress{
		Began: at, At: time.Now(), Step: "asking", Done: 1, Total: 4, Systems: []console.SystemProgress{{Name: "ccr", Requests: 7}},
		First: []console.Problem{{Check: "PAR-1", Title: "a search", Scope: "ccr", Message: long}},
	})
	return dir, starter, open(t, console.Options{Dir: dir, Starter: starter, Key: signingKey(t), Clock: time.Now})
}

// shown are the pages of a console over what visited wrote, and of one that asks who somebody is.
func shownPages() []string {
	return []string{
		"/", "/?verdict=partial", "/run/one", "/run/two", "/run/two/causes", "/run/two/findings", "/run/two/exchange/" + exchangeID, "/watch/underway", "/watch/waits",
		"/start", "/start?failed=one", "/compare", "/compare?before=one&after=two", "/system/ccr", "/run/damaged", "/run/one/decisions", "/run/one/rejudge", "/nowhere",
		"/enter", "/enter?left=1",
	}
}

// accessible names the faults of the page that is shown.
func (v *visitor) accessible(what string) {
	v.Helper()
	v.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`), chromedp.KeyEvent(kb.Tab))
	got, err := chromedp.Run(v.ctx, chromedp.Evaluate[[]string](wcag.Faults))
	if err != nil {
		v.Fatalf("%s: %v", what, err)
	}
	for _, fault := range got {
		v.Errorf("%s: %s", what, fault)
	}
}

func (v *visitor) prefers(feature, value string) {
	v.Helper()
	features := []*emulation.MediaFeature{{Name: feature, Value: value}}
	if _, err := chromedp.Call(v.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		v.Fatal(err)
	}
}

func TestEveryPageIsAccessibleInAWideAndANarrowWindow(t *testing.T) {
	dir, _, c := visited(t)
	progress(t, dir, "waits", console.Progress{Began: at, At: time.Now(), Step: "asking", Done: 1, Total: 4, Waiting: "Please cut the line."})
	v := visit(t, c)
	for _, seen := range []struct {
		width          int64
		feature, value string
	}{
		{1280, "prefers-color-scheme", "light"}, {320, "prefers-color-scheme", "dark"}, {320, "forced-colors", "active"},
	} {
		v.do(chromedp.EmulateViewport(seen.width, 900))
		v.prefers(seen.feature, seen.value)
		for _, page := range shownPages() {
			if err := chromedp.Do(v.ctx, chromedp.Navigate(v.home+page)); err != nil {
				t.Fatalf("%s: %v", page, err)
			}
			v.accessible(fmt.Sprintf("%s at %d pixels, %s %s", page, seen.width, seen.feature, seen.value))
			v.picture(page, seen.width)
		}
	}
	v.do(chromedp.Navigate(v.home + "/start"))
	v.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("form[action='/start'] button").click()`))
	v.until("the plan", `document.body.innerText.includes("Nothing has been started")`)
	v.accessible("what would be done")
	v.complaints()
}

func TestThePagesToSignInAreAccessible(t *testing.T) {
	need.Chromium(t)
	id := newIdentity(t)
	a, _ := access(t)
	v := visit(t, open(t, console.Options{Dir: t.TempDir(), Access: a, Provider: id.open(t, id.settings())}))
	for _, width := range []int64{1280, 320} {
		v.do(chromedp.EmulateViewport(width, 900))
		for _, page := range []string{"/enter", "/enter?left=1"} {
			v.do(chromedp.Navigate(v.home + page))
			v.accessible(fmt.Sprintf("%s at %d pixels", page, width))
			v.picture(page+"-provider", width)
		}
		v.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("token").value = "wrong"; document.querySelector("form[action='/enter'] button").click()`))
		v.until("that nobody is let in", `document.getElementById("wrong")`)
		v.accessible(fmt.Sprintf("a wrong token at %d pixels", width))
	}
}

// picture keeps what is seen where -screenshots names a folder.
func (v *visitor) picture(page string, width int64) {
	v.Helper()
	if *screenshots == "" {
		return
	}
	shot, err := chromedp.Run(v.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(filepath.Join(*screenshots, strings.NewReplacer("/", "_", "?", "_", "&", "_").Replace(strings.TrimPrefix(page, "/"))+fmt.Sprintf("-%d.png", width)), shot, 0o600)
	}
	if err != nil {
		v.Fatal(err)
	}
}

func TestEverythingIsDoneByKeyboardAlone(t *testing.T) {
	dir, starter, c := visited(t)
	v := visit(t, c)

	// Browse: from the list to the line of an answer that a finding is about.
	v.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(v.home+"/"))
	for _, step := range []struct{ link, page, shows string }{
		{`a[href="/run/one"]`, "/run/one", "#verdict"},
		{`a[href="/run/one/findings"]`, "/run/one/findings", `a[href$="` + exchangeID + `"]`},
		{`a[href$="` + exchangeID + `"]`, "/run/one/exchange/" + exchangeID, "tr.marked"},
	} {
		v.tab(step.link)
		v.press(kb.Enter)
		v.until(step.link, fmt.Sprintf(`location.pathname === %q && document.querySelector(%q)`, step.page, step.shows))
	}

	// Share: the report is saved from any page of the run, and it is whole.
	v.tab(`a[href="/run/one/report.html"][download]`)
	saved, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`fetch(document.activeElement.href).then(r => r.text())`, chromedp.EvalAwaitPromise))
	if err != nil || !strings.Contains(saved, "Conformance report") {
		t.Errorf("what is saved is %.100q %v", saved, err)
	}

	// Sign: what a board decides stands on the page then, and can be taken back.
	v.tab(`a[href="/run/one/decisions"]`)
	v.press(kb.Enter)
	v.until("the form", `location.pathname === "/run/one/decisions" && document.getElementById("role")`)
	v.tab("#who")
	v.press("Ann Other")
	v.tab("#role")
	v.press("Programme manager")
	v.tab(`input[name="decision"]`)
	v.press(" ")
	v.tab("form.fields button")
	v.press(kb.Enter)
	v.until("the decision", `document.body.innerText.includes("accepted by Ann Other, Programme manager")`)
	v.tab("button.danger")
	v.press(kb.Enter)
	v.until("that it is withdrawn", `document.body.innerText.includes("It was withdrawn since.")`)

	// Compare.
	v.tab(`a[href="/compare"]`)
	v.press(kb.Enter)
	v.until("the form", `location.pathname === "/compare" && document.getElementById("before")`)
	v.tab("#before")
	v.press("one")
	v.tab("#after")
	v.press("two" + kb.Enter)
	v.until("the comparison", `document.getElementById("fixed")`)

	// Start: what would be done first, then the run.
	v.tab(`a[href="/start"]`)
	v.press(kb.Enter)
	v.until("the form", `location.pathname === "/start" && document.getElementById("out")`)
	v.tab(`input[name="witness"]`)
	v.press(" ")
	v.tab("#out")
	v.do(chromedp.Evaluate[chromedp.Void](`document.activeElement.select()`))
	v.press("mine" + kb.Enter)
	v.until("the plan", `document.body.innerText.includes("Nothing has been started")`)
	if starter.names() != "" {
		t.Errorf("what would be done was done: %s", starter.names())
	}
	v.tab(`button[value="start"]`)
	v.press(kb.Enter)
	v.until("the run", `location.pathname === "/watch/mine" && document.body.innerText.includes("concord run --out=mine")`)

	// Watch: the page follows the run by itself, a person attests a step, and the run is cancelled.
	progress(t, dir, "mine", console.Progress{Began: time.Now(), At: time.Now(), Step: "asking", Done: 1, Total: 4, Waiting: "Please cut the line."})
	v.until("what is waited for", `document.getElementById("waits")`)
	v.tab("#who")
	v.press("Ann")
	v.tab("#role")
	v.press("tester")
	v.tab(`button[value="yes"]`)
	v.press(kb.Enter)
	select {
	case line := <-starter.process("mine").lines:
		if !strings.HasPrefix(line, "Ann, tester:") {
			t.Errorf("the run was told %q", line)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("nothing was attested")
	}
	v.until("the page again", `location.pathname === "/watch/mine" && document.querySelector('form[action$="/cancel"] button')`)
	v.tab(`form[action$="/cancel"] button`)
	v.press(kb.Enter)
	v.until("the end", `document.body.innerText.includes("asked to stop") || document.body.innerText.includes("has ended")`)
	v.complaints()
}
