package auth_test

import (
	"net/http"
	"strings"
	"testing"

	"concord.example/concord/internal/auth"
)

// signed is a JWT with the algorithm HS256, exp 1 and a signature that nobody checks here.
const signed = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2lnbmF0dXJl"

func TestATamperedCredentialDiffersAndAJWTKeepsItsClaims(t *testing.T) {
	for _, credential := range []string{signed, "abcdefgh", "AAAA"} {
		wrong, err := auth.Tampered(credential)
		if err != nil || wrong == credential || len(wrong) != len(credential) {
			t.Errorf("%s becomes %s, %v", credential, wrong, err)
		}
	}
	if wrong, _ := auth.Tampered(signed); !strings.HasPrefix(wrong, signed[:strings.LastIndexByte(signed, '.')+1]) {
		t.Errorf("the claims changed: %s", wrong)
	}
	if _, err := auth.Tampered("x"); err == nil {
		t.Error("a credential of one character is changed")
	}
}

func TestAnUnsignedTokenSaysSoAndAnOpaqueOneHasNoSignatureToLeaveOut(t *testing.T) {
	wrong, err := auth.Unsigned(signed)
	if err != nil || wrong != "eyJhbGciOiJub25lIn0.eyJleHAiOjF9." {
		t.Errorf("%s, %v", wrong, err)
	}
	for _, opaque := range []string{"abcdefgh", "a.b", "a.b.c"} {
		if wrong, err := auth.Unsigned(opaque); err == nil {
			t.Errorf("%s becomes %s", opaque, wrong)
		}
	}
}

func TestTheEndOfATokenIsKnownWhereItSaysSo(t *testing.T) {
	if until, known := auth.Expiry(signed); !known || until.Unix() != 1 {
		t.Errorf("%v, %t", until, known)
	}
	if _, known := auth.Expiry("opaque"); known {
		t.Error("an opaque token says when it ends")
	}
}

func TestAnAlteredProofKeepsItsScheme(t *testing.T) {
	header := http.Header{}
	if err := auth.Altered(auth.Bearer(signed), auth.Unsigned).Authorize(t.Context(), header); err != nil || !strings.HasPrefix(header.Get("Authorization"), "Bearer eyJhbGciOiJub25lIn0.") {
		t.Errorf("%v, %v", header, err)
	}
	header = http.Header{}
	if err := auth.Altered(auth.APIKey("X-API-Key", "abcdefgh"), auth.Tampered).Authorize(t.Context(), header); err != nil || header.Get("X-Api-Key") == "abcdefgh" || header.Get("X-Api-Key") == "" {
		t.Errorf("%v, %v", header, err)
	}
}

func FuzzUnsigned(f *testing.F) {
	f.Add(signed)
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if wrong, err := auth.Unsigned(token); err == nil && !strings.HasSuffix(wrong, ".") {
			t.Errorf("%q keeps a signature: %q", token, wrong)
		}
		auth.Expiry(token)
		_, _ = auth.Tampered(token)
	})
}
