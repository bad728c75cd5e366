package wcag_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"concord.example/concord/internal/need"
	"concord.example/concord/internal/wcag"
)

// sound is a page without a fault: each case below changes one thing of it.
const sound = `<!DOCTYPE html><html lang="en-GB"><head><meta name="viewport" content="width=device-width, initial-scale=1"><title>A page</title><style>
body{font:16px/1.5 Arial;background:#fff;color:#212b32;margin:1rem}a:focus-visible,button:focus-visible,input:focus-visible{outline:4px solid #212b32}
input{border:2px solid #4c6272;background:#fff;height:40px;width:200px}button{color:#fff;background:#005eb8;border:0;padding:.5rem 1rem}
.scroll{overflow-x:auto}/*more*/</style></head><body><main><h1>Heading</h1><h2 id="under">Under it</h2><p class="text">A text with <a href="#x">a link</a> in it.</p>
<p><label for="field">Field</label> <input id="field"> <button>Send</button></p>
<nav aria-label="One"><a href="#y" style="display:inline-block;min-height:24px;min-width:24px">First</a></nav>
<svg width="24" height="24" aria-hidden="true" stroke="#212b32"><path d="M0 0L24 24"/></svg><!--more--></main></body></html>`

func TestEachFaultOfAPageIsNamedAndASoundPageHasNone(t *testing.T) {
	path := need.Chromium(t)
	var page string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	style := func(rules string) []string { return []string{"/*more*/", rules} }
	more := func(html string) []string { return []string{"<!--more-->", html} }
	for name, one := range map[string]struct {
		change []string
		says   string
	}{
		"a sound page":                         {},
		"grey text":                            {style(".text{color:#8a8a8a}"), "contrast: p.text"},
		"text that is half seen through":       {style(".text{opacity:.5}"), "contrast: p.text"},
		"text that is faded by what is around": {style("main{opacity:.5}"), "contrast: p.text"},
		"text of an ink that lets through":     {style(".text{color:rgba(0,0,0,.4)}"), "contrast: p.text"},
		"text on a ground that lets through":   {style(".text{background:rgba(0,0,0,.6)}"), "contrast: p.text"},
		"text over a picture":                  {style(".text{background-image:linear-gradient(#000,#fff)}"), "over a picture"},
		"large text that is too pale":          {style("h1{color:#a0a0a0}"), "needs 3"},
		"large text that may be paler":         {style("h1{color:#808080}"), ""},
		"white text on white, unseen":          {style(".text{visibility:hidden;color:#fff}"), ""},
		"text of a drawing":                    {more(`<svg role="img" aria-label="x" width="90" height="24"><text y="20" fill="#ccc">words</text></svg>`), "contrast: text"},
		"a pale icon":                          {[]string{`stroke="#212b32"`, `stroke="#ddd"`}, "contrast of an icon"},
		"a field that is not seen":             {style("input{border-color:#ddd}"), "contrast of a field"},
		"what is typed is pale":                {style("input{color:#999}"), "contrast: input"},
		"a field without a name":               {[]string{`for="field"`, `for="under"`}, "name: input"},
		"a button without a name":              {more(`<button style="width:40px;height:40px"></button>`), "name: button"},
		"a link that is a picture alone":       {more(`<a href="#z" style="display:inline-block;width:40px;height:40px"><svg aria-hidden="true" width="30" height="30"><path d="M0 0"/></svg></a>`), "name: a"},
		"a picture without a name":             {more(`<svg width="30" height="30" stroke="#000"><path d="M0 0L9 9"/></svg>`), "name of a picture"},
		"a name that leads nowhere":            {[]string{`aria-label="One"`, `aria-labelledby="none"`}, "leads to no #none"},
		"an id that stands twice":              {more(`<p id="under">x</p>`), "stands twice"},
		"hidden from readers with a link":      {more(`<p aria-hidden="true"><a href="#q">x</a></p>`), "hidden: p"},
		"a level that is left out":             {more(`<h4>x</h4>`), "level 4 follows one of level 2"},
		"two headings of level 1":              {more(`<h1>x</h1>`), "2 of level 1"},
		"two main":                             {more(`</main><main>x`), "2 main"},
		"regions of one name":                  {more(`<nav aria-label="One">x</nav>`), "like another"},
		"a table without headings":             {more(`<table><tr><td>x</td></tr></table>`), "no heading cells"},
		"no language":                          {[]string{` lang="en-GB"`, ""}, "language"},
		"no title":                             {[]string{"A page", " "}, "title"},
		"no zoom":                              {[]string{"initial-scale=1", "initial-scale=1, user-scalable=no"}, "zoom"},
		"an order of its own":                  {[]string{`<input id`, `<input tabindex="3" id`}, "order: input"},
		"a wide picture":                       {more(`<div style="width:600px;height:9px">x</div>`), "reflow"},
		"what scrolls by hand alone":           {more(`<div class="scroll"><div style="width:600px;height:9px">x</div></div>`), "by keyboard"},
		"what scrolls by keyboard too":         {more(`<div class="scroll" tabindex="0" role="region" aria-label="wide"><div style="width:600px">x</div></div>`), ""},
		"small targets beside each other":      {more(`<p><button style="padding:0;width:12px;height:12px;overflow:hidden">a</button><button style="padding:0;width:12px;height:12px;overflow:hidden">b</button></p>`), "target: button"},
		"a small target with room":             {more(`<p style="padding:20px"><button style="padding:0;width:14px;height:14px;overflow:hidden">a</button></p>`), ""},
		"a focus that is not seen":             {style("button:focus-visible{outline:none}"), "focus: button"},
		"a focus that cannot be read":          {style("button:focus-visible{background:#ffeb3b}"), "focus, contrast: button"},
	} {
		page = sound
		if len(one.change) > 0 {
			page = strings.Replace(sound, one.change[0], one.change[1], 1)
			if page == sound {
				t.Fatalf("%s changes nothing", name)
			}
		}
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(320, 600), chromedp.Navigate(server.URL), chromedp.KeyEvent(kb.Tab)); err != nil {
			t.Fatal(err)
		}
		got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](wcag.Faults))
		if err != nil {
			t.Fatal(err)
		}
		if said := strings.Join(got, "\n"); one.says == "" && said != "" || !strings.Contains(said, one.says) {
			t.Errorf("%s: %q, want %q", name, got, one.says)
		}
	}
}
