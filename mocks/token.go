package mocks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// tokenClaims are the claims of a bearer token (RFC 9068): a JWT that the system signs for itself with HS256.
type tokenClaims struct {
	// Subject is the client, Audience the FHIR base that the token is for.
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	// Scope is what it allows, as SMART App Launch writes it: "system/*.read".
	Scope string `json:"scope"`
	// Patient is the id of the one Patient whose records it opens; "" for no such limit.
	Patient string `json:"patient,omitempty"`
}

// everyScope is what a client is allowed that asks for no scope.
const everyScope = "system/*.*"

// algorithms of tokens: the one with which they are signed, and none, which only a defect takes.
const signedAlgorithm, noAlgorithm = "HS256", "none"

// makeToken signs claims. Only this system reads them.
func (g *guard) makeToken(claims tokenClaims) string {
	text := tokenText(signedAlgorithm, claims)
	return text + "." + base64.RawURLEncoding.EncodeToString(g.sign(text))
}

// tokenText is the header and the claims of a token.
func tokenText(algorithm string, claims tokenClaims) string {
	part := func(v any) string {
		text, _ := json.Marshal(v) // texts and a number
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]string{"alg": algorithm, "typ": "at+jwt"}) + "." + part(claims)
}

func (g *guard) sign(text string) []byte {
	mac := hmac.New(sha256.New, g.auth.Key)
	_, _ = mac.Write([]byte(text)) // a hash never fails to write
	return mac.Sum(nil)
}

// readToken checks a token and returns what it says.
func (g *guard) readToken(c *call, token string) (tokenClaims, error) {
	foreign := errors.New("it was not given out here")
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return tokenClaims{}, foreign
	}
	var header struct {
		Algorithm string `json:"alg"`
	}
	var claims tokenClaims
	if decodePart(parts[0], &header) != nil || decodePart(parts[1], &claims) != nil {
		return tokenClaims{}, foreign
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	signed := err == nil && header.Algorithm == signedAlgorithm &&
		(hmac.Equal(signature, g.sign(parts[0]+"."+parts[1])) || c.lax(func(h hooks) bool { return h.skipsSignature }))
	unsigned := header.Algorithm == noAlgorithm && c.lax(func(h hooks) bool { return h.takesUnsigned })
	switch {
	case !signed && !unsigned:
		return tokenClaims{}, foreign
	case !time.Unix(claims.Expires, 0).After(g.tokenTime()) && !c.lax(func(h hooks) bool { return h.takesExpired }):
		return tokenClaims{}, errors.New("it has expired")
	case claims.Audience != g.base && !c.lax(func(h hooks) bool { return h.skipsAudience }):
		return tokenClaims{}, errors.New("it is for somebody else")
	}
	return claims, nil
}

// permits reports whether a scope (SMART App Launch, version 1 or 2) allows to read, or to write, resources of a type, ""
// for all.
func permits(scope, resourceType string, write bool) bool {
	return slices.ContainsFunc(strings.Fields(scope), func(word string) bool {
		_, what, _ := strings.Cut(word, "/")
		kind, access, ok := strings.Cut(what, ".")
		access, _, _ = strings.Cut(access, "?")
		if !ok || kind != "*" && kind != resourceType {
			return false
		}
		switch {
		case access == "*":
			return true
		case write:
			return access == "write" || access != "read" && strings.ContainsAny(access, "cud")
		default:
			return access == "read" || access != "write" && strings.ContainsAny(access, "rs")
		}
	})
}

// typeAsked is the resource type that a URL is about, "" for none.
func typeAsked(u *url.URL) string {
	at, err := parseTarget(basePath, u)
	if err != nil || len(at.segments) == 0 {
		return ""
	}
	return at.segments[0]
}

// writes reports whether a request would change something.
func writes(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return false
	case http.MethodPost:
		return !strings.HasSuffix(r.URL.Path, "/_search")
	default:
		return true
	}
}
