package mocks_test

import (
	"net/http"
	"strings"
	"testing"

	"concord/fixtures"
	"concord/internal/fhir"
	"concord/mocks"
)

// everythingAbout is what a system shows of people, as text.
func everythingAbout(t *testing.T, e *mocks.Endpoint, numbers ...string) string {
	t.Helper()
	var text strings.Builder
	for _, number := range numbers {
		queries := []string{"Patient?identifier=" + number}
		for _, kind := range fixtures.Kinds() {
			queries = append(queries, string(kind)+"?patient.identifier="+number)
		}
		for _, query := range queries {
			for _, entry := range all(t, e, query) {
				text.WriteString(toText(entry.Resource))
			}
		}
	}
	return text.String()
}

// disturb makes one event of every kind happen at a system.
func disturb(t *testing.T, e *mocks.Endpoint) {
	t.Helper()
	label := "own-result-" + e.System
	result := one(t, e, "P33", label)
	people := matches(t, e, "Patient?identifier="+storyOf("P19").People[0].ID)
	losers := matches(t, e, "Patient?identifier="+storyOf("P19").People[1].ID)
	for _, event := range []mocks.Event{
		{Type: "advance", Delay: "26h"},
		{Type: "correct", Reference: result.Reference(), Change: map[string]any{"status": "corrected"}},
		{Type: "entered-in-error", Reference: result.Reference()},
		{Type: "delete", Reference: one(t, e, "P33", "wrong-patient-"+e.System).Reference()},
		{Type: "merge", Reference: losers[0].Reference(), Survivor: people[0].Reference()},
		{Type: "object", Person: person("P14")},
		{Type: "provider-down", Provider: "RXW"},
		{Type: "freeze", Provider: "RJE"},
	} {
		happen(t, e, event)
	}
	do(t, http.MethodPut, e.URL+"/Patient/extra", asJSON,
		`{"resourceType":"Patient","id":"extra","identifier":[{"system":"`+fhir.NHSNumberSystem+`","value":"`+person("P33")+`"}]}`)
}

func TestResetUndoesWhatHasHappened(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		numbers := []string{person("P33"), person("P19"), storyOf("P19").People[1].ID, person("P14"), person("P10")}
		before := everythingAbout(t, e, numbers...)
		disturb(t, e)
		if everythingAbout(t, e, numbers...) == before {
			t.Fatalf("%s: nothing has happened", e.System)
		}
		if a := do(t, http.MethodPost, "http://"+e.AdminAddress+"/reset", nil, ""); a.status != http.StatusOK || !strings.Contains(string(a.body), "2026-03-02T09:00:00Z") {
			t.Fatalf("reset: %d %s", a.status, a.body)
		}
		if after := everythingAbout(t, e, numbers...); after != before {
			t.Errorf("%s: after the reset it shows\n%.2000s\nwant\n%.2000s", e.System, after, before)
		}
		if a := get(t, e.URL+"/Patient/extra"); a.status != http.StatusNotFound {
			t.Errorf("%s: a Patient that was created is still there: %d", e.System, a.status)
		}
	}
}

func TestRestoreUndoesWhatHasHappenedToOnePersonOnly(t *testing.T) {
	pair := start(t, "")
	e := pair.OHC
	before := everythingAbout(t, e, person("P33"))
	disturb(t, e)
	happen(t, e, mocks.Event{Type: "restore", Person: person("P33")})
	happen(t, e, mocks.Event{Type: "provider-up", Provider: "RXW"})
	happen(t, e, mocks.Event{Type: "thaw", Provider: "RJE"})
	if after := everythingAbout(t, e, person("P33")); after != before {
		t.Errorf("the person is shown as\n%.2000s\nwant\n%.2000s", after, before)
	}
	if p := matches(t, e, "Patient?identifier="+storyOf("P19").People[1].ID)[0]; p["active"] != false {
		t.Error("another person's merge was undone too")
	}
	happen(t, e, mocks.Event{Type: "restore", Person: storyOf("P19").People[1].ID})
	if p := matches(t, e, "Patient?identifier="+storyOf("P19").People[1].ID)[0]; p["active"] == false {
		t.Error("the merged Patient is not active again")
	}
	happen(t, e, mocks.Event{Type: "restore", Person: person("P14")})
	for _, test := range []mocks.Event{{Type: "restore"}, {Type: "restore", Person: "nobody"}, {Type: "restore", Person: "x", Reference: "Patient/1"}} {
		if err := e.Server.Happen(test); err == nil {
			t.Errorf("%+v is accepted", test)
		}
	}
}

func TestRestoreUndoesWhatHasHappenedToOneResource(t *testing.T) {
	pair := start(t, "")
	result := one(t, pair.CCR, "P33", "own-result-ccr")
	happen(t, pair.CCR, mocks.Event{Type: "delete", Reference: result.Reference()})
	happen(t, pair.CCR, mocks.Event{Type: "restore", Reference: result.Reference()})
	if got := toText(one(t, pair.CCR, "P33", "own-result-ccr")); got != toText(result) {
		t.Errorf("restored as %s", got)
	}
	if a := get(t, pair.CCR.URL+"/"+result.Reference()+"/_history"); a.resource.Text("total") != "1" {
		t.Errorf("the history has %s versions", a.resource.Text("total"))
	}
}
