package capability

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
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// TestABooleanIsAskedForWhatTheRecordIsNot: R4 does not say what becomes of a code that is neither true nor false, so that a server may take
// it for false. What a record says otherwise shows whether the parameter counts.
func TestABooleanIsAskedForWhatTheRecordIsNot(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	number := record.Sample(ledger)[0].NHSNumber
	is := func(element string, patient object) bool {
		if element == "deceased" {
			return patient["deceasedBoolean"] == true || patient["deceasedDateTime"] != nil
		}
		return patient[element] != false
	}
	people := map[string]object{
		"living": {"active": true}, "said to live": {"active": true, "deceasedBoolean": false}, "dead": {"active": true, "deceasedDateTime": "2020-01-01"},
		"inactive": {"active": false}, "said nothing of": {},
	}
	servers := map[string]func(code string, is bool) bool{
		"takes any other code for false": func(code string, is bool) bool { return (code == "true") == is },
		"finds nothing by another code":  func(code string, is bool) bool { return code == "true" && is || code == "false" && !is },
		"passes the parameter over":      func(string, bool) bool { return true },
	}
	for who, patient := range people {
		for how, finds := range servers {
			t.Run(who+", "+how, func(t *testing.T) {
				patient["resourceType"], patient["id"] = "Patient", "p"
				patient["identifier"] = []any{object{"system": fhir.NHSNumberSystem, "value": number}}
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "application/fhir+json")
					query, answer := r.URL.Query(), bundled(-1)
					shown := query.Get("_id") == "p" || strings.HasSuffix(query.Get("identifier"), "|"+number)
					for _, code := range []string{"active", "deceased"} {
						shown = shown && (!query.Has(code) || finds(query.Get(code), is(code, patient)))
					}
					switch {
					case r.URL.Path == "/metadata":
						answer = object{"resourceType": "CapabilityStatement", "rest": []any{object{"mode": "server", "resource": []any{object{
							"type": "Patient", "interaction": []any{object{"code": "search-type"}},
							"searchParam": []any{object{"name": "active", "type": "token"}, object{"name": "deceased", "type": "token"}},
						}}}}}
					case r.URL.Path == "/Patient" && shown:
						answer = bundled(-1, patient)
					}
					_ = json.NewEncoder(w).Encode(answer)
				}))
				t.Cleanup(server.Close)
				client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(client.Close)
				env := &check.Env{Ledger: ledger, Shared: &check.Shared{}, System: check.NewEndpoint(client, "ccr", "")}
				findings, _ := declaredParameters(t.Context(), env) // nobody has a record, which is another matter
				for _, code := range []string{"active", "deceased"} {
					told := slices.ContainsFunc(findings, func(f result.Finding) bool {
						return f.Cause == result.IgnoredParameter && strings.Contains(f.Message, code+" of Patient")
					})
					if told != (how == "passes the parameter over") {
						t.Errorf("%s: it is said %+v", code, findings)
					}
				}
			})
		}
	}
}
