package scenario

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// TestOnlyWhoDoesNotSupportAnOrderNeedNotGiveIt answers the search in an order with an error: that nobody may ask says nothing of orders.
func TestOnlyWhoDoesNotSupportAnOrderNeedNotGiveIt(t *testing.T) {
	for status, excused := range map[int]bool{
		http.StatusBadRequest: true, http.StatusUnprocessableEntity: true, http.StatusNotImplemented: true,
		http.StatusForbidden: false, http.StatusNotFound: false, http.StatusConflict: false, http.StatusInternalServerError: false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/fhir+json")
			if !r.URL.Query().Has("_sort") {
				_, _ = w.Write([]byte(`{"resourceType":"CapabilityStatement"}`))
				return
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-supported"}]}`))
		}))
		t.Cleanup(server.Close)
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL + "/fhir"}}, exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := inOrder(t.Context(), check.NewEndpoint(client, "ccr", ""), "Encounter", fhir.Resource{"resourceType": "Patient", "id": "1"}, "date")
		if answer != nil || (err == nil) != excused {
			t.Errorf("%d: %v, %v, want excused: %t", status, answer, err, excused)
		}
	}
}
