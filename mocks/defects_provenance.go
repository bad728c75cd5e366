package mocks

import (
	"slices"

	"concord.example/concord/internal/fhir"
)

// provenanceDefects are faults in duplicates, corrections and sources.
func provenanceDefects() []Defect {
	return []Defect{
		{
			ID: "D49", Family: "provenance", Severity: "S2",
			Title:  "the neighbour's facts are shown twice, without a common identifier",
			Breaks: "one result looks like two",
			hooks: hooks{matches: func(c *call, q *query, found []match) []match {
				if q.resourceType != "Observation" {
					return found
				}
				var doubled []match
				for _, m := range found {
					doubled = append(doubled, m)
					if !m.own {
						doubled = append(doubled, match{resource: c.server.unlinkedCopy(m.resource)})
					}
				}
				return doubled
			}},
		},
		{
			ID: "D50", Family: "provenance", Severity: "S1",
			Title:  "two real results of one day are merged into one",
			Breaks: "the second of two blood pressures on one day is never shown",
			hooks: hooks{matches: func(_ *call, q *query, found []match) []match {
				if q.resourceType != "Observation" {
					return found
				}
				seen := map[string]bool{}
				return slices.DeleteFunc(slices.Clone(found), func(m match) bool {
					key := dayKey(m.resource)
					merged := key != "" && seen[key]
					seen[key] = true
					return merged
				})
			}},
		},
		{
			ID: "D51", Family: "provenance", Severity: "S1",
			Title:  "records entered in error are shown as live",
			Breaks: "something recorded about the wrong patient, and taken back, is acted on",
			hooks:  hooks{content: &contentHook{types: clinicalTypes(), when: enteredInError, apply: revive}},
		},
		{
			ID: "D52", Family: "provenance", Severity: "S1",
			Title:  "what is entered in error vanishes",
			Breaks: "nobody who has seen a wrong record learns that it was wrong",
			hooks:  hooks{vanishes: true},
		},
		{
			ID: "D53", Family: "provenance", Severity: "S1",
			Title:  "a refuted allergy is shown as confirmed",
			Breaks: "a patient is refused a medicine they can take",
			hooks: hooks{content: &contentHook{types: []string{"AllergyIntolerance"}, when: verification("refuted"), apply: func(r fhir.Resource) bool {
				r["verificationStatus"] = hl7("allergyintolerance-verification", "confirmed", "Confirmed")
				r["clinicalStatus"] = hl7("allergyintolerance-clinical", "active", "Active")
				return true
			}}},
		},
		{
			ID: "D54", Family: "provenance", Severity: "S2",
			Title:  "the aggregator is shown as the author",
			Breaks: "nobody can tell which organisation recorded a condition, measured a result or prescribed a medicine, or ring it",
			hooks: hooks{content: &contentHook{types: []string{"Condition", "MedicationRequest", "Observation"}, apply: func(r fhir.Resource) bool {
				if meta, ok := r["meta"].(map[string]any); ok {
					meta["source"] = "https://aggregator.concord.test/source"
					delete(meta, "tag")
				}
				return true
			}}},
		},
		{
			ID: "D55", Family: "provenance", Severity: "S3",
			Title:  "meta.profile names another version of the profile",
			Breaks: "a resource claims to conform to a UK Core release it was not built for",
			hooks: hooks{content: &contentHook{
				types: []string{"Condition"}, when: func(r fhir.Resource) bool { return r.Text("meta", "profile", 0) != "" },
				apply: func(r fhir.Resource) bool {
					r.Get("meta").(map[string]any)["profile"] = []any{r.Text("meta", "profile", 0) + "|1.0.0"} //nolint:forcetypeassert // when has seen it
					return true
				},
			}},
		},
	}
}

func hl7(system, code, display string) map[string]any {
	return map[string]any{"coding": []any{map[string]any{
		"system": "http://terminology.hl7.org/CodeSystem/" + system, "code": code, "display": display,
	}}}
}

func verification(code string) func(fhir.Resource) bool {
	return func(r fhir.Resource) bool { return r.Text("verificationStatus", "coding", "code") == code }
}

func enteredInError(r fhir.Resource) bool {
	return r.Text("status") == "entered-in-error" || verification("entered-in-error")(r)
}

// revive gives a resource that was entered in error the status of a live one.
func revive(r fhir.Resource) bool {
	switch r.Type() {
	case "AllergyIntolerance":
		r["verificationStatus"] = hl7("allergyintolerance-verification", "confirmed", "Confirmed")
		r["clinicalStatus"] = hl7("allergyintolerance-clinical", "active", "Active")
	case "Condition":
		r["verificationStatus"] = hl7("condition-ver-status", "confirmed", "Confirmed")
		r["clinicalStatus"] = hl7("condition-clinical", "active", "Active")
	default:
		live := map[string]string{
			"MedicationRequest": "active", "MedicationStatement": "active", "Immunization": "completed", "Encounter": "finished",
			"Procedure": "completed", "Specimen": "available", "DocumentReference": "current", "Flag": "active", "CarePlan": "active",
			"ServiceRequest": "active", "Appointment": "booked", "EpisodeOfCare": "active", "Consent": "active", "MedicationDispense": "completed",
			"MedicationAdministration": "completed", "Task": "accepted",
		}[r.Type()]
		if live == "" {
			live = "final"
		}
		r["status"] = live
	}
	return true
}

// dayKey is the same for two Observations with one code, one subject and one day.
func dayKey(r fhir.Resource) string {
	day := r.Text("effectiveDateTime")
	if len(day) < len("2019-03-04") {
		return ""
	}
	return r.Text("subject", "reference") + "|" + r.Text("code", "coding", "code") + "|" + r.Text("code", "text") + "|" + day[:10]
}

// unlinkedCopy is a copy under another id and without the business identifier that would join the two.
func (s *Server) unlinkedCopy(resource fhir.Resource) fhir.Resource {
	copied := resource.Clone()
	id := resource.ID()
	copied["id"] = id[:len(id)-1] + otherDigit(id[len(id)-1])
	delete(copied, "identifier")
	return copied
}
