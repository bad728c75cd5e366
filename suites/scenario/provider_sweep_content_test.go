package scenario

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// holding is a system that holds people by identifier, what is about them by patient, and everything by id, changed as it is shown.
func holding(t *testing.T, ledger *fixtures.Ledger, change func(fhir.Resource)) *check.Endpoint {
	t.Helper()
	render := ledger.Renderer(fixtures.CCR, fixtures.CCRStyle())
	directory := map[string]fhir.Resource{}
	for entry := range render.Directory() {
		directory["/"+entry.Reference()] = entry
	}
	people := map[string]fixtures.Person{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		resourceType, query, entries := strings.TrimPrefix(r.URL.Path, "/"), r.URL.Query(), []any{}
		show := func(resource fhir.Resource) {
			entries = append(entries, map[string]any{"resource": resource, "search": map[string]any{"mode": "match"}})
		}
		switch number, byNumber := strings.CutPrefix(query.Get("identifier"), fhir.NHSNumberSystem+"|"); {
		case byNumber && resourceType == "Patient":
			if person, known := ledger.Person(number); known {
				patient := render.Patients(person)[0]
				people[patient.ID()] = person
				show(patient)
			}
		case query.Get("patient") != "":
			for _, fact := range ledger.Visible(people[query.Get("patient")]) {
				if string(fact.Kind) == resourceType {
					resource := render.Fact(fact)
					change(resource)
					show(resource)
				}
			}
		case directory[r.URL.Path] != nil:
			_ = json.NewEncoder(w).Encode(directory[r.URL.Path])
			return
		default:
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Bundle", "type": "searchset", "entry": entries})
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return check.NewEndpoint(client, "ccr", "CCR")
}

// TestTheSweepHoldsWhatAProviderRecordedAgainstTheLedger changes what one provider's feed shows, and what all do: the checks of the sample say that.
func TestTheSweepHoldsWhatAProviderRecordedAgainstTheLedger(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	sample := record.Sample(ledger)
	var provider fixtures.Provider
	for _, p := range ledger.Providers() {
		person, fact, ok := ledger.SweepFact(p.ODS)
		if ok && p.System == fixtures.CCR && fact.Kind == fixtures.Observation && !slices.ContainsFunc(sample, func(s fixtures.Person) bool { return s.ID == person.ID }) {
			provider = p
		}
	}
	_, fact, _ := ledger.SweepFact(provider.ODS)
	seeded := func(r fhir.Resource) bool { return slices.Contains(record.Identifiers(r), fact.Identifier.Token()) }
	alike := func(fhir.Resource) bool { return true }
	value := func(r fhir.Resource) {
		if quantity, ok := r["valueQuantity"].(map[string]any); ok {
			quantity["value"] = json.Number("9.5")
		}
	}
	for name, c := range map[string]struct {
		of     func(fhir.Resource) bool
		change func(fhir.Resource)
		path   string
	}{
		"as it is":                   {seeded, func(fhir.Resource) {}, ""},
		"another value":              {seeded, value, "Observation.value"},
		"another value for everyone": {alike, value, ""},
		"no value":                   {seeded, func(r fhir.Resource) { delete(r, "valueQuantity") }, "Observation.value"},
		"entered in error":           {seeded, func(r fhir.Resource) { r["status"] = "entered-in-error" }, "Observation.status"},
		"performed by another": {seeded, func(r fhir.Resource) {
			r["performer"] = []any{map[string]any{"identifier": map[string]any{"system": record.ODSSystem, "value": "RXX"}}}
		}, "Observation.performer"},
		"performed by whom nobody can read": {seeded, func(r fhir.Resource) { r["performer"] = []any{map[string]any{"reference": "Organization/unheard-of"}} }, ""},
		"with a category of the system's own": {seeded, func(r fhir.Resource) {
			r["category"] = append(r.List("category"), map[string]any{"coding": []any{map[string]any{"system": "https://supplier.test/sorts", "code": "7"}}})
		}, ""},
	} {
		env := &check.Env{
			System: holding(t, ledger, func(r fhir.Resource) {
				if c.of(r) {
					c.change(r)
				}
			}),
			Ledger: ledger, Shared: &check.Shared{}, Provider: provider,
		}
		findings, err := visible(t.Context(), env)
		var paths []string
		for _, f := range findings {
			paths = append(paths, f.Path)
		}
		if err != nil || strings.Join(paths, " ") != c.path {
			t.Errorf("%s: %q %v, want %q", name, paths, err, c.path)
		}
	}
}
