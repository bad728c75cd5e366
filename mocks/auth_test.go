package mocks_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/mocks"
)

// serve puts one server on loopback.
func serve(t *testing.T, server *mocks.Server) *mocks.Endpoint {
	t.Helper()
	web := httptest.NewServer(server.Handler())
	t.Cleanup(web.Close)
	return &mocks.Endpoint{Server: server, System: server.System(), BaseURL: server.BaseURL(), URL: web.URL + "/fhir"}
}

func guarded(t *testing.T, key *rsa.PublicKey, settings ...mocks.Setting) *mocks.Endpoint {
	t.Helper()
	server, err := mocks.New(mocks.Options{System: mocks.CCR, Ledger: ledger(), Defects: settings, Auth: mocks.Auth{
		Key:     []byte("a key for tests"),
		Clients: []mocks.Client{{ID: "reader", Secret: "s3cret"}, {ID: "signer", Keys: map[string]crypto.PublicKey{"k1": key}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return serve(t, server)
}

func token(t *testing.T, e *mocks.Endpoint, form url.Values) (string, answer) {
	t.Helper()
	a := do(t, http.MethodPost, strings.TrimSuffix(e.URL, "/fhir")+"/oauth2/token", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, form.Encode())
	var body struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		t.Fatalf("token endpoint: %v: %s", err, a.body)
	}
	return body.Token, a
}

func TestATokenIsNeededAndGotWithASecret(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e := guarded(t, &key.PublicKey)
	if a := get(t, e.URL+"/metadata"); a.status != http.StatusOK || !strings.Contains(string(a.body), "OAuth") {
		t.Errorf("capabilities give %d", a.status)
	}
	ask := func(e *mocks.Endpoint, bearer string) answer {
		return do(t, http.MethodGet, e.URL+"/Patient?_count=1", map[string]string{"Authorization": "Bearer " + bearer}, "")
	}
	if a := get(t, e.URL+"/Patient?_count=1"); a.status != http.StatusUnauthorized || a.resource.Text("issue", "code") != "login" || a.header.Get("WWW-Authenticate") == "" {
		t.Errorf("no token gives %d %.200s", a.status, a.body)
	}
	good, _ := token(t, e, url.Values{"grant_type": {"client_credentials"}, "client_id": {"reader"}, "client_secret": {"s3cret"}})
	if a := ask(e, good); a.status != http.StatusOK {
		t.Errorf("a good token gives %d %.200s", a.status, a.body)
	}
	claims, mark, _ := strings.Cut(good, ".")
	forged := base64.RawURLEncoding.EncodeToString([]byte("99999999999 admin")) + "." + mark
	for name, bearer := range map[string]string{"forged": forged, "cut": claims, "empty": "", "nonsense": "x.y"} {
		if a := ask(e, bearer); a.status != http.StatusUnauthorized {
			t.Errorf("%s token gives %d", name, a.status)
		}
	}
	if err := e.Server.Happen(mocks.Event{Type: "advance", Delay: "6m"}); err != nil {
		t.Fatal(err)
	}
	if a := ask(e, good); a.status != http.StatusUnauthorized {
		t.Errorf("an expired token gives %d", a.status)
	}
	if err := e.Server.SetDefects(mocks.Setting{ID: "D61"}); err != nil {
		t.Fatal(err)
	}
	if a := ask(e, forged); a.status != http.StatusOK {
		t.Errorf("D61: a forged token gives %d", a.status)
	}
	for _, form := range []url.Values{
		{"grant_type": {"client_credentials"}, "client_id": {"reader"}, "client_secret": {"wrong"}},
		{"grant_type": {"client_credentials"}, "client_id": {"signer"}, "client_secret": {""}},
		{"grant_type": {"password"}},
		{},
	} {
		if got, a := token(t, e, form); got != "" || a.status < 400 {
			t.Errorf("%v gives a token", form)
		}
	}
}

func TestASignedAssertionIsHeldToTheRules(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e := guarded(t, &key.PublicKey)
	now := e.Server.Now().Unix()
	ask := func(header, claims map[string]any, with *rsa.PrivateKey) string {
		part := func(v any) string {
			body, _ := json.Marshal(v)
			return base64.RawURLEncoding.EncodeToString(body)
		}
		signed := part(header) + "." + part(claims)
		hash := sha512.Sum512([]byte(signed))
		signature, err := rsa.SignPKCS1v15(rand.Reader, with, crypto.SHA512, hash[:])
		if err != nil {
			t.Fatal(err)
		}
		got, _ := token(t, e, url.Values{
			"grant_type": {"client_credentials"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
			"client_assertion": {signed + "." + base64.RawURLEncoding.EncodeToString(signature)},
		})
		return got
	}
	n := 0
	with := func(change map[string]any) map[string]any {
		n++
		claims := map[string]any{
			"iss": "signer", "sub": "signer", "aud": "http://ccr.mock.test/oauth2/token", "jti": string(rune('a' + n)), "exp": now + 300,
		}
		maps.Copy(claims, change)
		return claims
	}
	header := map[string]any{"alg": "RS512", "kid": "k1", "typ": "JWT"}
	once := with(nil)
	if ask(header, once, key) == "" {
		t.Fatal("a right assertion gets no token")
	}
	if ask(header, once, key) != "" {
		t.Error("a replayed jti gets a token")
	}
	for name, claims := range map[string]map[string]any{
		"another audience": with(map[string]any{"aud": "http://ohc.mock.test/oauth2/token"}), "expired": with(map[string]any{"exp": now}),
		"too long": with(map[string]any{"exp": now + 301}), "another subject": with(map[string]any{"sub": "x"}),
		"another issuer": with(map[string]any{"iss": "x", "sub": "x"}), "no jti": with(map[string]any{"jti": ""}),
	} {
		if ask(header, claims, key) != "" {
			t.Errorf("%s gets a token", name)
		}
	}
	for name, h := range map[string]map[string]any{"alg none": {"alg": "none", "kid": "k1"}, "alg RS256": {"alg": "RS256", "kid": "k1"}, "another kid": {"alg": "RS512", "kid": "k2"}} {
		if ask(h, with(nil), key) != "" {
			t.Errorf("%s gets a token", name)
		}
	}
	if ask(header, with(nil), stranger) != "" {
		t.Error("another key's signature gets a token")
	}
}

func TestAClientCertificateIsRequired(t *testing.T) {
	for _, test := range []struct {
		settings []mocks.Setting
		status   int
	}{{nil, http.StatusForbidden}, {[]mocks.Setting{{ID: "D62"}}, http.StatusOK}} {
		server, err := mocks.New(mocks.Options{System: mocks.CCR, Ledger: ledger(), Defects: test.settings, Auth: mocks.Auth{ClientCertificate: true}})
		if err != nil {
			t.Fatal(err)
		}
		web := httptest.NewUnstartedServer(server.Handler())
		pool := x509.NewCertPool()
		web.TLS = &tls.Config{ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool, MinVersion: tls.VersionTLS12}
		web.StartTLS()
		pool.AddCert(web.Certificate())
		plain, err := web.Client().Get(web.URL + "/fhir/Patient?_count=1")
		if err != nil {
			t.Fatal(err)
		}
		_ = plain.Body.Close()
		if plain.StatusCode != test.status {
			t.Errorf("without a certificate: %d, want %d", plain.StatusCode, test.status)
		}
		web.Close()
		server.Close()
	}
}

func TestWithoutKeyThereAreNoTokens(t *testing.T) {
	_, err := mocks.New(mocks.Options{System: mocks.CCR, Ledger: ledger(), Auth: mocks.Auth{Clients: []mocks.Client{{ID: "a", Secret: "b"}}}})
	if err == nil || !strings.Contains(err.Error(), "key") {
		t.Errorf("New gives %v", err)
	}
}
