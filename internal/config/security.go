package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
)

// Security says what of a system's security its owner puts in scope, and gives the proofs that only the owner has. Nothing is
// asked about security where Scope is empty.
type Security struct {
	// Scope are topics: tokens, certificates, tls, caching, disclosure, isolation, audit; or all.
	Scope []string `yaml:"scope"`
	// Tokens are bearer tokens that are wrong in one thing each; Concord makes the others from the right one.
	Tokens WrongTokens `yaml:"tokens"`
	// Certificates are client certificates that are wrong in one thing each; one of an unknown authority Concord makes itself.
	Certificates WrongCertificates `yaml:"certificates"`
	// Patient is a token that opens one patient's records.
	Patient PatientToken `yaml:"patient"`
}

// WrongTokens are bearer tokens that must be refused.
type WrongTokens struct {
	// Expired has expired, OtherAudience is for another system, OtherScope allows no records of patients. But for that each is
	// right.
	Expired       string `yaml:"expired"`
	OtherAudience string `yaml:"otherAudience"`
	OtherScope    string `yaml:"otherScope"`
	// OtherClient is the id of another client of the token endpoint, which must not get a token for Concord's secret.
	OtherClient string `yaml:"otherClient"`
}

// WrongCertificates are client certificates that must be turned away.
type WrongCertificates struct {
	// Expired has expired, OtherName is for a name that may not connect. Both are from an authority that the system trusts.
	Expired   KeyPair `yaml:"expired"`
	OtherName KeyPair `yaml:"otherName"`
}

// KeyPair are PEM files of a certificate and its key.
type KeyPair struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// PatientToken is a token for one patient.
type PatientToken struct {
	Token string `yaml:"token"`
	// NHSNumber is the patient's, Other that of somebody else whom the system shows.
	NHSNumber string `yaml:"nhsNumber"`
	Other     string `yaml:"other"`
}

// SecurityTopics are what may stand in Security.Scope besides all.
func SecurityTopics() []string {
	return []string{"tokens", "certificates", "tls", "caching", "disclosure", "isolation", "audit"}
}

// Topics are the topics in scope, in their own order.
func (s Security) Topics() []string {
	var topics []string
	for _, topic := range SecurityTopics() {
		if slices.Contains(s.Scope, topic) || slices.Contains(s.Scope, "all") {
			topics = append(topics, topic)
		}
	}
	return topics
}

// expand replaces variables. Tokens are secrets.
func (s *Security) expand(e *expansion) {
	for name, text := range map[string]*string{
		"security.certificates.expired.certificate": &s.Certificates.Expired.Certificate, "security.certificates.expired.key": &s.Certificates.Expired.Key,
		"security.certificates.otherName.certificate": &s.Certificates.OtherName.Certificate, "security.certificates.otherName.key": &s.Certificates.OtherName.Key,
		"security.tokens.otherClient": &s.Tokens.OtherClient, "security.patient.nhsNumber": &s.Patient.NHSNumber, "security.patient.other": &s.Patient.Other,
	} {
		*text = e.plain(name, *text)
	}
	for name, text := range map[string]*string{
		"security.tokens.expired": &s.Tokens.Expired, "security.tokens.otherAudience": &s.Tokens.OtherAudience, "security.tokens.otherScope": &s.Tokens.OtherScope,
		"security.patient.token": &s.Patient.Token,
	} {
		*text = e.secret(name, *text)
	}
}

// problems says what is impossible about the scope and what was given for it.
func (s Security) problems() (failed []error) {
	fail := func(format string, args ...any) { failed = append(failed, fmt.Errorf(format, args...)) }
	for _, topic := range s.Scope {
		if topic != "all" && !slices.Contains(SecurityTopics(), topic) {
			fail("security.scope: %q is none of %s and all", topic, strings.Join(SecurityTopics(), ", "))
		}
	}
	given := s
	given.Scope = nil
	if len(s.Scope) == 0 && (given.Tokens != (WrongTokens{}) || given.Certificates != (WrongCertificates{}) || given.Patient != (PatientToken{})) {
		failed = append(failed, errors.New("security.scope: it is empty, so nothing is asked about security; name topics, or all"))
	}
	for _, pair := range []struct {
		name string
		KeyPair
	}{{"expired", s.Certificates.Expired}, {"otherName", s.Certificates.OtherName}} {
		if (pair.Certificate == "") != (pair.Key == "") {
			fail("security.certificates.%s: certificate and key go together", pair.name)
		}
	}
	if p := s.Patient; p != (PatientToken{}) {
		if p.Token == "" || p.NHSNumber == "" || p.Other == "" || p.NHSNumber == p.Other {
			failed = append(failed, errors.New("security.patient: token, nhsNumber and other go together, and the two numbers are of two people"))
		}
		for name, number := range map[string]string{"nhsNumber": p.NHSNumber, "other": p.Other} {
			if number != "" && (fhir.CheckNHSNumber(number) != nil || !fhir.InTestRange(number)) {
				fail("security.patient.%s: it is no NHS number from the test range 999 000 0000 to 999 999 9999", name)
			}
		}
	}
	slices.SortFunc(failed, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return failed
}
