package mocks_test

import (
	"encoding/base64"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// planSymptoms are those of the faults in documents, appointments, plans and alerts.
func planSymptoms() []symptom {
	number := func(resourceType, narrow string, fits func(fhir.Resource) bool, expected func(system string) int) probe {
		return func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			n := 0
			for _, r := range matches(t, e, resourceType+"?_tag="+fixtures.SourceLabel(e.System)+narrow) {
				if fits(r) {
					n++
				}
			}
			return n != expected(e.System)
		}
	}
	ledgerCount := func(fits func(fixtures.Fact) bool) func(string) int {
		return func(system string) int {
			n := 0
			for _, ods := range ledger().Providers() {
				if ods.System != system {
					continue
				}
				for _, fact := range fixtures.Current(ledger().FactsFrom(ods.ODS)) {
					if person, ok := ledger().PersonByID(fact.Person); ok && ledger().Withheld(system, person, fact) == "" && fits(fact) {
						n++
					}
				}
			}
			return n
		}
	}
	every := func(fhir.Resource) bool { return true }
	return []symptom{
		{id: "D80", probe: number("DocumentReference", "&contenttype=application/pdf", func(r fhir.Resource) bool {
			content, err := base64.StdEncoding.DecodeString(r.Text("content", "attachment", "data"))
			return err == nil && fhir.Text(r.Get("content", "attachment", "hash")) == fixtures.HashOf(content)
		}, ledgerCount(func(f fixtures.Fact) bool {
			return f.Kind == fixtures.DocumentReference && f.Document.ContentType == "application/pdf"
		}))},
		{id: "D81", probe: number("Appointment", "&status=cancelled,noshow", every, ledgerCount(func(f fixtures.Fact) bool {
			return f.Kind == fixtures.Appointment && (f.Status == "cancelled" || f.Status == "noshow")
		}))},
		{id: "D82", only: "ohc", probe: anyMatch("Appointment?{P23}", func(r fhir.Resource) bool { return r["basedOn"] == nil })},
		{id: "D83", probe: number("CarePlan", "", func(r fhir.Resource) bool { return r["activity"] != nil }, ledgerCount(func(f fixtures.Fact) bool {
			return f.Kind == fixtures.CarePlan
		}))},
		{id: "D84", probe: number("RelatedPerson", "", func(r fhir.Resource) bool { return r["telecom"] != nil }, ledgerCount(func(f fixtures.Fact) bool {
			return f.Kind == fixtures.RelatedPerson
		}))},
		{id: "D85", only: "ohc", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "DocumentReference?status=superseded")) == 0
		}},
		{id: "D86", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			header := map[string]string{}
			for name, values := range mocks.Roles()["clerk"] {
				header[name] = values[0]
			}
			a := do(t, "GET", e.URL+"/Flag?"+patient(t, e, person("P29")), header, "")
			return len(mode(fhir.Entries(a.resource), "match")) > 0
		}},
		{id: "D87", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "Condition?"+patient(t, e, person("P30")))) > 1
		}},
		{id: "D88", probe: anyMatch("Patient?identifier="+person("P34"), func(r fhir.Resource) bool {
			return r.Text("birthDate") == storyOf("P34").Value("other-birth-date")
		})},
		{id: "D89", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "Encounter?_count=5&_tag="+fixtures.SourceLabel(e.System)+"&"+patient(t, e, person("P35")))) == 0 &&
				len(matches(t, e, "Encounter?_tag="+fixtures.SourceLabel(e.System)+"&"+patient(t, e, person("P01")))) == 0
		}},
	}
}
