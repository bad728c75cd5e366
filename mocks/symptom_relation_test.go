package mocks_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// relationSymptoms are how faults show that take two answers to see.
func relationSymptoms() []symptom {
	search := func(t *testing.T, e *mocks.Endpoint, path string, header map[string]string) answer {
		t.Helper()
		return do(t, http.MethodGet, e.URL+"/"+path, header, "")
	}
	results := func(t *testing.T, e *mocks.Endpoint) string { return "Observation?" + patient(t, e, person("P02")) }
	return []symptom{
		{id: "D90", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			one := matches(t, e, results(t, e)+"&status=corrected&date=ge2020")
			return len(matches(t, e, results(t, e)+"&date=ge2020&status=corrected")) != len(one)
		}},
		{id: "D91", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			chained := "Observation?patient.identifier=" + url.QueryEscape(fhir.NHSNumberSystem+"|"+person("P02"))
			return len(matches(t, e, chained)) != len(matches(t, e, results(t, e)))
		}},
		{id: "D92", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(mode(all(t, e, results(t, e)+"&_include=Observation:patient"), "include")) == 0
		}},
		{id: "D93", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			at := "2025-06-14T23:30:00Z"
			base := "Observation?" + patient(t, e, person("dates"))
			return len(matches(t, e, base+"&date=ge"+at)) == len(matches(t, e, base+"&date=gt"+at))
		}},
		{id: "D94", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			path, sizes := "AllergyIntolerance?"+patient(t, e, person("P27")), map[int]bool{}
			for i := range 8 {
				header := map[string]string{"X-Request-Id": fmt.Sprint(i)}
				sizes[len(fhir.Entries(search(t, e, path, header).resource))] = true
			}
			return len(sizes) > 1
		}},
		{id: "D110", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return search(t, e, results(t, e)+"&no-such=x", map[string]string{"Prefer": "handling=strict"}).status == http.StatusOK
		}},
		{id: "D111", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return strings.Contains(fhir.Link(get(t, e.URL+"/"+results(t, e)+"&no-such=x").resource, "self"), "no-such")
		}},
		{id: "D112", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return get(t, e.URL+"/"+results(t, e)+"&date=2024-02-30").status == http.StatusOK
		}},
		{id: "D190", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return len(matches(t, e, "Task?patient=no-such-patient")) > 0
		}},
		{id: "D191", probe: func(t *testing.T, _ *mocks.Pair, e *mocks.Endpoint) bool {
			return get(t, e.URL+"/metadata").resource["rest"] == nil
		}},
	}
}
