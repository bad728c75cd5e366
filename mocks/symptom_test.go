package mocks_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// probe asks one system whether it shows a fault.
type probe func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool

// symptom is how a defect shows. Each must be absent on a clean system and present on one with the defect.
type symptom struct {
	id    string
	probe probe
	// only limits it to one system, where a personality makes the fault impossible on the other.
	only string
	// audit says that it shows in the audit trail alone. The trail of a system that has answered much is long, and all of it
	// is read, so such a fault is looked for in a pair that has answered nothing yet.
	audit bool
}

func symptoms() []symptom {
	return []symptom{
		{id: "D01", probe: anyPatient(func(p fhir.Resource) bool {
			return slices.ContainsFunc(numbersOf(p), func(n string) bool { return fhir.CheckNHSNumber(n) != nil })
		})},
		{id: "D02", probe: anyPatient(func(p fhir.Resource) bool { return slices.Contains(numbersOf(p), "9999999999") })},
		{id: "D03", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, s := range told() {
				number := s.Person().NHSNumber
				if number == "" {
					continue
				}
				if len(matches(t, e, "Patient?identifier="+number)) != len(matches(t, e, "Patient?identifier="+fhir.NHSNumberSystem+"|"+number)) {
					return true
				}
			}
			return false
		}},
		{id: "D04", probe: anyPatient(func(p fhir.Resource) bool {
			return strings.HasSuffix(p.Text("identifier", "extension", "valueCodeableConcept", "coding", "system"), "VerificationStatus")
		})},
		{id: "D05", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, p := range matches(t, e, "Patient?identifier=9990004013") {
				if p["active"] == true && p["link"] == nil {
					return true
				}
			}
			return false
		}},
		{id: "D07", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, s := range told() {
				births := map[string]bool{}
				for _, p := range matches(t, e, "Patient?identifier="+person(s.ID)) {
					births[p.Text("birthDate")] = true
				}
				if len(births) > 1 {
					return true
				}
			}
			return false
		}},
		{id: "D09", probe: anyPatient(func(p fhir.Resource) bool {
			return p.Text("identifier", "extension", "valueCodeableConcept", "coding", "code") == "03"
		})},
		{id: "D10", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, p := range storyOf("P20").People {
				people := map[string]bool{}
				for _, found := range matches(t, e, "Patient?identifier="+p.ID) {
					people[strings.Join(strings.Fields(found.Text("name", "given", 0)+" "+found.Text("identifier", "value")), " ")] = true
				}
				if len(people) > 1 {
					return true
				}
			}
			return false
		}},
		{id: "D08", only: "ohc", probe: func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
			for _, s := range told() {
				for _, kind := range []string{"AllergyIntolerance", "Condition", "Encounter", "MedicationRequest", "Observation"} {
					if countDiffers(s.ID, kind)(t, pair, e) {
						return true
					}
				}
			}
			return false
		}},
		{id: "D113", probe: anyPatient(func(p fhir.Resource) bool {
			return p.Text("generalPractitioner", "identifier", "value") == "SYNGP9999"
		})},
		{id: "D11", probe: anyPatient(func(p fhir.Resource) bool { return p["deceasedBoolean"] == true })},

		{id: "D12", probe: anyMatch("AllergyIntolerance?{P27}&clinical-status=active", func(r fhir.Resource) bool {
			return r.Text("clinicalStatus", "coding", "code") != "active"
		})},
		{id: "D13", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(dated(t, e, "date=2025-06-14")["2025-06-14T23:30:00"]) == 0 && len(dated(t, e, "date=2025-06-15T00:30:00%2B01:00")["2025-06-14T23:30:00"]) == 0
		}},
		{id: "D14", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(dated(t, e, "date=2019")["2019-12-31T23:59:59"]) == 0
		}},
		{id: "D15", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "Observation?"+patient(t, e, person("paging"))+"&code="+fhir.SNOMEDSystem+"|8867-4")) > 0
		}},
		{id: "D16", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			about := patient(t, e, person("P01"))
			return len(matches(t, e, "Observation?"+about+"&code=8867-4,2823-3")) == 0
		}},
		{id: "D17", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "Observation?_count=20&"+patient(t, e, person("paging")))) < 260
		}},
		{id: "D18", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			about := patient(t, e, person("dates"))
			subject := strings.Split(strings.TrimPrefix(about, "patient="), ",")[0]
			first := get(t, e.URL+"/Observation?"+about+"&_sort=-date&_count=5")
			do(t, http.MethodPost, e.URL+"/Observation", asJSON, `{"resourceType":"Observation","status":"final","subject":{"reference":"`+subject+`"},"effectiveDateTime":"2026-03-01T00:00:00Z"}`)
			next := get(t, strings.Replace(fhir.Link(first.resource, "next"), e.BaseURL, e.URL, 1))
			return fhir.Entries(first.resource)[4].Resource.ID() == fhir.Entries(next.resource)[0].Resource.ID()
		}},
		{id: "D19", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			a := get(t, e.URL+"/Observation?_total=accurate&"+patient(t, e, person("P02")))
			return a.resource.Text("total") != strconv.Itoa(len(fhir.Entries(a.resource)))
		}},
		{id: "D20", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			found := matches(t, e, "Observation?_sort=date&"+patient(t, e, person("paging")))
			return found[0].Text("effectiveDateTime") > found[len(found)-1].Text("effectiveDateTime")
		}},
		{id: "D21", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			found := matches(t, e, "Condition?_count=100&_lastUpdated=2026-03-02T09:00:00Z")
			return len(found) > 100
		}},
		{id: "D22", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			query := patient(t, e, person("P01")) + "&date=2026-02-20"
			form := do(t, http.MethodPost, e.URL+"/Observation/_search", map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, query)
			return len(fhir.Entries(form.resource)) != len(fhir.Entries(get(t, e.URL+"/Observation?"+query).resource))
		}},
		{id: "D23", probe: anyMatch("Observation?{dates}&_elements=code", func(r fhir.Resource) bool {
			for _, tag := range r.Objects("meta", "tag") {
				if tag["code"] == "SUBSETTED" {
					return false
				}
			}
			return true
		})},
		{id: "D24", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "Patient?gender=female")) == 0
		}},

		{id: "D25", probe: anyMatch("Condition?{P06}", func(r fhir.Resource) bool { return r.Text("code", "coding", "system") == "http://read.info/readv2" })},
		{id: "D26", probe: anyMatch("AllergyIntolerance?{P27}", func(r fhir.Resource) bool {
			return r.Text("code", "coding", "system") == fhir.SNOMEDSystem && fhir.CheckSCTID(r.Text("code", "coding", "code")) != nil
		})},
		{id: "D27", probe: anyMatch("Condition?{P06}", func(r fhir.Resource) bool { return r.Text("code", "coding", "display") != r.Text("code", "text") })},
		{id: "D28", probe: anyMatch("Condition?{P06}", func(r fhir.Resource) bool { return r.Text("code", "coding", "version") != "" })},
		{id: "D29", probe: anyMatch("MedicationRequest?{P28}", func(r fhir.Resource) bool { return r.Get("medicationCodeableConcept", "coding") == nil })},
		{id: "D30", probe: anyMatch("AllergyIntolerance?{P27}", func(r fhir.Resource) bool { return r.Get("code", "coding") == nil })},
		{id: "D31", probe: anyMatch("AllergyIntolerance?{P27}", func(r fhir.Resource) bool {
			for _, label := range []string{"penicillin", "severe-ohc"} {
				if fact, _ := storyOf("P27").Fact(label); r.Text("reaction", "manifestation", "coding", "code") == fact.Code.Coding[0].Code {
					return true
				}
			}
			return false
		})},
		{id: "D32", only: "ohc", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "AllergyIntolerance?code=716186003&"+patient(t, e, person("P27")))) == 0
		}},
		{id: "D33", probe: anyMatch("AllergyIntolerance?{P27}", func(r fhir.Resource) bool {
			return r.Text("reaction", "manifestation", "text") != "" && r.Text("reaction", "severity") == ""
		})},
		{id: "D36", probe: anyMatch("Observation?{P02}", func(r fhir.Resource) bool { return strings.Contains(r.Text("valueQuantity", "code"), " ") }), only: "ohc"},
		{id: "D37", only: "ohc", probe: anyMatch("Observation?{P02}&value-quantity=gt0", func(r fhir.Resource) bool { return r["referenceRange"] == nil })},
		{id: "D38", only: "ohc", probe: anyMatch("Observation?{P02}&value-quantity=gt0", func(r fhir.Resource) bool { return r["interpretation"] == nil })},
		{id: "D40", only: "ohc", probe: anyMatch("Observation?{P02}&code=26604007", func(r fhir.Resource) bool { return r["hasMember"] == nil })},
		{id: "D34", probe: anyMatch("Observation?{P02}", func(r fhir.Resource) bool {
			return isFact("P02", r, "glucose-ccr", "glucose-ohc") && len(r.Text("valueQuantity", "value")) > 4
		})},
		{id: "D35", probe: anyMatch("Observation?{P02}", func(r fhir.Resource) bool {
			return isFact("P02", r, "hba1c-ccr", "hba1c-ohc") && strings.Contains(r.Text("valueQuantity", "value"), ".")
		})},
		{id: "D39", probe: anyMatch("DiagnosticReport?{report}&status=final", func(r fhir.Resource) bool {
			return isFact("report", r, "still-preliminary-ccr", "still-preliminary-ohc")
		})},
		{id: "D41", probe: anyMatch("MedicationRequest?{P28}&status=active", func(r fhir.Resource) bool {
			return isFact("P28", r, "stopped", "stopped-ccr")
		})},
		{id: "D42", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			about := patient(t, e, person("P28"))
			return len(matches(t, e, "MedicationStatement?"+about)) > 0
		}},
		{id: "D43", probe: anyStory("Observation", func(r fhir.Resource) bool {
			return r.Text("status") == "amended" && strings.Contains(r.Text("meta", "profile", 0), "VitalSigns")
		})},

		{id: "D44", probe: anyMatch("Observation?{dates}", func(r fhir.Resource) bool { return len(r.Text("effectiveDateTime")) == len("2019-03-04T05:06:07") })},
		{id: "D45", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "Condition?recorded-date=gt2026-03-02")) > 0
		}},
		{id: "D46", probe: anyMatch("Observation?{P01}", func(fhir.Resource) bool { return false }, dangling)},
		{id: "D47", probe: anyMatch("MedicationRequest?{P28}", func(r fhir.Resource) bool { return r["substitution"] == nil })},
		{id: "D48", probe: anyMatch("DiagnosticReport?{report}", func(r fhir.Resource) bool { return r["category"] == nil })},

		{id: "D49", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			found := matches(t, e, "Observation?"+patient(t, e, person("P01")))
			return len(found) != len(businessIDs(found))
		}},
		{id: "D50", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			want := 0
			for _, fact := range ledger().Visible(storyOf("paging").Person()) {
				if fact.Kind == fixtures.Observation {
					want++
				}
			}
			return len(matches(t, e, "Observation?"+patient(t, e, person("paging")))) < want
		}},
		{id: "D51", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, s := range told() {
				for _, fact := range fixtures.Current(ledger().FactsOf(s.Person())) {
					if fact.Status != "entered-in-error" && fact.Verification != "entered-in-error" {
						continue
					}
					for _, r := range matches(t, e, string(fact.Kind)+"?"+patient(t, e, person(s.ID))+"&identifier="+fact.Identifier.Value) {
						if r.Text("status") != "entered-in-error" && r.Text("verificationStatus", "coding", "code") != "entered-in-error" {
							return true
						}
					}
				}
			}
			return false
		}, only: "ohc"},
		{id: "D53", probe: anyMatch("AllergyIntolerance?{P27}&verification-status=confirmed", func(r fhir.Resource) bool {
			return isFact("P27", r, "refuted", "refuted-ohc")
		})},
		{id: "D54", probe: anyMatch("Condition?{P06}", func(r fhir.Resource) bool {
			return r.Get("meta", "tag") == nil && strings.Contains(r.Text("meta", "source"), "aggregator")
		})},
		{id: "D55", probe: anyMatch("Condition?{P06}", func(r fhir.Resource) bool { return strings.Contains(r.Text("meta", "profile", 0), "|1.0.0") })},

		{id: "D56", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return strings.Contains(string(get(t, e.URL+"/Patient?identifier="+person("P17")).body), "WR99 7ZZ")
		}},
		{id: "D57", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return countDiffersAny(t, e, "P16")
		}},
		{id: "D58", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, outcome := range mode(all(t, e, "Condition?"+patient(t, e, person("P16"))), "outcome") {
				for _, issue := range outcome.Objects("issue") {
					if issue["code"] == "suppressed" {
						return false
					}
				}
			}
			return true
		}},
		{id: "D60", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return countDiffersAny(t, e, "P15")
		}},
		{id: "D68", probe: slow},
		{id: "D64", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return do(t, http.MethodGet, e.URL+"/metadata", map[string]string{"X-Request-ID": "r-1"}, "").header.Get("X-Request-Id") == ""
		}},
		{id: "D65", probe: partial(func(status int, entries []fhir.Entry) bool {
			return status == 200 && len(mode(entries, "outcome")) == 0
		})},
		{id: "D66", probe: partial(func(status int, _ []fhir.Entry) bool { return status >= 500 })},
		{id: "D69", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return strings.HasPrefix(get(t, e.URL+"/Patient/nobody").header.Get("Content-Type"), "text/html")
		}},
		{id: "D70", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, resource := range fhir.Objects(get(t, e.URL+"/metadata").resource.Get("rest", "resource")) {
				for _, parameter := range fhir.Objects(resource["searchParam"]) {
					address := e.URL + "/" + fhir.Text(resource["type"]) + "?" + fhir.Text(parameter["name"]) + ":missing=true&_id=none"
					a := do(t, http.MethodGet, address, map[string]string{"Prefer": "handling=strict"}, "")
					if a.status == http.StatusBadRequest && a.resource.Text("issue", "code") == "not-supported" {
						return true
					}
				}
			}
			return false
		}},
		{id: "D73", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			_, text := matches(t, e, "Organization?_count=1&name=NHS")[0]["active"].(string)
			return text
		}},
		{id: "D340", probe: anyMatch("Encounter?_count=200", func(r fhir.Resource) bool {
			text, err := json.Marshal(r)
			return err == nil && (strings.Contains(string(text), "&#39;") || strings.Contains(string(text), `\u0026#39;`))
		})},
		{id: "D323", probe: anyMatch("Practitioner?_count=200", func(r fhir.Resource) bool {
			return slices.ContainsFunc(r.Objects("telecom"), func(point map[string]any) bool { return point["system"] == "mobile" })
		})},
		{id: "D324", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return slices.ContainsFunc(matches(t, e, "Organization?_count=20&active=true"), func(r fhir.Resource) bool { return r.Text("extension", "valuePeriod", "end") != "" })
		}},
		{id: "D327", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return slices.ContainsFunc(matches(t, e, "Organization?_count=20&active=true"), func(r fhir.Resource) bool {
				ref, ok := fhir.ParseReference(r.Text("partOf", "reference"))
				return ok && get(t, e.URL+"/"+ref.Relative()).status == http.StatusNotFound
			})
		}},
		{id: "D325", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return slices.ContainsFunc(matches(t, e, "MedicationRequest?_count=200"), func(r fhir.Resource) bool {
				return r.Text("dosageInstruction", "doseAndRate", "doseQuantity", "unit") == "microgram" && r.Text("dosageInstruction", "doseAndRate", "doseQuantity", "code") == "mg"
			})
		}},
		{id: "D326", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			entries := all(t, e, matches(t, e, "Patient?identifier="+person("P01"))[0].Reference()+"/$everything")
			last := entries[len(entries)-1].Resource.Reference()
			return slices.ContainsFunc(entries[:len(entries)-1], func(e fhir.Entry) bool { return e.Resource.Reference() == last })
		}},
		{id: "D328", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			about := "Observation?_count=5&" + patient(t, e, person("paging"))
			return len(matches(t, e, about+"&_sort=date")) < len(matches(t, e, about))
		}},
		{id: "D74", probe: anyMatch("Encounter?{P01}", func(r fhir.Resource) bool { _, list := r["participant"].([]any); return !list })},
		{id: "D75", probe: anyMatch("Condition?{P06}", func(r fhir.Resource) bool { return strings.Contains(r.Text("recordedDate"), "/") })},
		{id: "D76", probe: anyMatch("AllergyIntolerance?{P27}", func(r fhir.Resource) bool { return r.Text("type") == "allergic" })},
		{id: "D77", probe: anyMatch("Immunization?_count=5", func(r fhir.Resource) bool { _, text := r["primarySource"].(string); return text })},
		{id: "D78", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "Encounter?status=planned&class=AMB&"+patient(t, e, person("P04")))) > 0
		}},
		{id: "D79", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return !slices.ContainsFunc(matches(t, e, "Immunization?_tag="+map[string]string{"ccr": "WMShCR", "ohc": "OHC"}[e.System]), func(r fhir.Resource) bool {
				return !strings.HasSuffix(r.Text("occurrenceDateTime")[:10], "-01-01")
			})
		}},
		{id: "D95", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			for _, id := range []string{"P04", "P03", "P28", "P22"} {
				for _, fact := range fixtures.Current(ledger().FactsOf(storyOf(id).Person())) {
					found := matches(t, e, "Appointment?identifier="+fact.Identifier.Value)
					if fact.Kind == fixtures.Appointment && ledger().Holds(e.System, fact) && found[0].Text("start")[:10] != fact.Effective[:10] {
						return true
					}
				}
			}
			return false
		}},
		{id: "D96", audit: true, probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			overrides := func() int { return strings.Count(toTexts(matches(t, e, "AuditEvent?_count=500")), `"BTG"`) }
			before := overrides()
			header := map[string]string{"X-Purpose-Of-Use": "BTG", "X-Purpose-Reason": "unconscious"}
			do(t, http.MethodGet, e.URL+"/Patient?identifier="+person("P31"), header, "")
			return overrides() == before
		}},
		{id: "D128", audit: true, probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			named := func() int { return strings.Count(toTexts(matches(t, e, "AuditEvent?_count=500")), "999000000128") }
			before := named()
			do(t, http.MethodGet, e.URL+"/Patient?identifier="+person("P32"), map[string]string{"NHSD-Session-URID": "999000000128"}, "")
			return named() == before
		}},
		{id: "D97", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			defer happen(t, e, mocks.Event{Type: "reset"})
			loser, survivor := matches(t, e, "Patient?identifier="+person("P10"))[0], matches(t, e, "Patient?identifier="+person("P11"))[0]
			before := len(matches(t, e, "Observation?patient="+loser.ID()))
			happen(t, e, mocks.Event{Type: "merge", Reference: loser.Reference(), Survivor: survivor.Reference()})
			happen(t, e, mocks.Event{Type: "unlink", Reference: loser.Reference(), Survivor: survivor.Reference()})
			return len(matches(t, e, "Observation?patient="+loser.ID())) != before
		}},
		{id: "D127", audit: true, probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			defer happen(t, e, mocks.Event{Type: "reset"})
			loser, survivor := matches(t, e, "Patient?identifier="+person("P10"))[0], matches(t, e, "Patient?identifier="+person("P11"))[0]
			changes := func() int {
				return strings.Count(toTexts(matches(t, e, "AuditEvent?_count=500&patient="+loser.ID())), `"action":"U"`)
			}
			before := changes()
			happen(t, e, mocks.Event{Type: "merge", Reference: loser.Reference(), Survivor: survivor.Reference()})
			return changes() == before
		}},
		{id: "D98", only: "ohc", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			defer happen(t, e, mocks.Event{Type: "reset"})
			happen(t, e, mocks.Event{Type: "join", Provider: fixtures.Newcomer})
			return len(matches(t, e, "Observation?_source=https://ohc.concord.test/source/"+fixtures.Newcomer)) == 0
		}},
		{id: "D71", probe: func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
			return len(invisible(t, e, e.System)) == 1 && len(invisible(t, other(pair, e), e.System)) == 1 && len(unlisted(t, e)) == 0
		}},
		{id: "D72", probe: func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
			return len(unlisted(t, e)) == 1 && len(unlisted(t, other(pair, e))) == 0 && len(invisible(t, e, e.System)) == 0
		}},
	}
}
