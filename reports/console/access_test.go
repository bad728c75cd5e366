package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"concord.example/concord/reports/console"
)

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
	cookie := w.Result().Cookies()[0]
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
