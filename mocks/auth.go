package mocks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	_ "crypto/sha512" // SHA-384 and SHA-512, by crypto.Hash
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Client is an application that may ask for tokens.
type Client struct {
	// ID is its client_id.
	ID string
	// Secret is what it proves itself with; "" when it signs.
	Secret string
	// Keys are its public keys by kid, for private_key_jwt (RFC 7523): RSA keys for RS384 and RS512, one on P-384 for ES384.
	Keys map[string]crypto.PublicKey
}

// Auth says how clients prove who they are. The zero value lets everybody in. The neighbour proves itself like any
// other client, with the Credentials of its own Options or a certificate in its HTTPClient.
type Auth struct {
	// Clients may get bearer tokens at /oauth2/token by the client credentials grant; when there are any, every FHIR
	// request except for capabilities needs a token.
	Clients []Client
	// TokenURL is the audience that a client's assertion must name; "" means BaseURL's host with /oauth2/token.
	TokenURL string
	// Lifetime is how long a token lasts; 0 means 5 minutes.
	Lifetime time.Duration
	// Key signs tokens; it must be given when there are clients.
	Key []byte
	// Clock is the time by which tokens and assertions expire; nil means the system's time. What events advance is added.
	Clock func() time.Time
	// ClientCertificate requires a verified TLS client certificate on every request.
	ClientCertificate bool
	// CertificateNames are the DNS names, or common names, of which a certificate must have one; empty means any.
	CertificateNames []string
	// Neighbour is the client id, or the certificate's name, of the one client that may ask as the neighbour does: for
	// this system's own records only, and with nothing broken on purpose. "" means any client that was let in.
	Neighbour string
}

// tokenPath is where tokens are given out.
const tokenPath = "/oauth2/token" //nolint:gosec // a path, not a credential

// smartPath is where, below the base, the system says how to get tokens (SMART App Launch 2.2, Conformance).
const smartPath = "/.well-known/smart-configuration"

// smart answers with where tokens are given out, to whom and how.
func (g *guard) smart(w http.ResponseWriter) {
	writeJSON(w, http.StatusOK, map[string]any{
		"token_endpoint": g.tokenURL(), "grant_types_supported": []string{"client_credentials"},
		"token_endpoint_auth_methods_supported":            []string{"client_secret_basic", "client_secret_post", "private_key_jwt"},
		"token_endpoint_auth_signing_alg_values_supported": []string{"RS384", "RS512", "ES384"},
		"capabilities": []string{"client-confidential-asymmetric", "client-confidential-symmetric"},
	})
}

// maxAssertion is the longest life a client's assertion may claim (NHS API platform: five minutes).
const maxAssertion = 5 * time.Minute

// guard is one way into a system: it lets in whom its Auth knows.
type guard struct {
	server *Server
	auth   Auth
	// base is the audience of its tokens.
	base string
	// apart says that it stands beside the way in that the system has by itself (see Guarded).
	apart bool
	// authorities are those of clients' certificates, nil where none is verified.
	authorities *x509.CertPool

	mu sync.Mutex
	// used are the assertions that were used, each with when it expires.
	used map[string]time.Time
}

// required reports whether a bearer token is needed.
func (a Auth) required() bool { return len(a.Clients) > 0 }

// admit checks who asks. It returns nil when they may.
func (g *guard) admit(c *call) error {
	name, err := g.admitCertificate(c)
	if err != nil {
		return err
	}
	c.client = name
	if err := g.admitToken(c); err != nil {
		return err
	}
	if auth := g.auth; c.fromNeighbour && auth.Neighbour != "" && c.client != auth.Neighbour {
		return fail(http.StatusForbidden, "security", "%s is for the neighbour only", hopHeader)
	}
	return nil
}

// admitToken checks the bearer token where one is needed.
func (g *guard) admitToken(c *call) error {
	if !g.auth.required() || c.request.URL.Path == basePath+"/metadata" {
		return nil
	}
	realm := `Bearer realm="` + g.server.called + `"`
	token, ok := strings.CutPrefix(c.request.Header.Get("Authorization"), "Bearer ")
	if !ok {
		if c.lax(func(h hooks) bool { return h.needsNoToken }) {
			return nil
		}
		return fail(http.StatusUnauthorized, "login", "a bearer token is required: get one at %s", tokenPath).with("WWW-Authenticate", realm)
	}
	if c.lax(func(h hooks) bool { return h.acceptsAnyToken }) {
		return nil
	}
	claims, err := g.readToken(c, token)
	if err != nil {
		return fail(http.StatusUnauthorized, "login", "the bearer token is refused: %v", err).with("WWW-Authenticate", realm+`, error="invalid_token"`)
	}
	c.client, c.onlyPatient = claims.Subject, claims.Patient
	if c.onlyPatient != "" && strings.Contains(c.request.URL.Path, "/_history") {
		return fail(http.StatusForbidden, "forbidden", "the token opens the present records of one patient alone")
	}
	if !permits(claims.Scope, typeAsked(c.request.URL), writes(c.request)) && !c.lax(func(h hooks) bool { return h.acceptsAnyScope }) {
		return fail(http.StatusForbidden, "forbidden", "the scope of the token does not allow this").with("WWW-Authenticate", realm+`, error="insufficient_scope"`)
	}
	return nil
}

// lax reports whether a defect leaves something open.
func (c *call) lax(which func(hooks) bool) bool {
	return slices.ContainsFunc(c.defects, func(d activeDefect) bool { return which(d.hooks) })
}

// tokenError is an OAuth2 error (RFC 6749 5.2).
type tokenError struct {
	status            int
	code, description string
}

// Error returns the description.
func (e *tokenError) Error() string { return e.description }

// token answers the token endpoint: the client credentials grant with a secret or a signed assertion.
func (g *guard) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store") // RFC 6749, 5.1
	client, err := g.authenticate(w, r)
	if err != nil {
		writeJSON(w, err.status, map[string]string{"error": err.code, "error_description": err.description})
		return
	}
	lifetime := g.auth.Lifetime
	if lifetime == 0 {
		lifetime = 5 * time.Minute
	}
	scope := r.PostForm.Get("scope")
	if scope == "" {
		scope = everyScope
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": g.makeToken(tokenClaims{Subject: client, Audience: g.base, Expires: g.tokenTime().Add(lifetime).Unix(), Scope: scope}),
		"token_type":   "Bearer", "expires_in": int(lifetime.Seconds()), "scope": scope,
	})
}

func (g *guard) authenticate(w http.ResponseWriter, r *http.Request) (client string, _ *tokenError) {
	bad := func(code, format string, args ...any) (string, *tokenError) {
		status := http.StatusBadRequest
		if code == "invalid_client" {
			status = http.StatusUnauthorized
		}
		return "", &tokenError{status, code, fmt.Sprintf(format, args...)}
	}
	c := g.server.newCall(r, g)
	if _, err := g.admitCertificate(c); err != nil {
		return bad("invalid_client", "%v", err)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if r.Method != http.MethodPost || r.ParseForm() != nil {
		return bad("invalid_request", "POST a form of at most %d bytes", maxForm)
	}
	form := r.PostForm
	if form.Get("grant_type") != "client_credentials" {
		return bad("unsupported_grant_type", "grant_type %q is not client_credentials", form.Get("grant_type"))
	}
	if assertion := form.Get("client_assertion"); assertion != "" {
		if form.Get("client_assertion_type") != assertionType {
			return bad("invalid_request", "client_assertion_type is not jwt-bearer")
		}
		client, err := g.checkAssertion(c, assertion)
		if err != nil {
			return bad("invalid_client", "the client assertion is refused: %v", err)
		}
		return client, nil
	}
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	for _, client := range g.auth.Clients {
		if client.ID == id && client.Secret != "" && (client.shows(secret) || g.lenient(c, secret)) {
			return id, nil
		}
	}
	return bad("invalid_client", "the client or its secret is not known")
}

// shows reports whether a secret is the client's.
func (c Client) shows(secret string) bool {
	return c.Secret != "" && subtle.ConstantTimeCompare([]byte(c.Secret), []byte(secret)) == 1
}

// lenient reports whether a defect lets a client in whose secret is not the one that was shown.
func (g *guard) lenient(c *call, secret string) bool {
	return c.lax(func(h hooks) bool {
		return h.takesAnySecret || h.takesNoSecret && secret == "" ||
			h.takesOthersSecret && slices.ContainsFunc(g.auth.Clients, func(client Client) bool { return client.shows(secret) })
	})
}

// assertionClaims are the claims of a private_key_jwt assertion.
type assertionClaims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	ID       string `json:"jti"`
	Expires  int64  `json:"exp"`
}

// checkAssertion applies the rules of the NHS API platform and of SMART Backend Services: RS512, RS384 or ES384, a known kid, iss = sub = client, aud = this token URL, a
// jti that was not used before, and at most five minutes to live.
func (g *guard) checkAssertion(c *call, assertion string) (string, error) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return "", fmt.Errorf("it is not a signed JWT")
	}
	var header struct {
		Algorithm string `json:"alg"`
		KeyID     string `json:"kid"`
	}
	var claims assertionClaims
	if err := decodePart(parts[0], &header); err != nil {
		return "", fmt.Errorf("header: %w", err)
	}
	if err := decodePart(parts[1], &claims); err != nil {
		return "", fmt.Errorf("claims: %w", err)
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return "", fmt.Errorf("signature: %w", err)
	}
	key := g.clientKey(claims.Issuer, header.KeyID)
	if key == nil {
		return "", fmt.Errorf("no client %q has a key %q", claims.Issuer, header.KeyID)
	}
	if c.lax(func(h hooks) bool { return h.believesAssertions }) {
		return claims.Issuer, nil
	}
	if err := verifySignature(key, header.Algorithm, []byte(parts[0]+"."+parts[1]), signature); err != nil {
		return "", err
	}
	now, expires := g.tokenTime(), time.Unix(claims.Expires, 0)
	switch {
	case claims.Subject != claims.Issuer:
		return "", fmt.Errorf("iss and sub differ")
	case claims.Audience != g.tokenURL():
		return "", fmt.Errorf("aud is %q, want %q", claims.Audience, g.tokenURL())
	case !expires.After(now):
		return "", fmt.Errorf("it has expired")
	case expires.Sub(now) > maxAssertion:
		return "", fmt.Errorf("exp is more than five minutes ahead")
	case claims.ID == "":
		return "", fmt.Errorf("it has no jti")
	case !g.first(claims.Issuer+" "+claims.ID, now, expires) && !c.lax(func(h hooks) bool { return h.takesReplays }):
		return "", fmt.Errorf("its jti has been used")
	}
	return claims.Issuer, nil
}

// verifySignature checks the signature of a JWT (RFC 7518, 3.3 and 3.4) by a key that its algorithm belongs to.
func verifySignature(key crypto.PublicKey, algorithm string, signed, signature []byte) error {
	wrong := errors.New("the signature is wrong")
	hashes := map[string]crypto.Hash{"RS384": crypto.SHA384, "RS512": crypto.SHA512, "ES384": crypto.SHA384}
	hash, known := hashes[algorithm]
	if !known {
		return fmt.Errorf("alg is %q, want RS512, RS384 or ES384", algorithm)
	}
	digest := hash.New()
	_, _ = digest.Write(signed) // a hash never fails to write
	switch key := key.(type) {
	case *rsa.PublicKey:
		if !strings.HasPrefix(algorithm, "RS") || rsa.VerifyPKCS1v15(key, hash, digest.Sum(nil), signature) != nil {
			return wrong
		}
	case *ecdsa.PublicKey:
		size := (key.Curve.Params().BitSize + 7) / 8
		if !strings.HasPrefix(algorithm, "ES") || len(signature) != 2*size {
			return wrong
		}
		if !ecdsa.Verify(key, digest.Sum(nil), new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:])) {
			return wrong
		}
	default:
		return fmt.Errorf("a %T verifies nothing here", key)
	}
	return nil
}

func decodePart(part string, into any) error {
	body, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return fmt.Errorf("base64url: %w", err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("JSON: %w", err)
	}
	return nil
}

func (g *guard) clientKey(id, kid string) crypto.PublicKey {
	for _, client := range g.auth.Clients {
		if client.ID == id {
			return client.Keys[kid]
		}
	}
	return nil
}

// tokenTime is the time by which tokens and assertions expire.
func (g *guard) tokenTime() time.Time {
	if g.auth.Clock == nil {
		return g.server.Now()
	}
	return g.auth.Clock().Add(time.Duration(g.server.advance.Load()))
}

func (g *guard) tokenURL() string {
	if g.auth.TokenURL != "" {
		return g.auth.TokenURL
	}
	return strings.TrimSuffix(g.base, basePath) + tokenPath
}

// first reports whether a jti is new, and forgets those that have expired, which are refused for that anyway.
func (g *guard) first(id string, now, expires time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for old, until := range g.used {
		if !until.After(now) {
			delete(g.used, old)
		}
	}
	if _, used := g.used[id]; used {
		return false
	}
	if g.used == nil {
		g.used = map[string]time.Time{}
	}
	g.used[id] = expires
	return true
}
