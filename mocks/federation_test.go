package mocks_test

import (
	"cmp"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
	"concord.example/concord/mocks"
)

func TestBothSystemsShowWhatMayBeShownAndNothingElse(t *testing.T) {
	pair := start(t, "")
	for _, s := range ledger().Stories() {
		for i, person := range s.People {
			if i > 3 {
				break // the large cohorts are all alike
			}
			visible := map[string]map[string]bool{}
			for _, kind := range fixtures.Kinds() {
				visible[string(kind)] = map[string]bool{}
			}
			for _, fact := range ledger().Visible(person) {
				visible[string(fact.Kind)][fact.Identifier.Value] = true
			}
			for _, e := range pair.Endpoints() {
				about := patient(t, e, cmp.Or(person.NHSNumber, person.ID))
				for kind, want := range visible {
					resources := matches(t, e, kind+"?"+about)
					found := businessIDs(resources)
					for identity := range want {
						if found[identity] == nil {
							t.Errorf("%s %s: %s does not show %s %s", s.ID, person.ID, e.System, kind, identity)
						}
					}
					if len(resources) != len(want) {
						t.Errorf("%s %s: %s shows %d %s, want %d", s.ID, person.ID, e.System, len(resources), kind, len(want))
					}
				}
			}
		}
	}
}

// foreign splits the Observations of a person in one system into its own and the neighbour's, by source.
func foreign(t *testing.T, e *mocks.Endpoint, resources []fhir.Resource) (own, others []fhir.Resource) {
	t.Helper()
	for _, r := range resources {
		if strings.HasPrefix(r.Text("meta", "source"), "https://"+e.System+".") {
			own = append(own, r)
		} else {
			others = append(others, r)
		}
	}
	if len(own) == 0 || len(others) == 0 {
		t.Fatalf("%s: %d own and %d other resources; the test needs both", e.System, len(own), len(others))
	}
	return own, others
}

func TestTheNeighboursResourcesCanBeReadAndFollowed(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		about := patient(t, e, story(t, "P01").Person().NHSNumber)
		_, others := foreign(t, e, matches(t, e, "Observation?"+about))
		for _, resource := range others {
			read := get(t, e.URL+"/Observation/"+resource.ID())
			if read.status != 200 || read.resource.Text("identifier", "value") != resource.Text("identifier", "value") {
				t.Fatalf("%s: Observation/%s reads as %d %.300s", e.System, resource.ID(), read.status, read.body)
			}
			for _, reference := range references(resource) {
				ref, ok := fhir.ParseReference(reference)
				if !ok || ref.Type == "" {
					continue
				}
				target := get(t, e.URL+"/"+ref.Relative())
				if target.status != 200 || target.resource.ID() != ref.ID {
					t.Errorf("%s: %s leads to %d %.200s", e.System, reference, target.status, target.body)
				}
			}
		}
	}
}

// references lists every literal reference in decoded JSON.
func references(value any) []string {
	var found []string
	switch value := value.(type) {
	case fhir.Resource:
		return references(map[string]any(value))
	case map[string]any:
		if text, ok := value["reference"].(string); ok {
			found = append(found, text)
		}
		for _, item := range value {
			found = append(found, references(item)...)
		}
	case []any:
		for _, item := range value {
			found = append(found, references(item)...)
		}
	}
	return found
}

func TestSearchesReachTheNeighbourHoweverTheyNameThings(t *testing.T) {
	pair := start(t, "")
	number := story(t, "P01").Person().NHSNumber
	for _, e := range pair.Endpoints() {
		about := patient(t, e, number)
		everything := matches(t, e, "Observation?"+about)
		_, others := foreign(t, e, everything)
		one := others[0]
		id := func(reference string) string {
			ref, _ := fhir.ParseReference(reference)
			return ref.Relative()
		}
		encounter, performer := id(one.Text("encounter", "reference")), id(one.Text("performer", "reference"))
		for _, query := range []string{
			"_id=" + one.ID(),
			"patient.identifier=" + fhir.NHSNumberSystem + "|" + number + "&_id=" + one.ID(),
			about + "&encounter=" + encounter,
			about + "&performer=" + performer,
			about + "&performer=" + e.BaseURL + "/" + performer,
			about + "&encounter.class=EMER&code=" + one.Text("code", "coding", "code"),
			about + "&subject.birthdate=lt2020-01-01&date=" + one.Text("effectiveDateTime")[:10],
			strings.Replace(about, "patient=", "subject=", 1) + "&_id=" + one.ID(),
			"subject:Patient.identifier=" + number + "&_id=" + one.ID(),
			about + "&identifier=" + fixtures.RecordSystem + "|" + one.Text("identifier", "value"),
		} {
			found := false
			for _, r := range matches(t, e, "Observation?"+strings.ReplaceAll(query, "+", "%2B")) {
				found = found || r.ID() == one.ID()
			}
			if !found {
				t.Errorf("%s: Observation?%s does not find %s", e.System, query, one.ID())
			}
		}
		encounters := matches(t, e, "Encounter?"+about+"&_has:Observation:encounter:identifier="+one.Text("identifier", "value"))
		if len(encounters) != 1 || encounters[0].Reference() != encounter {
			t.Errorf("%s: _has finds %d encounters, want %s", e.System, len(encounters), encounter)
		}
		entries := all(t, e, "Observation?_id="+one.ID()+"&_include=Observation:performer&_include=Observation:patient&_include=Observation:encounter&_include:iterate=Encounter:service-provider")
		kinds := map[string]int{}
		for _, r := range mode(entries, "include") {
			kinds[r.Type()]++
			if r.Type() == "Patient" && r.Reference() != id(one.Text("subject", "reference")) {
				t.Errorf("%s: includes %s, which is not the subject", e.System, r.Reference())
			}
		}
		if kinds["Organization"] != 1 || kinds["Patient"] != 1 || kinds["Encounter"] != 1 {
			t.Errorf("%s: includes %v", e.System, kinds)
		}
		entries = all(t, e, "Encounter?_id="+strings.TrimPrefix(encounter, "Encounter/")+"&_revinclude=Observation:encounter")
		if found := businessIDs(mode(entries, "include")); found[one.Text("identifier", "value")] == nil {
			t.Errorf("%s: _revinclude does not bring the neighbour's Observation", e.System)
		}
	}
}

func TestANeighbourThatIsAskedAnswersFromItsOwnStoreOnly(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		query := e.URL + "/Observation?" + patient(t, e, story(t, "P01").Person().NHSNumber)
		own, others := foreign(t, e, mode(fhir.Entries(get(t, query).resource), "match"))
		a := do(t, "GET", query, map[string]string{"X-Federated-By": "test"}, "")
		if got := len(fhir.Entries(a.resource)); got != len(own) {
			t.Errorf("%s: the neighbour gets %d, want the %d own records", e.System, got, len(own))
		}
		read := do(t, "GET", e.URL+"/Observation/"+others[0].ID(), map[string]string{"X-Federated-By": "test"}, "")
		if read.status != 404 {
			t.Errorf("%s: the neighbour is given its own record back: %d", e.System, read.status)
		}
	}
}

func TestANeighbourThatCannotBeReachedIsNamed(t *testing.T) {
	for _, fault := range []mocks.Fault{mocks.Drop, mocks.Hang} {
		pair, err := mocks.StartPair(t.Context(), mocks.Options{Ledger: ledger(), PeerBudget: 100 * time.Millisecond}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pair.Stop)
		about := patient(t, pair.CCR, story(t, "P01").Person().NHSNumber)
		whole := matches(t, pair.CCR, "Observation?"+about)
		own, others := foreign(t, pair.CCR, whole)
		pair.OHC.Server.SetFault(fault)
		entries := all(t, pair.CCR, "Observation?"+about)
		if got := len(mode(entries, "match")); got != len(own) {
			t.Errorf("%s: %d matches, want the %d own ones", fault, got, len(own))
		}
		outcomes := mode(entries, "outcome")
		if len(outcomes) != 1 {
			t.Fatalf("%s: %d outcome entries, want 1", fault, len(outcomes))
		}
		issue := outcomes[0].Objects("issue")[0]
		if issue["severity"] != "warning" || issue["code"] != "incomplete" || !strings.Contains(fhir.Text(issue["diagnostics"]), "ohc") {
			t.Errorf("%s: issue %v does not say that ohc is missing", fault, issue)
		}
		read := get(t, pair.CCR.URL+"/Observation/"+others[0].ID())
		if read.status != 502 || read.resource.Type() != "OperationOutcome" {
			t.Errorf("%s: reading the neighbour's record gives %d", fault, read.status)
		}
		pair.OHC.Server.SetFault(mocks.NoFault)
		if again := matches(t, pair.CCR, "Observation?"+about); len(again) != len(whole) {
			t.Errorf("%s: after it healed there are %d matches, want %d", fault, len(again), len(whole))
		}
	}
}

func TestASystemWithoutANeighbourStandsAlone(t *testing.T) {
	server, err := mocks.New(mocks.Options{System: mocks.OHC, Ledger: ledger()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	web := httptest.NewServer(server.Handler())
	defer web.Close()
	a := get(t, web.URL+"/fhir/Observation?patient.identifier="+story(t, "P01").Person().NHSNumber)
	entries := fhir.Entries(a.resource)
	if len(mode(entries, "outcome")) != 0 || len(mode(entries, "match")) == 0 {
		t.Errorf("a system that stands alone gives %.300s", a.body)
	}
}

func TestResultsAreWhatTheReferenceSearchSays(t *testing.T) {
	pair := start(t, "")
	number := story(t, "P01").Person().NHSNumber
	for _, e := range pair.Endpoints() {
		about := patient(t, e, number)
		// The oracle holds everything about the person that the system shows.
		index := search.NewIndex(search.Options{Base: e.BaseURL})
		put := func(resources []fhir.Resource) {
			for _, r := range resources {
				if err := index.Put(r); err != nil {
					t.Fatal(err)
				}
			}
		}
		put(matches(t, e, "Patient?identifier="+number))
		for _, resourceType := range []string{"Observation", "Encounter", "Condition", "MedicationRequest", "Specimen", "DiagnosticReport"} {
			put(matches(t, e, resourceType+"?"+about))
		}
		for _, test := range []struct{ resourceType, query string }{
			{"Observation", "date=ge2026-02-20"},
			{"Observation", "date=2026-02"},
			{"Observation", "date=lt2026-02-20&date=gt2026-02-15"},
			{"Observation", "code=http://loinc.org|8867-4"},
			{"Observation", "code=8867-4,2823-3"},
			{"Observation", "code:not=8867-4"},
			{"Observation", "category=vital-signs&_sort=-date"},
			{"Observation", "value-quantity=gt60"},
			{"Observation", "status=final&_sort=date,_id"},
			{"Observation", "code:text=heart"},
			{"Observation", "encounter:missing=true"},
			{"Observation", "component-code=8480-6"},
			{"Observation", "_lastUpdated=ge2026-02-25"},
			{"Observation", "_tag=OHC"},
			{"Observation", "_tag=WMShCR"},
			{"Encounter", "class=EMER&date=ge2026-02-25"},
			{"Encounter", "status=finished,planned&_sort=date"},
			{"Condition", "clinical-status=active"},
			{"Condition", "code=|foo"},
			{"MedicationRequest", "status=active&authoredon=le2026-03-01"},
		} {
			parsed, err := search.Parse(test.resourceType, about+"&"+test.query, search.Options{Base: e.BaseURL})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]bool{}
			for resource := range index.All(test.resourceType) {
				if parsed.Match(resource, index) {
					want[resource.ID()] = true
				}
			}
			got := matches(t, e, test.resourceType+"?"+about+"&"+test.query)
			for _, resource := range got {
				if !want[resource.ID()] {
					t.Errorf("%s: %s?%s finds %s, which does not match", e.System, test.resourceType, test.query, resource.ID())
				}
				delete(want, resource.ID())
			}
			for id := range want {
				t.Errorf("%s: %s?%s does not find %s", e.System, test.resourceType, test.query, id)
			}
			for i := 1; i < len(got); i++ {
				if parsed.Compare(got[i-1], got[i]) > 0 {
					t.Errorf("%s: %s?%s is out of order at %d", e.System, test.resourceType, test.query, i)
				}
			}
		}
	}
}

func TestASearchWithoutAPatientFindsWhatBothSystemsHold(t *testing.T) {
	pair := start(t, "")
	want := map[fixtures.Kind]int{}
	for person := range ledger().People() {
		for _, fact := range ledger().Visible(person) {
			want[fact.Kind]++
		}
	}
	if want[fixtures.Observation] < 2000 {
		t.Fatalf("the ledger has %d Observations; the test needs more than two of the neighbour's pages", want[fixtures.Observation])
	}
	for _, e := range pair.Endpoints() {
		for _, kind := range []fixtures.Kind{fixtures.Observation, fixtures.Composition, fixtures.Condition} {
			a := get(t, e.URL+"/"+string(kind)+"?_summary=count")
			if got := a.resource.Text("total"); got != strconv.Itoa(want[kind]) {
				t.Errorf("%s counts %s %s, want %d", e.System, got, kind, want[kind])
			}
		}
	}
}
