package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"concord.example/concord/reports"
)

// ProviderSettings say which OpenID provider is asked who somebody is, and what they may do then.
type ProviderSettings struct {
	// Issuer is the identifier of the provider, an https URL (http on loopback alone). Its metadata are at
	// /.well-known/openid-configuration beneath it, and must name this very issuer.
	Issuer string
	// ClientID is what the provider knows this console as.
	ClientID string
	// ClientSecret proves that to it; "" for a public client, whom PKCE alone protects.
	ClientSecret string
	// Home is the address that people know the console by, such as https://console.example.test:8443. The provider must
	// know BackPath beneath it as a redirect URI.
	Home string
	// Scopes are asked for beside openid.
	Scopes []string
	// RolesClaim is the claim of the ID token, or else of the answer of the UserInfo endpoint, that says what somebody may
	// do: a text or a list of texts. A name that is no claim is taken as a path with dots: realm_access.roles.
	RolesClaim string
	// Roles says which value of that claim gives which roles. Somebody with none of them is not let in.
	Roles map[string][]Role
	// Session is how long somebody stays signed in before the provider is asked again, so that what it takes away is gone.
	Session time.Duration
	// Clock is the time; it must not be nil.
	Clock func() time.Time
	// Client sends what is asked of the provider; nil for one with a time limit.
	Client *http.Client
}

// BackPath is where the provider sends somebody back to.
const BackPath = "/enter/back"

// Provider is an OpenID provider whose metadata were read.
type Provider struct {
	settings ProviderSettings
	client   *http.Client
	oauth    oauth2.Config
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	// away is where somebody signs out of the provider itself; "" where it says no such address.
	away string
}

// OpenProvider reads the metadata of a provider.
func OpenProvider(ctx context.Context, settings ProviderSettings) (*Provider, error) {
	if err := settings.check(); err != nil {
		return nil, err
	}
	p := &Provider{settings: settings, client: settings.Client}
	if p.client == nil {
		p.client = &http.Client{Timeout: 20 * time.Second}
	}
	client := *p.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	p.client = &client
	var err error
	if p.provider, err = oidc.NewProvider(oidc.ClientContext(ctx, p.client), settings.Issuer); err != nil {
		if mismatch := (*oidc.IssuerMismatchError)(nil); errors.As(err, &mismatch) {
			return nil, fmt.Errorf("the metadata of %s name another issuer, %q: write that one if it is yours, with or without the / at its end", settings.Issuer, mismatch.Discovered)
		}
		return nil, fmt.Errorf("read the metadata of %s: %s", settings.Issuer, short(err.Error()))
	}
	var metadata struct {
		Authorization string   `json:"authorization_endpoint"`
		Token         string   `json:"token_endpoint"`
		Keys          string   `json:"jwks_uri"`
		UserInfo      string   `json:"userinfo_endpoint"`
		EndSession    string   `json:"end_session_endpoint"`
		Methods       []string `json:"token_endpoint_auth_methods_supported"`
		Challenges    []string `json:"code_challenge_methods_supported"`
	}
	if err := p.provider.Claims(&metadata); err != nil {
		return nil, fmt.Errorf("read the metadata of %s: %w", settings.Issuer, err)
	}
	for _, one := range []struct{ name, value string }{{"authorization_endpoint", metadata.Authorization}, {"token_endpoint", metadata.Token}, {"jwks_uri", metadata.Keys}} {
		if !confidential(one.value) {
			return nil, fmt.Errorf("the metadata of %s have the %s %q, which is no https URL", settings.Issuer, one.name, short(one.value))
		}
	}
	if metadata.UserInfo != "" && !confidential(metadata.UserInfo) {
		return nil, fmt.Errorf("the metadata of %s have the userinfo_endpoint %q, which is no https URL", settings.Issuer, short(metadata.UserInfo))
	}
	if len(metadata.Challenges) > 0 && !slices.Contains(metadata.Challenges, "S256") {
		return nil, fmt.Errorf("%s takes no code challenge by S256 (PKCE, RFC 7636), and nobody is signed in without", settings.Issuer)
	}
	if confidential(metadata.EndSession) {
		p.away = metadata.EndSession
	}
	p.oauth = oauth2.Config{
		ClientID: settings.ClientID, ClientSecret: settings.ClientSecret, Endpoint: p.provider.Endpoint(),
		RedirectURL: strings.TrimSuffix(settings.Home, "/") + BackPath, Scopes: append([]string{oidc.ScopeOpenID}, settings.Scopes...),
	}
	// A code is redeemed once, so how the client proves itself is not to be found out by trying.
	p.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if settings.ClientSecret == "" || len(metadata.Methods) > 0 && !slices.Contains(metadata.Methods, "client_secret_basic") {
		p.oauth.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	p.verifier = p.provider.Verifier(&oidc.Config{ClientID: settings.ClientID, Now: settings.Clock})
	return p, nil
}

func (s ProviderSettings) check() error {
	switch {
	case !confidential(s.Issuer):
		return fmt.Errorf("the issuer %q is no https URL", s.Issuer)
	case s.ClientID == "":
		return errors.New("the provider knows this console by a client id, and none is named")
	case !confidential(s.Home) || strings.Trim(strings.SplitN(s.Home, "://", 2)[1], "/") != hostOf(s.Home):
		return fmt.Errorf("the console's own address %q is not like https://console.example.test", s.Home)
	case s.RolesClaim == "":
		return errors.New("no claim says what somebody may do")
	case len(s.Roles) == 0:
		return errors.New("no value of the claim " + s.RolesClaim + " gives a role: nobody would be let in")
	case s.Session <= 0:
		return errors.New("a session must last longer than no time")
	}
	for value, roles := range s.Roles {
		for _, role := range roles {
			if value == "" || !slices.Contains(Roles(), role) {
				return fmt.Errorf("%q=%q gives no role: the roles are reader, runner and signer", role, value)
			}
		}
	}
	return nil
}

// confidential reports whether nobody on the way can read what is sent to an address: it has TLS, or is this machine.
func confidential(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopbackHost(u.Host)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// Name is what the provider is called on a page: its host.
func (p *Provider) Name() string {
	host := hostOf(p.settings.Issuer)
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// endSession is where somebody signs out of the provider too; "" where there is no such address. No token is in it.
func (p *Provider) endSession() string {
	u, err := url.Parse(p.away)
	if p.away == "" || err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.settings.ClientID)
	q.Set("post_logout_redirect_uri", strings.TrimSuffix(p.settings.Home, "/")+"/enter")
	u.RawQuery = q.Encode()
	return u.String()
}

// refusal says why somebody is not let in: Told on the page, Detail in the audit log. Neither holds a code, token or secret.
type refusal struct {
	Told, Detail string
	// person is who they are where that was known by then.
	person Person
}

// Error says it in full.
func (r *refusal) Error() string { return r.Told + " " + r.Detail }

// redeem has the provider say who somebody is, for the code that they came back with.
func (p *Provider) redeem(ctx context.Context, code string, a attempt) (Person, error) {
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Person{}, &refusal{Told: "The provider did not say who you are. Begin again.", Detail: "the code was not redeemed: " + exchangeFault(err)}
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok || raw == "" {
		return Person{}, &refusal{Told: "The provider did not say who you are.", Detail: "its answer has no ID token"}
	}
	id, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return Person{}, &refusal{Told: "What the provider said about you cannot be relied on.", Detail: "the ID token was not accepted: " + short(err.Error())}
	}
	if fault := p.mismatch(id, a); fault != "" {
		return Person{}, &refusal{Told: "What the provider said about you was not said to this console, or not now. Begin again.", Detail: "the ID token was not accepted: " + fault}
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return Person{}, &refusal{Told: "What the provider said about you cannot be read.", Detail: "the claims of the ID token are no object"}
	}
	person := Person{Subject: id.Subject, Issuer: id.Issuer}
	if person.Roles = p.roles(claims); len(person.Roles) == 0 {
		more, err := p.asked(ctx, token, id.Subject)
		if err != nil {
			return Person{}, err
		}
		for name, value := range more {
			if _, known := claims[name]; !known {
				claims[name] = value
			}
		}
		person.Roles = p.roles(claims)
	}
	person.Name = called(claims, id.Subject)
	if len(person.Roles) == 0 {
		return Person{}, &refusal{
			Told:   "The provider knows who you are, and gives you no role here. Ask whoever runs this console.",
			Detail: "the claim " + p.settings.RolesClaim + " gives no role", person: person,
		}
	}
	return person, nil
}

// mismatch says why an ID token that is sound in itself was not made for this attempt; "" where it was.
func (p *Provider) mismatch(id *oidc.IDToken, a attempt) string {
	var claims struct {
		Authorized *string `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil {
		return "azp is no text"
	}
	switch {
	case id.Nonce == "" || !equal(id.Nonce, a.Nonce):
		return "its nonce is not that of this attempt"
	case id.Subject == "" || strings.ContainsFunc(id.Subject, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "its subject is missing, or no name"
	case claims.Authorized != nil && *claims.Authorized != p.settings.ClientID:
		return "it was issued to another client (azp)"
	case claims.Authorized == nil && len(id.Audience) > 1:
		return "it is for several audiences, and does not say to which client it was issued (azp)"
	case id.IssuedAt.After(p.settings.Clock().Add(clockSkew)):
		return "it was issued in the future"
	}
	return ""
}

// clockSkew is how much the clock of a provider may be ahead.
const clockSkew = 5 * time.Minute

// asked has the UserInfo endpoint say more about somebody: some providers give roles there alone.
func (p *Provider) asked(ctx context.Context, token *oauth2.Token, subject string) (map[string]any, error) {
	if p.provider.UserInfoEndpoint() == "" || token.AccessToken == "" {
		return nil, nil
	}
	info, err := p.provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, &refusal{Told: "The provider did not say what you may do. Begin again.", Detail: "the UserInfo endpoint gave no answer that can be used"}
	}
	if info.Subject != subject {
		return nil, &refusal{Told: "What the provider said about you cannot be relied on.", Detail: "the UserInfo endpoint answered about another subject"}
	}
	claims := map[string]any{}
	if err := info.Claims(&claims); err != nil {
		return nil, &refusal{Told: "What the provider said about you cannot be read.", Detail: "the answer of the UserInfo endpoint is no object"}
	}
	return claims, nil
}

// roles are those that the claims give, in the order of Roles.
func (p *Provider) roles(claims map[string]any) []Role {
	value, ok := claims[p.settings.RolesClaim]
	if !ok {
		value = within(claims, strings.Split(p.settings.RolesClaim, "."))
	}
	given := map[Role]bool{}
	for _, text := range texts(value) {
		for _, role := range p.settings.Roles[text] {
			given[role] = true
		}
	}
	var all []Role
	for _, role := range Roles() {
		if given[role] {
			all = append(all, role)
		}
	}
	return all
}

// within follows a path through objects, and through every member of a list on the way.
func within(value any, path []string) any {
	if len(path) == 0 {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		return within(v[path[0]], path[1:])
	case []any:
		var all []any
		for _, one := range v {
			switch found := within(one, path).(type) {
			case nil:
			case []any:
				all = append(all, found...)
			default:
				all = append(all, found)
			}
		}
		return all
	default:
		return nil
	}
}

func texts(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			if text, ok := one.(string); ok {
				all = append(all, text)
			}
		}
		return all
	default:
		return nil
	}
}

// called is what somebody is called here: a name for people, and the subject, which alone nobody else has.
func called(claims map[string]any, subject string) string {
	for _, claim := range []string{"name", "preferred_username", "email"} {
		if text, ok := claims[claim].(string); ok && strings.TrimSpace(text) != "" {
			return short(text) + " (" + subject + ")"
		}
	}
	return "subject (" + subject + ")"
}

// exchangeFault is what may be written down of why a code was not redeemed: what an answer quotes may be the code itself.
func exchangeFault(err error) string {
	if answered := (*oauth2.RetrieveError)(nil); errors.As(err, &answered) {
		if answered.ErrorCode != "" {
			return "the provider answered " + errorCode(answered.ErrorCode)
		}
		if answered.Response != nil {
			return "the provider answered with status " + answered.Response.Status
		}
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return "the answer of the provider is no JSON"
	}
	if unsent := (*url.Error)(nil); errors.As(err, &unsent) {
		return short(unsent.Err.Error())
	}
	return "the answer of the provider cannot be used"
}

// errorCode is an error code of OAuth 2.0, or says that it is none: it comes from an address that anybody can make.
func errorCode(code string) string {
	if code == "" || len(code) > 60 || strings.ContainsFunc(code, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' }) {
		return "an error without a code"
	}
	return code
}

// mostSaid bounds what a page or the log repeats of what a provider says, in bytes.
const mostSaid = 200

func short(text string) string {
	text = reports.OneLine(text)
	if len(text) > mostSaid {
		text = strings.ToValidUTF8(text[:mostSaid], "") + "…"
	}
	return text
}
