package console_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"concord.example/concord/reports/console"
)

// logged is the audit log of a directory.
func logged(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, console.Folder, "audit.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhomTheProviderNamesIsSignedInWithTheRolesThatItGives(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	id := newIdentity(t)
	now := time.Now()
	settings := id.settings()
	c := open(t, console.Options{Dir: dir, Provider: id.open(t, settings), Starter: newStarter(), Key: signingKey(t), Secure: true, Clock: func() time.Time { return now }})
	ann := somebody(t, c)
	holds(t, ann.ask("/start"), 303)
	holds(t, ann.ask("/enter"), 200, "Sign in with 127.0.0.1")
	if strings.Contains(ann.ask("/enter").Body.String(), `name="token"`) {
		t.Error("a token is asked for where none lets anybody in")
	}
	back := ann.sentBack("/start")
	attempt := ann.cookies["__Host-concord-attempt"]
	if attempt == nil || !attempt.HttpOnly || !attempt.Secure || attempt.SameSite != http.SameSiteLaxMode || attempt.Path != "/" {
		t.Fatalf("the attempt is kept as %v", attempt)
	}
	w := ann.ask(back.RequestURI())
	holds(t, w, 303)
	if to := w.Header().Get("Location"); to != "/enter/done?to=%2Fstart" {
		t.Errorf("led to %s", to)
	}
	cookie := ann.cookies["__Host-concord"]
	if cookie == nil || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.MaxAge != 3600 {
		t.Fatalf("the session is kept as %v", cookie)
	}
	if ann.cookies["__Host-concord-attempt"] != nil {
		t.Error("the attempt is kept after its end")
	}
	done := ann.ask("/enter/done?to=%2Fstart")
	holds(t, done, 200, `href="/start"`)
	if next := done.Header().Get("Refresh"); next != "0; url=/start" {
		t.Errorf("goes on to %q", next)
	}
	page := ann.ask("/start")
	holds(t, page, 200, "Ann Other (s-1)", "Sign out")
	holds(t, ann.ask("/run/one/decisions"), 200)
	if strings.Contains(ann.ask("/run/one/decisions").Body.String(), `action="/run/one/decisions"`) {
		t.Error("whoever may not sign is offered to")
	}

	// Nothing that lets anybody in is in a page, an address of the console after signing in, or the log.
	text := logged(t, dir)
	for name, secret := range map[string]string{"code": back.Query().Get("code"), "ID token": id.raw, "access token": accessToken, "client secret": clientSecret, "cookie": cookie.Value, "state": back.Query().Get("state")} {
		for where, shown := range map[string]string{"log": text, "page": page.Body.String(), "address": w.Header().Get("Location"), "first page": done.Body.String()} {
			if strings.Contains(shown, secret) {
				t.Errorf("the %s is in the %s", name, where)
			}
		}
	}
	for _, said := range []string{`"who":"Ann Other (s-1)"`, `"subject":"s-1"`, `"issuer":"` + id.URL + `"`, `"what":"enter"`} {
		if !strings.Contains(text, said) {
			t.Errorf("the log does not say %s: %s", said, text)
		}
	}

	// The code and the attempt are of no use again, to whoever has them.
	holds(t, ann.ask(back.RequestURI()), 403, "Begin again")
	eve := somebody(t, c)
	eve.cookies[attempt.Name] = attempt
	holds(t, eve.ask(back.RequestURI()), 403, "did not say who you are")

	// An hour later the provider is asked again.
	now = now.Add(time.Hour + time.Second)
	holds(t, ann.ask("/start"), 303)
}

func TestWhoeverTheProviderGaveSignsUnderTheSubjectsNameAndSignsOutOfBoth(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", aRun("r1", at, ""), patient)
	id := newIdentity(t)
	id.claims["roles"] = []string{"others", "board"}
	c := open(t, console.Options{Dir: dir, Provider: id.open(t, id.settings()), Key: signingKey(t), Secure: true})
	ann := somebody(t, c)
	holds(t, ann.ask(ann.sentBack("/").RequestURI()), 303)
	before := maps.Clone(ann.cookies)
	holds(t, ann.ask(ann.sentBack("/").RequestURI()), 303)
	earlier := somebody(t, c)
	earlier.cookies = before
	holds(t, earlier.ask("/run/one/decisions"), 303) // who signs in again ends what was begun before
	page := ann.ask("/run/one/decisions")
	own := formValue.FindStringSubmatch(page.Body.String())[1]
	send := func(path string, fields url.Values) *httptest.ResponseRecorder {
		fields.Set("form", own)
		r := form(path, fields)
		for _, cookie := range ann.cookies {
			r.AddCookie(cookie)
		}
		return send(c, r)
	}
	holds(t, send("/run/one/decisions", url.Values{"who": {"Somebody Else"}, "role": {"Board"}, "decision": {"accept"}}), 303)
	holds(t, ann.ask("/run/one/decisions"), 200, "<strong>accepted</strong> by Ann Other (s-1), Board", "an OpenID provider told a console who they are")
	if text := logged(t, dir); !strings.Contains(text, `"subject":"s-1","issuer":"`+id.URL+`","what":"sign"`) {
		t.Errorf("the log says %s", text)
	}
	w := send("/leave", url.Values{})
	holds(t, w, 303)
	left := ann.ask(w.Header().Get("Location"))
	holds(t, left, 200, "You are signed out of this console", "sign out there too", "/end?client_id="+clientID)
	if strings.Contains(left.Body.String(), "id_token_hint") {
		t.Error("a token is in an address")
	}
	holds(t, ann.ask("/run/one/decisions"), 303) // the cookie lets nobody in any more
}

func TestWhatIsNotSaidByTheProviderToThisConsoleNowLetsNobodyIn(t *testing.T) {
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	claim := func(name string, value any) func(*identity) {
		return func(p *identity) { p.claims[name] = value }
	}
	for name, wrong := range map[string]struct {
		by  func(*identity)
		log string
	}{
		"another audience":                {claim("aud", "another-client"), "expected audience"},
		"no audience":                     {claim("aud", nil), "expected audience"},
		"several audiences, to no client": {claim("aud", []string{clientID, "another"}), "azp"},
		"issued to another client":        {claim("azp", "another"), "azp"},
		"azp that is no text":             {claim("azp", 1), "azp"},
		"another nonce":                   {claim("nonce", "another"), "nonce"},
		"no nonce":                        {claim("nonce", nil), "nonce"},
		"expired":                         {claim("exp", time.Now().Add(-time.Second).Unix()), "expired"},
		"no expiry":                       {claim("exp", nil), "expired"},
		"not yet":                         {claim("nbf", time.Now().Add(time.Hour).Unix()), "nbf"},
		"issued in the future":            {claim("iat", time.Now().Add(time.Hour).Unix()), "future"},
		"another issuer":                  {claim("iss", "https://another.example.test"), "different provider"},
		"no issuer":                       {claim("iss", nil), "different provider"},
		"no subject":                      {claim("sub", nil), "subject"},
		"a subject with a line in it":     {claim("sub", "a\nb"), "subject"},
		"no role claim":                   {claim("roles", nil), "gives no role"},
		"a role that is none here":        {claim("roles", []string{"signer", "admin"}), "gives no role"},
		"a role claim of another kind":    {claim("roles", map[string]any{"testers": true}), "gives no role"},
		"roles in one text":               {claim("roles", "readers testers"), "gives no role"},
		"unsigned":                        {func(p *identity) { p.sign = unsigned }, "malformed jwt"},
		"signed by another key":           {func(p *identity) { p.sign = func(c map[string]any) string { return signed(c, jose.ES256, other, "k") } }, "signature"},
		"signed with the client secret": {func(p *identity) {
			p.sign = func(c map[string]any) string {
				return signed(c, jose.HS256, []byte(strings.Repeat(clientSecret, 2)), "k")
			}
		}, "malformed jwt"},
		"a signature that was cut off": {func(p *identity) {
			p.sign = func(c map[string]any) string {
				raw := signed(c, jose.ES256, p.key, "k")
				return raw[:strings.LastIndex(raw, ".")+1]
			}
		}, ""},
		"no ID token":                            {func(p *identity) { p.sign = func(map[string]any) string { return "" } }, "no ID token"},
		"a code that the provider does not know": {func(p *identity) { p.redeemed = func(http.ResponseWriter) bool { clear(p.codes); return false } }, "invalid_grant"},
		"a provider that fails": {func(p *identity) {
			p.redeemed = func(w http.ResponseWriter) bool { http.Error(w, "<b>"+clientSecret, 500); return true }
		}, "500"},
		"an answer that is no JSON": {func(p *identity) {
			p.redeemed = func(w http.ResponseWriter) bool {
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte(clientSecret))
				return true
			}
		}, ""},
		"UserInfo about another": {func(p *identity) { p.claims["roles"] = nil; p.info = map[string]any{"sub": "s-2", "roles": "board"} }, "another subject"},
		"UserInfo about nobody":  {func(p *identity) { p.claims["roles"] = nil; p.info = map[string]any{"roles": "board"} }, "another subject"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := newIdentity(t)
			wrong.by(id)
			dir := t.TempDir()
			c := open(t, console.Options{Dir: dir, Provider: id.open(t, id.settings()), Secure: true})
			eve := somebody(t, c)
			back := eve.sentBack("/")
			w := eve.ask(back.RequestURI())
			holds(t, w, 403, "Sign in with")
			if len(eve.cookies) != 0 {
				t.Errorf("kept are %v", eve.cookies)
			}
			holds(t, eve.ask("/"), 303)
			text := logged(t, dir)
			if !strings.Contains(text, `"what":"refused"`) || strings.Contains(text, `"what":"enter"`) || !strings.Contains(text, wrong.log) {
				t.Errorf("the log says %s", text)
			}
			for _, secret := range []string{clientSecret, back.Query().Get("code"), back.Query().Get("state"), accessToken} {
				if strings.Contains(text, secret) || strings.Contains(w.Body.String(), secret) {
					t.Errorf("%q is written down", secret)
				}
			}
			if id.raw != "" && (strings.Contains(text, id.raw) || strings.Contains(w.Body.String(), id.raw)) {
				t.Error("the ID token is written down")
			}
		})
	}
}

func TestWhoeverComesBackOtherwiseThanTheyWereSentIsNotLetIn(t *testing.T) {
	id := newIdentity(t)
	now := time.Now()
	dir := t.TempDir()
	c := open(t, console.Options{Dir: dir, Provider: id.open(t, id.settings()), Secure: true, Clock: func() time.Time { return now }})
	set := func(name string, values ...string) func(*person, url.Values) {
		return func(_ *person, q url.Values) { q[name] = values }
	}
	for name, change := range map[string]func(*person, url.Values){
		"another state": set("state", "another"), "no state": set("state"), "two states": func(_ *person, q url.Values) { q.Add("state", "x") },
		"another issuer": set("iss", "https://another.example.test"), "no code": set("code"), "two codes": func(_ *person, q url.Values) { q.Add("code", "x") },
		"a refusal":                  set("error", "access_denied"),
		"a refusal with script":      set("error", "<script>alert(1)</script>"),
		"no attempt":                 func(p *person, _ url.Values) { clear(p.cookies) },
		"an attempt that was made":   func(p *person, _ url.Values) { p.cookies["__Host-concord-attempt"].Value = strings.Repeat("A", 300) },
		"an attempt of another":      func(p *person, _ url.Values) { b := somebody(p.T, c); b.sentBack("/"); maps.Copy(p.cookies, b.cookies) },
		"an attempt that is too old": func(*person, url.Values) { now = now.Add(10*time.Minute + time.Second) },
	} {
		eve := somebody(t, c)
		back := eve.sentBack("/")
		q := back.Query()
		change(eve, q)
		w := eve.ask("/enter/back?" + q.Encode())
		if w.Code != 403 || eve.cookies["__Host-concord"] != nil || strings.Contains(w.Body.String(), "<script>alert") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if eve.cookies["__Host-concord-attempt"] != nil {
			t.Errorf("%s: the attempt can be tried again", name)
		}
		now = now.Add(time.Minute)
	}
	for _, to := range []string{"//elsewhere.test", "https://elsewhere.test", "/\\elsewhere.test", strings.Repeat("/x", 3000)} {
		ann := somebody(t, c)
		w := ann.ask(ann.sentBack(to).RequestURI())
		if led := w.Header().Get("Location"); led != "/enter/done?to=%2F" {
			t.Errorf("%.30s leads to %s", to, led)
		}
	}
	if w := somebody(t, c).ask("/enter/done?to=https://elsewhere.test"); w.Header().Get("Refresh") != "0; url=/" {
		t.Errorf("goes on to %q", w.Header().Get("Refresh"))
	}
	for range 30 {
		_ = somebody(t, c).ask("/enter/back?state=x")
	}
	holds(t, somebody(t, c).ask("/enter/back?state=x"), 429)
}

func TestRolesAreFoundWhereProvidersPutThem(t *testing.T) {
	for name, one := range map[string]struct {
		claim  string
		claims map[string]any
		info   map[string]any
		runs   bool
	}{
		"a list":                       {claim: "roles", claims: map[string]any{"roles": []any{"x", "testers"}}, runs: true},
		"one text":                     {claim: "roles", claims: map[string]any{"roles": "readers"}},
		"a name with dots":             {claim: "https://x.example.test/roles", claims: map[string]any{"https://x.example.test/roles": []string{"testers"}}, runs: true},
		"a path":                       {claim: "realm_access.roles", claims: map[string]any{"realm_access": map[string]any{"roles": []string{"testers"}}}, runs: true},
		"a path through a list":        {claim: "memberships.group", claims: map[string]any{"memberships": []any{map[string]any{"group": "readers"}, map[string]any{"group": []string{"testers"}}, 1}}, runs: true},
		"UserInfo alone":               {claim: "roles", claims: map[string]any{"roles": nil}, info: map[string]any{"sub": "s-1", "roles": []string{"testers"}}, runs: true},
		"the ID token before UserInfo": {claim: "roles", claims: map[string]any{"roles": "readers"}, info: map[string]any{"sub": "s-1", "roles": []string{"testers"}}},
		"a role and its client":        {claim: "roles", claims: map[string]any{"aud": []string{clientID, "another"}, "azp": clientID}, runs: true},
	} {
		id := newIdentity(t)
		id.claims, id.info = one.claims, one.info
		settings := id.settings()
		settings.RolesClaim = one.claim
		c := open(t, console.Options{Dir: t.TempDir(), Provider: id.open(t, settings), Starter: newStarter(), Secure: true})
		ann := somebody(t, c)
		holds(t, ann.ask(ann.sentBack("/").RequestURI()), 303)
		if w := ann.ask("/"); w.Code != 200 || strings.Contains(w.Body.String(), "Start a run") != one.runs {
			t.Errorf("%s: %d, and it is %v that runs can be started", name, w.Code, !one.runs)
		}
	}
}

func TestAProviderThatCannotBeReliedOnIsRefused(t *testing.T) {
	for name, wrong := range map[string]struct {
		settings func(*console.ProviderSettings)
		metadata map[string]any
		says     string
	}{
		"another issuer in its metadata": {metadata: map[string]any{"issuer": "https://another.example.test"}, says: "name another issuer"},
		"a token endpoint without TLS":   {metadata: map[string]any{"token_endpoint": "http://id.example.test/token"}, says: "token_endpoint"},
		"keys without TLS":               {metadata: map[string]any{"jwks_uri": "http://id.example.test/keys"}, says: "jwks_uri"},
		"no PKCE":                        {metadata: map[string]any{"code_challenge_methods_supported": []string{"plain"}}, says: "PKCE"},
		"an issuer without TLS":          {settings: func(s *console.ProviderSettings) { s.Issuer = "http://id.example.test" }, says: "https"},
		"no client":                      {settings: func(s *console.ProviderSettings) { s.ClientID = "" }, says: "client id"},
		"no roles":                       {settings: func(s *console.ProviderSettings) { s.Roles = nil }, says: "nobody would be let in"},
		"a role that is none":            {settings: func(s *console.ProviderSettings) { s.Roles["x"] = []console.Role{"admin"} }, says: "no role"},
		"an address without TLS":         {settings: func(s *console.ProviderSettings) { s.Home = "http://console.example.test" }, says: "own address"},
		"an address with a path":         {settings: func(s *console.ProviderSettings) { s.Home = "https://console.example.test/x" }, says: "own address"},
		"no such provider":               {settings: func(s *console.ProviderSettings) { s.Issuer += "/realms/none" }, says: "404"},
	} {
		id := newIdentity(t)
		id.metadata = func(m map[string]any) { maps.Copy(m, wrong.metadata) }
		settings := id.settings()
		if wrong.settings != nil {
			wrong.settings(&settings)
		}
		if _, err := console.OpenProvider(t.Context(), settings); err == nil || !strings.Contains(err.Error(), wrong.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenLetsAProgramInBesideTheProvider(t *testing.T) {
	id := newIdentity(t)
	a, tokens := access(t)
	c := open(t, console.Options{Dir: t.TempDir(), Access: a, Provider: id.open(t, id.settings()), Secure: true})
	holds(t, get(c, "/enter"), 200, "Sign in with", `name="token"`)
	for token, status := range map[string]int{tokens[console.Reader]: 200, accessToken: 303} {
		r := httptest.NewRequest(http.MethodGet, "https://console.example.test/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		holds(t, send(c, r), status)
	}
	alone := open(t, console.Options{Dir: t.TempDir(), Provider: id.open(t, id.settings()), Secure: true})
	for _, token := range []string{"", accessToken, tokens[console.Reader]} {
		r := httptest.NewRequest(http.MethodGet, "https://console.example.test/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		holds(t, send(alone, r), 303)
		holds(t, send(alone, form("/enter", url.Values{"token": {token}})), 403)
	}
}
