package mocks_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
)

func TestPersonalitiesDifferWhereR4LeavesAChoice(t *testing.T) {
	pair := start(t, "")
	number := story(t, "P02").Person().NHSNumber
	uuid := regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	digits := regexp.MustCompile(`^[0-9]+$`)

	ccr := get(t, pair.CCR.URL+"/Observation?"+patient(t, pair.CCR, number))
	ohc := get(t, pair.OHC.URL+"/Observation?"+patient(t, pair.OHC, number))
	for _, entry := range fhir.Entries(ccr.resource) {
		if !uuid.MatchString(entry.Resource.ID()) {
			t.Errorf("ccr id %q is not a UUID", entry.Resource.ID())
		}
		if ref := entry.Resource.Text("subject", "reference"); !strings.HasPrefix(ref, "Patient/") {
			t.Errorf("ccr reference %q is not relative", ref)
		}
		if entry.FullURL != "http://ccr.mock.test/fhir/"+entry.Resource.Reference() {
			t.Errorf("ccr fullUrl %q", entry.FullURL)
		}
	}
	for _, entry := range fhir.Entries(ohc.resource) {
		if !digits.MatchString(entry.Resource.ID()) {
			t.Errorf("ohc id %q is not a number", entry.Resource.ID())
		}
		if ref := entry.Resource.Text("subject", "reference"); !strings.HasPrefix(ref, "http://ohc.mock.test/fhir/Patient/") {
			t.Errorf("ohc reference %q is not absolute", ref)
		}
	}
	if ccr.resource["total"] == nil {
		t.Error("ccr states no total")
	}
	if ohc.resource["total"] != nil {
		t.Error("ohc states a total that nobody asked for")
	}
	if updated := ccr.resource.Text("meta", "lastUpdated"); !strings.HasSuffix(updated, "+00:00") {
		t.Errorf("ccr time %q", updated)
	}
	if updated := ohc.resource.Text("meta", "lastUpdated"); !strings.HasSuffix(updated, "Z") {
		t.Errorf("ohc time %q", updated)
	}
	asked := get(t, pair.OHC.URL+"/Observation?_total=accurate&"+patient(t, pair.OHC, number))
	if got, want := asked.resource.Text("total"), fmt.Sprint(len(fhir.Entries(ohc.resource))); got != want {
		t.Errorf("ohc total is %s, want %s", got, want)
	}
	if silent := get(t, pair.CCR.URL+"/Observation?_total=none&"+patient(t, pair.CCR, number)); silent.resource["total"] != nil {
		t.Error("ccr states a total although _total=none")
	}
}

func TestOHCLinksAPersonsPatients(t *testing.T) {
	pair := start(t, "")
	number := story(t, "P01").Person().NHSNumber
	query := "Patient?identifier=" + fhir.NHSNumberSystem + "|" + number
	if n := len(matches(t, pair.CCR, query)); n != 1 {
		t.Errorf("ccr has %d Patients for one person", n)
	}
	patients := matches(t, pair.OHC, query)
	if len(patients) < 2 {
		t.Fatalf("ohc has %d Patients for a person known to several of its sources", len(patients))
	}
	for _, p := range patients {
		if got := len(p.Objects("link")); got != len(patients)-1 {
			t.Errorf("Patient/%s links to %d of the %d others", p.ID(), got, len(patients)-1)
		}
	}
}

func TestPagingVisitsEveryMatchOnce(t *testing.T) {
	pair := start(t, "")
	for _, person := range story(t, "paging").People {
		want := 260
		for _, e := range pair.Endpoints() {
			for _, count := range []string{"", "&_count=1000", "&_count=7"} {
				entries := all(t, e, "Observation?"+patient(t, e, person.NHSNumber)+"&_sort=-date"+count)
				seen := map[string]bool{}
				last := "9999"
				for _, resource := range mode(entries, "match") {
					if seen[resource.ID()] {
						t.Fatalf("%s%s: %s is shown twice", e.System, count, resource.ID())
					}
					seen[resource.ID()] = true
					at := strings.TrimSuffix(strings.TrimSuffix(resource.Text("effectiveDateTime"), "Z"), "+00:00")
					if at > last {
						t.Fatalf("%s%s: %s after %s", e.System, count, at, last)
					}
					last = at
				}
				if len(seen) != want {
					t.Errorf("%s%s: %d matches, want %d", e.System, count, len(seen), want)
				}
			}
		}
	}
}

func TestPagesAreBoundedAndLinked(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		about := patient(t, e, story(t, "paging").People[0].NHSNumber)
		first := get(t, e.URL+"/Observation?"+about+"&_count=999999999999999999999")
		if n := len(fhir.Entries(first.resource)); n > 500 {
			t.Errorf("%s: an absurd _count gives %d entries", e.System, n)
		}
		first = get(t, e.URL+"/Observation?"+about+"&_count=10")
		next := fhir.Link(first.resource, "next")
		if opaque := strings.Contains(next, "cursor="); opaque != (e.System == "ohc") {
			t.Errorf("%s: next link %q", e.System, next)
		}
		second := get(t, strings.Replace(next, e.BaseURL, e.URL, 1))
		if self := fhir.Link(second.resource, "self"); self != next {
			t.Errorf("%s: the second page says it is %q, the first said %q", e.System, self, next)
		}
		if previous := fhir.Link(second.resource, "previous"); (previous == "") != (e.System == "ohc") {
			t.Errorf("%s: previous link %q", e.System, previous)
		}
		none := get(t, e.URL+"/Observation?"+about+"&_count=0")
		if len(fhir.Entries(none.resource)) != 0 || none.resource.Text("total") != "260" || fhir.Link(none.resource, "next") != "" {
			t.Errorf("%s: _count=0 gives %.300s", e.System, none.body)
		}
	}
}

func TestAnswersAreTheSameBytesEveryTime(t *testing.T) {
	one, two := start(t, ""), start(t, "")
	for i, e := range one.Endpoints() {
		query := "/Observation?" + patient(t, e, story(t, "P01").Person().NHSNumber) + "&_count=5&_include=Observation:performer"
		a, b := get(t, e.URL+query), get(t, two.Endpoints()[i].URL+query)
		if string(a.body) != string(b.body) {
			t.Errorf("%s: two servers over one ledger differ:\n%.300s\n%.300s", e.System, a.body, b.body)
		}
	}
}

func TestCapabilitiesDescribeTheSystem(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		statement := get(t, e.URL+"/metadata").resource
		if statement.Type() != "CapabilityStatement" || statement.Text("kind") != "instance" || statement.Text("fhirVersion") != "4.0.1" {
			t.Fatalf("%s: %v", e.System, statement)
		}
		if statement.Text("implementation", "url") != e.BaseURL || statement.Text("software", "version") == "" {
			t.Errorf("%s: does not say where and what it is", e.System)
		}
		declared := map[string]bool{}
		for _, resource := range fhir.Objects(statement.Get("rest", "resource")) {
			resourceType := fhir.Text(resource["type"])
			for _, parameter := range fhir.Objects(resource["searchParam"]) {
				declared[resourceType+"."+fhir.Text(parameter["name"])] = true
			}
		}
		for _, want := range []string{"Patient.identifier", "Observation.date", "AllergyIntolerance.clinical-status", "MedicationRequest.authoredon", "Immunization.status"} {
			if !declared[want] {
				t.Errorf("%s does not declare %s", e.System, want)
			}
		}
	}
}
