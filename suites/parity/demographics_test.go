package parity

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

func TestWhatIsSaidOfPeopleWhoHaveDiedIsComparedThoughNobodySampledThem(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	whole := ledger.Renderer(fixtures.CCR, fixtures.CCRStyle()).Patients(deceasedIn(ledger)[0])[0].Clone()
	for _, element := range []string{"generalPractitioner", "managingOrganization"} {
		delete(whole, element) // this system has no directory
	}
	without := func(id string, change func(fhir.Resource)) fhir.Resource {
		patient := whole.Clone()
		patient["id"] = id
		change(patient)
		return patient
	}
	bare := without("bare", func(p fhir.Resource) { delete(p, "extension") })
	plain := without("plain", func(p fhir.Resource) {
		name, _ := fhir.List(p["name"])[0].(map[string]any)
		delete(name, "prefix")
	})
	half := func(id string, at int) fhir.Resource {
		return without(id, func(p fhir.Resource) { p["extension"] = fhir.List(p["extension"])[at : at+1] })
	}
	for name, c := range map[string]struct {
		shown []fhir.Resource
		path  string
	}{
		"all of it":                          {[]fhir.Resource{whole}, ""},
		"no notice of the death":             {[]fhir.Resource{bare}, "Patient.extension"},
		"no notice, but in the other record": {[]fhir.Resource{bare, whole}, ""},
		"one in each record":                 {[]fhir.Resource{half("first", 0), half("second", 1)}, ""},
		"the same one in both":               {[]fhir.Resource{half("first", 0), half("second", 0)}, "Patient.extension"},
		"no title":                           {[]fhir.Resource{plain}, "Patient.name.prefix"},
		"no title, but in the other record":  {[]fhir.Resource{plain, whole}, ""},
	} {
		system := showing(t, c.shown...)
		findings, err := demographics(t.Context(), &check.Env{System: system, Ledger: ledger, Shared: &check.Shared{}})
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, f := range findings {
			if f.Path == "Patient.generalPractitioner" {
				continue
			}
			told = append(told, f.Path+" "+f.Actual)
			if f.Severity != result.SeverityError {
				t.Errorf("%s: %+v", name, f)
			}
		}
		if c.path == "" && len(told) > 0 || c.path != "" && (len(told) == 0 || told[0] != c.path+" nothing") {
			t.Errorf("%s: %v, want %q", name, told, c.path)
		}
	}
}

func TestWhoHasNoNHSNumberIsWhoTheyAre(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, StoriesOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	without := numberlessIn(ledger)
	if len(without) < 2 {
		t.Fatalf("%d people without an NHS number", len(without))
	}
	whole := ledger.Renderer(fixtures.CCR, fixtures.CCRStyle()).Patients(without[0])[0].Clone()
	for _, element := range []string{"generalPractitioner", "managingOrganization"} {
		delete(whole, element) // this system has no directory
	}
	for name, c := range map[string]struct {
		change func(fhir.Resource)
		path   string
	}{
		"as they are":         {func(fhir.Resource) {}, ""},
		"under another name":  {func(p fhir.Resource) { p.Objects("name")[0]["family"] = "Murphy" }, "Patient.name.family"},
		"born on another day": {func(p fhir.Resource) { p["birthDate"] = "1950-01-02" }, "Patient.birthDate"},
		"a twin, matched": {func(p fhir.Resource) {
			p["identifier"] = []any{
				map[string]any{"system": fixtures.PersonSystem, "value": without[1].ID}, map[string]any{"system": fixtures.PersonSystem, "value": without[0].ID},
			}
			p["birthDate"] = "1950-01-02"
		}, ""},
		"somebody else": {func(p fhir.Resource) { p["identifier"] = nil; p["birthDate"] = "1950-01-02" }, ""},
	} {
		shown := whole.Clone()
		c.change(shown)
		findings, err := demographics(t.Context(), &check.Env{System: showing(t, shown, numbered("other", record.Sample(ledger)[0].NHSNumber)), Ledger: ledger, Shared: &check.Shared{}})
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for _, f := range findings {
			if strings.Contains(f.Query, without[0].ID) && f.Path != "Patient.generalPractitioner" {
				told = append(told, f.Path)
			}
		}
		if (c.path == "") != (len(told) == 0) || len(told) > 0 && told[0] != c.path {
			t.Errorf("%s: %v, want %q", name, told, c.path)
		}
	}
}

func TestASampledPersonIsLinkedToTheirOwnRecordsAlone(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, StoriesOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	person := record.Sample(ledger)[0]
	own, theirs := numbered("again", person.NHSNumber), numbered("theirs", record.Sample(ledger)[1].NHSNumber)
	for to, wrong := range map[string]bool{"Patient/again": false, "Patient/theirs": true, "Patient/nobody": false} {
		patient := numbered("first", person.NHSNumber)
		patient["link"] = []any{map[string]any{"type": "seealso", "other": map[string]any{"reference": to}}}
		findings, err := demographics(t.Context(), &check.Env{System: showing(t, patient, own, theirs), Ledger: ledger, Shared: &check.Shared{}})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(findings, func(f result.Finding) bool { return f.Path == "Patient.link" })
		if (at >= 0) != wrong || wrong && (!strings.HasPrefix(findings[at].Hazard, "S1") || !strings.Contains(findings[at].Query, person.NHSNumber)) {
			t.Errorf("a link to %s: %v", to, findings)
		}
	}
}

// A service that takes NHS numbers alone says nothing wrong of those who have one when it refuses to look for who has none.
func TestWhoCannotBeAskedForByALocalNumberHidesNobodyElse(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, StoriesOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	person := record.Sample(ledger)[0]
	for status, told := range map[int]bool{http.StatusBadRequest: true, http.StatusInternalServerError: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/fhir+json")
			token, entries := r.URL.Query().Get("identifier"), []any{}
			if !strings.HasPrefix(token, fhir.NHSNumberSystem+"|") {
				w.WriteHeader(status)
				_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "OperationOutcome", "issue": []any{map[string]any{"severity": "error", "code": "invalid"}}})
				return
			}
			if strings.HasSuffix(token, person.NHSNumber) {
				patient := numbered("first", person.NHSNumber)
				patient["birthDate"] = "1900-01-01"
				entries = append(entries, map[string]any{"resource": patient})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Bundle", "type": "searchset", "entry": entries})
		}))
		t.Cleanup(server.Close)
		client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		findings, err := demographics(t.Context(), &check.Env{System: check.NewEndpoint(client, "ccr", ""), Ledger: ledger, Shared: &check.Shared{}})
		if (err == nil) != told || told != slices.ContainsFunc(findings, func(f result.Finding) bool { return f.Path == "Patient.birthDate" }) {
			t.Errorf("status %d for a local number: %v, %v", status, findings, err)
		}
	}
}
