package record_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// TestAParticipantIsFollowedWhereOneIdentifierStandsBesideSeveralReferences has statements of one provider. Nobody is asked where all of
// them lead to the same.
func TestAParticipantIsFollowedWhereOneIdentifierStandsBesideSeveralReferences(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Content-Type", "application/fhir+json")
		code := map[string]string{"/Organization/1": "RRK", "/Organization/another-entry": "RRK", "/Organization/another": "RL4"}[r.URL.Path]
		if code == "" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(object{
			"resourceType": "Organization", "id": r.URL.Path[len("/Organization/"):], "identifier": []any{object{"system": record.ODSSystem, "value": code}},
		})
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	statement := func(id, reference string) fhir.Resource {
		return fhir.Resource{"resourceType": "Provenance", "id": id, "agent": []any{object{"who": object{
			"reference": reference, "identifier": object{"system": record.ODSSystem, "value": "RRK"},
		}}, object{"who": object{"display": "A record"}}}}
	}
	for name, c := range map[string]struct {
		last  string
		wrong bool
		asked int32
	}{
		"all to the same":                      {"Organization/1", false, 0},
		"the same with a base":                 {server.URL + "/Organization/1", false, 0},
		"one to another entry of the provider": {"Organization/another-entry", false, 1},
		"one to another provider":              {"Organization/another", true, 1},
		"one to nothing":                       {"Organization/none", true, 1},
		"one to no reference":                  {"", false, 0},
	} {
		asked.Store(0)
		found, err := record.Participants(t.Context(), check.NewEndpoint(client, "ccr", ""),
			[]fhir.Resource{statement("1", "Organization/1"), statement("2", "Organization/1"), statement("3", c.last)})
		if err != nil {
			t.Fatal(err)
		}
		if (found != nil) != c.wrong || c.wrong && found.Cause != result.ReferenceBroken || asked.Load() != c.asked {
			t.Errorf("%s: %+v after %d requests", name, found, asked.Load())
		}
	}
}

func TestASecondAuthorWhomOnlyTheLedgerKnowsContradictsTheLabel(t *testing.T) {
	about := fhir.Resource{"resourceType": "Observation", "id": "1", "meta": object{"tag": []any{object{"system": record.ODSSystem, "code": "RRK"}}}}
	for name, c := range map[string]struct {
		code, role string
		wrong      bool
	}{
		"the provider once more":                {"RRK", "author", false},
		"a real laboratory":                     {"RL4", "author", false},
		"an invented provider":                  {"SYNPH0600", "author", true},
		"an invented one, that put it together": {"SYNPH0600", "assembler", false},
	} {
		agent := func(code, role string) object {
			return object{
				"type": concept(object{"system": record.ParticipantSystem, "code": role}),
				"who":  object{"identifier": object{"system": record.ODSSystem, "value": code}},
			}
		}
		found, err := record.Origins(t.Context(), nil, []fhir.Resource{about}, []fhir.Resource{{
			"resourceType": "Provenance", "id": "p", "target": []any{object{"reference": about.Reference()}}, "agent": []any{agent("RRK", "author"), agent(c.code, c.role)},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if (found != nil) != c.wrong || c.wrong && (found.Severity != result.SeverityWarning || found.Actual != c.code) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestAnInventedProviderThatIsNamedInWordsAloneIsTheRecords(t *testing.T) {
	labelled := func(display any) object {
		return object{"tag": []any{object{"system": record.ODSSystem, "code": "SYNGP0001", "display": display}}}
	}
	for name, c := range map[string]struct {
		label any
		who   object
		wrong bool
	}{
		"the record's own provider":        {"Elm Surgery (synthetic)", object{"display": "Elm Surgery (synthetic)"}, false},
		"another one":                      {"Elm Surgery (synthetic)", object{"display": "Oak Surgery (synthetic)"}, true},
		"the record that put it together":  {"Elm Surgery (synthetic)", object{"display": "A record"}, false},
		"one beside a label without words": {nil, object{"display": "Oak Surgery (synthetic)"}, false},
		"one that a reference leads to":    {"Elm Surgery (synthetic)", object{"display": "Oak Surgery (synthetic)", "reference": "Organization/1"}, false},
	} {
		about := fhir.Resource{"resourceType": "Observation", "id": "1", "meta": labelled(c.label)}
		found, err := record.Origins(t.Context(), nil, []fhir.Resource{about}, []fhir.Resource{{
			"resourceType": "Provenance", "id": "p", "target": []any{object{"reference": about.Reference()}}, "agent": []any{object{"who": c.who}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if (found != nil) != c.wrong || c.wrong && found.Severity != result.SeverityWarning {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
