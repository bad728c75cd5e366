package security

import (
	"context"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Checks lists the checks of the security suite.
func Checks() check.Catalogue {
	type ask = func(context.Context, *check.Env) ([]result.Finding, error)
	from := func(id, source string) []result.Ref { return []result.Ref{{ID: id, Source: source}} }
	row := func(level result.Level, topic, id, title, hazard, fix string, requirement []result.Ref, run ask) check.Check {
		return check.Check{
			ID: id, Suite: "security", Topic: topic, Level: level, Scope: check.PerSystem, AnyData: true, Title: title, Requirement: requirement, Hazard: hazard, Fix: fix, Run: run,
		}
	}
	const must, should = result.Must, result.Should
	bearer := from("RFC 6750 3", "RFC 6750: The OAuth 2.0 Bearer Token Usage, 3 and 3.1")
	jwt := from("RFC 8725 3", "RFC 8725: JSON Web Token Best Current Practices, 3.1 to 3.9")
	mutual := from("GPC-TLS-MA", "GP Connect: security, Spine Secure Proxy TLS mutual authentication; RFC 5280 6")
	disclosed := from("CWE-209", "CWE-209: error message with sensitive information")
	door := "Check the token before anything else, on every interaction: read, search by GET and search by POST."
	return check.Catalogue{
		row(must, check.TopicTokens, "SEC-TOKEN-NONE", "a request without a token is refused",
			"Anybody on the network opens every record.", door, bearer, turnedAway(check.DoorNoToken, "without a token", false)),
		row(must, check.TopicTokens, "SEC-TOKEN-EXPIRED", "a token that has expired is refused",
			"Whoever had access once keeps it: somebody who left still opens records.", "Compare exp with the present, with a minute's leeway at most.", jwt,
			turnedAway(check.DoorExpired, "with a token that has expired", false)),
		row(must, check.TopicTokens, "SEC-TOKEN-AUDIENCE", "a token for another system is refused",
			"Whoever may ask one system opens the records of every other.", "Compare aud with the own base URL.", jwt, turnedAway(check.DoorAudience, "with a token for another system", false)),
		row(must, check.TopicTokens, "SEC-TOKEN-SCOPE", "a token of another scope opens no records",
			"A program that may read a directory reads records.", "Compare the scope with the type and the interaction on each request; answer 403.",
			from("SMART-SCOPES", "SMART App Launch 2.2: Scopes and Launch Context"), turnedAway(check.DoorScope, "with a token whose scope does not allow it", true)),
		row(must, check.TopicTokens, "SEC-TOKEN-SIGNATURE", "a token with a wrong signature is refused",
			"Anybody can write a token and open every record.", "Verify the signature with the key of the issuer before anything in the token is believed.", jwt,
			turnedAway(check.DoorTampered, "with a tampered token", false)),
		row(must, check.TopicTokens, "SEC-TOKEN-UNSIGNED", "a token without a signature (alg none) is refused",
			"Anybody can write a token and open every record.", "Allow the algorithms that the issuer uses, by name, and never none.", jwt,
			turnedAway(check.DoorUnsigned, "with a token without a signature", false)),
		row(must, check.TopicTokens, "SEC-TOKEN-401", "a request without a token gets 401 and WWW-Authenticate",
			"A client cannot tell that it needs a token, and shows an empty record or an error.", `Answer 401 with WWW-Authenticate: Bearer realm="…".`,
			append(bearer, result.Ref{ID: "RFC 9110 11.6.1", Source: "RFC 9110 11.6.1 WWW-Authenticate"}), challenge),
		row(must, check.TopicTokens, "SEC-ASSERTION-001", "the token endpoint takes no assertion that has expired, is for somebody else, or is not signed by the client",
			"Anybody who knows a client's name gets its tokens.", "Check alg, kid, signature, iss, sub, aud and exp of every assertion.",
			from("RFC 7523 3", "RFC 7523: JWT Profile for OAuth 2.0 Client Authentication, 3"), assertions),
		row(must, check.TopicTokens, "SEC-ASSERTION-REPLAY", "the token endpoint takes an assertion once",
			"Whoever overhears an assertion gets a token of their own.", "Keep each jti until its exp, and refuse it a second time.",
			from("SMART-BACKEND-JTI", "SMART App Launch 2.2: Client Authentication: Asymmetric, jti; NHS England API platform: signed JWT authentication"), replay),
		row(must, check.TopicTokens, "SEC-SECRET-001", "the token endpoint gives no token to a client that does not show its own secret",
			"Anybody who knows a client's name gets its tokens.", "Compare the secret with the one of the client that is named, in whatever way it is shown; answer 401 and invalid_client.",
			from("RFC 6749 2.3.1", "RFC 6749: The OAuth 2.0 Authorization Framework, 2.3.1 and 3.2.1"), secrets),
		row(must, check.TopicCertificates, "SEC-CERT-NONE", "a client without a certificate is turned away",
			"Anybody on the network reaches the record.", "Require a client certificate in the handshake, on every address.", mutual, turnedAway(check.DoorNoCert, "without a client certificate", false)),
		row(must, check.TopicCertificates, "SEC-CERT-EXPIRED", "a client certificate that has expired is turned away",
			"A system that was taken out of service still opens records.", "Check the dates of client certificates.", mutual, turnedAway(check.DoorOldCert, "with a client certificate that has expired", false)),
		row(must, check.TopicCertificates, "SEC-CERT-AUTHORITY", "a client certificate of an unknown authority is turned away",
			"Anybody can make a certificate and connect.", "Trust the agreed authorities for client certificates, and no other.", mutual,
			turnedAway(check.DoorStranger, "with a client certificate of another authority", false)),
		row(must, check.TopicCertificates, "SEC-CERT-NAME", "a client certificate for another name is turned away",
			"Any organisation with a certificate connects in the place of another.", "Compare the names in the certificate with those of the systems that may connect.", mutual,
			turnedAway(check.DoorOtherName, "with a client certificate for another name", false)),
		row(must, check.TopicTLS, "SEC-TLS-001", "TLS below 1.2 is not spoken",
			"What is sent can be read, or changed, on the way.", "Switch off TLS 1.0 and 1.1, and serve nothing without TLS.", from("RFC 8996", "RFC 8996: Deprecating TLS 1.0 and TLS 1.1"), oldTLS),
		row(must, check.TopicCaching, "SEC-CACHE-001", "no cache may keep records or tokens",
			"The record of one person is left on a shared computer, or given to the next one who asks.", "Send Cache-Control: no-store with every answer about a person, and with every token.",
			from("RFC 9111 5.2.2.5", "RFC 9111 5.2.2.5 no-store; RFC 6749 5.1"), notStored),
		row(must, check.TopicDisclosure, "SEC-TRACE-001", "no refusal shows the inside of the program",
			"Whoever looks for a way in is told where to look.", "Refuse with an OperationOutcome that says what is wrong with the request, and log the rest.", disclosed, insideShown),
		row(should, check.TopicDisclosure, "SEC-VERSION-001", "no answer names the version of the software",
			"Whoever looks for a way in knows which faults to try.", "Take the version out of Server and X-Powered-By, and out of error pages.",
			from("CWE-200", "CWE-200: exposure of sensitive information; OWASP ASVS 14.3"), versionShown),
		row(must, check.TopicDisclosure, "SEC-NUMBER-URL", "no URL that the system writes holds an NHS number",
			"The number is left in the logs and histories of everybody on the way.", "Give Patients ids that say nothing, and use those in every URL.",
			from("CWE-598", "CWE-598: sensitive information in a URL; FHIR R4 6.1.0 security"), numberInURL),
		row(must, check.TopicDisclosure, "SEC-NUMBER-ERROR", "no error repeats an NHS number",
			"The number is left in the error logs of everybody on the way.", "Say which parameter is wrong, and not its value.", disclosed, numberRepeated),
		row(must, check.TopicDisclosure, "SEC-SAME-001", "who is refused learns nothing about whom they asked for",
			"Whoever tries numbers learns who is a patient here, also somebody who must not be found.", "Refuse before anybody is looked for, with the same words for all.",
			from("CWE-204", "CWE-204: observable response discrepancy; FHIR R4 6.1.0.8 (security: access denied)"), sameForAll),
		row(must, check.TopicIsolation, "SEC-PATIENT-001", "a token for one patient opens nobody else's records",
			"A patient reads the record of somebody else.", "Hold every interaction to the patient that the token names: reads, searches, $everything.",
			from("SMART-PATIENT", "SMART App Launch 2.2: patient-level scopes"), onePatient),
		row(must, check.TopicAudit, "SEC-AUDIT-ACCESS", "every access is written down as an AuditEvent",
			"Nobody can say who has looked at a patient.", "Write an AuditEvent with the ids of the request for every read and search.",
			from("IHE-BALP", "IHE Basic Audit Log Patterns: Patient Read; FHIR R4 6.1.0 security (audit logging)"), accessAudited),
		row(must, check.TopicAudit, "SEC-AUDIT-REFUSAL", "every refusal is written down as an AuditEvent",
			"Nobody notices that somebody is trying to get in.", "Write an AuditEvent with outcome 4 or 8 and the ids of the request for every refusal.",
			from("IHE-BALP-DENIED", "IHE Basic Audit Log Patterns; ISO 27789 (audit trails for electronic health records)"), refusalAudited),
	}
}
