package parity

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
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
