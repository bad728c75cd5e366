package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"concord.example/concord/internal/redact"
)

// Client is an application as a token endpoint knows it. Either Secret or Signer proves it.
type Client struct {
	ID     string
	Secret string
	// Signer signs assertions (private_key_jwt, RFC 7523).
	Signer *Signer
	// Audience is the aud of assertions; empty means the token endpoint.
	Audience string
	// Scope is asked for, words with spaces between them; empty asks for none.
	Scope string
}

// Options say where and how a Client gets its tokens.
type Options struct {
	// System names the system in messages, BaseURL is where its FHIR service is.
	System, BaseURL string
	// TokenURL is the token endpoint; empty means the one that the system's .well-known/smart-configuration names.
	TokenURL string
	// HTTP asks the token endpoint; nil means a client that trusts the machine's authorities. Redirects are never followed.
	HTTP *http.Client
	// Clock says when tokens expire; nil means time.Now.
	Clock func() time.Time
	// Secrets is told of every token; nil is told nothing.
	Secrets *redact.Redactor
}

const (
	// answerWithin is the deadline of a token endpoint.
	answerWithin = 10 * time.Second
	// earliest is how long before its end a token is renewed at most; a token with a short life is renewed in its last fifth.
	earliest = 30 * time.Second
	// unsaid is how long a token is used whose life nobody tells.
	unsaid = time.Minute
	// longestLife bounds what is believed.
	longestLife = 24 * time.Hour
	// rest is how long a token endpoint that refused or did not answer is left alone.
	rest = 5 * time.Second
	// longestText bounds what an endpoint can put into a message.
	longestText = 300
)

// Tokens gets tokens for a Client by the OAuth2 client credentials grant (RFC 6749, 4.4) and keeps one.
type Tokens struct {
	client  Client
	options Options
	// turn is held by whoever asks for a token.
	turn chan struct{}

	mu      sync.Mutex
	token   string
	renewAt time.Time
	// proven says that the system accepted the token, spoiled that it refused it before it accepted any.
	proven, spoiled bool
	// failed is why there was no token lately, until a time.
	failed      error
	failedUntil time.Time
	tokenURL    string
	asked       int
}

// NewTokens returns the tokens of a client. Nothing is asked yet.
func NewTokens(client Client, options Options) (*Tokens, error) {
	if (client.Secret == "") == (client.Signer == nil) {
		return nil, fmt.Errorf("system %s: client %s proves itself with either a secret or a key", options.System, client.ID)
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	own := http.Client{Timeout: answerWithin}
	if options.HTTP != nil {
		own = *options.HTTP
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	options.HTTP = &own
	if options.TokenURL != "" {
		if err := checkTokenURL(options.TokenURL, options.BaseURL); err != nil {
			return nil, fmt.Errorf("system %s: token endpoint: %w", options.System, err)
		}
	}
	return &Tokens{client: client, options: options, turn: make(chan struct{}, 1), tokenURL: options.TokenURL}, nil
}

// Authorize puts a token into the header that is good for a while yet.
func (t *Tokens) Authorize(ctx context.Context, header http.Header) error {
	token, err := t.Token(ctx)
	if err != nil {
		return err
	}
	header.Set("Authorization", "Bearer "+token)
	return nil
}

// Token returns a token that is good for a while yet, and asks for one when there is none. Of several who need one, one
// asks and the others wait.
func (t *Tokens) Token(ctx context.Context) (string, error) {
	if token, err, done := t.current(); done {
		return token, err
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	if token, err, done := t.current(); done {
		return token, err
	}
	token, life, err := t.ask(ctx)
	if ctx.Err() != nil {
		// That somebody stopped says nothing of the endpoint.
		return "", ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.options.Clock()
	if err != nil {
		t.failed, t.failedUntil = fmt.Errorf("get a token for %s: %w", t.options.System, err), now.Add(rest)
		return "", t.failed
	}
	t.token, t.renewAt = token, now.Add(life-min(earliest, life/5))
	t.proven, t.failed = false, nil
	return token, nil
}

// current returns what is known without asking.
func (t *Tokens) current() (token string, err error, known bool) { //nolint:revive // the error is what is known of the token
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.options.Clock()
	switch {
	case t.token != "" && now.Before(t.renewAt):
		return t.token, nil, true
	case t.failed != nil && now.Before(t.failedUntil):
		return "", t.failed, true
	default:
		return "", nil, false
	}
}

// Answered forgets a token that the system refused with 401, once: when the next token is refused as well before any was
// accepted, the token is not what is wrong.
func (t *Tokens) Answered(status int, header http.Header) (again bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	sent := strings.TrimPrefix(header.Get("Authorization"), "Bearer ")
	switch {
	case status != http.StatusUnauthorized:
		if sent == t.token {
			t.proven, t.spoiled = true, false
		}
		return false
	case sent != t.token:
		// It was renewed meanwhile.
		return true
	case t.spoiled:
		return false
	default:
		t.spoiled = !t.proven
		t.token = ""
		return true
	}
}

// Asked is how many tokens were asked for.
func (t *Tokens) Asked() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.asked
}

// ask asks the token endpoint.
func (t *Tokens) ask(ctx context.Context) (token string, life time.Duration, err error) {
	if t.tokenURL == "" {
		if t.tokenURL, err = discover(ctx, t.options.HTTP, t.options.BaseURL); err != nil {
			return "", 0, err
		}
	}
	t.mu.Lock()
	t.asked++
	t.mu.Unlock()
	grant := clientcredentials.Config{ClientID: t.client.ID, ClientSecret: t.client.Secret, TokenURL: t.tokenURL, Scopes: strings.Fields(t.client.Scope)}
	if t.client.Signer != nil {
		audience := t.client.Audience
		if audience == "" {
			audience = t.tokenURL
		}
		assertion, err := t.client.Signer.Assertion(t.client.ID, audience, t.options.Clock())
		if err != nil {
			return "", 0, err
		}
		if err := t.options.Secrets.Add("an assertion", assertion); err != nil {
			return "", 0, err
		}
		grant.ClientID, grant.AuthStyle = "", oauth2.AuthStyleInParams
		grant.EndpointParams = url.Values{"client_assertion_type": {assertionType}, "client_assertion": {assertion}}
	}
	granted, err := grant.Token(context.WithValue(ctx, oauth2.HTTPClient, t.options.HTTP))
	if err != nil {
		return "", 0, t.explain(err)
	}
	if !strings.EqualFold(granted.Type(), "bearer") {
		return "", 0, fmt.Errorf("%s gives out tokens of type %q, and only bearer tokens can be sent", t.tokenURL, clip(granted.TokenType))
	}
	if err := t.options.Secrets.Add("a token of "+t.tokenURL, granted.AccessToken); err != nil {
		return "", 0, err
	}
	return granted.AccessToken, lifeOf(granted), nil
}

// lifeOf is how long a token lasts by its expires_in, a number of seconds that some endpoints write as text. The library
// turns it into a time of this machine's clock, and keeps nothing else of it.
func lifeOf(granted *oauth2.Token) time.Duration {
	if seconds, err := strconv.ParseFloat(fmt.Sprint(granted.Extra("expires_in")), 64); err == nil && seconds > 0 {
		return time.Duration(min(seconds, longestLife.Seconds()) * float64(time.Second))
	}
	return unsaid
}

// explain says why there is no token, in words of the endpoint where it has some.
func (t *Tokens) explain(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		var wrapped *url.Error
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return fmt.Errorf("ask %s: %w", t.tokenURL, err)
	}
	said := strings.TrimSpace(refused.ErrorCode + " " + refused.ErrorDescription)
	if said == "" {
		said = strings.TrimSpace(string(refused.Body))
	}
	what := ""
	switch {
	case refused.ErrorCode == "invalid_client" && t.client.Signer != nil:
		what = "; check clientID, kid, algorithm and audience, that the public key is registered there, and this machine's clock"
	case refused.ErrorCode == "invalid_client" || refused.Response.StatusCode == http.StatusUnauthorized:
		what = "; check clientID and clientSecret"
	case refused.ErrorCode == "invalid_scope":
		what = "; check scope"
	case refused.Response.StatusCode >= 300 && refused.Response.StatusCode < 400:
		what = "; credentials follow no redirect: give the tokenURL that answers itself"
	}
	return fmt.Errorf("%s answered %d: %s%s", t.tokenURL, refused.Response.StatusCode, clip(said), what)
}

func clip(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > longestText {
		text = strings.ToValidUTF8(text[:longestText], "") + "…"
	}
	return text
}
