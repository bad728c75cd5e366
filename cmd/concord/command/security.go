package command

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"time"

	"concord.example/concord/internal/auth"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
)

// securityOf is how the security of a configured system is asked, nil where nothing of it is in scope. proof and secure are
// how it lets Concord in.
func securityOf(s config.System, proof exchange.Authorizer, secure *tls.Config) (*suites.Security, error) {
	topics := s.Security.Topics()
	if len(topics) == 0 {
		return nil, nil //nolint:nilnil // nothing is in scope
	}
	d := doors{s: s, all: map[string]exchange.Target{}}
	d.open(check.DoorInvited, s.Header(), proof, secure)
	if err := d.tokens(proof, secure); err != nil {
		return nil, fmt.Errorf("system %s: security: %w", s.Name, err)
	}
	if err := d.certificates(proof, secure); err != nil {
		return nil, fmt.Errorf("system %s: security: %w", s.Name, err)
	}
	return &suites.Security{Scope: topics, Doors: d.all, Own: s.Security.Patient.NHSNumber, Other: s.Security.Patient.Other}, nil
}

// doors are the ways of asking one system.
type doors struct {
	s   config.System
	all map[string]exchange.Target
}

func (d *doors) open(door string, header http.Header, proof exchange.Authorizer, secure *tls.Config) {
	d.all[door] = exchange.Target{BaseURL: d.s.BaseURL, ConnectTo: d.s.ConnectTo, Header: header, Auth: proof, TLS: secure}
}

// tokens opens the doors at which the proof of who asks is missing or wrong.
func (d *doors) tokens(proof exchange.Authorizer, secure *tls.Config) error {
	if proof == nil {
		// What stands in the headers may be a proof, and is altered as one.
		header := d.s.Header()
		if header.Get("Authorization") == "" {
			return nil
		}
		proof = auth.APIKey("Authorization", header.Get("Authorization"))
	}
	plain := d.s.Header()
	plain.Del("Authorization")
	d.open(check.DoorNoToken, plain, nil, secure)
	d.open(check.DoorTampered, plain, auth.Altered(proof, auth.Tampered), secure)
	d.open(check.DoorUnsigned, plain, auth.Altered(proof, auth.Unsigned), secure)
	given := d.s.Security.Tokens
	for _, one := range []struct {
		door, name, token string
		expired           bool
	}{
		{check.DoorExpired, "tokens.expired", given.Expired, true},
		{check.DoorAudience, "tokens.otherAudience", given.OtherAudience, false},
		{check.DoorScope, "tokens.otherScope", given.OtherScope, false},
		{check.DoorPatient, "patient.token", d.s.Security.Patient.Token, false},
	} {
		if one.token == "" {
			continue
		}
		// Refused for another reason than the one that is asked about, it would prove nothing.
		if until, known := auth.Expiry(one.token); known && until.Before(time.Now()) != one.expired {
			state := map[bool]string{true: "it has not expired yet", false: "it has expired"}[one.expired]
			return fmt.Errorf("%s: %s (exp %s), so that its refusal would prove nothing; give another", one.name, state, until.UTC().Format(time.RFC3339))
		}
		d.open(one.door, plain, auth.Bearer(one.token), secure)
	}
	return d.tokenEndpoint(secure)
}

// tokenEndpoint opens the token endpoint, where the client signs or shows a secret.
func (d *doors) tokenEndpoint(secure *tls.Config) error {
	a := d.s.Auth
	if a.Type == config.ClientCredentials && a.ClientSecret != "" && a.TokenURL != "" {
		for _, show := range suites.SecretDoors(auth.Client{ID: a.ClientID, Secret: a.ClientSecret, Scope: a.Scope}, d.s.Security.Tokens.OtherClient) {
			target := exchange.Target{BaseURL: a.TokenURL, TLS: secure, Fill: show.Fill}
			if show.Proof != nil {
				target.Auth = show.Proof
			}
			if exchange.HostPort(a.TokenURL) == exchange.HostPort(d.s.BaseURL) {
				target.ConnectTo = d.s.ConnectTo
			}
			d.all[show.Door] = target
		}
	}
	if a.Type != config.ClientCredentials || a.PrivateKey == "" || a.TokenURL == "" {
		return nil
	}
	signer, err := auth.ReadSigner(a.PrivateKey, a.KeyID, a.Algorithm)
	if err != nil {
		return err
	}
	target := exchange.Target{
		BaseURL: a.TokenURL, TLS: secure,
		Fill: auth.NewAssertions(auth.Client{ID: a.ClientID, Signer: signer, Audience: a.Audience, Scope: a.Scope}, a.TokenURL, time.Now).Fill,
	}
	if exchange.HostPort(a.TokenURL) == exchange.HostPort(d.s.BaseURL) {
		target.ConnectTo = d.s.ConnectTo
	}
	d.all[check.DoorTokens] = target
	return nil
}

// certificates opens the doors at which the client certificate is missing or wrong, and the one with an old TLS.
func (d *doors) certificates(proof exchange.Authorizer, secure *tls.Config) error {
	header := d.s.Header()
	if strings.HasPrefix(d.s.BaseURL, "https:") {
		d.open(check.DoorOldTLS, header, proof, auth.OldTLS(secure))
	}
	if d.s.TLS.Certificate == "" {
		return nil
	}
	d.open(check.DoorNoCert, header, proof, auth.Presenting(secure, nil))
	stranger, err := auth.SelfIssued("concord")
	if err != nil {
		return err
	}
	d.open(check.DoorStranger, header, proof, auth.Presenting(secure, &stranger))
	given := d.s.Security.Certificates
	for _, one := range []struct {
		door string
		pair config.KeyPair
	}{{check.DoorOldCert, given.Expired}, {check.DoorOtherName, given.OtherName}} {
		if one.pair.Certificate == "" {
			continue
		}
		pair, err := tls.LoadX509KeyPair(one.pair.Certificate, one.pair.Key)
		if err != nil {
			return fmt.Errorf("certificate %s and key %s are no pair: %w", one.pair.Certificate, one.pair.Key, err)
		}
		if old := pair.Leaf != nil && pair.Leaf.NotAfter.Before(time.Now()); old != (one.door == check.DoorOldCert) {
			return fmt.Errorf("certificate %s: it is wrong in another thing than the one that is asked about (in date: %t), so that its refusal would prove nothing", one.pair.Certificate, !old)
		}
		d.open(one.door, header, proof, auth.Presenting(secure, &pair))
	}
	return nil
}

// sentAsIs is what a form is filled with where nothing is sent.
func sentAsIs(_ context.Context, form string) (string, error) { return form, nil }
