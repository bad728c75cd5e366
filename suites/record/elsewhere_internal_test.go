package record

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// An id of another server says nothing about the resource of that id here: what is elsewhere may be whoever is meant, unless an identifier
// says who it is.
func TestWhatARecordRefersToAtAnotherServerIsNotLookedForHere(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		w.Header().Set("Content-Type", "application/fhir+json")
		_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Organization", "id": "1", "identifier": []any{map[string]any{"system": "s", "value": "mine"}}})
	}))
	t.Cleanup(server.Close)
	partner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		switch r.URL.Path {
		case "/fhir/Organization/1":
			_, _ = w.Write([]byte(`{"resourceType":"Organization","id":"1","identifier":[{"system":"s","value":"the partner's"}]}`))
		case "/fhir/Organization/broken":
			w.WriteHeader(http.StatusInternalServerError)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(partner.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}, {Name: "ohc", BaseURL: partner.URL + "/fhir"}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	system := check.NewEndpoint(client, "ccr", "")
	const elsewhere = "https://directory.example.test/R4/Organization/1"
	named := map[string]any{"system": "s", "value": "theirs"}
	for name, c := range map[string]struct {
		reference map[string]any
		want      string
		asks      bool
	}{
		"here":                                  {map[string]any{"reference": "Organization/1"}, "s|mine", true},
		"here, by the whole address":            {map[string]any{"reference": server.URL + "/fhir/Organization/1"}, "s|mine", true},
		"elsewhere":                             {map[string]any{"reference": elsewhere}, anything, false},
		"elsewhere, with an identifier":         {map[string]any{"reference": elsewhere, "identifier": named}, "s|theirs", false},
		"a person elsewhere, with a number":     {map[string]any{"reference": strings.Replace(elsewhere, "Organization", "Patient", 1), "identifier": named}, "s|theirs", false},
		"a person elsewhere, by the number":     {map[string]any{"reference": "https://persons.example.test/R4/Patient/9990000018"}, fhir.NHSNumberSystem + "|9990000018", false},
		"a person elsewhere, by another id":     {map[string]any{"reference": "https://persons.example.test/R4/Patient/1"}, unknown, false},
		"at the partner":                        {map[string]any{"reference": partner.URL + "/fhir/Organization/1"}, "s|the partner's", false},
		"at the partner, and not there":         {map[string]any{"reference": partner.URL + "/fhir/Organization/2"}, unknown, false},
		"at the partner, which breaks":          {map[string]any{"reference": partner.URL + "/fhir/Organization/broken"}, anything, false},
		"at the partner, by its identifier":     {map[string]any{"reference": partner.URL + "/fhir/Organization/1", "identifier": map[string]any{"system": "s", "value": "the partner's"}}, "s|the partner's", false},
		"at the partner, by another's":          {map[string]any{"reference": partner.URL + "/fhir/Organization/1", "identifier": named}, "an id of s|the partner's beside the identifier s|theirs", false},
		"at the partner, by another register":   {map[string]any{"reference": partner.URL + "/fhir/Organization/1", "identifier": map[string]any{"system": "r", "value": "theirs"}}, "r|theirs", false},
		"at the partner, named and not there":   {map[string]any{"reference": partner.URL + "/fhir/Organization/2", "identifier": named}, "s|theirs", false},
		"at the partner, named, which breaks":   {map[string]any{"reference": partner.URL + "/fhir/Organization/broken", "identifier": named}, "s|theirs", false},
		"a medicine elsewhere":                  {map[string]any{"reference": strings.Replace(elsewhere, "Organization", "Medication", 1)}, anything, false},
		"elsewhere, beside one of that id here": {map[string]any{"reference": elsewhere, "display": "Organization/1"}, anything, false},
	} {
		asked = nil
		names := Names{}
		resource := fhir.Resource{"resourceType": "MedicationRequest", "id": "m", "requester": c.reference, "medicationReference": c.reference}
		if err := names.follow(t.Context(), system, []fhir.Resource{resource}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := (scope{names: names}).target(c.reference); got != c.want {
			t.Errorf("%s: it leads to %q, want %q", name, got, c.want)
		}
		if (len(asked) > 0) != c.asks && !strings.HasPrefix(name, "here") {
			t.Errorf("%s: %q was asked for", name, asked)
		}
	}
	if read, unread, err := Referred(t.Context(), system, "Organization", []fhir.Resource{{"resourceType": "Encounter", "serviceProvider": map[string]any{"reference": elsewhere}}}); err != nil || len(read)+len(unread) > 0 {
		t.Errorf("of what is elsewhere, %v was read and %v not: %v", read, unread, err)
	}
}
