package exchange

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
)

// place is a URL that may be asked, and what may be sent there.
type place struct {
	url *url.URL
	// credentials says that the place is part of the system under test: only there go the configured headers, the proof of
	// who asks, and a client certificate.
	credentials bool
}

// ElsewhereError says that a URL leads out of the system under test, where nothing is sent.
type ElsewhereError struct {
	// To is where it leads, without what could be a credential; Why says what is wrong with that.
	To, Why string
}

// Error says both.
func (e *ElsewhereError) Error() string { return "refused to send: " + e.To + " " + e.Why }

// LongestURL is how long a URL may be that is asked, in bytes. Servers take 8 or 16 KB.
const LongestURL = 64 << 10

// resolve decides whether a URL may be asked at all and with which credentials. It is the only place where that is decided,
// for what a check asks and for what a link, a Location or a fullUrl of an answer says alike:
//
//   - a URL relative to the base, or below the base on the same origin: with credentials;
//   - the same origin outside the base: only when the system is asked without credentials, because another tenant may
//     be there;
//   - another scheme, host or port, a URL with a user or a password, or one that is longer than LongestURL: never.
//
// Redirects are not followed: they are answers.
func (t *target) resolve(text string) (place, error) {
	if len(text) > LongestURL {
		return place{}, &ElsewhereError{To: Printable(text), Why: "is longer than any server takes"}
	}
	u, err := url.Parse(text)
	if err != nil {
		// Its message repeats the URL.
		return place{}, errors.New("the URL cannot be read")
	}
	switch {
	case u.User != nil:
		return place{}, &ElsewhereError{To: Printable(text), Why: "holds a user or a password, which the system under test does not have in its URLs"}
	case u.Opaque != "":
		return place{}, &ElsewhereError{To: Printable(text), Why: "is not a URL of the system under test"}
	case u.Scheme == "" && u.Host == "" && !(strings.HasPrefix(u.Path, "/") && below(t.base, u)):
		// Relative to the base.
		if u, err = url.Parse(t.root + "/" + strings.TrimPrefix(text, "/")); err != nil {
			return place{}, errors.New("the URL cannot be read")
		}
	default:
		// Absolute, or from the root of the host as some servers write their links (RFC 3986, 4.2).
		u = t.base.ResolveReference(u)
	}
	if origin(u) != origin(t.base) {
		return place{}, &ElsewhereError{To: u.Scheme + "://" + u.Host, Why: fmt.Sprintf("is not the system under test (%s://%s)", t.base.Scheme, t.base.Host)}
	}
	// As the base is written, so that no proxy on the way sees another name.
	u.Scheme, u.Host, u.Fragment, u.RawFragment = t.base.Scheme, t.base.Host, "", ""
	if below(t.base, u) {
		return place{u, true}, nil
	}
	if t.guarded() {
		return place{}, &ElsewhereError{To: Printable(u.String()), Why: "is outside the base URL " + t.root + ", where no credentials are sent"}
	}
	return place{u, false}, nil
}

// guarded reports whether anything is sent to the system that another must not see.
func (t *target) guarded() bool {
	return len(t.Header) > 0 || t.Auth != nil || t.TLS != nil && len(t.TLS.Certificates) > 0
}

// origin is what two URLs of one system have in common (RFC 6454).
func origin(u *url.URL) string {
	scheme, host, port := strings.ToLower(u.Scheme), strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return scheme + "://" + host + ":" + port
}

// below reports whether a path lies at or below the base, whoever reads it: also one that undoes escapes before it walks up.
func below(base, u *url.URL) bool {
	root := strings.TrimSuffix(base.Path, "/")
	for _, seen := range []string{u.Path, unescaped(u.Path)} {
		// A backslash is a slash to some servers.
		walked := path.Clean("/" + strings.ReplaceAll(seen, `\`, "/"))
		if walked != path.Clean("/"+root) && !strings.HasPrefix(walked, strings.TrimSuffix(path.Clean("/"+root), "/")+"/") {
			return false
		}
		for part := range strings.SplitSeq(strings.ReplaceAll(seen, `\`, "/"), "/") {
			if name, _, _ := strings.Cut(part, ";"); name == ".." {
				return false
			}
		}
	}
	return true
}

// unescaped undoes escapes until none is left.
func unescaped(text string) string {
	for range 4 {
		once, err := url.PathUnescape(text)
		if err != nil || once == text {
			return text
		}
		text = once
	}
	return text
}

// Printable is a URL that an endpoint or a person wrote, without its user, password and query, and not longer than a reader
// needs. It need not be one that can be read.
func Printable(text string) string {
	if scheme, rest, ok := strings.Cut(text, "//"); ok {
		authority, behind, _ := strings.Cut(rest, "/")
		if at := strings.LastIndexByte(authority, '@'); at >= 0 {
			authority = authority[at+1:]
		}
		text = scheme + "//" + authority
		if len(rest) > len(authority) && strings.Contains(rest, "/") {
			text += "/" + behind
		}
	}
	text, _, _ = strings.Cut(text, "?")
	text, _, _ = strings.Cut(text, "#")
	return Clip(text, longestPrinted)
}

const longestPrinted = 300

// Clip cuts a text that an endpoint wrote to what a reader needs, so many bytes; the rest is in the recorded exchange.
func Clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
