package console_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"concord.example/concord/internal/evidence/pack"
	"concord.example/concord/reports/console"
)

func signingKey(t testing.TB) *pack.Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	key, err := pack.ParseKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), "test")
	if err != nil {
		t.Fatal(err)
	}
	return &key
}

var decisionID = regexp.MustCompile(`name="id" value="([0-9a-f]{64})"`)

func TestADecisionIsSignedShownInTheReportAndWithdrawn(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	c := open(t, console.Options{Dir: dir, Key: signingKey(t), Clock: steady()})
	const page = "/run/one/decisions"
	holds(t, get(c, page), 200, "Nobody has decided about this run yet.", "Sign this decision")
	given := func() url.Values {
		return url.Values{"who": {"Ann <b>Other"}, "role": {"Programme manager"}, "decision": {"accept-with-conditions"}, "conditions": {"one\r\n\r\ntwo"}}
	}
	for missing, says := range map[string]string{"who": "the name of whoever decides is missing", "role": "the role of", "conditions": "what the conditions are", "decision": "Choose a decision"} {
		fields := given()
		fields.Del(missing)
		w := post(t, c, page, page, fields)
		holds(t, w, 400, says, "Nothing was signed")
		if missing != "role" {
			holds(t, w, 400, "Programme manager") // what was typed is not lost
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "one.signoffs.jsonl")); err == nil {
		t.Fatal("a decision that says too little was written down")
	}
	holds(t, post(t, c, page, page, given()), 303)
	shown := get(c, page)
	holds(t, shown, 200, "accepted with conditions", "Ann &lt;b&gt;Other", "Condition: one", "Condition: two", "whoever sat at the machine")
	holds(t, get(c, "/run/one/report.html"), 200, "Decided so far", "Ann &lt;b&gt;Other")
	id := decisionID.FindStringSubmatch(shown.Body.String())
	if id == nil {
		t.Fatal("nobody can take the decision back")
	}
	holds(t, post(t, c, page, page+"/withdraw", url.Values{"id": {strings.Repeat("0", 64)}}), 409)
	holds(t, post(t, c, page, page+"/withdraw", url.Values{"id": {id[1]}}), 303)
	holds(t, get(c, page), 200, "It was withdrawn since.", "an earlier decision withdrawn")
	holds(t, post(t, c, page, page+"/withdraw", url.Values{"id": {id[1]}}), 409)
	text, err := os.ReadFile(filepath.Join(dir, console.Folder, "audit.jsonl"))
	if err != nil || strings.Count(string(text), `"what":"sign"`) != 1 || strings.Count(string(text), `"what":"withdraw"`) != 1 {
		t.Errorf("the log says %s %v", text, err)
	}

	// A run that is changed afterwards has no decision any more.
	path := filepath.Join(dir, "one", "run.json")
	text, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, get(c, page), 200, "It counts for nothing:</strong> line 1: it is about another run.json")
}

func TestOnlyASignerDecidesAndOnlyUnderTheirOwnName(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	a, tokens := access(t)
	c := open(t, console.Options{Dir: dir, Access: a, Key: signingKey(t), Clock: steady(), Secure: true})
	const page = "/run/one/decisions"
	enter := func(role console.Role) *http.Cookie {
		return post(t, c, "/enter", "/enter", url.Values{"token": {tokens[role]}}).Result().Cookies()[0]
	}
	as := func(cookie *http.Cookie, r *http.Request) *httptest.ResponseRecorder {
		r.AddCookie(cookie)
		return send(c, r)
	}
	ask := func(cookie *http.Cookie) *httptest.ResponseRecorder {
		return as(cookie, httptest.NewRequest(http.MethodGet, "https://console.example.test"+page, nil))
	}
	decide := func(cookie *http.Cookie) *httptest.ResponseRecorder {
		value := formValue.FindStringSubmatch(ask(cookie).Body.String())[1]
		return as(cookie, form(page, url.Values{"form": {value}, "who": {"Somebody Else"}, "role": {"board"}, "decision": {"accept"}}))
	}
	holds(t, decide(enter(console.Runner)), 403, "needs the role signer")
	signer := enter(console.Signer)
	holds(t, decide(signer), 303)
	shown := ask(signer)
	holds(t, shown, 200, "by the-signer, board", "a console let them in under this name")
	if strings.Contains(shown.Body.String(), "Somebody Else") {
		t.Error("somebody decided under another name")
	}
	if decisionID.MatchString(ask(enter(console.Reader)).Body.String()) {
		t.Error("a reader is offered to withdraw the decision")
	}
}

func TestAConsoleWithoutAKeySignsNothingAndSaysHowElse(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	c := open(t, console.Options{Dir: dir, Starter: newStarter(), Clock: steady()})
	holds(t, get(c, "/run/one/decisions"), 200, "concord signoff one --who NAME")
	holds(t, post(t, c, "/start", "/run/one/decisions", url.Values{"who": {"Ann"}, "role": {"board"}, "decision": {"accept"}}), 404, "Nothing can be signed here")
}
