package mocks

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"time"
)

// TLSConfig is how the system serves TLS with a certificate: TLS 1.2 or later, HTTP/1.1. With clientCAs, a client's
// certificate must come from one of them and be in date, or the handshake fails; a client that shows none is refused by
// the answer (Auth.ClientCertificate). While the defect that ignores certificates is in force, any will do.
func (s *Server) TLSConfig(certificate tls.Certificate, clientCAs *x509.CertPool) *tls.Config {
	return s.door.tlsConfig(certificate, clientCAs)
}

func (g *guard) tlsConfig(certificate tls.Certificate, clientCAs *x509.CertPool) *tls.Config {
	g.authorities = clientCAs
	strict := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		// HTTP/2 has no connection of its own for each request, which a fault could drop.
		NextProtos: []string{"http/1.1"},
	}
	if clientCAs == nil {
		return strict
	}
	strict.ClientCAs, strict.ClientAuth = clientCAs, tls.VerifyClientCertIfGiven
	front := strict.Clone()
	front.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		c := &call{defects: g.defects(g.server.state.Load())}
		which := strict
		if c.lax(func(h hooks) bool { return h.ignoresCertificate || h.takesOldCertificates || h.takesStrangers }) {
			which = which.Clone()
			which.ClientAuth = tls.RequestClientCert // admitCertificate looks at it
		}
		if c.lax(func(h hooks) bool { return h.speaksOldTLS }) {
			which = which.Clone()
			which.MinVersion = tls.VersionTLS10
		}
		return which, nil
	}
	return front
}

// admitCertificate checks a client's certificate and gives the name it is known by.
func (g *guard) admitCertificate(c *call) (name string, err error) {
	presented := c.request.TLS != nil && len(c.request.TLS.PeerCertificates) > 0
	if presented {
		name = c.request.TLS.PeerCertificates[0].Subject.CommonName
	}
	if !g.auth.ClientCertificate || c.lax(func(h hooks) bool { return h.ignoresCertificate }) {
		return name, nil
	}
	switch {
	case !presented:
		if c.lax(func(h hooks) bool { return h.needsNoCertificate }) {
			return "", nil
		}
		return "", fail(http.StatusForbidden, "security", "a client certificate is required")
	case len(c.request.TLS.VerifiedChains) == 0 && !g.verifies(c, c.request.TLS.PeerCertificates[0]):
		return "", fail(http.StatusForbidden, "security", "a client certificate is required that is in date and from an authority that is trusted")
	case len(g.auth.CertificateNames) == 0, c.lax(func(h hooks) bool { return h.takesAnyName }):
		return name, nil
	}
	for _, known := range certificateNames(c.request.TLS.PeerCertificates[0]) {
		if slices.Contains(g.auth.CertificateNames, known) {
			return known, nil
		}
	}
	return "", fail(http.StatusForbidden, "security", "the client certificate is for none of the names that may ask")
}

// verifies checks a certificate that the handshake has left unchecked, because of a defect that is in force or was.
func (g *guard) verifies(c *call, certificate *x509.Certificate) bool {
	if g.authorities == nil {
		return false
	}
	now := time.Now()
	if c.lax(func(h hooks) bool { return h.takesStrangers }) {
		return now.Before(certificate.NotAfter)
	}
	if c.lax(func(h hooks) bool { return h.takesOldCertificates }) {
		now = certificate.NotBefore.Add(time.Second)
	}
	_, err := certificate.Verify(x509.VerifyOptions{Roots: g.authorities, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	return err == nil
}

// certificateNames are the DNS names a certificate is for, and its common name.
func certificateNames(certificate *x509.Certificate) []string {
	return append(slices.Clone(certificate.DNSNames), certificate.Subject.CommonName)
}
