package profile

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

// A record may refer to what another server has, which is not asked for it; one that has only its own server's, under another address, does
// not.
func TestAReferenceToAnotherServerIsNotFollowedAndOneToItselfElsewhereIsWrong(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		if r.URL.Path != "/fhir/Patient/1" {
			w.WriteHeader(http.StatusNotFound)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Patient", "id": "1"})
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	system := check.NewEndpoint(client, "ccr", "")
	about := func(reference string) sampled {
		return sampled{resource: fhir.Resource{"resourceType": "Observation", "id": "o", "subject": map[string]any{"reference": reference}}}
	}
	patient := sampled{resource: fhir.Resource{"resourceType": "Patient", "id": "1"}}
	const another, alias = "https://elsewhere.example.test/fhir/Patient/2", "http://internal.example.test:8080/fhir/Patient/1"
	for name, c := range map[string]struct {
		references []string
		problem    string
	}{
		"its own":                             {[]string{"Patient/1", server.URL + "/fhir/Patient/1"}, ""},
		"its own, and not there":              {[]string{"Patient/9"}, "there is no such resource"},
		"another server's":                    {[]string{another, "https://elsewhere.example.test/fhir/Specimen/1"}, ""},
		"another server's, one by chance":     {[]string{alias, another}, ""},
		"its own, under an address elsewhere": {[]string{alias}, "another address"},
	} {
		sample := []sampled{patient}
		for _, reference := range c.references {
			sample = append(sample, about(reference))
		}
		aliases := aliasesOf(system, sample)
		for _, reference := range c.references {
			got, err := resolve(t.Context(), system, reference, aliases)
			if err != nil || (c.problem == "") != (got.problem == "") || !strings.Contains(got.problem, c.problem) {
				t.Errorf("%s: %s: %q, %v", name, reference, got.problem, err)
			}
		}
	}
}

// What another system of the run has is read there: who refers to it by another's number, or under another's name, is wrong. What it does not
// have, or knows by numbers of its own alone, says nothing about who refers to it.
func TestAReferenceToAnotherSystemOfTheRunLeadsToWhatItNames(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		if r.URL.Path != "/fhir/Organization/1" {
			w.WriteHeader(http.StatusNotFound)
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Organization", "id": "1", "name": "Aspen", "identifier": []any{map[string]any{"system": "ods", "value": "A 1"}}})
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: "http://ccr.example.test/fhir"}, {Name: "ohc", BaseURL: server.URL + "/fhir"}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	system := check.NewEndpoint(client, "ccr", "")
	for reference, c := range map[string]map[string]bool{
		"/fhir/Organization/1": {"ods|A1": false, "ods|A 1": false, "ods|B1": true, "local|B1": false},
		"/fhir/Organization/2": {"ods|A1": false, "ods|B1": false},
	} {
		got, err := resolve(t.Context(), system, server.URL+reference, nil)
		if err != nil || got.problem != "" || got.resource != nil || (got.beyond == nil) != (reference != "/fhir/Organization/1") {
			t.Fatalf("%s: %+v, %v", reference, got, err)
		}
		for named, wrong := range c {
			system, value, _ := strings.Cut(named, "|")
			if problem := got.otherThan(map[string]any{"system": system, "value": value}, false); (problem != "") != wrong {
				t.Errorf("%s beside %s: %q, want wrong: %t", named, reference, problem, wrong)
			}
		}
	}
	own := target{identifiers: []string{"ods|A1"}}
	if own.otherThan(map[string]any{"system": "ods", "value": "A1"}, false) != "" || own.otherThan(map[string]any{"system": "local", "value": "A1"}, false) == "" {
		t.Error("what a system has itself is known by another number than the one beside the reference")
	}
}
