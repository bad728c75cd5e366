package mocks

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Guarded is a second way into a system, over TLS, that lets nobody in without a client certificate and a bearer token. It
// shows what the system shows and holds nothing of its own. Of the defects that are switched on in the system, only those of
// who is let in and what they are told show there.
type Guarded struct {
	// System is what the system is called, Part the part of the ledger that it holds, BaseURL the FHIR base that its tokens are for, TokenURL where it gives tokens out, and Address
	// the host:port that really listens.
	System, Part, BaseURL, TokenURL, Address string
	// SecretClient is a client that gets tokens for Secret, and OtherClient one that does not.
	SecretClient, Secret, OtherClient string

	guard *guard
	keys  doorKeys
}

// The names of proofs of who asks. Right is the one that is let in; each of the others is wrong in one thing.
const (
	Right         = "right"
	Expired       = "expired"
	OtherAudience = "other-audience"
	OtherScope    = "other-scope"
	OnePatient    = "one-patient"

	OtherAuthority = "other-authority"
	OtherName      = "other-name"
)

// guardedClient is the one client that a guarded way in knows, by its id, its kid and the name in its certificate.
const guardedClient = "concord.mock.test"

// secretClient and otherClient are two more, which show secrets.
const secretClient, otherClient = "concord-with-a-secret", "another-with-a-secret"

// doorKeys are what proves who asks at guarded ways in.
type doorKeys struct {
	roots        *x509.CertPool
	certificates map[string]tls.Certificate
	server       map[string]tls.Certificate
	signing      *ecdsa.PrivateKey
	token        []byte
	secret       string
}

// StartGuarded opens a guarded way into each system, on free loopback ports, until ctx ends or stop is called.
func StartGuarded(ctx context.Context, servers ...*Server) (ways []*Guarded, stop func(), err error) {
	keys, err := newDoorKeys(servers)
	if err != nil {
		return nil, nil, fmt.Errorf("guard the mock systems: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	listeners, err := listenAll(ctx, len(servers))
	if err != nil {
		cancel()
		return nil, nil, fmt.Errorf("guard the mock systems: %w", err)
	}
	var web []*http.Server
	for i, server := range servers {
		way := server.guarded(keys)
		way.Address = listeners[i].Addr().String()
		one := newHTTPServer(way.guard.handler())
		one.ErrorLog = quiet()
		listener := tls.NewListener(listeners[i], way.guard.tlsConfig(keys.server[server.System()], keys.roots))
		go func() { _ = one.Serve(listener) }() // it ends with ErrServerClosed
		ways, web = append(ways, way), append(web, one)
	}
	closed := context.AfterFunc(ctx, func() {
		for _, one := range web {
			_ = one.Close() // nobody asks any more
		}
	})
	return ways, func() {
		cancel()
		closed()
	}, nil
}

// guarded makes a way in that knows the keys.
func (s *Server) guarded(keys doorKeys) *Guarded {
	host := guardedHost(s.called)
	base := "https://" + host + basePath
	return &Guarded{
		System: s.called, Part: s.name, BaseURL: base, TokenURL: "https://" + host + tokenPath, keys: keys,
		SecretClient: secretClient, Secret: keys.secret, OtherClient: otherClient,
		guard: &guard{server: s, base: base, apart: true, authorities: keys.roots, auth: Auth{
			Clients: []Client{
				{ID: guardedClient, Keys: map[string]crypto.PublicKey{guardedClient: keys.signing.Public()}},
				{ID: secretClient, Secret: keys.secret},
				{ID: otherClient, Secret: rand.Text()},
			},
			Key: keys.token, ClientCertificate: true, CertificateNames: []string{guardedClient}, Neighbour: "nobody",
		}},
	}
}

// guardedMark is what the hosts of guarded ways in have in their names, and no other has.
const guardedMark = ".guarded.mock.test"

func guardedHost(system string) string { return system + guardedMark }

// defects are those that show at this way in.
func (g *guard) defects(now *state) []activeDefect {
	if !g.apart {
		return now.defects
	}
	return slices.DeleteFunc(slices.Clone(now.defects), func(d activeDefect) bool { return !d.atTheDoor })
}

// lead makes the URLs in an answer lead through this way in.
func (g *guard) lead(a *reply) {
	a.body = bytes.ReplaceAll(a.body, []byte(g.server.base), []byte(g.base))
	for _, values := range a.header {
		for i := range values {
			values[i] = strings.ReplaceAll(values[i], g.server.base, g.base)
		}
	}
}

// Client is the id of the client that may ask for tokens, which is also its kid, and the key that signs for it with ES384.
func (g *Guarded) Client() (id string, key *ecdsa.PrivateKey) { return guardedClient, g.keys.signing }

// Now is the time by which tokens and assertions expire.
func (g *Guarded) Now() time.Time { return g.guard.tokenTime() }

// Token is a bearer token: the right one, or one that is wrong in what its name says. One for a patient opens the records of
// the person with the NHS number.
func (g *Guarded) Token(name, nhsNumber string) string {
	claims := tokenClaims{Subject: guardedClient, Audience: g.guard.base, Expires: g.guard.tokenTime().Add(24 * time.Hour).Unix(), Scope: everyScope}
	switch name {
	case Expired:
		claims.Expires = g.guard.tokenTime().Add(-time.Hour).Unix()
	case OtherAudience:
		claims.Audience = "https://elsewhere" + guardedMark + basePath
	case OtherScope:
		claims.Scope = "system/Organization.read"
	case OnePatient:
		claims.Patient = g.guard.server.store.leading(numberKey(nhsNumber))
	}
	return g.guard.makeToken(claims)
}

// TLS is how the way in is connected to with a certificate of a name, "" for none.
func (g *Guarded) TLS(name string) *tls.Config {
	secure := &tls.Config{RootCAs: g.keys.roots, MinVersion: tls.VersionTLS12}
	if certificate, ok := g.keys.certificates[name]; ok {
		// Shown whatever authorities the system says it trusts.
		secure.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	}
	return secure
}

// newDoorKeys makes the keys and certificates of guarded ways in, for this process alone.
func newDoorKeys(servers []*Server) (doorKeys, error) {
	keys := doorKeys{roots: x509.NewCertPool(), certificates: map[string]tls.Certificate{}, server: map[string]tls.Certificate{}, token: make([]byte, 32), secret: rand.Text()}
	_, _ = rand.Read(keys.token) // it never fails
	var err error
	if keys.signing, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
		return keys, fmt.Errorf("make a key: %w", err)
	}
	own, err := newIssuer()
	if err != nil {
		return keys, err
	}
	stranger, err := newIssuer()
	if err != nil {
		return keys, err
	}
	keys.roots.AddCert(own.root)
	now := time.Now()
	for _, one := range []struct {
		as, name string
		issuer   issuer
		until    time.Time
	}{
		{Right, guardedClient, own, now.Add(24 * time.Hour)},
		{Expired, guardedClient, own, now.Add(-time.Hour)},
		{OtherAuthority, guardedClient, stranger, now.Add(24 * time.Hour)},
		{OtherName, "somebody-else.mock.test", own, now.Add(24 * time.Hour)},
	} {
		if keys.certificates[one.as], err = one.issuer.issue(one.name, one.until); err != nil {
			return keys, err
		}
	}
	for _, s := range servers {
		if keys.server[s.called], err = own.issue(guardedHost(s.called), now.Add(24*time.Hour)); err != nil {
			return keys, err
		}
	}
	return keys, nil
}

// issuer is an authority for certificates.
type issuer struct {
	root *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newIssuer() (issuer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return issuer{}, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Concord's mock authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return issuer{}, fmt.Errorf("make an authority: %w", err)
	}
	root, err := x509.ParseCertificate(der)
	return issuer{root, key}, err
}

// issue makes a certificate for a name that is good until a time.
func (i issuer) issue(name string, until time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make a key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, i.root, key.Public(), i.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("issue a certificate for %s: %w", strings.TrimSuffix(name, guardedMark), err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// quiet takes down nothing: that a handshake fails is what is asked for here.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
