package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"concord.example/concord/internal/exchange"
)

// soon is how long before its end a certificate is spoken of.
const soon = 30 * 24 * time.Hour

// network finds out how far a connection gets.
func (e *examination) network(ctx context.Context) {
	base, err := url.Parse(e.target.BaseURL)
	if err != nil { // NewClient has read it
		return
	}
	address := exchange.HostPort(e.target.BaseURL)
	if e.target.ConnectTo != "" {
		address = e.target.ConnectTo
	} else if through := proxy(base); through != "" {
		for _, probe := range []string{DNS, TCP} {
			e.step(probe, func() Line { return skipped("asked through the proxy %s", through) })
		}
		e.step(TLS, func() Line {
			return skipped("asked through the proxy %s; a certificate that is wrong shows at metadata", through)
		})
		return
	}
	host, _, _ := net.SplitHostPort(address)
	e.step(DNS, func() Line { return e.resolve(ctx, host) })
	e.step(TCP, func() Line { return e.dial(ctx, address) })
	e.step(TLS, func() Line { return e.handshake(ctx, base, address) })
}

// proxy is where requests to the base go first, "" for nowhere else.
func proxy(base *url.URL) string {
	through, err := http.ProxyFromEnvironment(&http.Request{URL: base})
	if err != nil || through == nil {
		return ""
	}
	return through.Host
}

func (e *examination) resolve(ctx context.Context, host string) Line {
	if net.ParseIP(host) != nil {
		return skipped("%s is an address", host)
	}
	ctx, cancel := context.WithTimeout(ctx, e.options.Timeout)
	defer cancel()
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	var unknown *net.DNSError
	switch {
	case errors.As(err, &unknown) && unknown.IsNotFound:
		return failed("check the spelling of baseURL, and whether the name is known outside a VPN or a private network; connectTo dials an address instead",
			"nobody knows the name %s", host)
	case err != nil:
		return failed("check the name server of this machine, and its network", "the name %s could not be looked up: %v", host, err)
	}
	return ok("%s is %s", host, strings.Join(found[:min(len(found), 3)], ", "))
}

func (e *examination) dial(ctx context.Context, address string) Line {
	ctx, cancel := context.WithTimeout(ctx, e.options.Timeout)
	defer cancel()
	connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return failed("check the port in baseURL, and that the endpoint is running", "nobody listens at %s: the connection is refused", address)
	case errors.As(err, &timeout) && timeout.Timeout():
		return failed("ask for this machine's address to be let through the firewall, or check VPN and port",
			"%s does not answer within %v: packets are dropped on the way", address, e.options.Timeout)
	case err != nil:
		return failed("check baseURL and the network", "%s cannot be reached: %s", address, cause(err))
	}
	_ = connection.Close() // it was there, which is all that was asked
	return ok("%s answers", address)
}

func (e *examination) handshake(ctx context.Context, base *url.URL, address string) Line {
	if base.Scheme == "http" {
		if host := base.Hostname(); host == "localhost" || net.ParseIP(host).IsLoopback() {
			return skipped("http on this machine")
		}
		return warning("use https: whatever is sent, tokens included, can be read on the way", "none: baseURL is http")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if e.target.TLS != nil {
		config = e.target.TLS.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = base.Hostname()
	}
	config.Time = e.options.Now
	ctx, cancel := context.WithTimeout(ctx, e.options.Timeout)
	defer cancel()
	connection, err := (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", address)
	if err != nil {
		return e.unsafe(err, config.ServerName, address)
	}
	defer func() { _ = connection.Close() }() // nothing was sent
	secure, ok := connection.(*tls.Conn)
	if !ok {
		return failed("report it: this build of Concord is wrong", "the connection is not one with TLS")
	}
	return e.certificate(secure.ConnectionState(), config)
}

// certificate judges what a handshake that succeeded has shown.
func (e *examination) certificate(state tls.ConnectionState, config *tls.Config) Line {
	leaf := state.PeerCertificates[0]
	said := fmt.Sprintf("%s, certificate by %s, in force until %s", tls.VersionName(state.Version), shown(leaf.Issuer.String()), leaf.NotAfter.UTC().Format(time.DateOnly))
	now := e.options.Now()
	if len(config.Certificates) > 0 {
		own, err := x509.ParseCertificate(config.Certificates[0].Certificate[0])
		switch {
		case err != nil:
			return failed("give another tls.certificate", "the client certificate cannot be read: %v", err)
		case now.After(own.NotAfter):
			return failed("have the client certificate renewed, and give it as tls.certificate and tls.key",
				"the client certificate expired on %s", own.NotAfter.UTC().Format(time.DateOnly))
		case now.Add(soon).After(own.NotAfter):
			return warning("have it renewed before it ends", "%s; the client certificate ends on %s", said, own.NotAfter.UTC().Format(time.DateOnly))
		}
		said += fmt.Sprintf("; client certificate until %s", own.NotAfter.UTC().Format(time.DateOnly))
	}
	if now.Add(soon).After(leaf.NotAfter) {
		return warning("tell the supplier to renew it before it ends", "%s", said)
	}
	return ok("%s", said)
}

// unsafe says why a handshake failed.
func (e *examination) unsafe(err error, name, address string) Line {
	var (
		invalid   x509.CertificateInvalidError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		plain     tls.RecordHeaderError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if e.options.Now().Before(invalid.Cert.NotBefore) {
			return failed("check this machine's clock; if it is right, the supplier must give out a certificate that is in force",
				"its certificate is in force only from %s", invalid.Cert.NotBefore.UTC().Format(time.RFC3339))
		}
		return failed("the supplier must renew it; if it is in force, check this machine's clock",
			"its certificate expired on %s", invalid.Cert.NotAfter.UTC().Format(time.RFC3339))
	case errors.As(err, &authority):
		return failed("give the authority's certificate as tls.ca (PEM); if the authority is a public one, the supplier must send the intermediate certificates too",
			"its certificate is signed by an authority that is not trusted here: %s", shown(issuer(authority.Cert)))
	case errors.As(err, &hostname):
		return failed("use a name of the certificate in baseURL, with connectTo for the address, or have a certificate made for the name",
			"its certificate is not for %s; it is for %s", name, shown(strings.Join(hostname.Certificate.DNSNames, ", ")))
	case errors.As(err, &plain):
		return failed("check scheme and port in baseURL: this port speaks http, or another protocol", "%s does not speak TLS", address)
	case errors.As(err, &timeout) && timeout.Timeout():
		return failed("check the port: something there takes connections and says nothing", "%s does not answer the handshake within %v", address, e.options.Timeout)
	case refusedCertificate(err):
		return failed("give the client certificate that the supplier knows as tls.certificate and tls.key", "the system refuses the connection: %s", cause(err))
	case strings.Contains(err.Error(), "protocol version"):
		return failed("the supplier must offer TLS 1.2 or 1.3", "it offers no version of TLS that is safe: %s", cause(err))
	}
	return failed("show this to the supplier", "the handshake failed: %s", cause(err))
}

func issuer(certificate *x509.Certificate) string {
	if certificate == nil {
		return "unknown"
	}
	return certificate.Issuer.String()
}

// refusedCertificate reports whether an error is the alert of a system that wants a client certificate, or another one. The
// library has no type for it.
func refusedCertificate(err error) bool {
	for _, alert := range []string{"certificate required", "bad certificate", "unknown certificate authority", "handshake failure"} {
		if strings.Contains(err.Error(), "remote error: tls: "+alert) {
			return true
		}
	}
	return false
}

// cause is the innermost message of an error, short.
func cause(err error) string {
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Err != nil && operation.Op != "remote error" {
		err = operation.Err
	}
	return shown(err.Error())
}
