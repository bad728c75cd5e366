package redact

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// Mark stands where a secret was.
	Mark = "[redacted]"
	// Shortest is the least number of bytes of a secret: a shorter one would blank out innocent text everywhere.
	Shortest = 6
)

// TooShortError says that a value is too short to be looked for, so that it could be printed unseen.
type TooShortError struct {
	// What names the place of the value, never the value.
	What string
}

// Error says what to do about it.
func (e *TooShortError) Error() string {
	return fmt.Sprintf("%s: a secret of fewer than %d characters cannot be kept out of the reports, because it stands in innocent text too; use a longer one", e.What, Shortest)
}

// Redactor knows secrets and takes them out of texts. It is safe for concurrent use; secrets may be added at any time, as
// tokens are when they are renewed.
type Redactor struct {
	mu    sync.Mutex
	known atomic.Pointer[patterns]
}

// New returns a Redactor that knows no secret yet.
func New() *Redactor { return &Redactor{} }

// Add makes a value known as a secret, with its parts that are secrets themselves: the credential behind "Bearer" or
// "Basic", the password of Basic (a user name is no secret), the parts of a JWT, the values of cookies. An empty value is
// none. what names its place for the error, which is a *TooShortError.
func (r *Redactor) Add(what, value string) error {
	value = strings.TrimSpace(value)
	if value == "" || r == nil {
		return nil
	}
	parts := partsOf(value)
	if len(parts[0]) < Shortest {
		return &TooShortError{What: what}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.known.Load()
	for _, part := range parts {
		if len(part) >= Shortest {
			known = known.with(part)
		}
	}
	r.known.Store(known)
	return nil
}

// AddHeader is Add for the values of every header whose name says that it carries a credential.
func (r *Redactor) AddHeader(what string, header http.Header) error {
	for name, values := range header {
		if !IsCredential(name) {
			continue
		}
		for _, value := range values {
			if err := r.Add(what+": header "+name, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// partsOf are the secrets in a value; the first decides whether it is long enough.
func partsOf(value string) []string {
	scheme, credential, schemed := strings.Cut(value, " ")
	credential = strings.TrimSpace(credential)
	var parts []string
	switch {
	case schemed && strings.EqualFold(scheme, "basic"):
		parts = []string{credential}
		if decoded, err := base64.StdEncoding.DecodeString(credential); err == nil {
			if _, password, ok := strings.Cut(string(decoded), ":"); ok {
				// The password decides: what surrounds it is longer and no harder to guess.
				parts = []string{password, credential}
			}
		}
	case schemed && slices.Contains([]string{"bearer", "token", "apikey", "digest", "negotiate"}, strings.ToLower(scheme)):
		parts = []string{credential}
	default:
		parts = []string{value}
		for cookie := range strings.SplitSeq(value, ";") {
			if name, content, ok := strings.Cut(strings.TrimSpace(cookie), "="); ok && !strings.ContainsAny(name, " \"{") {
				parts = append(parts, content)
			}
		}
	}
	for _, part := range slices.Clone(parts) {
		if pieces := strings.Split(part, "."); len(pieces) == 3 && strings.HasPrefix(part, "ey") {
			parts = append(parts, pieces...)
		}
	}
	return parts
}

// IsCredential goes by a header's name, because a value does not say that it is a secret.
func IsCredential(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{"auth", "token", "secret", "key", "cookie", "password", "credential", "session"}, func(mark string) bool {
		return strings.Contains(name, mark)
	})
}

// Text returns the text with Mark for every secret.
func (r *Redactor) Text(text string) string {
	if r == nil {
		return text
	}
	known := r.known.Load()
	if known == nil {
		return text
	}
	redacted, _ := known.replace(text, true)
	return redacted
}

// Header returns a copy of the header with Mark for the value of every credential and for every secret in the others.
func (r *Redactor) Header(header http.Header) http.Header {
	redacted := http.Header{}
	for name, values := range header {
		name = r.Text(name)
		for _, value := range values {
			if IsCredential(name) && !strings.EqualFold(name, "WWW-Authenticate") {
				value = Mark
			}
			redacted[name] = append(redacted[name], r.Text(value))
		}
	}
	return redacted
}
