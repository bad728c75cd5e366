package auth

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Altered proves who asks with what a method gives, altered: it is for asking whether a system looks at it.
func Altered(method Method, alter func(credential string) (string, error)) Method {
	return altered{method, alter}
}

type altered struct {
	method Method
	alter  func(string) (string, error)
}

// Authorize puts the altered proof into the header.
func (a altered) Authorize(ctx context.Context, header http.Header) error {
	proof := http.Header{}
	if err := a.method.Authorize(ctx, proof); err != nil {
		return err
	}
	for name, values := range proof {
		scheme, credential, schemed := strings.Cut(values[0], " ")
		if !schemed {
			scheme, credential = "", values[0]
		}
		wrong, err := a.alter(credential)
		if err != nil {
			return err
		}
		header.Set(name, strings.TrimSpace(scheme+" "+wrong))
	}
	return nil
}

// Answered asks for no other proof: this one is to be refused.
func (altered) Answered(int, http.Header) bool { return false }

// Tampered is a credential with one character of it changed: of a JWT, one of its signature.
func Tampered(credential string) (string, error) {
	if len(credential) < 2 {
		return "", errors.New("the credential is too short to be changed")
	}
	at := len(credential) / 2
	if parts := strings.Split(credential, "."); len(parts) == 3 && parts[2] != "" {
		at = len(credential) - len(parts[2])
	}
	other := byte('A')
	if credential[at] == other {
		other = 'B'
	}
	return credential[:at] + string(other) + credential[at+1:], nil
}

// Unsigned is a JWT without its signature, and with "none" as its algorithm (RFC 7519, 6).
func Unsigned(token string) (string, error) {
	parts := strings.Split(token, ".")
	none := errors.New("the token is no signed JWT, so there is no signature to be left out")
	if len(parts) != 3 {
		return "", none
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return "", none
	}
	header := map[string]any{}
	if json.Unmarshal(text, &header) != nil {
		return "", none
	}
	header["alg"] = "none"
	if text, err = json.Marshal(header); err != nil {
		return "", none
	}
	return base64.RawURLEncoding.EncodeToString(text) + "." + parts[1] + ".", nil
}

// Expiry is when a token ends by its own exp; false when it does not say so in a form that can be read.
func Expiry(token string) (time.Time, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Expires float64 `json:"exp"`
	}
	if err != nil || json.Unmarshal(text, &claims) != nil || claims.Expires <= 0 {
		return time.Time{}, false
	}
	return time.Unix(int64(claims.Expires), 0), true
}

// What is wrong with an assertion that Assertions.Fill makes. Once is right, and the same each time.
const (
	AssertionRight    = "right"
	AssertionOnce     = "once"
	AssertionExpired  = "expired"
	AssertionAudience = "other-audience"
	AssertionTampered = "tampered"
	AssertionUnsigned = "unsigned"
)

// Assertions makes assertions of who a client is, right and wrong ones, to see which of them a token endpoint takes. It is safe
// for concurrent use.
type Assertions struct {
	client   Client
	audience string
	clock    func() time.Time

	mu   sync.Mutex
	once string
}

// NewAssertions returns the assertions of a client that signs, for a token endpoint.
func NewAssertions(client Client, tokenURL string, clock func() time.Time) *Assertions {
	audience := client.Audience
	if audience == "" {
		audience = tokenURL
	}
	return &Assertions{client: client, audience: audience, clock: clock}
}

// Fill puts an assertion into a form in which client_assertion names what is to be wrong with it.
func (a *Assertions) Fill(_ context.Context, form string) (string, error) {
	values, err := url.ParseQuery(form)
	if err != nil {
		return "", fmt.Errorf("make an assertion: %w", err)
	}
	assertion, err := a.make(values.Get("client_assertion"))
	if err != nil {
		return "", err
	}
	values.Set("client_assertion", assertion)
	values.Set("client_assertion_type", assertionType)
	if a.client.Scope != "" {
		values.Set("scope", a.client.Scope)
	}
	return values.Encode(), nil
}

func (a *Assertions) make(wrong string) (string, error) {
	audience, now := a.audience, a.clock()
	switch wrong {
	case AssertionExpired:
		now = now.Add(-10 * assertionLife)
	case AssertionAudience:
		audience = "https://elsewhere.invalid/oauth2/token"
	case AssertionOnce:
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.once != "" {
			return a.once, nil
		}
	}
	text, err := a.client.Signer.Assertion(a.client.ID, audience, now)
	if err != nil {
		return "", err
	}
	switch wrong {
	case AssertionTampered:
		return Tampered(text)
	case AssertionUnsigned:
		return Unsigned(text)
	case AssertionOnce:
		a.once = text
	}
	return text, nil
}

// noSuchSecret is a secret that no client has.
const noSuchSecret = "concord-no-such-secret"

// ShowingSecret is how a client shows its secret to a token endpoint (RFC 6749 2.3.1), right or wrong: in a header, with how a form is filled
// beside it, or in the form alone.
func ShowingSecret(client Client, inHeader bool) (proof Method, fill func(context.Context, string) (string, error)) {
	if inHeader {
		proof = Basic(url.QueryEscape(client.ID), url.QueryEscape(client.Secret))
	}
	return proof, func(_ context.Context, form string) (string, error) {
		values, err := url.ParseQuery(form)
		if err != nil {
			return "", fmt.Errorf("show a secret: %w", err)
		}
		if !inHeader {
			values.Set("client_id", client.ID)
			if client.Secret != "" {
				values.Set("client_secret", client.Secret)
			}
		}
		if client.Scope != "" {
			values.Set("scope", client.Scope)
		}
		return values.Encode(), nil
	}
}

// WithWrongSecret is the client with a secret that is not its own.
func (c Client) WithWrongSecret() Client {
	c.Secret = noSuchSecret
	return c
}

// SelfIssued is a client certificate for a name from an authority that nobody trusts: its own.
func SelfIssued(name string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a certificate for %s: %w", name, err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// Presenting is a TLS configuration that shows a certificate whatever authorities the system says it trusts, or none.
func Presenting(secure *tls.Config, certificate *tls.Certificate) *tls.Config {
	if secure == nil {
		secure = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	secure = secure.Clone()
	secure.Certificates = nil
	secure.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if certificate == nil {
			return &tls.Certificate{}, nil
		}
		return certificate, nil
	}
	return secure
}

// OldTLS is a TLS configuration that speaks versions before 1.2 alone, with every cipher that there is for them.
func OldTLS(secure *tls.Config) *tls.Config {
	if secure == nil {
		secure = &tls.Config{}
	}
	secure = secure.Clone()
	secure.MinVersion, secure.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 // whether they are refused is the question
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		secure.CipherSuites = append(secure.CipherSuites, suite.ID)
	}
	return secure
}
