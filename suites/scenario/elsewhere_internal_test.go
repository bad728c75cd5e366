package scenario

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

func TestAnOrganisationOfAnotherServerIsKnownByItsCodeOrNotAtAll(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("%s was asked for", r.URL) }))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	system := check.NewEndpoint(client, "ccr", "")
	from := fhir.Resource{"resourceType": "Organization", "id": "1"}
	leads, err := leadsTo(t.Context(), system, from, map[string]any{"reference": "https://directory.example.test/R4/Organization/RRK"}, "RRK")
	if err != nil || !leads {
		t.Errorf("by its code: %t, %v", leads, err)
	}
	leads, err = leadsTo(t.Context(), system, from, map[string]any{"reference": "https://directory.example.test/R4/Organization/7"}, "RRK")
	var unsure *check.Inconclusive
	if !errors.As(err, &unsure) || unsure.Reason != result.NotCheckable || leads {
		t.Errorf("by an id of its own: %t, %v", leads, err)
	}
}
