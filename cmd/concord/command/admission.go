package command

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"concord.example/concord/internal/auth"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/redact"
)

// userAgent names this program to a system.
func userAgent() string { return "concord/" + build().Version }

// admission is how a configured system lets Concord in: the proof of who asks, nil for none, and how its certificate is
// judged, nil for the machine's authorities.
func admission(s config.System, secrets *redact.Redactor) (exchange.Authorizer, *tls.Config, error) {
	secure, err := auth.TLSFiles{CA: s.TLS.CA, Certificate: s.TLS.Certificate, Key: s.TLS.Key}.Config()
	if err != nil {
		return nil, nil, fmt.Errorf("system %s: tls: %w", s.Name, err)
	}
	var proof exchange.Authorizer
	switch s.Auth.Type {
	case config.Bearer:
		proof = auth.Bearer(s.Auth.Token)
	case config.Basic:
		proof = auth.Basic(s.Auth.Username, s.Auth.Password)
	case config.APIKey:
		header := s.Auth.Header
		if header == "" {
			header = "X-API-Key"
		}
		proof = auth.APIKey(header, s.Auth.Key)
	case config.ClientCredentials:
		if proof, err = tokens(s, secure, secrets); err != nil {
			return nil, nil, err
		}
	}
	if proof == nil {
		return nil, secure, nil
	}
	// What is sent is known before it is: a Basic header spells a password in another way.
	header := http.Header{}
	if s.Auth.Type != config.ClientCredentials {
		if err := proof.Authorize(context.Background(), header); err != nil {
			return nil, nil, fmt.Errorf("system %s: auth: %w", s.Name, err)
		}
		for _, values := range header {
			if err := secrets.Add("system "+s.Name+": auth", values[0]); err != nil {
				return nil, nil, err
			}
		}
	}
	return proof, secure, nil
}

// tokens gets tokens as the configuration of a system says.
func tokens(s config.System, secure *tls.Config, secrets *redact.Redactor) (*auth.Tokens, error) {
	client := auth.Client{ID: s.Auth.ClientID, Secret: s.Auth.ClientSecret, Audience: s.Auth.Audience, Scope: s.Auth.Scope}
	if s.Auth.PrivateKey != "" {
		signer, err := auth.ReadSigner(s.Auth.PrivateKey, s.Auth.KeyID, s.Auth.Algorithm)
		if err != nil {
			return nil, fmt.Errorf("system %s: auth: %w", s.Name, err)
		}
		client.Signer = signer
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: secure, TLSHandshakeTimeout: 5 * time.Second}
	if s.ConnectTo != "" {
		// Where the token endpoint is the system's own, it is behind the same address.
		transport.Proxy = nil
		transport.DialContext = connectTo(s)
	}
	return auth.NewTokens(client, auth.Options{
		System: s.Name, BaseURL: s.BaseURL, TokenURL: s.Auth.TokenURL, Secrets: secrets,
		HTTP: &http.Client{Timeout: tokenTimeout, Transport: transport},
	})
}

// tokenTimeout is the deadline of a token endpoint.
const tokenTimeout = 10 * time.Second

// connectTo dials the configured address instead of that of the base URL, and every other as it is.
func connectTo(s config.System) func(context.Context, string, string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	own := exchange.HostPort(s.BaseURL)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == own {
			address = s.ConnectTo
		}
		return dialer.DialContext(ctx, network, address)
	}
}
