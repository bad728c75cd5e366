package capability

import (
	"context"
	"encoding/json"
	"errors"
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

// TestAnEmptyAnswerShowsNothing asks a system whose first person of the sample has no records: what is wrong shows with the second, who
// has one, and where nobody has any the check has no data and does not pass.
func TestAnEmptyAnswerShowsNothing(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	// entries are how the system writes the Condition of the second person, and what it sends along; none are that nobody has one.
	ask := func(t *testing.T, entries ...object) *check.Env {
		t.Helper()
		sample := record.Sample(ledger)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/fhir+json")
			query, bundle := r.URL.Query(), bundled(-1)
			switch r.URL.Path {
			case "/metadata":
				bundle = object{"resourceType": "CapabilityStatement", "rest": []any{object{"mode": "server", "resource": []any{
					object{"type": "Patient", "searchParam": []any{object{"name": "identifier", "type": "token"}}},
					object{"type": "Organization", "interaction": []any{object{"code": "search-type"}}, "searchParam": []any{object{"name": "address-city", "type": "string"}}},
					object{"type": "Location", "interaction": []any{object{"code": "search-type"}}, "searchParam": []any{object{"name": "address-city", "type": "string"}}},
					object{
						"type": "Condition", "interaction": []any{object{"code": "search-type"}}, "searchInclude": []any{"Condition:patient"},
						"searchParam": []any{object{"name": "patient", "type": "reference"}, object{"name": "category", "type": "token"}},
					},
				}}}}
			case "/Patient":
				for i, id := range []string{"first", "second"} {
					if strings.HasSuffix(query.Get("identifier"), "|"+sample[i].NHSNumber) {
						bundle = bundled(-1, object{"resourceType": "Patient", "id": id, "identifier": []any{object{"system": fhir.NHSNumberSystem, "value": sample[i].NHSNumber}}})
					}
				}
			case "/Organization": // address-city is passed over
				if len(entries) > 0 {
					bundle = bundled(-1, object{"resourceType": "Organization", "id": "o"})
				}
			case "/Condition": // category and _include are passed over
				if len(entries) > 0 && query.Get("patient") == "second" {
					bundle["entry"] = entries
				}
			}
			_ = json.NewEncoder(w).Encode(bundle)
		}))
		t.Cleanup(server.Close)
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		return &check.Env{Ledger: ledger, Shared: &check.Shared{}, System: check.NewEndpoint(client, "ccr", ""), Judge: requestless{}}
	}
	condition := object{"fullUrl": "http://127.0.0.1/Condition/c", "resource": object{"resourceType": "Condition", "id": "c", "subject": object{"reference": "Patient/second"}}}
	kept := object{"fullUrl": condition["fullUrl"], "resource": condition["resource"], "request": object{"method": "POST", "url": "Condition"}}

	t.Run("a search parameter that is ignored", func(t *testing.T) {
		findings, err := declaredParameters(t.Context(), ask(t, condition))
		if err != nil || !slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Cause == result.IgnoredParameter }) {
			t.Errorf("category is passed over, and it is said %+v, %v", findings, err)
		}
	})
	t.Run("search parameters of a type that is about nobody", func(t *testing.T) {
		env := ask(t, condition)
		var remarks []string
		env.Remark = func(text string) { remarks = append(remarks, text) }
		findings, err := declaredParameters(t.Context(), env)
		told := slices.IndexFunc(findings, func(f result.Finding) bool { return strings.Contains(f.Message, "address-city of Organization") })
		if err != nil || told < 0 || findings[told].Cause != result.IgnoredParameter {
			t.Errorf("address-city is passed over, and it is said %+v, %v", findings, err)
		}
		if len(remarks) != 1 || !strings.HasSuffix(remarks[0], "find: Location, Patient.") {
			t.Errorf("of Location nothing is shown, no Patient is found by id, and it is remarked %q", remarks)
		}
		if slices.ContainsFunc(findings, func(f result.Finding) bool {
			return strings.Contains(f.Message, "of Location") || strings.Contains(f.Message, "of Patient")
		}) {
			t.Errorf("there is no Location, and people are found by what they have: %+v", findings)
		}
	})
	t.Run("an entry with a request", func(t *testing.T) {
		findings, err := searchset(t.Context(), ask(t, kept))
		if err != nil || !slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Rule == "bdl-3" }) {
			t.Errorf("a searchset has a request, and it is said %+v, %v", findings, err)
		}
	})
	t.Run("an include that brings nothing", func(t *testing.T) {
		findings, err := searchMode(t.Context(), ask(t, condition))
		if err != nil || len(findings) != 1 || findings[0].Rule != "include-passed-over" || findings[0].Cause != result.IgnoredParameter {
			t.Errorf("the Patient is not sent along, and it is said %+v, %v", findings, err)
		}
		for name, subject := range map[string]object{
			"by number alone": {"identifier": object{"system": fhir.NHSNumberSystem, "value": "9990000018"}}, "contained": {"reference": "#p"},
			"at another server": {"reference": "https://elsewhere.example.test/fhir/Patient/second"},
		} {
			other := object{"fullUrl": condition["fullUrl"], "resource": object{"resourceType": "Condition", "id": "c", "subject": subject}}
			findings, err := searchMode(t.Context(), ask(t, other))
			var open *check.Inconclusive
			if !errors.As(err, &open) || open.Reason != result.NotOffered || len(findings) > 0 {
				t.Errorf("%s: there is nothing to send along, and a match needs no mode; it is said %+v, %v", name, findings, err)
			}
		}
	})
	t.Run("an include of somebody else", func(t *testing.T) {
		findings, err := searchMode(t.Context(), ask(t, object{"resource": condition["resource"], "search": object{"mode": "match"}},
			object{"resource": object{"resourceType": "Patient", "id": "third"}, "search": object{"mode": "include"}}))
		if err != nil || len(findings) != 1 || findings[0].Rule != "include-of-another" {
			t.Errorf("a Patient is sent along to whom nothing refers, and it is said %+v, %v", findings, err)
		}
	})
	t.Run("nobody's records", func(t *testing.T) {
		for name, run := range map[string]func(*check.Env) ([]result.Finding, error){
			"parameters": func(env *check.Env) ([]result.Finding, error) { return declaredParameters(t.Context(), env) },
			"searchset":  func(env *check.Env) ([]result.Finding, error) { return searchset(t.Context(), env) },
		} {
			findings, err := run(ask(t))
			var open *check.Inconclusive
			if !errors.As(err, &open) || open.Reason != result.NoData || len(findings) > 0 {
				t.Errorf("%s: nobody has a record, and it is said %+v, %v", name, findings, err)
			}
		}
	})
}

// requestless is a judge that knows one rule of Bundle.
type others interface{ check.Judge }

type requestless struct{ others }

func (requestless) Judge(_ context.Context, resource fhir.Resource, _ ...string) ([]result.Finding, error) {
	for _, entry := range resource.Objects("entry") {
		if entry["request"] != nil {
			return []result.Finding{{Rule: "bdl-3", Severity: result.SeverityError, Path: "Bundle", Message: "entries have a request in a batch, transaction or history, and nowhere else"}}, nil
		}
	}
	return nil, nil
}
