package console_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"concord.example/concord/reports/console"
)

const (
	clientID     = "concord-console"
	clientSecret = "a-secret-of-the-client"
	accessToken  = "an-access-token-of-somebody"
)

// identity is an OpenID provider on loopback that holds whoever asks to what OpenID Connect Core and PKCE ask of a client.
type identity struct {
	*httptest.Server
	key *ecdsa.PrivateKey

	mu    sync.Mutex
	codes map[string]url.Values
	// raw is the last ID token that it gave.
	raw string
	// faults are what a client did that it must not.
	faults []string

	// claims are added to an ID token, or taken out of it where they are nil.
	claims map[string]any
	// info is what the UserInfo endpoint answers; nil where there is none.
	info map[string]any
	// metadata are changed before they are given.
	metadata func(map[string]any)
	// sign makes an ID token of claims in another way.
	sign func(map[string]any) string
	// page asks whoever comes, as a provider does, instead of sending them back at once.
	page bool
	// redeemed answers for the token endpoint.
	redeemed func(http.ResponseWriter) bool
}

func newIdentity(t *testing.T) *identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &identity{key: key, codes: map[string]url.Values{}, claims: map[string]any{}}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(p.Close)
	t.Cleanup(func() {
		for _, fault := range p.faults {
			t.Errorf("the console %s", fault)
		}
	})
	return p
}

func (p *identity) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer := func(content any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(content)
	}
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		metadata := map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"end_session_endpoint": p.URL + "/end", "id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
		}
		if p.info != nil {
			metadata["userinfo_endpoint"] = p.URL + "/userinfo"
		}
		if p.metadata != nil {
			p.metadata(metadata)
		}
		answer(metadata)
	case "/keys":
		answer(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	case "/authorize":
		q := r.URL.Query()
		if q.Get("response_type") != "code" || q.Get("client_id") != clientID || q.Get("state") == "" || q.Get("nonce") == "" || q.Get("code_challenge_method") != "S256" {
			p.faults = append(p.faults, "asks for "+r.URL.RawQuery)
		}
		code := "code-" + rand.Text()
		p.codes[code] = q
		back, _ := url.Parse(q.Get("redirect_uri"))
		back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.URL}}.Encode()
		if p.page {
			_, _ = fmt.Fprintf(w, `<!DOCTYPE html><html lang="en"><title>Provider</title><link rel="icon" href="data:,"><a id="allow" href="%s">Allow</a>`, html.EscapeString(back.String()))
			return
		}
		http.Redirect(w, r, back.String(), http.StatusFound)
	case "/token":
		p.token(w, r, answer)
	case "/userinfo":
		if r.Header.Get("Authorization") != "Bearer "+accessToken {
			p.faults = append(p.faults, "asks for more about somebody without their token")
		}
		answer(p.info)
	default:
		http.NotFound(w, r)
	}
}

func (p *identity) token(w http.ResponseWriter, r *http.Request, answer func(any)) {
	if p.redeemed != nil && p.redeemed(w) {
		return
	}
	_ = r.ParseForm()
	asked, known := p.codes[r.PostForm.Get("code")]
	delete(p.codes, r.PostForm.Get("code"))
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	user, password, _ := r.BasicAuth()
	if !known || asked.Get("redirect_uri") != r.PostForm.Get("redirect_uri") || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || user != clientID || password != clientSecret {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":"invalid_grant","error_description":"the code ` + r.PostForm.Get("code") + ` is nobody's"}`))
		return
	}
	claims := map[string]any{
		"iss": p.URL, "sub": "s-1", "aud": clientID, "nonce": asked.Get("nonce"), "name": "Ann Other", "roles": []string{"testers"},
		"iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(),
	}
	for name, value := range p.claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	sign := p.sign
	if sign == nil {
		sign = func(claims map[string]any) string { return signed(claims, jose.ES256, p.key, "k") }
	}
	p.raw = sign(claims)
	answer(map[string]any{"access_token": accessToken, "token_type": "Bearer", "expires_in": 300, "id_token": p.raw})
}

// signed makes a JWT.
func signed(claims map[string]any, algorithm jose.SignatureAlgorithm, key any, id string) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", id))
	if err != nil {
		panic(err)
	}
	raw, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		panic(err)
	}
	return raw
}

// unsigned makes a JWT with the algorithm none.
func unsigned(claims map[string]any) string {
	text, _ := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(text) + "."
}

func (p *identity) settings() console.ProviderSettings {
	return console.ProviderSettings{
		Issuer: p.URL, ClientID: clientID, ClientSecret: clientSecret, Home: "https://console.example.test", Scopes: []string{"profile"}, RolesClaim: "roles",
		Roles: map[string][]console.Role{"readers": {console.Reader}, "testers": {console.Runner}, "board": {console.Signer, console.Runner}}, Session: time.Hour, Clock: time.Now,
	}
}

func (p *identity) open(t *testing.T, settings console.ProviderSettings) *console.Provider {
	t.Helper()
	provider, err := console.OpenProvider(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

// person is a browser as far as cookies go.
type person struct {
	*testing.T
	console *console.Console
	cookies map[string]*http.Cookie
}

func (p *person) ask(path string) *httptest.ResponseRecorder {
	p.Helper()
	r := httptest.NewRequest(http.MethodGet, "https://console.example.test"+path, nil)
	for _, cookie := range p.cookies {
		r.AddCookie(cookie)
	}
	w := send(p.console, r)
	for _, cookie := range w.Result().Cookies() {
		p.cookies[cookie.Name] = cookie
		if cookie.MaxAge < 0 {
			delete(p.cookies, cookie.Name)
		}
	}
	return w
}

// sentBack goes to the provider and returns where it sends somebody back to, with its query.
func (p *person) sentBack(to string) *url.URL {
	p.Helper()
	w := p.ask("/enter/provider?to=" + url.QueryEscape(to))
	if w.Code != http.StatusSeeOther {
		p.Fatalf("nobody is sent to the provider: %d %s", w.Code, w.Body)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(p.Context(), http.MethodGet, w.Header().Get("Location"), nil)
	if err != nil {
		p.Fatal(err)
	}
	reply, err := client.Do(request)
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = reply.Body.Close() }()
	back, err := reply.Location()
	if err != nil {
		p.Fatal(err)
	}
	return back
}

func somebody(t *testing.T, c *console.Console) *person {
	t.Helper()
	return &person{T: t, console: c, cookies: map[string]*http.Cookie{}}
}
