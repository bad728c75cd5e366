package hostile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"sync/atomic"
	"time"
)

// certificateFault is what is wrong with a server's certificate.
type certificateFault int

const (
	noCertificateFault certificateFault = iota
	expiredCertificate
	otherName
	unknownAuthority
	changingCertificate
	oldVersions
)

// certificateBehaviours are what is wrong with how a server proves who it is.
func certificateBehaviours() []Behaviour {
	row := func(name, title string, fault certificateFault) Behaviour {
		return Behaviour{Name: name, Theme: Transport, Kind: Fault, Title: title, Rule: "unreachable", hooks: func() hooks { return hooks{certificate: fault} }}
	}
	return []Behaviour{
		row("certificate-expired", "the certificate has expired", expiredCertificate),
		row("certificate-of-another-name", "the certificate is for another name", otherName),
		row("certificate-of-unknown-authority", "the certificate comes from an authority that nobody knows", unknownAuthority),
		row("certificate-changes", "the certificate is another one from the third connection on, from an authority that nobody knows", changingCertificate),
		row("tls-1-1-only", "only TLS 1.1 is spoken", oldVersions),
	}
}

// TLS makes the TLS configuration that the settings call for, for a server that is reached by the names (DNS names or IP
// addresses), and the authority that a client is to trust. Both are nil when no setting is about certificates.
func TLS(now time.Time, names []string, settings ...Setting) (*tls.Config, *x509.Certificate, error) {
	fault := noCertificateFault
	for _, setting := range settings {
		if behaviour, ok := Find(setting.Name); ok && behaviour.hooks().certificate != noCertificateFault {
			fault = behaviour.hooks().certificate
		}
	}
	if fault == noCertificateFault {
		return nil, nil, nil
	}
	known, err := newAuthority(now)
	if err != nil {
		return nil, nil, err
	}
	stranger, err := newAuthority(now)
	if err != nil {
		return nil, nil, err
	}
	issuer, from, until := known, now.Add(-time.Hour), now.Add(24*time.Hour)
	switch fault {
	case expiredCertificate:
		from, until = now.Add(-48*time.Hour), now.Add(-24*time.Hour)
	case otherName:
		names = []string{"another.example.test"}
	case unknownAuthority:
		issuer = stranger
	default:
	}
	good, err := issuer.issue(names, from, until)
	if err != nil {
		return nil, nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{good}}
	switch fault {
	case oldVersions:
		config.MinVersion, config.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
	case changingCertificate:
		other, err := stranger.issue(names, from, until)
		if err != nil {
			return nil, nil, err
		}
		var connections atomic.Int64
		config.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if connections.Add(1) > 2 {
				return &other, nil
			}
			return &good, nil
		}
		config.Certificates = nil
	default:
	}
	return config, known.certificate, nil
}

// authority issues certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of an authority: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Concord hostile authority"}, NotBefore: now.Add(-72 * time.Hour), NotAfter: now.Add(72 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	text, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate of an authority: %w", err)
	}
	certificate, err := x509.ParseCertificate(text)
	if err != nil {
		return nil, fmt.Errorf("read the certificate of an authority: %w", err)
	}
	return &authority{certificate, key}, nil
}

func (a *authority) issue(names []string, from, until time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the key of a server: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Concord hostile server"}, NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
			continue
		}
		template.DNSNames = append(template.DNSNames, name)
	}
	text, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the certificate of a server: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{text}, PrivateKey: key}, nil
}
