package mocks

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// planDefects are faults in documents, appointments, plans and alerts: what scenarios look at and no other rule does.
func planDefects() []Defect {
	return []Defect{
		{
			ID: "D80", Family: "plan", Severity: "S1",
			Title:  "a document's bytes are changed on the way",
			Breaks: "the letter that is read is not the letter that was written",
			hooks: hooks{content: &contentHook{types: document(), when: portable, apply: func(r fhir.Resource) bool {
				return eachAttachment(r, func(attachment map[string]any) {
					content, err := base64.StdEncoding.DecodeString(fhir.Text(attachment["data"]))
					if err == nil {
						attachment["data"] = base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(string(content), "Helvetica", "Courier  ")))
					}
				})
			}}},
		},
		{
			ID: "D81", Family: "plan", Severity: "S2",
			Title:  "clinics that never happened are shown as attended",
			Breaks: "a clinic that was cancelled or missed looks as if the patient had been seen",
			hooks:  hooks{content: &contentHook{types: []string{"Appointment"}, when: status("cancelled", "noshow"), apply: setStatus("fulfilled")}},
		},
		{
			ID: "D82", Family: "plan", Severity: "S2",
			Title:  "an appointment loses its referral",
			Breaks: "nobody can tell which referral was answered, or that it was",
			hooks: hooks{content: &contentHook{types: []string{"Appointment"}, when: has("basedOn"), apply: func(r fhir.Resource) bool {
				delete(r, "basedOn")
				return true
			}}},
		},
		{
			ID: "D83", Family: "plan", Severity: "S2",
			Title:  "a care plan loses its review date",
			Breaks: "a plan that should have been looked at again is followed as if it were new",
			hooks: hooks{content: &contentHook{types: []string{"CarePlan"}, when: has("activity"), apply: func(r fhir.Resource) bool {
				delete(r, "activity")
				return true
			}}},
		},
		{
			ID: "D84", Family: "plan", Severity: "S2",
			Title:  "a carer has no telephone number",
			Breaks: "nobody can ring the person who looks after the patient at home",
			hooks: hooks{content: &contentHook{types: []string{"RelatedPerson"}, when: has("telecom"), apply: func(r fhir.Resource) bool {
				delete(r, "telecom")
				return true
			}}},
		},
		{
			ID: "D85", Family: "plan", Severity: "S1",
			Title:  "a superseded document is shown as current",
			Breaks: "an ambulance crew follows wishes that the patient has changed",
			hooks:  hooks{content: &contentHook{types: document(), when: status("superseded"), apply: setStatus("current")}},
		},
		{
			ID: "D86", Family: "plan", Severity: "S1",
			Title:  "a safeguarding alert is shown to every role",
			Breaks: "somebody at a reception desk learns that a child is at risk, and so may those who put it there",
			hooks:  hooks{ignoresRoles: true},
		},
		{
			ID: "D87", Family: "plan", Severity: "S2",
			Title:  "what a practice feeds to both records is shown twice",
			Breaks: "one prescription looks like two",
			hooks: hooks{matches: func(c *call, _ *query, found []match) []match {
				var doubled []match
				for _, m := range found {
					doubled = append(doubled, m)
					if provider, ok := c.server.store.ledger.Provider(sourceODS(m.resource)); ok && provider.AlsoFeeds != "" {
						doubled = append(doubled, match{resource: c.server.sameUnderOtherID(m.resource)})
					}
				}
				return doubled
			}},
		},
		{
			ID: "D88", Family: "plan", Severity: "S1",
			Title:  "a date of birth is a day away",
			Breaks: "a person is not recognised, or is taken for another",
			hooks: hooks{content: &contentHook{
				types: patientOnly(),
				whenIn: func(s *Server, r fhir.Resource) bool {
					story, ok := s.store.ledger.Story("P34")
					return ok && len(r.Text("birthDate")) == len(time.DateOnly) && identifierIn(r, fixtures.PersonSystem) == story.Person().ID
				},
				apply: func(r fhir.Resource) bool {
					born, err := time.Parse(time.DateOnly, r.Text("birthDate"))
					if err == nil {
						r["birthDate"] = born.AddDate(0, 0, 1).Format(time.DateOnly)
					}
					return true
				},
			}},
		},
		{
			ID: "D89", Family: "plan", Severity: "S2",
			Title:  "the label of the source is lost",
			Breaks: "nobody can tell which shared record an entry came from",
			hooks: hooks{content: &contentHook{types: []string{"Encounter"}, sweep: true, apply: func(r fhir.Resource) bool {
				meta, ok := r["meta"].(map[string]any)
				if ok {
					meta["tag"] = slices.DeleteFunc(slices.Clone(fhir.List(meta["tag"])), func(tag any) bool {
						return fhir.Text(fhir.Get(tag, "system")) == fixtures.SourceLabelSystem
					})
				}
				return true
			}}},
		},
	}
}

func document() []string { return []string{"DocumentReference"} }

// portable reports whether a document is a PDF.
func portable(r fhir.Resource) bool {
	return r.Text("content", "attachment", "contentType") == "application/pdf"
}

func eachAttachment(r fhir.Resource, change func(map[string]any)) bool {
	for _, content := range r.Objects("content") {
		if attachment, ok := content["attachment"].(map[string]any); ok {
			change(attachment)
		}
	}
	return true
}

// sameUnderOtherID is a copy that differs in its id alone.
func (s *Server) sameUnderOtherID(resource fhir.Resource) fhir.Resource {
	copied := resource.Clone()
	id := resource.ID()
	copied["id"] = id[:len(id)-1] + otherDigit(id[len(id)-1])
	return copied
}
