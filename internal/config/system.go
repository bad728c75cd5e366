package config

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/redact"
)

// System is one endpoint under test. In every text, ${NAME} is taken from the environment. What stands in a header or in a
// secret field of auth is a secret, wherever it comes from; elsewhere, ${secret:NAME} makes it one.
type System struct {
	Name     string `yaml:"name"`
	Title    string `yaml:"title"`
	Supplier string `yaml:"supplier"`
	// Share is the part of the golden ledger that was loaded into the system: ccr, ohc or none. Empty is the part that it is called
	// after. Federation says of it what Config.Federation says of all.
	Share      string `yaml:"share"`
	Federation string `yaml:"federation"`
	BaseURL    string `yaml:"baseURL"`
	// ConnectTo is a host:port to dial instead of the one in baseURL.
	ConnectTo string `yaml:"connectTo"`
	// AdminURL is the admin API of a "concord mock", through which scenarios make events happen; empty for a real system.
	AdminURL string `yaml:"adminURL"`
	// Headers go with every request. {{uuid}} in a value is a fresh UUID for each.
	Headers map[string]string `yaml:"headers"`
	// Roles are further headers that make the system take who asks for somebody in a role (clinician, clerk), by role.
	Roles map[string]map[string]string `yaml:"roles"`
	// Auth is how Concord proves at the system who it is; the zero value sends what the headers hold.
	Auth Auth `yaml:"auth"`
	// TLS is how the system's certificate is judged, and which one Concord shows.
	TLS TLS `yaml:"tls"`
	// Security says what of the system's security is asked; the zero value asks nothing.
	Security Security `yaml:"security"`
	// Writes is scratch where a run may write to the system: create resources for itself, change and delete them, and use wrong
	// methods and media types on them. Empty lets it read only.
	Writes string `yaml:"writes"`
}

// Scratch is the value of System.Writes that lets a run write.
const Scratch = "scratch"

// The types of Auth.
const (
	Bearer            = "bearer"
	Basic             = "basic"
	APIKey            = "apikey"
	ClientCredentials = "client-credentials"
)

// Auth is how Concord proves at a system who it is.
type Auth struct {
	// Type is bearer, basic, apikey or client-credentials; empty means none.
	Type string `yaml:"type"`
	// Token is sent by bearer.
	Token string `yaml:"token"`
	// Username and Password are sent by basic.
	Username string `yaml:"username"`
	Password string `yaml:"password"`
	// Key is sent by apikey in the header named Header; empty means X-API-Key.
	Header string `yaml:"header"`
	Key    string `yaml:"key"`
	// ClientID asks for tokens by the OAuth2 client credentials grant, with ClientSecret or with an assertion that PrivateKey
	// signs (private_key_jwt).
	ClientID     string `yaml:"clientID"`
	ClientSecret string `yaml:"clientSecret"`
	// PrivateKey is a PEM file; KeyID is its kid, Algorithm RS384, RS512 or ES384 (the default goes by the key).
	PrivateKey string `yaml:"privateKey"`
	KeyID      string `yaml:"kid"`
	Algorithm  string `yaml:"algorithm"`
	// TokenURL is the token endpoint; empty means the one that .well-known/smart-configuration names. Audience is the aud of
	// assertions; empty means the token endpoint.
	TokenURL string `yaml:"tokenURL"`
	Audience string `yaml:"audience"`
	// Scope is asked for; empty asks for none.
	Scope string `yaml:"scope"`
}

// TLS is how the system's certificate is judged, and which certificate Concord shows.
type TLS struct {
	// CA is a PEM file of the authorities that are trusted; empty means the machine's.
	CA string `yaml:"ca"`
	// Certificate and Key are PEM files of a client certificate.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// Secret is a value that must reach no output.
type Secret struct {
	// What says where it stands, for a message.
	What, Value string
}

// Secrets are the values of the configuration that must reach no output, in the order of the file. Environ finds them.
func (c *Config) Secrets() []Secret { return c.secrets }

// expand replaces variables in every text of the systems and notes what is secret.
func (c *Config) expand(environ map[string]string) (failed []error) {
	for i := range c.Systems {
		e := expansion{environ: environ, where: fmt.Sprintf("systems[%d] (%s)", i, c.Systems[i].Name)}
		c.Systems[i].expand(&e)
		failed, c.secrets = append(failed, e.failed...), append(c.secrets, e.secrets...)
	}
	return failed
}

// expansion replaces variables in the texts of one system.
type expansion struct {
	environ map[string]string
	where   string
	secrets []Secret
	failed  []error
}

func (s *System) expand(e *expansion) {
	for name, text := range map[string]*string{
		"baseURL": &s.BaseURL, "connectTo": &s.ConnectTo, "adminURL": &s.AdminURL, "auth.type": &s.Auth.Type, "auth.username": &s.Auth.Username,
		"auth.header": &s.Auth.Header, "auth.clientID": &s.Auth.ClientID, "auth.privateKey": &s.Auth.PrivateKey, "auth.kid": &s.Auth.KeyID,
		"auth.algorithm": &s.Auth.Algorithm, "auth.tokenURL": &s.Auth.TokenURL, "auth.audience": &s.Auth.Audience, "auth.scope": &s.Auth.Scope,
		"tls.ca": &s.TLS.CA, "tls.certificate": &s.TLS.Certificate, "tls.key": &s.TLS.Key,
	} {
		*text = e.plain(name, *text)
	}
	for name, text := range map[string]*string{
		"auth.token": &s.Auth.Token, "auth.password": &s.Auth.Password, "auth.key": &s.Auth.Key, "auth.clientSecret": &s.Auth.ClientSecret,
	} {
		*text = e.secret(name, *text)
	}
	s.Security.expand(e)
	e.headers("header", s.Headers)
	for role, headers := range s.Roles {
		e.headers("role "+role+" header", headers)
	}
	// Maps have no order, and messages have one.
	slices.SortFunc(e.secrets, func(a, b Secret) int { return strings.Compare(a.What, b.What) })
	slices.SortFunc(e.failed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
}

// plain expands a text that is no secret but for what comes from ${secret:NAME}.
func (e *expansion) plain(name, text string) string {
	expanded, used := e.replace(name, text)
	for _, v := range used {
		if v.secret {
			e.note(name, v.value)
		}
	}
	return expanded
}

// secret expands a text that is one.
func (e *expansion) secret(name, text string) string {
	expanded, _ := e.replace(name, text)
	if expanded != "" {
		e.note(name, expanded)
	}
	return expanded
}

// headers expands headers. Those that carry credentials are secrets; of the others, what comes from the environment is.
func (e *expansion) headers(kind string, headers map[string]string) {
	for name, text := range headers {
		what := kind + " " + name
		expanded, used := e.replace(what, text)
		headers[name] = expanded
		for _, v := range used {
			e.note(what, v.value)
		}
		if redact.IsCredential(name) {
			e.note(what, expanded)
		}
	}
}

func (e *expansion) note(name, value string) {
	e.secrets = append(e.secrets, Secret{What: e.where + ": " + name, Value: value})
}

func (e *expansion) replace(name, text string) (string, []used) {
	expanded, found, err := replace(text, e.environ)
	if err != nil {
		e.failed = append(e.failed, fmt.Errorf("%s: %s: %w", e.where, name, err))
		return text, nil
	}
	return expanded, found
}

// used is a variable that was replaced.
type used struct {
	value string
	// secret says that it was written as ${secret:NAME}.
	secret bool
}

// replace replaces ${NAME} and ${secret:NAME} by environment variables, and refuses one that is not set: an empty
// credential would look like an endpoint's fault.
func replace(text string, environ map[string]string) (expanded string, all []used, err error) {
	var missing []string
	expanded = variable.ReplaceAllStringFunc(text, func(match string) string {
		name, marked := strings.CutPrefix(match[2:len(match)-1], "secret:")
		value, ok := environ[name]
		switch {
		case !ok:
			missing = append(missing, name+" is not set")
		case value == "":
			missing = append(missing, name+" is empty")
		default:
			all = append(all, used{value, marked})
		}
		return value
	})
	if len(missing) > 0 {
		return "", nil, errors.New("environment variable " + strings.Join(missing, ", "))
	}
	return expanded, all, nil
}

// Expand replaces ${NAME} by the environment variable and returns the values that were put in, which are secrets in a
// header. A variable that is not set or empty is an error.
func Expand(text string, environ map[string]string) (expanded string, values []string, err error) {
	expanded, all, err := replace(text, environ)
	for _, v := range all {
		values = append(values, v.value)
	}
	return expanded, values, err
}

// CheckAddress refuses a URL that holds what would be printed with it: a user, a password, a query or a fragment. The
// message never repeats the URL.
func CheckAddress(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		// Its message repeats the URL.
		return errors.New("it cannot be read as a URL; write https://host/path")
	case u.User != nil:
		return errors.New("it holds a user or a password, which every report would show; write it without, and give credentials under auth or headers with ${NAME}")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return errors.New("it holds a query or a fragment, which may be a credential and is no part of a base URL; write it without, and give credentials under auth or headers with ${NAME}")
	case (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") && !strings.ContainsAny(text, "@?#"):
		return fmt.Errorf("%q is not an absolute http or https URL; write https://host/path", text)
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("it is not an absolute http or https URL; write https://host/path")
	default:
		return nil
	}
}

// AskedAs reports whether another system is asked by the same proof of who asks, and over the same way: with the same headers,
// credentials and certificates.
func (s System) AskedAs(other System) bool {
	return s.ConnectTo == other.ConnectTo && maps.Equal(s.Headers, other.Headers) && s.Auth == other.Auth && s.TLS == other.TLS
}

// problems says what is impossible about a system.
func (s System) problems() (failed []error) {
	fail := func(format string, args ...any) { failed = append(failed, fmt.Errorf(format, args...)) }
	switch s.BaseURL {
	case "":
		fail("baseURL is missing")
	default:
		if err := CheckAddress(s.BaseURL); err != nil {
			fail("baseURL: %w", err)
		}
	}
	if !slices.Contains([]string{"", "ccr", "ohc", "none"}, s.Share) {
		fail("share: %q is none of ccr, ohc and none, which are the parts of the golden ledger that a system can hold", s.Share)
	}
	if !slices.Contains([]string{"", "none", "full"}, s.Federation) {
		fail("federation: %q is neither none nor full", s.Federation)
	}
	if s.Writes != "" && s.Writes != Scratch {
		fail("writes: %q is not scratch, which lets a run create resources for itself, change them and delete them again", s.Writes)
	}
	for name, address := range map[string]string{"adminURL": s.AdminURL, "auth.tokenURL": s.Auth.TokenURL} {
		if address == "" {
			continue
		}
		if err := CheckAddress(address); err != nil {
			fail("%s: %w", name, err)
		}
	}
	if (s.TLS.Certificate == "") != (s.TLS.Key == "") {
		fail("tls: certificate and key go together")
	}
	for _, name := range []string{"Authorization", s.Auth.keyHeader()} {
		if s.Auth.Type != "" && s.Header().Get(name) != "" {
			fail("auth and the header %s: both say who Concord is; keep one", name)
		}
	}
	return append(append(failed, s.Auth.problems()...), s.Security.problems()...)
}

// keyHeader is the header of an API key, "" for other types.
func (a Auth) keyHeader() string {
	switch {
	case a.Type != APIKey:
		return ""
	case a.Header == "":
		return "X-API-Key"
	default:
		return a.Header
	}
}

// problems says what is impossible about how Concord proves who it is.
func (a Auth) problems() (failed []error) {
	fields := map[string]string{
		"token": a.Token, "username": a.Username, "password": a.Password, "header": a.Header, "key": a.Key, "clientID": a.ClientID, "clientSecret": a.ClientSecret,
		"privateKey": a.PrivateKey, "kid": a.KeyID, "algorithm": a.Algorithm, "tokenURL": a.TokenURL, "audience": a.Audience, "scope": a.Scope,
	}
	belongs := map[string][]string{
		"": nil, Bearer: {"token"}, Basic: {"username", "password"}, APIKey: {"header", "key"},
		ClientCredentials: {"clientID", "clientSecret", "privateKey", "kid", "algorithm", "tokenURL", "audience", "scope"},
	}
	required := map[string][]string{Bearer: {"token"}, Basic: {"username", "password"}, APIKey: {"key"}, ClientCredentials: {"clientID"}}
	known, ok := belongs[a.Type]
	if !ok {
		return []error{fmt.Errorf("auth.type: %q is none of bearer, basic, apikey and client-credentials", a.Type)}
	}
	for name, value := range fields {
		if value != "" && !slices.Contains(known, name) {
			failed = append(failed, fmt.Errorf("auth.%s: it does not belong to auth.type %q", name, a.Type))
		}
		if value == "" && slices.Contains(required[a.Type], name) {
			failed = append(failed, fmt.Errorf("auth.%s: it is missing for auth.type %q", name, a.Type))
		}
	}
	if a.Type == ClientCredentials {
		if (a.ClientSecret == "") == (a.PrivateKey == "") {
			failed = append(failed, errors.New("auth: client-credentials needs either clientSecret or privateKey"))
		}
		if a.PrivateKey != "" && a.KeyID == "" {
			failed = append(failed, errors.New("auth.kid: name the key as it is registered at the token endpoint"))
		}
		if !slices.Contains([]string{"", "RS384", "RS512", "ES384"}, a.Algorithm) {
			failed = append(failed, fmt.Errorf("auth.algorithm: %q is none of RS384, RS512 and ES384", a.Algorithm))
		}
	}
	slices.SortFunc(failed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return failed
}

// Header returns the system's headers as net/http wants them.
func (s System) Header() http.Header {
	header := http.Header{}
	for name, value := range s.Headers {
		header.Set(name, value)
	}
	return header
}

// RoleHeaders returns the headers of each role as net/http wants them.
func (s System) RoleHeaders() map[string]http.Header {
	roles := map[string]http.Header{}
	for role, headers := range s.Roles {
		roles[role] = System{Headers: headers}.Header()
	}
	return roles
}
