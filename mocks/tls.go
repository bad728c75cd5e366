package mocks

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
)

// TLSConfig is how the system serves TLS with a certificate: TLS 1.2 or later, HTTP/1.1. With clientCAs, a client's
// certificate must come from one of them and be in date, or the handshake fails; a client that shows none is refused by
// the answer (Auth.ClientCertificate). While the defect that ignores certificates is in force, any will do.
func (s *Server) TLSConfig(certificate tls.Certificate, clientCAs *x509.CertPool) *tls.Config {
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
	lax := strict.Clone()
	lax.ClientAuth = tls.RequestClientCert
	front := strict.Clone()
	front.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
		if ignoresCertificates(s.state.Load().defects) {
			return lax, nil
		}
		return strict, nil
	}
	return front
}

func ignoresCertificates(defects []activeDefect) bool {
	return slices.ContainsFunc(defects, func(d activeDefect) bool { return d.ignoresCertificate })
}

// admitCertificate checks a client's certificate and gives the name it is known by.
func (s *Server) admitCertificate(c *call) (name string, err error) {
	auth := s.options.Auth
	presented := c.request.TLS != nil && len(c.request.TLS.PeerCertificates) > 0
	if presented {
		name = c.request.TLS.PeerCertificates[0].Subject.CommonName
	}
	if !auth.ClientCertificate || ignoresCertificates(c.defects) {
		return name, nil
	}
	if !presented || len(c.request.TLS.VerifiedChains) == 0 {
		return "", fail(http.StatusForbidden, "security", "a client certificate is required")
	}
	if len(auth.CertificateNames) == 0 {
		return name, nil
	}
	for _, known := range certificateNames(c.request.TLS.PeerCertificates[0]) {
		if slices.Contains(auth.CertificateNames, known) {
			return known, nil
		}
	}
	return "", fail(http.StatusForbidden, "security", "the client certificate is for none of the names that may ask")
}

// certificateNames are the DNS names a certificate is for, and its common name.
func certificateNames(certificate *x509.Certificate) []string {
	return append(slices.Clone(certificate.DNSNames), certificate.Subject.CommonName)
}
