package parity

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

func TestNobodyIsShownOnlyWhenTheEndpointSaidSo(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		status   int
		body     string
		findings int
		fails    bool
	}{
		"an empty answer": {200, `{"resourceType":"Bundle","type":"searchset"}`, 0, false},
		"a refusal":       {400, `{"resourceType":"OperationOutcome","issue":[]}`, 0, false},
		"somebody":        {200, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"Patient","id":"1"}}]}`, 1, false},
		"a fault":         {500, `{"resourceType":"OperationOutcome","issue":[]}`, 0, true},
		"no answer now":   {503, ``, 0, true},
		"HTML":            {200, `<html/>`, 0, true},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}))
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		findings, err := nobody(t.Context(), &check.Env{System: check.NewEndpoint(client, "ccr", "ccr"), Ledger: ledger})
		if len(findings) != c.findings || (err != nil) != c.fails {
			t.Errorf("%s: %d findings, %v", name, len(findings), err)
		}
		client.Close()
		server.Close()
	}
}

// TestAPatientWhoDoesNotCarryTheNumberIsNotTakenForThePersonInSilence has answers to the search for 999 000 0018.
func TestAPatientWhoDoesNotCarryTheNumberIsNotTakenForThePersonInSilence(t *testing.T) {
	const number, other = "9990000018", "9990000387"
	patient := func(id string, numbers ...string) fhir.Resource {
		identifiers := []any{map[string]any{"system": "https://gateway.example/mrn", "value": "7"}}
		for _, n := range numbers {
			identifiers = append(identifiers, map[string]any{"system": fhir.NHSNumberSystem, "value": n})
		}
		return fhir.Resource{"resourceType": "Patient", "id": id, "identifier": identifiers}
	}
	linked := patient("3", other)
	linked["link"] = []any{map[string]any{"type": "replaces", "other": map[string]any{"reference": "Patient/1"}}}
	for name, c := range map[string]struct {
		found []fhir.Resource
		cause result.Cause
		wrong bool
	}{
		"nobody":                          {nil, "", false},
		"the person":                      {[]fhir.Resource{patient("1", number)}, "", false},
		"the person, once by each number": {[]fhir.Resource{patient("1", other), patient("2", number)}, "", false},
		"a record that was merged":        {[]fhir.Resource{linked}, "", false},
		"something else beside nobody":    {[]fhir.Resource{{"resourceType": "OperationOutcome"}}, "", false},
		"somebody else":                   {[]fhir.Resource{patient("1", other)}, result.OtherPerson, true},
		"the number with spaces":          {[]fhir.Resource{patient("1", "999 000 0018")}, result.CauseAltered, true},
		"no number":                       {[]fhir.Resource{patient("1")}, result.CauseMissing, true},
	} {
		f, wrong := uncarried(c.found, number)
		if wrong != c.wrong || f.Cause != c.cause {
			t.Errorf("%s: %v, %q: %s", name, wrong, f.Cause, f.Message)
		}
		if strings.Contains(f.Message+f.Actual, other) {
			t.Errorf("%s: the number of somebody else is told: %s", name, f.Message)
		}
	}
}
