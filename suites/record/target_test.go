package record_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// TestAStatementOfOriginIsAboutOnePerson has a statement about two records. Nobody is asked where both are of one Patient.
func TestAStatementOfOriginIsAboutOnePerson(t *testing.T) {
	numbers := map[string]string{"/Patient/ann": "9990000018", "/Patient/ann-again": "999 000 0018", "/Patient/merged": "9990000026", "/Patient/ben": "9990000034"}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/fhir+json")
		if numbers[r.URL.Path] == "" && !strings.HasPrefix(r.URL.Path, "/Patient/born") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		patient := object{"resourceType": "Patient", "id": strings.TrimPrefix(r.URL.Path, "/Patient/")}
		if number := numbers[r.URL.Path]; number != "" {
			patient["identifier"] = []any{object{"system": fhir.NHSNumberSystem, "value": number}}
		}
		if r.URL.Path == "/Patient/merged" {
			patient["link"] = []any{object{"type": "replaced-by", "other": object{"reference": "Patient/ann"}}}
		}
		_ = json.NewEncoder(w).Encode(patient)
	}))
	t.Cleanup(server.Close)
	of := func(resourceType, id, element, patient string) fhir.Resource {
		return fhir.Resource{"resourceType": resourceType, "id": id, element: object{"reference": patient}}
	}
	about := []fhir.Resource{
		of("Observation", "1", "subject", "Patient/ann"), of("Observation", "2", "subject", "Patient/ann"), of("Flag", "again", "subject", "Patient/ann-again"),
		of("Task", "merged", "for", "Patient/merged"), of("AllergyIntolerance", "ben", "patient", server.URL+"/Patient/ben"), of("Observation", "born", "subject", "Patient/born-today"),
		of("Observation", "gone", "subject", "Patient/gone"),
		{"resourceType": "Location", "id": "ward"},
	}
	for name, c := range map[string]struct {
		second string
		wrong  bool
		reads  bool
	}{
		"two of one person":                  {"Observation/2", false, false},
		"a record of nobody":                 {"Location/ward", false, false},
		"a record that is not known":         {"Observation/unheard-of", false, false},
		"another Patient of the person":      {"Flag/again", false, true},
		"one that was merged with it":        {"Task/merged", false, true},
		"somebody without a number":          {"Observation/born", false, true},
		"somebody who is not there any more": {"Observation/gone", false, true},
		"somebody else":                      {"AllergyIntolerance/ben", true, true},
		"a record of another server":         {"https://elsewhere.test/fhir/AllergyIntolerance/ben", false, false},
		"somebody else with a base":          {server.URL + "/AllergyIntolerance/ben", true, true},
	} {
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{}) // which keeps what it read
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		asked = 0
		statement := fhir.Resource{"resourceType": "Provenance", "id": "p", "target": []any{object{"reference": "Observation/1"}, object{"reference": c.second}}}
		found, err := record.Targets(t.Context(), check.NewEndpoint(client, "ccr", ""), about, []fhir.Resource{statement})
		if err != nil {
			t.Fatal(err)
		}
		if (found != nil) != c.wrong || found != nil && (found.Cause != result.OtherPerson || found.Path != "Provenance.target") || (asked > 0) != c.reads {
			t.Errorf("%s: %+v, %d questions", name, found, asked)
		}
	}
}
