package command

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/redact"
	"concord.example/concord/mocks"
)

// authOptions are the flags of concord mock about who may ask, and about how it asks its neighbour.
type authOptions struct {
	certificate, key         string
	clientCA                 string
	clientNames, clients     []string
	peerCA, peerCert, peerKy string
	peerClient               string
	life                     time.Duration
}

func (a *authOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&a.certificate, "tls-cert", "", "serve TLS with this certificate (PEM)")
	f.StringVar(&a.key, "tls-key", "", "private key of --tls-cert (PEM)")
	f.StringVar(&a.clientCA, "client-ca", "", "require client certificates of these authorities (PEM)")
	f.StringArrayVar(&a.clientNames, "client-name", nil, "DNS name, or common name, that a client certificate must have (repeatable; default any)")
	f.StringArrayVar(&a.clients, "client", nil, "require tokens, and give them to this client: id=ID,secret=env:NAME or secret=file:PATH, or id=ID,kid=KID,key=PATH\n"+
		"with an RSA or P-384 public key (repeatable; the neighbour's id is its name, ccr or ohc)")
	f.DurationVar(&a.life, "token-life", 5*time.Minute, "how long the tokens last that --client gets")
	f.StringVar(&a.peerCA, "peer-ca", "", "authorities of the neighbour's certificate (PEM; default the machine's)")
	f.StringVar(&a.peerCert, "peer-cert", "", "client certificate to show the neighbour (PEM)")
	f.StringVar(&a.peerKy, "peer-key", "", "private key of --peer-cert (PEM)")
	f.StringVar(&a.peerClient, "peer-client", "", "client to be at the neighbour: as --client, with the RSA private key")
}

// scheme is https when the mock serves TLS; the neighbour is taken to do as the mock does.
func (a *authOptions) scheme() string {
	if a.certificate != "" {
		return "https://"
	}
	return "http://"
}

// apply fills in what the flags say, and makes known what is a secret among it. secure makes a server's TLS configuration; it
// is nil without TLS.
func (a *authOptions) apply(o *mocks.Options, secrets *redact.Redactor) (secure func(*mocks.Server) *tls.Config, err error) {
	if secure, err = a.listening(o); err != nil {
		return nil, err
	}
	if a.life < time.Second {
		return nil, fmt.Errorf("--token-life %v is less than a second", a.life)
	}
	for _, text := range a.clients {
		client, err := readClient(text)
		if err != nil {
			return nil, fmt.Errorf("--client %w", err)
		}
		if err := secrets.Add("--client "+client.ID, client.Secret); err != nil {
			return nil, err
		}
		o.Auth.Clients = append(o.Auth.Clients, client)
	}
	if len(o.Auth.Clients) > 0 {
		// The ledger's clock stands still, and a client's does not.
		if o.Auth.Clock = o.Clock; o.Auth.Clock == nil {
			o.Auth.Clock = time.Now
		}
		o.Auth.Lifetime = a.life
		o.Auth.Neighbour = fixtures.Peer(o.System)
		o.Auth.Key = make([]byte, 32)
		_, _ = rand.Read(o.Auth.Key) // it never fails
	}
	if err := a.asking(o); err != nil || o.Credentials == nil {
		return secure, err
	}
	return secure, secrets.Add("--peer-client "+o.Credentials.ClientID, o.Credentials.Secret)
}

// listening reads the flags about the mock's own TLS.
func (a *authOptions) listening(o *mocks.Options) (func(*mocks.Server) *tls.Config, error) {
	if a.certificate == "" && a.key == "" {
		if a.clientCA != "" || len(a.clientNames) > 0 {
			return nil, errors.New("client certificates need TLS: give --tls-cert and --tls-key too")
		}
		return nil, nil
	}
	certificate, err := tls.LoadX509KeyPair(a.certificate, a.key)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert %q and --tls-key %q are no pair: %w", a.certificate, a.key, err)
	}
	var clientCAs *x509.CertPool
	if a.clientCA != "" {
		if clientCAs, err = authorities("--client-ca", a.clientCA); err != nil {
			return nil, err
		}
		o.Auth.ClientCertificate, o.Auth.CertificateNames = true, a.clientNames
	} else if len(a.clientNames) > 0 {
		return nil, errors.New("--client-name needs --client-ca")
	}
	return func(server *mocks.Server) *tls.Config { return server.TLSConfig(certificate, clientCAs) }, nil
}

// asking reads the flags about how the neighbour is asked.
func (a *authOptions) asking(o *mocks.Options) error {
	if a.peerCA != "" || a.peerCert != "" || a.peerKy != "" {
		o.PeerTLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if a.peerCA != "" {
		pool, err := authorities("--peer-ca", a.peerCA)
		if err != nil {
			return err
		}
		o.PeerTLS.RootCAs = pool
	}
	if a.peerCert != "" || a.peerKy != "" {
		certificate, err := tls.LoadX509KeyPair(a.peerCert, a.peerKy)
		if err != nil {
			return fmt.Errorf("--peer-cert %q and --peer-key %q are no pair: %w", a.peerCert, a.peerKy, err)
		}
		o.PeerTLS.Certificates = []tls.Certificate{certificate}
	}
	if a.peerClient == "" {
		return nil
	}
	credentials, err := readCredentials(a.peerClient)
	if err != nil {
		return fmt.Errorf("--peer-client %w", err)
	}
	o.Credentials = &credentials
	return nil
}

// authorities reads certificates of authorities.
func authorities(flag, path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s %s holds no certificate in PEM form", flag, path)
	}
	return pool, nil
}

// clientText is a client as the flags take it.
type clientText struct{ id, secret, kid, key string }

func parseClient(text string) (c clientText, err error) {
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		switch {
		case value == "":
			// No echo: it may be a secret.
			return c, fmt.Errorf("%q: a part has no value", c.id)
		case name == "id":
			c.id = value
		case name == "kid":
			c.kid = value
		case name == "key":
			c.key = value
		case name == "secret":
			if c.secret, err = readSecret(value); err != nil {
				return c, fmt.Errorf("%q: %w", c.id, err)
			}
		default:
			return c, fmt.Errorf("%q: a part is none of id, secret, kid and key", c.id)
		}
	}
	if c.id == "" || (c.secret == "") == (c.key == "") {
		return c, fmt.Errorf("%q: want id=ID with either secret=env:NAME, secret=file:PATH or key=PATH", c.id)
	}
	if c.kid == "" {
		c.kid = c.id
	}
	return c, nil
}

// readSecret takes a secret from where other users of the machine cannot see it. It never repeats what it was given.
func readSecret(from string) (string, error) {
	if name, ok := strings.CutPrefix(from, "env:"); ok {
		if secret := os.Getenv(name); secret != "" {
			return secret, nil
		}
		return "", fmt.Errorf("the environment variable %s is empty", name)
	}
	path, ok := strings.CutPrefix(from, "file:")
	if !ok {
		return "", errors.New("a secret on the command line can be seen by others: use secret=env:NAME or secret=file:PATH")
	}
	text, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if err != nil {
		return "", fmt.Errorf("read the secret: %w", err)
	}
	secret := strings.TrimSpace(string(text))
	if secret == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return secret, nil
}

func readClient(text string) (mocks.Client, error) {
	c, err := parseClient(text)
	if err != nil {
		return mocks.Client{}, err
	}
	client := mocks.Client{ID: c.id, Secret: c.secret}
	if c.key == "" {
		return client, nil
	}
	block, err := readPEM(c.key)
	if err != nil {
		return mocks.Client{}, fmt.Errorf("%q: %w", c.id, err)
	}
	parsed, err := x509.ParsePKIXPublicKey(block)
	if err != nil {
		if parsed, err = x509.ParsePKCS1PublicKey(block); err != nil {
			return mocks.Client{}, fmt.Errorf("%q: %s holds no public key: %w", c.id, c.key, err)
		}
	}
	switch parsed.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
	default:
		return mocks.Client{}, fmt.Errorf("%q: %s is neither an RSA key, which RS384 and RS512 need, nor one on P-384 for ES384", c.id, c.key)
	}
	client.Keys = map[string]crypto.PublicKey{c.kid: parsed}
	return client, nil
}

func readCredentials(text string) (mocks.Credentials, error) {
	c, err := parseClient(text)
	if err != nil {
		return mocks.Credentials{}, err
	}
	credentials := mocks.Credentials{ClientID: c.id, Secret: c.secret}
	if c.key == "" {
		return credentials, nil
	}
	block, err := readPEM(c.key)
	if err != nil {
		return mocks.Credentials{}, fmt.Errorf("%q: %w", c.id, err)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block)
	if err != nil {
		if parsed, err = x509.ParsePKCS1PrivateKey(block); err != nil {
			return mocks.Credentials{}, fmt.Errorf("%q: %s holds no private key", c.id, c.key)
		}
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return mocks.Credentials{}, fmt.Errorf("%q: %s is not an RSA key, which RS512 needs", c.id, c.key)
	}
	credentials.Key, credentials.KeyID = key, c.kid
	return credentials, nil
}

func readPEM(path string) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not in PEM form", path)
	}
	return block.Bytes, nil
}
