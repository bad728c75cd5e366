package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// assertionType is the client_assertion_type of a signed JWT (RFC 7523, 2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionLife is how long an assertion is good for: below the five minutes that SMART Backend Services and the NHS API
// platform allow, because clocks differ.
const assertionLife = 2 * time.Minute

// Signer signs assertions of who a client is.
type Signer struct {
	signer jose.Signer
	// Algorithm is RS384, RS512 or ES384; KeyID the kid.
	Algorithm, KeyID string
}

// NewSigner returns a Signer for a key: an RSA key signs RS384 or RS512, one on P-384 ES384. An empty algorithm means RS384
// or ES384, which SMART asks for; the NHS API platform wants RS512.
func NewSigner(key any, keyID, algorithm string) (*Signer, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if algorithm == "" {
			algorithm = string(jose.RS384)
		}
		if algorithm != string(jose.RS384) && algorithm != string(jose.RS512) {
			return nil, fmt.Errorf("an RSA key cannot sign %s", algorithm)
		}
		if key.N.BitLen() < 2048 {
			return nil, fmt.Errorf("the RSA key has %d bits, and at least 2048 are asked for (RFC 7518, 3.3)", key.N.BitLen())
		}
	case *ecdsa.PrivateKey:
		if algorithm == "" {
			algorithm = string(jose.ES384)
		}
		if algorithm != string(jose.ES384) || key.Curve != elliptic.P384() {
			return nil, fmt.Errorf("an elliptic key on %s cannot sign %s: only one on P-384 signs ES384", key.Curve.Params().Name, algorithm)
		}
	default:
		return nil, fmt.Errorf("a %T signs none of RS384, RS512 and ES384", key)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.SignatureAlgorithm(algorithm), Key: jose.JSONWebKey{Key: key, KeyID: keyID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("sign with key %s: %w", keyID, err)
	}
	return &Signer{signer: signer, Algorithm: algorithm, KeyID: keyID}, nil
}

// ReadSigner is NewSigner for a private key in a PEM file (PKCS #8, PKCS #1 or SEC 1).
func ReadSigner(path, keyID, algorithm string) (*Signer, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the person who runs Concord names the file
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	key, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("private key %s: %w", path, err)
	}
	signer, err := NewSigner(key, keyID, algorithm)
	if err != nil {
		return nil, fmt.Errorf("private key %s: %w", path, err)
	}
	return signer, nil
}

func parseKey(text []byte) (any, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
			return nil, errors.New("it is encrypted, and nobody can be asked for its password; decrypt it first")
		}
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			return key, nil
		}
		if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return key, nil
		}
		if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
			return key, nil
		}
	}
	return nil, errors.New("it holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)")
}

// Assertion signs who a client is, for use once: iss and sub are the client, aud who it is for, jti a UUID of its own.
func (s *Signer) Assertion(client, audience string, now time.Time) (string, error) {
	claims := jwt.Claims{
		Issuer: client, Subject: client, Audience: jwt.Audience{audience}, ID: NewUUID(),
		IssuedAt: jwt.NewNumericDate(now), Expiry: jwt.NewNumericDate(now.Add(assertionLife)),
	}
	// One audience is written as a text, not as a list: some token endpoints read nothing else.
	text, err := jwt.Signed(s.signer).Claims(claims).Claims(map[string]any{"aud": audience}).Serialize()
	if err != nil {
		return "", fmt.Errorf("sign the assertion of %s: %w", client, err)
	}
	return text, nil
}

// NewUUID returns a random UUID (RFC 9562, version 4).
func NewUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	x := hex.EncodeToString(b[:])
	return strings.Join([]string{x[:8], x[8:12], x[12:16], x[16:20], x[20:]}, "-")
}
