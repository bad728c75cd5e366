package check

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

// Uninvited reports whether who comes to a door is to be turned away.
func Uninvited(door string) bool {
	return door != DoorInvited && door != DoorPatient && door != DoorTokens
}
