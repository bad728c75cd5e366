package mocks

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Credentials are how a system proves at its neighbour who it is.
type Credentials struct {
	// ClientID is its client_id there.
	ClientID string
	// Secret proves it; or Key does, with KeyID as kid, by a signed assertion (private_key_jwt, RS512).
	Secret string
	Key    *rsa.PrivateKey
	KeyID  string
	// Audience is the token URL that the neighbour believes it has; "" means the one that is dialled.
	Audience string
}

// assertionLife is how long an assertion is good for: well below what is allowed, because clocks differ.
const assertionLife = 2 * time.Minute

// tokenSource gets tokens from the neighbour and keeps one until it is about to expire.
type tokenSource struct {
	credentials Credentials
	url         string
	clock       func() time.Time

	mu      sync.Mutex
	token   string
	expires time.Time
}

// newTokenSource asks at the token endpoint beside a FHIR base.
func newTokenSource(credentials Credentials, fhirBase string, clock func() time.Time) *tokenSource {
	source := &tokenSource{credentials: credentials, url: strings.TrimSuffix(fhirBase, basePath) + tokenPath, clock: clock}
	if source.credentials.Audience == "" {
		source.credentials.Audience = source.url
	}
	return source
}

// get returns a token that is good for a while yet.
func (t *tokenSource) get(ctx context.Context, client *http.Client) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.token != "" && t.clock().Before(t.expires) {
		return t.token, nil
	}
	form, err := t.form()
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, strings.NewReader(form.Encode()))
	if err != nil {
		return "", fmt.Errorf("get a token: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(request)
	if err != nil {
		return "", fmt.Errorf("get a token: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // it was read; there is nothing more to learn
	var granted struct {
		Token   string      `json:"access_token"`
		Seconds json.Number `json:"expires_in"`
		Problem string      `json:"error_description"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxForm)).Decode(&granted); err != nil {
		return "", fmt.Errorf("get a token: read the answer %s: %w", response.Status, err)
	}
	if response.StatusCode != http.StatusOK || granted.Token == "" {
		return "", fmt.Errorf("get a token: %w: %s", &statusError{response.StatusCode, "the token endpoint"}, granted.Problem)
	}
	life := time.Minute
	if seconds, err := granted.Seconds.Int64(); err == nil {
		life = time.Duration(seconds) * time.Second
	}
	// A tenth is left for the way.
	t.token, t.expires = granted.Token, t.clock().Add(life-life/10)
	return t.token, nil
}

// forget drops a token that was refused.
func (t *tokenSource) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.token = ""
}

func (t *tokenSource) form() (url.Values, error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if t.credentials.Key == nil {
		form.Set("client_id", t.credentials.ClientID)
		form.Set("client_secret", t.credentials.Secret)
		return form, nil
	}
	assertion, err := t.credentials.assertion(t.clock().Add(assertionLife))
	if err != nil {
		return nil, err
	}
	form.Set("client_assertion_type", assertionType)
	form.Set("client_assertion", assertion)
	return form, nil
}

// assertionType is the client_assertion_type of a signed JWT (RFC 7523 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertion signs who this is, for use once.
func (c Credentials) assertion(expires time.Time) (string, error) {
	part := func(value any) string {
		body, err := json.Marshal(value)
		if err != nil {
			panic(fmt.Sprintf("strings and numbers cannot be written as JSON: %v", err))
		}
		return base64.RawURLEncoding.EncodeToString(body)
	}
	header := map[string]string{"alg": "RS512", "kid": c.KeyID, "typ": "JWT"}
	claims := assertionClaims{Issuer: c.ClientID, Subject: c.ClientID, Audience: c.Audience, ID: rand.Text(), Expires: expires.Unix()}
	signed := part(header) + "." + part(claims)
	hash := sha512.Sum512([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, c.Key, crypto.SHA512, hash[:])
	if err != nil {
		return "", fmt.Errorf("sign the assertion of %s: %w", c.ClientID, err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// refused reports whether the neighbour said that the token is not good.
func refused(err error) bool {
	var status *statusError
	return errors.As(err, &status) && status.code == http.StatusUnauthorized
}
