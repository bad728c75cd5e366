package scenario

import (
	"context"
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
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// wordJudge says of a Patient in a language that words of it are another code's; it stands for the judge of a run.
type wordJudge struct{ judge }

// judge is the rest of a judge, of whom nothing is asked.
type judge interface {
	check.Judge
}

func (wordJudge) Judge(context.Context, fhir.Resource, ...string) ([]result.Finding, error) {
	return nil, nil
}

func (wordJudge) Rules(_ context.Context, resource fhir.Resource) []result.Finding {
	if resource["language"] == nil {
		return []result.Finding{{Rule: ukrules.NHSNumberStatus, Severity: result.SeverityError}}
	}
	return []result.Finding{{Rule: ukrules.DisplayConcept, Severity: result.SeverityError, Path: "Patient.extension"}}
}

// listing is a system that shows resources by their identifiers, and nothing else. It counts one more where a resource asks for it.
func listing(t *testing.T, shown ...fhir.Resource) *check.Endpoint {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		entries, more := []any{}, 0
		for _, one := range shown {
			if one["implicitRules"] == "urn:one-more" {
				more = 1
			}
			if "/"+one.Type() == r.URL.Path && slices.Contains(record.Identifiers(one), r.URL.Query().Get("identifier")) {
				entries = append(entries, map[string]any{"resource": one, "search": map[string]any{"mode": "match"}})
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Bundle", "type": "searchset", "total": len(entries) + more, "entry": entries})
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return check.NewEndpoint(client, "ccr", "CCR")
}

func TestTheSweepLooksAtWhoTheSeededPatientIsAndWhatTheProviderIsCalled(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var provider fixtures.Provider
	for _, p := range ledger.Providers() {
		if person, _, ok := ledger.SweepFact(p.ODS); ok && p.Synthetic && p.Closed == "" && person.Practice != "" {
			provider = p
		}
	}
	person, _, _ := ledger.SweepFact(provider.ODS)
	render := ledger.Renderer(fixtures.CCR, fixtures.CCRStyle())
	patient := render.Patients(person)[0]
	var organization fhir.Resource
	for entry := range render.Directory() {
		if entry.Type() == "Organization" && slices.Contains(record.Identifiers(entry), record.ODSSystem+"|"+provider.ODS) {
			organization = entry
		}
	}
	ask := func(run func(context.Context, *check.Env) ([]result.Finding, error), shown ...fhir.Resource) (string, error) {
		env := &check.Env{System: listing(t, shown...), Ledger: ledger, Shared: &check.Shared{}, Provider: provider, Judge: wordJudge{}}
		findings, err := run(t.Context(), env)
		var paths []string
		for _, f := range findings {
			paths = append(paths, f.Path+" "+string(f.Severity))
			if len(f.Exchanges) == 0 || f.Cause == result.NoCause {
				t.Errorf("%+v has no cause, or nothing that shows it", f)
			}
		}
		return strings.Join(paths, ", "), err
	}
	with := func(r fhir.Resource, element string, value any) fhir.Resource {
		r = r.Clone()
		if r[element] = value; value == nil {
			delete(r, element)
		}
		return r
	}
	for name, c := range map[string]struct {
		run   func(context.Context, *check.Env) ([]result.Finding, error)
		shown fhir.Resource
		want  string
	}{
		"the patient as they are":             {shownAsThemselves, patient, ""},
		"of another sex":                      {shownAsThemselves, with(patient, "gender", "other"), "Patient.gender error"},
		"with a code in the words of another": {shownAsThemselves, with(patient, "language", "en"), "Patient.extension error"},
		"without an address":                  {shownAsThemselves, with(patient, "address", nil), "Patient.address error"},
		"the provider as it is":               {directory, organization, ""},
		"under another name":                  {directory, with(organization, "name", "Somewhere else"), "Organization.name error"},
		"in an answer that counts one more":   {directory, with(organization, "implicitRules", "urn:one-more"), "Bundle.total warning"},
		"without a telephone":                 {directory, with(organization, "telecom", nil), "Organization.telecom warning"},
	} {
		if got, err := ask(c.run, c.shown); err != nil || got != c.want {
			t.Errorf("%s: %q %v, want %q", name, got, err, c.want)
		}
	}
	if got, err := ask(shownAsThemselves); err == nil || got != "" {
		t.Errorf("nobody is found, which says nothing of who they are: %q", got)
	}
}
