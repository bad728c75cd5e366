package mocks

import (
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// privacyDefects are faults in who sees what, and in what is recorded about it.
func privacyDefects() []Defect {
	return []Defect{
		{
			ID: "D56", Family: "privacy", Severity: "S1",
			Title:  "a restricted patient's address leaks in the narrative",
			Breaks: "somebody who must not be found can be found",
			hooks: hooks{content: &contentHook{types: patientOnly(), when: restricted, applyIn: func(s *Server, _ *view, r fhir.Resource) bool {
				person, ok := s.store.ledger.PersonByID(identifierIn(r, fixtures.PersonSystem))
				if ok {
					r["text"] = map[string]any{"status": "generated", "div": `<div xmlns="http://www.w3.org/1999/xhtml">Lives at ` +
						person.Address.Line + ", " + person.Address.Town + " " + person.Address.Postcode + "</div>"}
				}
				return true
			}}},
		},
		{
			ID: "D57", Family: "privacy", Severity: "S1",
			Title:  "items of the excluded groups are shown",
			Breaks: "a fertility treatment, a sexual health visit, a termination or a gender reassignment is shown to everybody",
			hooks:  hooks{leaks: fixtures.SensitiveItem},
		},
		{
			ID: "D58", Family: "privacy", Severity: "S2",
			Title:  "items are withheld without a warning",
			Breaks: "a clinician believes to see everything",
			hooks:  hooks{hidesWithholding: true},
		},
		{
			ID: "D59", Family: "privacy", Severity: "S1",
			Title:  "an objection is honoured at home and ignored across the boundary",
			Breaks: "the neighbour shows what the patient asked not to be shared",
			hooks:  hooks{leaks: fixtures.Objection, leaksAcross: true},
		},
		{
			ID: "D60", Family: "privacy", Severity: "S2",
			Title:  "the national data opt-out blocks direct care",
			Breaks: "the record of somebody who opted out of research is hidden from those who treat them",
			hooks: hooks{content: &contentHook{types: clinicalTypes(), whenIn: func(s *Server, r fhir.Resource) bool {
				return r.Type() != "Consent" && s.optedOut(r)
			}, apply: withhold}},
		},
		{
			ID: "D61", Family: "privacy", Severity: "S1",
			Title:  "any bearer token is accepted",
			Breaks: "an expired, forged or replayed token opens the record",
			hooks:  hooks{acceptsAnyToken: true, atTheDoor: true},
		},
		{
			ID: "D62", Family: "privacy", Severity: "S1",
			Title:  "the client certificate is not asked for",
			Breaks: "anybody on the network opens the record",
			hooks:  hooks{ignoresCertificate: true, atTheDoor: true},
		},
		{
			ID: "D63", Family: "privacy", Severity: "S1",
			Title:  "access across the boundary is not audited",
			Breaks: "nobody can say who in the other record has looked at a patient",
			hooks:  hooks{unaudited: true},
		},
		{
			ID: "D128", Family: "privacy", Severity: "S1",
			Title:  "the audit trail names the system that asked instead of the user",
			Breaks: "nobody can say which person has looked at a patient, only that somebody at an organisation did",
			hooks:  hooks{hidesUser: true},
		},
		{
			ID: "D64", Family: "privacy", Severity: "S3",
			Title:  "request and correlation ids do not come back",
			Breaks: "the two sides' logs of one request cannot be joined",
			hooks: hooks{reply: func(_ *call, a *reply) {
				for _, name := range mirrored() {
					a.header.Del(name)
				}
			}},
		},
		{
			ID: "D124", Family: "privacy", Severity: "S1",
			Title:  "what must not be shown is left out of lists only",
			Breaks: "whoever kept the id or the identifier of an item still reads it after the patient has objected",
			hooks:  hooks{findsWithheld: true},
		},
	}
}

// restricted reports whether a resource carries the confidentiality label R.
func restricted(r fhir.Resource) bool {
	for _, label := range r.Objects("meta", "security") {
		if label["code"] == "R" {
			return true
		}
	}
	return false
}

// optedOut reports whether the person a resource is about has set the national data opt-out, which either system may
// hold.
func (s *Server) optedOut(r fhir.Resource) bool {
	patient, ok := s.store.patientOf(r)
	if !ok {
		return false
	}
	person, ok := s.store.ledger.PersonByID(identifierIn(patient, fixtures.PersonSystem))
	return ok && slices.ContainsFunc(s.store.ledger.FactsOf(person), func(fact fixtures.Fact) bool {
		return fact.Kind == fixtures.Consent && fact.Agreement.Scope == "research"
	})
}
