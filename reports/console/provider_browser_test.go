package console_test

import (
	"net"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"concord.example/concord/internal/need"
	"concord.example/concord/reports/console"
)

// A session's cookie is not sent with a page that another site leads to, so only a browser shows whether somebody who comes
// back from a provider is let in.
func TestABrowserComesBackFromTheProviderSignedIn(t *testing.T) {
	need.Chromium(t)
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	id := newIdentity(t)
	id.page = true
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	settings := id.settings()
	settings.Home = "http://localhost:" + port // another site than 127.0.0.1, where the provider is
	c := open(t, console.Options{Dir: dir, Provider: id.open(t, settings)})
	server.Config.Handler = c
	server.Start()
	v := browse(t, settings.Home)
	v.do(chromedp.EmulateViewport(320, 900), chromedp.Navigate(v.home+"/run/one/findings?page=1"))
	v.until("the page to sign in", `location.pathname === "/enter"`)
	v.tab("a.button")
	v.press(kb.Enter)
	v.until("the provider", `location.hostname === "127.0.0.1" && document.getElementById("allow")`)
	v.tab("#allow")
	v.press(kb.Enter)
	v.until("the page that was wanted", `location.hostname === "localhost" && location.pathname === "/run/one/findings" && document.body.innerText.includes("Ann Other (s-1)")`)
	if kept, err := chromedp.Run(v.ctx, chromedp.Evaluate[string](`document.cookie + [...document.querySelectorAll("a")].map(a => a.href).filter(a => a.includes("code=")).join()`)); err != nil || kept != "" {
		t.Errorf("a script can see %q %v", kept, err)
	}
	v.tab(`form[action="/leave"] button`)
	v.press(kb.Enter)
	v.until("that they have left", `document.body.innerText.includes("You are signed out of this console")`)
	v.do(chromedp.Navigate(v.home + "/run/one"))
	v.until("the page to sign in", `location.pathname === "/enter"`)
	v.complaints()
}
