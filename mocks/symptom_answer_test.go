package mocks_test

import (
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// answerSymptoms are how faults show in what stands beside records, and in single answers.
func answerSymptoms() []symptom {
	statements := func(t *testing.T, e *mocks.Endpoint) []fhir.Resource {
		about := patient(t, e, person("P02"))
		targets := []string{}
		for _, r := range matches(t, e, "Observation?"+about) {
			if strings.HasPrefix(r.Text("meta", "source"), "https://"+e.System) {
				targets = append(targets, r.Reference())
			}
		}
		return matches(t, e, "Provenance?target="+strings.Join(targets, ","))
	}
	return []symptom{
		{id: "D329", probe: anyPatient(func(p fhir.Resource) bool {
			return p.Text("managingOrganization", "identifier", "value") == "SYNPH0600"
		})},
		{id: "D330", probe: anyPatient(func(p fhir.Resource) bool {
			for _, extension := range p.Objects("extension") {
				coding := fhir.Objects(fhir.Get(extension, "valueCodeableConcept", "coding"))
				if len(coding) > 0 && coding[0]["display"] == "White - British" && coding[0]["code"] != "A" ||
					len(coding) > 0 && coding[0]["display"] == "Not stated" && coding[0]["code"] != "Z" {
					return true
				}
			}
			return false
		})},
		{id: "D339", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			roles := matches(t, e, "PractitionerRole?_count=5")
			return len(roles) > 0 && roles[0].Get("specialty", "coding", "code") != nil && roles[0].Get("specialty", "coding", "system") == nil
		}},
		{id: "D341", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			a := get(t, e.URL+"/Observation?_total=accurate&_sort=date&"+patient(t, e, person("P02")))
			return a.resource.Text("total") != strconv.Itoa(len(fhir.Entries(a.resource)))
		}},
		{id: "D342", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, s := range told() {
				for _, r := range matches(t, e, "Encounter?date=ge1900&"+patient(t, e, person(s.ID))) {
					if r.Text("contained", "name", "family") == "Nobody" {
						return true
					}
				}
			}
			return false
		}},
		{id: "D343", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, s := range statements(t, e) {
				if agents := s.Objects("agent"); fhir.Text(fhir.Get(agents[len(agents)-1], "who", "identifier", "value")) == "SYNPH0600" {
					return true
				}
			}
			return false
		}},
		{id: "D344", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, s := range statements(t, e) {
				reference, _ := fhir.ParseReference(s.Text("agent", "who", "reference"))
				if reference.Type != "" && get(t, e.URL+"/"+reference.Relative()).status == 404 {
					return true
				}
			}
			return false
		}},
	}
}
