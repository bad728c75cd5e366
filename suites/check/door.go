package check

import "strings"

// Doors are the ways of asking a system whose security is in scope: with the right proof of who asks, and with proofs each of
// which is wrong in one thing.
type Doors struct {
	// Scope are the topics that the owner put in scope.
	Scope []string
	// Ways are the ways that can be tried, by the name of the door.
	Ways map[string]*Endpoint
	// Own and Other are the NHS numbers of the person whose records the token of DoorPatient opens, and of somebody else.
	Own, Other string
}

// The topics of security that an owner may put in scope.
const (
	TopicTokens       = "tokens"
	TopicCertificates = "certificates"
	TopicTLS          = "tls"
	TopicCaching      = "caching"
	TopicDisclosure   = "disclosure"
	TopicIsolation    = "isolation"
	TopicAudit        = "audit"
)

// Topics lists the topics of security.
func Topics() []string {
	return []string{TopicTokens, TopicCertificates, TopicTLS, TopicCaching, TopicDisclosure, TopicIsolation, TopicAudit}
}

// The doors. At DoorInvited everything is right, and at DoorPatient too, but that the token opens one patient's records alone.
// DoorTokens is the token endpoint. At each of the others one thing is wrong.
const (
	DoorInvited   = "invited"
	DoorPatient   = "one-patient"
	DoorTokens    = "token-endpoint"
	DoorNoToken   = "no-token"
	DoorExpired   = "expired-token"
	DoorAudience  = "token-for-another-audience"
	DoorScope     = "token-of-another-scope"
	DoorTampered  = "tampered-token"
	DoorUnsigned  = "unsigned-token"
	DoorNoCert    = "no-certificate"
	DoorOldCert   = "expired-certificate"
	DoorStranger  = "certificate-of-another-authority"
	DoorOtherName = "certificate-for-another-name"
	DoorOldTLS    = "old-tls"
)

// How a client shows its secret at a token endpoint (RFC 6749 2.3.1), and what is wrong with it: SecretOther shows the own secret with the
// name of another client.
const (
	SecretInHeader = "header"
	SecretInForm   = "form"

	SecretRight = "right"
	SecretWrong = "wrong"
	SecretNone  = "none"
	SecretOther = "other-client"
)

// DoorSecret is the token endpoint, to which a client shows its secret in one of the two ways.
func DoorSecret(how, wrong string) string { return DoorTokens + "-by-secret-" + how + "-" + wrong }

// GivesTokens reports whether a door is a token endpoint.
func GivesTokens(door string) bool { return strings.HasPrefix(door, DoorTokens) }

// Uninvited reports whether who comes to a door is to be turned away.
func Uninvited(door string) bool {
	return door != DoorInvited && door != DoorPatient && !GivesTokens(door)
}
