package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"concord.example/concord/internal/auth"
	"concord.example/concord/internal/redact"
)

// door is a token endpoint, with the .well-known/smart-configuration that names it.
type door struct {
	*httptest.Server
	mu    sync.Mutex
	given int
	// life is the expires_in of tokens, answer replaces the answer.
	life   any
	answer func(http.ResponseWriter, *http.Request) bool
	forms  []map[string][]string
	jtis   map[string]bool
	asked  []string
}

func newDoor(t *testing.T) *door {
	t.Helper()
	d := &door{life: 5, jtis: map[string]bool{}}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.asked = append(d.asked, r.URL.Path)
		if d.answer != nil && d.answer(w, r) {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/.well-known/smart-configuration":
			_, _ = fmt.Fprintf(w, `{"token_endpoint":%q}`, d.URL+"/token")
		case "/token":
			_ = r.ParseForm()
			form := map[string][]string(r.PostForm)
			if user, password, ok := r.BasicAuth(); ok {
				form["basic"] = []string{user, password}
			}
			d.forms = append(d.forms, form)
			d.given++
			_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("token-number-%d", d.given), "token_type": "Bearer", "expires_in": d.life})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(d.Close)
	return d
}

// clock is one that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newTokens(t *testing.T, d *door, client auth.Client, change func(*auth.Options)) (*auth.Tokens, *clock, *redact.Redactor) {
	t.Helper()
	c, secrets := &clock{now: time.Now()}, redact.New()
	options := auth.Options{System: "ccr", BaseURL: d.URL + "/fhir", Clock: c.Now, Secrets: secrets}
	if change != nil {
		change(&options)
	}
	tokens, err := auth.NewTokens(client, options)
	if err != nil {
		t.Fatal(err)
	}
	return tokens, c, secrets
}

func TestOneTokenIsAskedForHoweverManyWaitForIt(t *testing.T) {
	d := newDoor(t)
	tokens, clock, secrets := newTokens(t, d, auth.Client{ID: "concord", Secret: "s3cr3t-of-concord", Scope: "system/*.read"}, nil)
	for round := 1; round <= 3; round++ {
		var asking sync.WaitGroup
		for range 64 {
			asking.Go(func() {
				header := http.Header{}
				if err := tokens.Authorize(t.Context(), header); err != nil || header.Get("Authorization") != fmt.Sprintf("Bearer token-number-%d", round) {
					t.Errorf("round %d: %v, %v", round, header, err)
				}
			})
		}
		asking.Wait()
		// Before it ends after 5 s, not after.
		clock.forward(4100 * time.Millisecond)
	}
	if tokens.Asked() != 3 || d.given != 3 {
		t.Errorf("asked %d times", d.given)
	}
	if form := d.forms[0]; fmt.Sprint(form["grant_type"], form["scope"], form["basic"]) != "[client_credentials] [system/*.read] [concord s3cr3t-of-concord]" {
		t.Errorf("%v", form)
	}
	if got := secrets.Text("token-number-2"); got != redact.Mark {
		t.Errorf("the redactor does not know a token: %s", got)
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	d := newDoor(t)
	tokens, _, _ := newTokens(t, d, auth.Client{ID: "concord", Secret: "s3cr3t-of-concord"}, nil)
	var sent [64]http.Header
	for i := range sent {
		sent[i] = http.Header{}
		if err := tokens.Authorize(t.Context(), sent[i]); err != nil {
			t.Fatal(err)
		}
	}
	tokens.Answered(http.StatusOK, sent[0])
	for i := range sent {
		if !tokens.Answered(http.StatusUnauthorized, sent[i]) {
			t.Errorf("request %d is not worth sending again", i)
		}
		if err := tokens.Authorize(t.Context(), sent[i]); err != nil {
			t.Fatal(err)
		}
	}
	if d.given != 2 {
		t.Errorf("asked %d times", d.given)
	}
	// Refused from the first request on: the next is tried, and then the token is not what is wrong.
	if !tokens.Answered(http.StatusUnauthorized, sent[0]) {
		t.Error("one more token is worth a try")
	}
	for range 5 {
		if err := tokens.Authorize(t.Context(), sent[0]); err != nil {
			t.Fatal(err)
		}
		if tokens.Answered(http.StatusUnauthorized, sent[0]) {
			t.Error("it goes on asking for tokens that are refused")
		}
	}
	if d.given != 3 {
		t.Errorf("asked %d times", d.given)
	}
}

func TestAssertionsAreSignedAnewForTheirEndpoint(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, algorithm, want string
		key, public           any
	}{
		{"RSA", "", "RS384", rsaKey, rsaKey.Public()},
		{"the NHS's", "RS512", "RS512", rsaKey, rsaKey.Public()},
		{"elliptic", "ES384", "ES384", ecKey, ecKey.Public()},
	} {
		t.Run(c.name, func(t *testing.T) {
			der, err := x509.MarshalPKCS8PrivateKey(c.key)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "key.pem")
			if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
				t.Fatal(err)
			}
			signer, err := auth.ReadSigner(path, "key-7", c.algorithm)
			if err != nil {
				t.Fatal(err)
			}
			d := newDoor(t)
			tokens, clock, secrets := newTokens(t, d, auth.Client{ID: "concord", Signer: signer}, nil)
			jtis := map[string]bool{}
			for i := range 3 {
				if _, err := tokens.Token(t.Context()); err != nil {
					t.Fatal(err)
				}
				form := d.forms[i]
				if len(form["client_secret"])+len(form["basic"])+len(form["client_id"]) > 0 {
					t.Errorf("more than the assertion is sent: %v", form)
				}
				text := form["client_assertion"][0]
				parsed, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(c.want)})
				if err != nil {
					t.Fatal(err)
				}
				var claims jwt.Claims
				var raw map[string]any
				if err := parsed.Claims(c.public, &claims, &raw); err != nil {
					t.Fatal(err)
				}
				if claims.Issuer != "concord" || claims.Subject != "concord" || raw["aud"] != d.URL+"/token" || parsed.Headers[0].KeyID != "key-7" ||
					claims.Expiry.Time().Sub(clock.Now()) > 5*time.Minute || jtis[claims.ID] || len(claims.ID) != 36 {
					t.Errorf("%+v, %+v", claims, parsed.Headers)
				}
				jtis[claims.ID] = true
				if got := secrets.Text(text); got != redact.Mark {
					t.Errorf("the redactor does not know the assertion: %s", got)
				}
				clock.forward(10 * time.Second)
			}
		})
	}
}

func TestTheTokenEndpointIsFoundBelowTheBaseOrAtTheRoot(t *testing.T) {
	d := newDoor(t)
	tokens, _, _ := newTokens(t, d, auth.Client{ID: "concord", Secret: "s3cr3t-of-concord"}, nil)
	if _, err := tokens.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(d.asked, " "); got != "/fhir/.well-known/smart-configuration /.well-known/smart-configuration /token" {
		t.Errorf("asked %s", got)
	}
	for name, change := range map[string]func(*auth.Options){
		"without TLS": func(o *auth.Options) {
			o.BaseURL, o.TokenURL = "https://ccr.example.test/fhir", "http://ccr.example.test/token"
		},
		"with a user": func(o *auth.Options) { o.TokenURL = "http://me:s3cr3t@ccr.example.test/token" },
		"not a URL":   func(o *auth.Options) { o.TokenURL = "token" },
	} {
		options := auth.Options{System: "ccr", BaseURL: d.URL}
		change(&options)
		if _, err := auth.NewTokens(auth.Client{ID: "concord", Secret: "s3cr3t-of-concord"}, options); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestARefusalSaysWhatToDoAndIsNotRepeatedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request)
		want   string
	}{
		"an unknown client": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = fmt.Fprint(w, `{"error":"invalid_client","error_description":"nobody"}`)
		}, "check clientID and clientSecret"},
		"a scope": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"error":"invalid_scope"}`)
		}, "check scope"},
		"a redirect": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/steal")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, "follow no redirect"},
		"HTML": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, "<html>"+strings.Repeat("x", 5000))
		}, "get a token for ccr"},
		"another type": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"access_token":"abcdefgh","token_type":"mac"}`)
		}, `type "mac"`},
		"a token that is too short": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, `{"access_token":"abc","token_type":"bearer"}`)
		}, "fewer than 6 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDoor(t)
			asked := 0
			d.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if asked++; r.URL.Path != "/token" {
					t.Errorf("asked %s", r.URL.Path)
				}
				c.answer(w, r)
				return true
			}
			tokens, clock, _ := newTokens(t, d, auth.Client{ID: "concord", Secret: "s3cr3t-of-concord"}, func(o *auth.Options) { o.TokenURL = d.URL + "/token" })
			_, err := tokens.Token(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cr3t") || len(err.Error()) > 800 {
				t.Fatalf("%v", err)
			}
			before := asked
			if _, err := tokens.Token(t.Context()); err == nil || asked != before {
				t.Errorf("asked again at once: %v", err)
			}
			clock.forward(time.Minute)
			d.answer = nil
			if _, err := tokens.Token(t.Context()); err != nil {
				t.Errorf("it is well again, and not asked: %v", err)
			}
		})
	}
}

func TestWhoStopsWaitingForATokenSpoilsItForNobody(t *testing.T) {
	d := newDoor(t)
	tokens, _, _ := newTokens(t, d, auth.Client{ID: "concord", Secret: "s3cr3t-of-concord"}, nil)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := tokens.Token(ctx); err == nil {
		t.Error("it did not stop")
	}
	if _, err := tokens.Token(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestKeysThatCannotSignAreRefused(t *testing.T) {
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Skip("this build makes no key as small")
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func() error{
		"too small":       func() error { _, err := auth.NewSigner(small, "k", ""); return err },
		"another curve":   func() error { _, err := auth.NewSigner(curve, "k", ""); return err },
		"no key":          func() error { _, err := auth.NewSigner("key", "k", ""); return err },
		"not there":       func() error { _, err := auth.ReadSigner(filepath.Join(t.TempDir(), "none"), "k", ""); return err },
		"RSA with ES384":  func() error { _, err := auth.NewSigner(small, "k", "ES384"); return err },
		"a client's both": func() error { _, err := auth.NewTokens(auth.Client{ID: "a"}, auth.Options{}); return err },
	} {
		if try() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
