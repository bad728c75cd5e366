package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

func decode(t testing.TB, text string) fhir.Resource {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var resource fhir.Resource
	if err := decoder.Decode(&resource); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
	return resource
}

func options() search.Options {
	return search.Options{
		Handling: search.Strict,
		Base:     "https://a.test/fhir",
		Now:      time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC),
	}
}

func index(t testing.TB, resources ...string) *search.Index {
	t.Helper()
	ix := search.NewIndex(options())
	for _, text := range resources {
		if err := ix.Put(decode(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	return ix
}

func ids(resources []fhir.Resource) string {
	var all []string
	for _, resource := range resources {
		all = append(all, resource.ID())
	}
	return strings.Join(all, " ")
}

// find answers a search such as "Patient?name=x" from an index.
func find(t testing.TB, ix *search.Index, text string) search.Result {
	t.Helper()
	resourceType, query, _ := strings.Cut(text, "?")
	q, err := search.Parse(resourceType, query, options())
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	result, err := ix.Search(context.Background(), q)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return result
}

// record is a small shared record with one awkward thing of each kind.
func record(t testing.TB) *search.Index {
	return index(t,
		`{"resourceType":"Patient","id":"p1","meta":{"lastUpdated":"2024-01-01T00:00:00Z","source":"urn:a","profile":["http://x.test/P|1.0"],"tag":[{"system":"urn:t","code":"RRK"}]},
		  "identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018","type":{"text":"NHS Number","coding":[{"system":"urn:k","code":"NH"}]}},{"value":"LOCAL-1"}],
		  "active":true,"name":[{"family":"Carreño Quinones","given":["Éve","Ann"],"text":"Eve Carreno Quinones"}],"gender":"female","birthDate":"1990-02-28",
		  "telecom":[{"system":"phone","value":"0121 496 0000"},{"system":"email","value":"eve@x.test"}],"address":[{"line":["1 High St"],"city":"Coventry","postalCode":"CV1 1AA"}],
		  "generalPractitioner":[{"reference":"Organization/o1"}],"managingOrganization":{"reference":"https://a.test/fhir/Organization/o1"}}`,
		`{"resourceType":"Patient","id":"p2","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000387"}],"name":[{"family":"O'Brien-Jones","given":["Severine"]}],"gender":"male","birthDate":"1990","deceasedDateTime":"2020-01-01"}`,
		`{"resourceType":"Patient","id":"p3","deceasedBoolean":false,"_birthDate":{"extension":[{"url":"u","valueCode":"unknown"}]}}`,
		`{"resourceType":"Organization","id":"o1","name":"Dudley Group","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"RNA"}],"partOf":{"reference":"Organization/o2"}}`,
		`{"resourceType":"Organization","id":"o2","name":"Black Country","partOf":{"reference":"Organization/o1"}}`,
		`{"resourceType":"Observation","id":"b1","status":"final","category":[{"coding":[{"system":"urn:c","code":"laboratory"}]}],"code":{"text":"Serum potassium","coding":[{"system":"http://loinc.org","code":"2823-3","display":"Potassium [Moles/volume]"}]},
		  "subject":{"reference":"Patient/p1"},"effectiveDateTime":"2024-03-01T09:30:00Z","valueQuantity":{"value":5.40,"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}`,
		`{"resourceType":"Observation","id":"b2","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"85354-9"}]},"subject":{"reference":"https://a.test/fhir/Patient/p1/_history/3"},"effectivePeriod":{"start":"2024-03-01","end":"2024-03-03"},
		  "component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":120,"code":"mm[Hg]","unit":"mmHg"}},{"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":80,"code":"mm[Hg]","unit":"mmHg"}}]}`,
		`{"resourceType":"Observation","id":"b3","status":"preliminary","code":{"coding":[{"code":"2823-3"}]},"subject":{"reference":"https://b.test/fhir/Patient/p1"},"effectiveInstant":"2024-03-01T23:59:59.999Z","valueQuantity":{"value":5,"comparator":"<","unit":"mmol/L"}}`,
		`{"resourceType":"Observation","id":"b4","status":"final","code":{"text":"none"},"subject":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000387"},"type":"Patient"},"effectiveTiming":{"event":["2024-01-31","2024-03-24"]}}`,
		`{"resourceType":"MedicationRequest","id":"m1","status":"active","intent":"order","contained":[{"resourceType":"Medication","id":"med","code":{"coding":[{"system":"https://dmd.nhs.uk","code":"322236009"}]}}],"medicationReference":{"reference":"#med"},"subject":{"reference":"Patient/p2"}}`,
		`{"resourceType":"Provenance","id":"v1","target":[{"reference":"Observation/b1"},{"reference":"Patient/p2"}],"recorded":"2024-01-01T00:00:00Z"}`,
		`{"resourceType":"RiskAssessment","id":"r1","status":"final","prediction":[{"probabilityDecimal":0.8}]}`,
	)
}

func TestSearch(t *testing.T) {
	ix := record(t)
	for text, want := range map[string]string{
		"Patient?":                              "p1 p2 p3",
		"Patient?_id=p1":                        "p1",
		"Patient?_id=P1":                        "",
		"Patient?_id=p3,p1":                     "p1 p3",
		"Patient?_lastUpdated=ge2024":           "p1",
		"Patient?_source=urn:a":                 "p1",
		"Patient?_profile=http://x.test/P":      "p1",
		"Patient?_profile=http://x.test/P|1.0":  "p1",
		"Patient?_profile=http://x.test/P|2.0":  "",
		"Patient?_profile:below=http://x.test/": "p1",
		"Patient?_tag=urn:t|rrk":                "p1",
		"Patient?_tag=urn:t|":                   "p1",
		"Patient?_tag=|RRK":                     "",
		"Patient?_tag:not=urn:t|RRK":            "p2 p3",

		"Patient?identifier=9990000018":                                   "p1",
		"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9990000018": "p1",
		"Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|":           "p1 p2",
		"Patient?identifier=|local-1":                                     "p1",
		"Patient?identifier=|9990000018":                                  "",
		"Patient?identifier=9990000018,9990000387":                        "p1 p2",
		"Patient?identifier=9990000018&identifier=9990000387":             "",
		"Patient?identifier:of-type=urn:k|NH|9990000018":                  "p1",
		"Patient?identifier:text=nhs":                                     "p1",
		"Patient?gender=female":                                           "p1",
		"Patient?gender=http://hl7.org/fhir/administrative-gender|female": "p1",
		"Patient?gender=urn:other|female":                                 "",
		"Patient?gender:not=male":                                         "p1 p3",
		"Patient?gender:not=male,female":                                  "p3",
		"Patient?gender:missing=true":                                     "p3",
		"Patient?active=true":                                             "p1",
		"Patient?deceased=true":                                           "p2",
		"Patient?deceased=false":                                          "p1 p3",
		"Patient?deceased:missing=true":                                   "",
		"Patient?phone=0121 496 0000":                                     "p1",
		"Patient?email=eve@x.test":                                        "p1",
		"Patient?phone=eve@x.test":                                        "",
		"Patient?birthdate=1990":                                          "p1 p2",
		"Patient?birthdate=1990-02":                                       "p1",
		"Patient?birthdate=lt1990-03-01":                                  "p1 p2",
		"Patient?birthdate:missing=true":                                  "p3",
		"Patient?birthdate=ap1990-02-28":                                  "p1 p2",
		"Patient?death-date=2020":                                         "p2",

		"Patient?name=eve":              "p1",
		"Patient?given=EVE":             "p1",
		"Patient?given:contains=eve":    "p1 p2",
		"Patient?given:contains=ever":   "p2",
		"Patient?given:exact=Éve":       "p1",
		"Patient?given:exact=Eve":       "",
		"Patient?family=quinones":       "p1",
		"Patient?family=carreno":        "p1",
		"Patient?name=Quiñones":         "p1",
		"Patient?family=jones":          "p2",
		"Patient?family=obrien":         "p2",
		"Patient?family:exact=Quinones": "",
		"Patient?address=cv1":           "p1",
		"Patient?address-city=cov":      "p1",

		"Observation?patient=p1":                                                  "b1 b2",
		"Observation?patient=Patient/p1":                                          "b1 b2",
		"Observation?subject:Patient=p1":                                          "b1 b2",
		"Observation?subject=Patient/p1":                                          "b1 b2",
		"Observation?subject=Group/p1":                                            "",
		"Observation?patient=https://a.test/fhir/Patient/p1":                      "b1 b2",
		"Observation?patient=https://b.test/fhir/Patient/p1":                      "b3",
		"Observation?patient:identifier=9990000387":                               "b4",
		"Observation?patient:missing=true":                                        "",
		"Observation?patient.identifier=9990000018":                               "b1 b2",
		"Observation?subject:Patient.family=carr":                                 "b1 b2",
		"Observation?subject.name=eve":                                            "b1 b2",
		"Observation?patient.general-practitioner:Organization.name=dud":          "b1 b2",
		"Observation?patient.organization.partof.name=black":                      "b1 b2",
		"Observation?patient.gender:not=male":                                     "b1 b2",
		"Observation?code=http://loinc.org|2823-3":                                "b1",
		"Observation?code=2823-3":                                                 "b1 b3",
		"Observation?code=|2823-3":                                                "b3",
		"Observation?code:text=serum":                                             "b1",
		"Observation?code:text=potassium":                                         "b1",
		"Observation?code:not=2823-3":                                             "b2 b4",
		"Observation?status=final&patient=p1":                                     "b1 b2",
		"Observation?date=2024-03-01":                                             "b1 b3",
		"Observation?date=2024-03":                                                "b1 b2 b3",
		"Observation?date=ne2024-03-01":                                           "b2 b4",
		"Observation?date=gt2024-03-01":                                           "b2 b4",
		"Observation?date=ge2024-03-01&date=le2024-03-01":                         "b1 b2 b3 b4",
		"Observation?date=sa2024-02-29":                                           "b1 b2 b3",
		"Observation?date=eb2024-03-04":                                           "b1 b2 b3",
		"Observation?date=2024-02-14":                                             "",
		"Observation?date=ap2024-03-01":                                           "b1 b2 b3 b4",
		"Observation?date=2024-03-01T09:30":                                       "b1",
		"Observation?date=2024-03-01T10:30:00%2B01:00":                            "b1",
		"Observation?value-quantity=5.4":                                          "b1",
		"Observation?value-quantity=5.40|http://unitsofmeasure.org|mmol/L":        "b1",
		"Observation?value-quantity=5.4||mmol/L":                                  "b1",
		"Observation?value-quantity=5.4|http://unitsofmeasure.org|mg":             "",
		"Observation?value-quantity=5":                                            "b1",
		"Observation?value-quantity=lt5":                                          "b3",
		"Observation?value-quantity=le5":                                          "b3",
		"Observation?value-quantity=ge5":                                          "b1",
		"Observation?value-quantity=gt5.4":                                        "",
		"Observation?value-quantity=ap5":                                          "b1 b3",
		"Observation?component-code-value-quantity=http://loinc.org|8480-6$lt100": "",
		"Observation?component-code-value-quantity=http://loinc.org|8480-6$gt100": "b2",
		"Observation?combo-code-value-quantity=2823-3$gt5,8462-4$80":              "b1 b2",
		"Observation?_has:Provenance:target:recorded=2024":                        "b1",
		"Patient?_has:Observation:patient:code=2823-3":                            "p1",
		"Patient?_has:Observation:patient:_has:Provenance:target:_id=v1":          "p1",
		"Patient?_has:Observation:subject:status:not=final":                       "",
		"MedicationRequest?medication.code=https://dmd.nhs.uk|322236009":          "m1",
		"MedicationRequest?medication.code=322236009&patient=p2":                  "m1",
		"Medication?code=322236009":                                               "",
		"RiskAssessment?probability=gt8e-1":                                       "",
		"RiskAssessment?probability=ge0.8":                                        "r1",
		"RiskAssessment?probability=0.8":                                          "r1",

		"Observation?_sort=-date":              "b3 b1 b2 b4",
		"Observation?_sort=status,-_id":        "b4 b2 b1 b3",
		"Patient?_sort=birthdate":              "p2 p1 p3",
		"Patient?_sort=-birthdate":             "p1 p2 p3",
		"?_type=Patient,Observation&_id=p1,b1": "b1 p1",
	} {
		text = strings.ReplaceAll(text, " ", "%20")
		if got := ids(find(t, ix, text).Matches); got != want {
			t.Errorf("%s found [%s], want [%s]", text, got, want)
		}
	}
}

func TestIndexAndMatchAgree(t *testing.T) {
	ix := record(t)
	for _, text := range []string{
		"Observation?patient=p1", "Observation?patient.identifier=9990000018", "Observation?code=2823-3&date=2024-03-01",
		"Patient?_has:Observation:patient:code=2823-3", "Patient?_profile=http://x.test/P|1.0", "Observation?patient:identifier=9990000387",
	} {
		resourceType, query, _ := strings.Cut(text, "?")
		q, err := search.Parse(resourceType, query, options())
		if err != nil {
			t.Fatal(err)
		}
		var want []fhir.Resource
		for resource := range ix.All(resourceType) {
			if q.Match(resource, ix) {
				want = append(want, resource)
			}
		}
		if got := find(t, ix, text).Matches; ids(got) != ids(want) || len(want) == 0 {
			t.Errorf("%s: index finds [%s], Match [%s]", text, ids(got), ids(want))
		}
	}
}

func TestIncludes(t *testing.T) {
	ix := record(t)
	for text, want := range map[string]string{
		"Observation?code=2823-3&_include=Observation:patient":                                              "p1",
		"Observation?code=2823-3&_include=Observation:subject:Group":                                        "",
		"Observation?code=2823-3&_include=Observation:subject:Patient":                                      "p1",
		"Observation?_id=b1&_include=Observation:patient&_include=Patient:organization":                     "p1",
		"Observation?_id=b1&_include=Observation:patient&_include:iterate=Patient:organization":             "p1 o1",
		"Organization?_id=o1&_include:iterate=Organization:partof":                                          "o2",
		"Observation?_id=b1&_revinclude=Provenance:target":                                                  "v1",
		"Patient?_id=p1&_revinclude=Observation:patient":                                                    "b1 b2",
		"Patient?_id=p1&_revinclude=Observation:patient&_revinclude:iterate=Provenance:target":              "b1 b2 v1",
		"MedicationRequest?_include=MedicationRequest:medication":                                           "",
		"Observation?_id=b1&_include=*":                                                                     "p1",
		"Observation?_id=b1&_include=Observation:*":                                                         "p1",
		"Observation?_id=b1&_include=*&_include:iterate=*&_revinclude:iterate=Observation:patient&_count=1": "p1 b2 o1 o2",
	} {
		got := strings.Fields(ids(find(t, ix, text).Included))
		wanted := strings.Fields(want)
		slices.Sort(got)
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) {
			t.Errorf("%s includes %v, want %v", text, got, wanted)
		}
	}
}

func TestParseRefusesWhatItCannotEvaluate(t *testing.T) {
	for text, problem := range map[string]string{
		"Nothing?":                                     "resource type",
		"Patient?nosuch=1":                             "unknown",
		"Patient?phonetic=x":                           "not supported",
		"Patient?name:fuzzy=x":                         "does not apply",
		"Patient?name:missing=yes":                     "true or false",
		"Observation?code:in=http://x":                 "terminology",
		"Observation?code:below=1":                     "terminology",
		"Observation?date=23%20May%202009":             "date",
		"Observation?date=2024-03-01T10:30:00+01:00":   "%2B",
		"Observation?date:exact=2024":                  "does not apply",
		"Observation?code=a,,b":                        "empty",
		"Observation?code=a%5Cb":                       "backslash",
		"Observation?code=a|b|c":                       "system|code",
		"Observation?code=|":                           "neither",
		"Patient?phone=x|1":                            "code alone",
		"Patient?name=-":                               "search for",
		"Observation?value-quantity=x":                 "number",
		"Observation?value-quantity=5|mg":              "number||unit",
		"Observation?code-value-quantity=1":            "parts",
		"Observation?code-value-quantity:missing=true": "does not apply",
		"Observation?subject=Patient/a/b":              "Type/id",
		"Observation?subject:Organization=1":           "does not refer",
		"Observation?subject:Group=Patient/1":          "modifier says",
		"Observation?focus.name=x":                     "any type",
		"Observation?code.name=x":                      "not a reference",
		"Observation?patient.nosuch=x":                 "unknown",
		"Patient?_has:Observation:patient=x":           "_has:",
		"Patient?_has:Observation:device:code=x":       "does not refer to Patient",
		"Patient?_has:Nothing:patient:code=x":          "resource type",
		"Patient?_count=-1":                            "whole number",
		"Patient?_count=1&_count=2":                    "more than once",
		"Patient?_total=maybe":                         "none, estimate",
		"Patient?_summary=maybe":                       "true, text",
		"Patient?_elements=a.b":                        "element names",
		"Patient?_sort=nosuch":                         "unknown",
		"Patient?_include=Patient":                     "[type]",
		"Patient?_include=Patient:name":                "not a reference",
		"Patient?_include=Patient:link,Patient:link":   "several values",
		"Patient?_include:recurse=Patient:link":        ":iterate",
		"Patient?_include=Patient:link&_summary=text":  "cannot be mixed",
		"Patient?_query=x":                             "refused",
		"Patient?_filter=x":                            "not supported",
		"Patient?name=%FF":                             "UTF-8",
		"Patient?name=%2":                              "percent-encoded",
		"Patient?_source:below=urn:a":                  "urn",
		"?patient=1":                                   "unknown",
	} {
		resourceType, query, _ := strings.Cut(text, "?")
		_, err := search.Parse(resourceType, query, options())
		var param *search.ParamError
		if !errors.As(err, &param) {
			t.Errorf("%s: got %v, want a ParamError", text, err)
		} else if !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %q does not say %q", text, err, problem)
		}
	}
}

func TestLenientHandlingIgnoresOnlyTheUnknown(t *testing.T) {
	lenient := options()
	lenient.Handling = search.Lenient
	q, err := search.Parse("Patient", "nosuch=1&name=eve&family=&phonetic=x&_format=json&_count=99999999999", lenient)
	if err != nil {
		t.Fatal(err)
	}
	if got := q.Canonical(); got != "name=eve&_format=json&_count=99999999999" {
		t.Errorf("applied %s", got)
	}
	var ignored []string
	for _, i := range q.Ignored() {
		ignored = append(ignored, i.Param)
	}
	if got := strings.Join(ignored, " "); got != "nosuch family phonetic" {
		t.Errorf("ignored %s", got)
	}
	for _, query := range []string{"birthdate=x", "name:fuzzy=x", "_count=x", "_query=x"} {
		if _, err := search.Parse("Patient", query, lenient); err == nil {
			t.Errorf("%s was ignored", query)
		}
	}
}
