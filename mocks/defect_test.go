package mocks_test

import (
	"cmp"
	"context"
	"hash/crc32"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"concord/fixtures"
	"concord/internal/fhir"
	"concord/mocks"
)

// probe asks one system whether it shows a fault.
type probe func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool

// symptom is how a defect shows. Each must be absent on a clean system and present on one with the defect.
type symptom struct {
	id    string
	probe probe
	// only limits it to one system, where a personality makes the fault impossible on the other.
	only string
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
		{id: "D60", only: "ohc", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
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
		{id: "D71", probe: func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
			return len(invisible(t, e, e.System)) == 1 && len(invisible(t, other(pair, e), e.System)) == 1 && len(unlisted(t, e)) == 0
		}},
		{id: "D72", probe: func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
			return len(unlisted(t, e)) == 1 && len(unlisted(t, other(pair, e))) == 0 && len(invisible(t, e, e.System)) == 0
		}},
	}
}

func TestEachDefectShowsItsFaultAndACleanSystemDoesNot(t *testing.T) {
	pair := start(t, "")
	// These show only with events, audit or authorisation, which have tests of their own.
	tested := map[string]bool{"D06": true, "D52": true, "D59": true, "D61": true, "D62": true, "D63": true, "D67": true}
	for _, s := range symptoms() {
		tested[s.id] = true
		for _, e := range pair.Endpoints() {
			if s.only != "" && s.only != e.System {
				continue
			}
			t.Run(s.id+"/"+e.System, func(t *testing.T) {
				if s.probe(t, pair, e) {
					t.Fatal("a clean system shows the fault")
				}
				if err := e.Server.SetDefects(mocks.Setting{ID: s.id}); err != nil {
					t.Fatal(err)
				}
				shown := s.probe(t, pair, e)
				if err := e.Server.SetDefects(); err != nil {
					t.Fatal(err)
				}
				if !shown {
					t.Error("the fault does not show")
				}
				if s.probe(t, pair, e) {
					t.Error("the fault stays after the defect was turned off")
				}
			})
		}
	}
	for _, defect := range mocks.Defects() {
		if !tested[defect.ID] {
			t.Errorf("%s has no symptom", defect.ID)
		}
	}
}

func TestDefectsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range mocks.Defects() {
		if seen[d.ID] {
			t.Errorf("%s is listed twice", d.ID)
		}
		seen[d.ID] = true
		if d.Title == "" || d.Breaks == "" || d.Family == "" || len(d.Severity) != 2 {
			t.Errorf("%s is not fully described: %+v", d.ID, d)
		}
	}
}

func TestSettingsAreRead(t *testing.T) {
	s, err := mocks.ParseSetting("d71:provider=RRK,provider=RQ3,patient=9990000018")
	if err != nil || s.ID != "D71" || len(s.Providers) != 2 || len(s.Patients) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "D99", "D71:", "D71:RRK", "D71:provider=", "D71:colour=red"} {
		if _, err := mocks.ParseSetting(bad); err == nil {
			t.Errorf("%q is read as a setting", bad)
		}
	}
}

func TestASettingLimitsADefect(t *testing.T) {
	number := person("P28")
	pair := start(t, mocks.OHC, mocks.Setting{ID: "D47", Patients: []string{number}}, mocks.Setting{ID: "D33", Providers: []string{"RRK"}})
	for _, r := range matches(t, pair.OHC, "MedicationRequest?_count=200") {
		mine := r.Text("subject", "identifier", "value") == number && strings.Contains(r.Text("meta", "source"), "ohc")
		if (r["substitution"] == nil) != mine {
			t.Errorf("%s of %s: substitution is %v", r.Reference(), r.Text("subject", "identifier", "value"), r["substitution"])
		}
	}
}

func TestTheNeighbourSeesNoneOfAClientSideDefect(t *testing.T) {
	pair := start(t, mocks.CCR, mocks.Setting{ID: "D54"}, mocks.Setting{ID: "D12"}, mocks.Setting{ID: "D64"})
	for _, r := range matches(t, pair.OHC, "Condition?"+patient(t, pair.OHC, person("P01"))) {
		if strings.Contains(r.Text("meta", "source"), "aggregator") {
			t.Errorf("ohc shows ccr's fault in %s", r.Reference())
		}
	}
}

func storyOf(id string) fixtures.Story {
	s, _ := ledger().Story(id)
	return s
}

// person is the NHS number of a story's person, or their own id where there is none.
func person(id string) string {
	p := storyOf(id).Person()
	return cmp.Or(p.NHSNumber, p.ID)
}

func numbersOf(p fhir.Resource) []string {
	var numbers []string
	for _, identifier := range p.Objects("identifier") {
		if identifier["system"] == fhir.NHSNumberSystem {
			numbers = append(numbers, fhir.Text(identifier["value"]))
		}
	}
	return numbers
}

// isFact reports whether a resource shows one of a story's facts.
func isFact(story string, r fhir.Resource, labels ...string) bool {
	return slices.ContainsFunc(labels, func(label string) bool {
		fact, ok := storyOf(story).Fact(label)
		return ok && businessIDs([]fhir.Resource{r})[fact.Identifier.Value] != nil
	})
}

// told are the stories with people of their own.
func told() []fixtures.Story {
	return slices.DeleteFunc(slices.Clone(ledger().Stories()), func(s fixtures.Story) bool {
		return len(s.People) == 0 || !strings.HasPrefix(s.People[0].ID, "s-")
	})
}

func other(pair *mocks.Pair, e *mocks.Endpoint) *mocks.Endpoint {
	if e == pair.CCR {
		return pair.OHC
	}
	return pair.CCR
}

// anyPatient asks of the story people's Patients.
func anyPatient(wrong func(fhir.Resource) bool) probe {
	return func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
		for _, s := range told() {
			for _, p := range s.People {
				for _, resource := range matches(t, e, "Patient?identifier="+cmp.Or(p.NHSNumber, p.ID)) {
					if wrong(resource) {
						return true
					}
				}
			}
		}
		return false
	}
}

// anyMatch asks of a search's own matches; {P01} stands for the patients of a story.
func anyMatch(query string, wrong func(fhir.Resource) bool, also ...func(*testing.T, *mocks.Endpoint, fhir.Resource) bool) probe {
	return func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
		q := query
		if before, rest, ok := strings.Cut(query, "{"); ok {
			id, after, _ := strings.Cut(rest, "}")
			q = before + patient(t, e, person(id)) + after
		}
		for _, resource := range matches(t, e, q) {
			if !strings.HasPrefix(resource.Text("meta", "source"), "https://"+e.System) && !strings.Contains(resource.Text("meta", "source"), "aggregator") {
				continue
			}
			if wrong(resource) {
				return true
			}
			for _, look := range also {
				if look(t, e, resource) {
					return true
				}
			}
		}
		return false
	}
}

// anyStory asks of one type's resources of all story people.
func anyStory(resourceType string, wrong func(fhir.Resource) bool) probe {
	return func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
		for _, s := range told() {
			if anyMatch(resourceType+"?{"+s.ID+"}", wrong)(t, pair, e) {
				return true
			}
		}
		return false
	}
}

func dangling(t *testing.T, e *mocks.Endpoint, resource fhir.Resource) bool {
	ref, ok := fhir.ParseReference(resource.Text("encounter", "reference"))
	return ok && get(t, e.URL+"/"+ref.Relative()).status == http.StatusNotFound
}

func countDiffers(story, resourceType string) probe {
	return func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
		want := 0
		for _, fact := range ledger().Visible(storyOf(story).Person()) {
			if string(fact.Kind) == resourceType {
				want++
			}
		}
		return len(matches(t, e, resourceType+"?"+patient(t, e, person(story)))) != want
	}
}

// countDiffersAny reports whether a system shows more or less about a story's person than it may.
func countDiffersAny(t *testing.T, e *mocks.Endpoint, story string) bool {
	t.Helper()
	want := map[fixtures.Kind]int{}
	for _, fact := range ledger().Visible(storyOf(story).Person()) {
		want[fact.Kind]++
	}
	about := patient(t, e, person(story))
	for _, kind := range fixtures.Kinds() {
		if len(matches(t, e, string(kind)+"?"+about)) != want[kind] {
			return true
		}
	}
	return false
}

// slow reports whether one of a hundred addresses takes longer than the others. The request is given up early, so that
// nothing waits for it.
func slow(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
	for n := range 1000 {
		path := "/fhir/metadata?n=" + strconv.Itoa(n)
		if crc32.ChecksumIEEE([]byte(path))%100 != 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+e.Address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return true
		}
		_ = response.Body.Close()
		return false
	}
	return false
}

// dated are the weights of the story about dates that a search finds, by time without offset.
func dated(t *testing.T, e *mocks.Endpoint, query string) map[string][]fhir.Resource {
	t.Helper()
	found := map[string][]fhir.Resource{}
	for _, r := range matches(t, e, "Observation?"+patient(t, e, person("dates"))+"&"+query) {
		text := r.Text("effectiveDateTime")
		if len(text) > 19 {
			text = text[:19]
		}
		found[text] = append(found[text], r)
	}
	return found
}

// partial asks a system whose neighbour is down.
func partial(wrong func(int, []fhir.Entry) bool) probe {
	return func(t *testing.T, pair *mocks.Pair, e *mocks.Endpoint) bool {
		about := patient(t, e, person("P01"))
		down := other(pair, e)
		down.Server.SetFault(mocks.Drop)
		defer down.Server.SetFault(mocks.NoFault)
		a := get(t, e.URL+"/Observation?"+about)
		return wrong(a.status, fhir.Entries(a.resource))
	}
}

// sample is every twentieth provider and those a defect of one provider can take.
func sample(system string) []fixtures.Provider {
	var kept []fixtures.Provider
	for i, p := range ledger().Providers() {
		if p.System == system && (i%20 == 0 || p.Type == fixtures.Hospice) {
			kept = append(kept, p)
		}
	}
	return kept
}

// invisible are the providers of a system whose seeded fact another system does not show.
func invisible(t *testing.T, e *mocks.Endpoint, system string) []string {
	t.Helper()
	var missing []string
	for _, p := range sample(system) {
		who, fact, ok := ledger().SweepFact(p.ODS)
		if !ok {
			t.Fatalf("%s has no seeded fact", p.ODS)
		}
		if businessIDs(matches(t, e, string(fact.Kind)+"?patient.identifier="+who.NHSNumber))[fact.Identifier.Value] == nil {
			missing = append(missing, p.ODS)
		}
	}
	return missing
}

// unlisted are the providers of either system that the directory does not find.
func unlisted(t *testing.T, e *mocks.Endpoint) []string {
	t.Helper()
	var missing []string
	for _, system := range fixtures.Systems() {
		for _, p := range sample(system) {
			if len(matches(t, e, "Organization?identifier="+url.QueryEscape(fixtures.ODSSystem+"|"+p.ODS))) == 0 {
				missing = append(missing, p.ODS)
			}
		}
	}
	return missing
}
