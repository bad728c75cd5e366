package reports_test

import (
	"bytes"
	"context"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"concord.example/concord/internal/need"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/wcag"
	"concord.example/concord/reports"
)

// overheard is what the browser did besides showing the page.
type overheard struct {
	mu       sync.Mutex
	requests []string
	errors   []string
}

func (o *overheard) listen(event any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		o.requests = append(o.requests, e.Request.URL)
	case *runtime.EventExceptionThrown:
		o.errors = append(o.errors, e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		o.errors = append(o.errors, "console."+string(e.Type))
	case *log.EventEntryAdded:
		o.errors = append(o.errors, e.Entry.Text)
	}
}

// check fails the test when the page asked for anything but itself, or complained.
func (o *overheard) check(t *testing.T, page string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.requests) == 0 {
		t.Error("heard no request at all, so the listener does not listen")
	}
	for _, r := range o.requests {
		if r, _, _ := strings.Cut(r, "#"); r != page {
			t.Errorf("the page asked for %s", r)
		}
	}
	for _, e := range o.errors {
		t.Errorf("the console says %q", e)
	}
}

// browse starts a browser with an empty profile that may not reach out on its own account.
func browse(t *testing.T) (context.Context, *overheard) {
	t.Helper()
	path := need.Chromium(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.WindowSize(1280, 1600),
		chromedp.Flag("disable-component-update", true),
	)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	heard := &overheard{}
	ctx, cancel = chromedp.NewContext(ctx, chromedp.WithListener(heard.listen))
	t.Cleanup(cancel)
	return ctx, heard
}

// do runs the steps in the browser.
func do(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// ask runs one action in the browser and returns what it gives.
func ask[T any](ctx context.Context, t *testing.T, action chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// onDisk writes the run's reports and returns the file URL of report.html.
func onDisk(t *testing.T, run result.Run) string {
	t.Helper()
	dir := t.TempDir()
	if err := reports.Write(dir, run, reports.Options{}); err != nil {
		t.Fatal(err)
	}
	return (&url.URL{Scheme: "file", Path: filepath.Join(dir, reports.HTMLFile)}).String()
}

func TestTheReportInABrowser(t *testing.T) {
	ctx, heard := browse(t)
	page := onDisk(t, fullRun(t))
	do(ctx, t, chromedp.EmulateViewport(1280, 1600), chromedp.Navigate(page+"#details"))
	type sight struct {
		Verdict, Heading                     string
		Cells, Named, Visible, Missing, Rows int
		Tools                                bool
	}
	seen := ask(ctx, t, chromedp.Evaluate[sight](`(() => {
		const cells = [...document.querySelectorAll('[data-ods]')];
		return {
			Verdict: document.getElementById('verdict').innerText,
			Heading: document.querySelector('h1').innerText,
			Cells: new Set(cells.map(c => c.dataset.ods)).size,
			Named: cells.filter(c => c.innerText.includes('(' + c.dataset.ods + '): ')).length,
			Visible: cells.filter(c => c.firstElementChild.getBoundingClientRect().width >= 24).length,
			Missing: cells.filter(c => c.querySelector('a')).length,
			Rows: document.querySelectorAll('tr[id^="provider-"]').length,
			Tools: [...document.querySelectorAll('[data-script]')].every(e => !e.hidden),
		};
	})()`))
	if !strings.Contains(seen.Verdict, "Not conformant") || !strings.Contains(seen.Heading, "One Health and Care") {
		t.Errorf("the page says %q under %q", seen.Verdict, seen.Heading)
	}
	if seen.Cells != 848 || seen.Named != 848 || seen.Visible != 848 {
		t.Errorf("%d providers, %d named, %d of 24 pixels or more; want 848 each", seen.Cells, seen.Named, seen.Visible)
	}
	if seen.Missing != 6 || seen.Rows != 6 {
		t.Errorf("%d squares lead to %d rows of providers not shown, want 6 each", seen.Missing, seen.Rows)
	}
	if !seen.Tools {
		t.Error("the script did not run: the tools it offers are hidden")
	}
	heard.check(t, page)
	path := flag.Lookup("screenshot").Value.String()
	if path == "" {
		path = filepath.Join(t.TempDir(), "report.png")
	}
	picture := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, ask(ctx, t, chromedp.CaptureScreenshot()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	picture(path)
	do(ctx, t, chromedp.Evaluate[chromedp.Void](`document.getElementById('providers').scrollIntoView()`))
	picture(strings.TrimSuffix(path, ".png") + "-providers.png")
}

func TestTheFilterFindsAProvider(t *testing.T) {
	ctx, heard := browse(t)
	page := onDisk(t, fullRun(t))
	const lit = `document.querySelectorAll('[data-ods]:not(.dim)').length`
	found := chromedp.Text(chromedp.CSS("#found"))
	do(ctx, t, chromedp.Navigate(page+"#details"), chromedp.SendKeys(chromedp.CSS("#find"), "zz0500"))
	if text, n := ask(ctx, t, found), ask(ctx, t, chromedp.Evaluate[int](lit)); text != "1 of 848 providers match" || n != 1 {
		t.Errorf("looking for one provider says %q and leaves %d lit", text, n)
	}
	do(ctx, t, chromedp.Evaluate[chromedp.Void](`document.getElementById('find').value = ''`), chromedp.Click(chromedp.CSS("#only")))
	if text, n := ask(ctx, t, found), ask(ctx, t, chromedp.Evaluate[int](lit)); text != "6 of 848 providers match" || n != 6 {
		t.Errorf("asking for those not shown says %q and leaves %d lit", text, n)
	}
	heard.check(t, page)
}

func TestTheReportReflowsAt320Pixels(t *testing.T) {
	ctx, heard := browse(t)
	run := fullRun(t)
	long := strings.Repeat("unbroken", 60)
	for i := range run.Results {
		if run.Results[i].Status == result.Fail {
			run.Results[i].Findings = []result.Finding{{
				Rule: long, Severity: result.SeverityError, Path: long, Message: long, Expected: long, Actual: long, Exchanges: []string{long},
			}}
		}
	}
	run.Systems[0].BaseURL = "https://" + long
	page := onDisk(t, run)
	do(ctx, t, chromedp.EmulateViewport(320, 800), chromedp.Navigate(page+"#details"))
	type size struct {
		Scroll, Client int
		Wide           []string
	}
	got := ask(ctx, t, chromedp.Evaluate[size](`(() => {
		const root = document.documentElement;
		const inTable = e => e.closest('.scroll') && !e.matches('.scroll');
		const wide = e => e.getBoundingClientRect().right > root.clientWidth + 1;
		return {
			Scroll: root.scrollWidth, Client: root.clientWidth,
			Wide: [...document.querySelectorAll('main *')].filter(e => !inTable(e) && !e.closest('svg') && wide(e))
				.slice(0, 5).map(e => e.tagName + '.' + e.className),
		};
	})()`))
	if got.Client == 0 || got.Scroll > got.Client || len(got.Wide) > 0 {
		t.Errorf("the page is %d pixels wide in a window of %d; too wide are %v", got.Scroll, got.Client, got.Wide)
	}
	heard.check(t, page)
}

func TestTheReportIsAccessibleInAWideAndANarrowWindow(t *testing.T) {
	ctx, _ := browse(t)
	for name, run := range map[string]result.Run{"a large run": badRun(t), "a small run": smallRun()} {
		address := onDisk(t, run)
		for _, seen := range []struct {
			width          int64
			feature, value string
		}{
			{1280, "prefers-color-scheme", "light"}, {320, "prefers-color-scheme", "dark"}, {320, "forced-colors", "active"},
		} {
			features := []*emulation.MediaFeature{{Name: seen.feature, Value: seen.value}}
			if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
				t.Fatal(err)
			}
			do(ctx, t, chromedp.EmulateViewport(seen.width, 900), chromedp.Navigate(address),
				chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => d.open = true)`), chromedp.KeyEvent(kb.Tab))
			for _, fault := range ask(ctx, t, chromedp.Evaluate[[]string](wcag.Faults)) {
				t.Errorf("%s at %d pixels, %s %s: %s", name, seen.width, seen.feature, seen.value, fault)
			}
		}
	}
}

func TestEveryCheckIsOpenOnPaperWithoutAScript(t *testing.T) {
	ctx, _ := browse(t)
	page := onDisk(t, cleanRun(t))
	do(ctx, t, chromedp.Navigate(page+"#details"))
	const closed = `document.querySelectorAll('details.check:not([open])').length`
	const open = `[...document.querySelectorAll('details.check:not([open])')].filter(e => getComputedStyle(e, '::details-content').contentVisibility === 'visible').length`
	all := ask(ctx, t, chromedp.Evaluate[int](closed))
	if n := ask(ctx, t, chromedp.Evaluate[int](open)); all == 0 || n != 0 {
		t.Fatalf("%d checks are closed on the screen and yet %d of them can be read", all, n)
	}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
		t.Fatal(err)
	}
	if n := ask(ctx, t, chromedp.Evaluate[int](open)); n != all {
		t.Errorf("%d checks are closed on the screen and %d of them can be read on paper", all, n)
	}
}

// badRun is a run in which a hospital is missing and much else is wrong.
func badRun(t *testing.T) result.Run {
	t.Helper()
	run := fullRun(t)
	for i := range run.Results {
		r := &run.Results[i]
		if p := r.Scope.Provider; r.Check == "SCN-848-FACT" && strings.HasSuffix(p, "7") {
			r.Status, r.Reason = result.Fail, result.Broken
			for _, resource := range []string{"Observation", "Encounter", "Immunization"} {
				r.Findings = append(r.Findings, result.Finding{
					Rule: "fact-visible", Severity: result.SeverityError, Path: resource, Cause: result.CauseMissing,
					Message: resource + " recorded by " + p + " is not shown", Expected: "the record", Actual: "not shown",
				})
			}
		}
	}
	run.Verdict = run.Judge()
	return run
}

func TestTheBoardReadsTwoSheetsAndTheDetailsAreShut(t *testing.T) {
	ctx, heard := browse(t)
	address := onDisk(t, badRun(t))
	do(ctx, t, chromedp.EmulateViewport(1280, 1600), chromedp.Navigate(address))
	picture := func(name string) {
		t.Helper()
		path := flag.Lookup("screenshot").Value.String()
		if path == "" {
			return
		}
		shot := ask(ctx, t, chromedp.CaptureScreenshot())
		if err := os.WriteFile(strings.TrimSuffix(path, ".png")+"-"+name+".png", shot, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	picture("board")
	for _, width := range []int64{390, 320} {
		do(ctx, t, chromedp.EmulateViewport(width, 1200))
		if wide := ask(ctx, t, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); int64(wide) > width {
			t.Errorf("the page is %d pixels wide in a window of %d", wide, width)
		}
		picture(strconv.FormatInt(width, 10))
	}
	text := ask(ctx, t, chromedp.Evaluate[string](`document.getElementById('board').innerText`))
	for _, internal := range []string{"SCN-", "PAR-", "no-data", "\u2192", "ccr", "fact-visible"} {
		if strings.Contains(text, internal) {
			t.Errorf("the board reads %q, which is a word of Concord's own", internal)
		}
	}
	printed, err := chromedp.Call(ctx, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69})
	if err != nil {
		t.Fatal(err)
	}
	sheets := bytes.Count(printed.Data, []byte("/Type /Page\n")) + bytes.Count(printed.Data, []byte("/Type /Page/")) + bytes.Count(printed.Data, []byte("/Type /Page "))
	if sheets < 1 || sheets > 2 {
		t.Errorf("the board's part takes %d sheets of A4, want at most 2", sheets)
	}
	if path := flag.Lookup("screenshot").Value.String(); path != "" {
		if err := os.WriteFile(strings.TrimSuffix(path, ".png")+"-board.pdf", printed.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	heard.check(t, address)
}
