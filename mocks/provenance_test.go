package mocks_test

import (
	"net/http"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

// sources maps the target of each Provenance, as "Type/id", to the Provenance.
func sources(t *testing.T, resources []fhir.Resource) map[string]fhir.Resource {
	t.Helper()
	found := map[string]fhir.Resource{}
	for _, r := range resources {
		if r.Type() != "Provenance" {
			continue
		}
		ref, ok := fhir.ParseReference(r.Text("target", "reference"))
		if !ok || found[ref.Relative()] != nil {
			t.Errorf("%s: target %q is none, or has two", r.Reference(), r.Text("target", "reference"))
		}
		found[ref.Relative()] = r
	}
	return found
}

// authored reports whether a Provenance names the organisation that a resource is labelled with as its author.
func authored(t *testing.T, e *mocks.Endpoint, p, target fhir.Resource) {
	t.Helper()
	ods := ""
	for _, tag := range target.Objects("meta", "tag") {
		if tag["system"] == fixtures.ODSSystem {
			ods = fhir.Text(tag["code"])
		}
	}
	agent := p.Objects("agent")[0]
	if ods == "" || fhir.Text(fhir.Get(agent, "who", "identifier", "value")) != ods {
		t.Errorf("%s: %s of %s is authored by %v, and its target by %q", e.System, p.Reference(), target.Reference(), agent, ods)
	}
	if p.Text("recorded") != target.Text("meta", "lastUpdated") {
		t.Errorf("%s: recorded %s, last updated %s", e.System, p.Text("recorded"), target.Text("meta", "lastUpdated"))
	}
	reference := fhir.Text(fhir.Get(agent, "who", "reference"))
	if absolute := strings.HasPrefix(reference, e.BaseURL); absolute != (e.System == mocks.OHC) {
		t.Errorf("%s writes %s", e.System, reference)
	}
	ref, _ := fhir.ParseReference(reference)
	if a := get(t, e.URL+"/"+ref.Relative()); a.status != http.StatusOK || !strings.Contains(string(a.body), ods) {
		t.Errorf("%s: the author %s of %s gives %d", e.System, reference, ods, a.status)
	}
}

func TestEveryRecordComesWithItsProvenanceFromBothSystems(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		for _, query := range []string{
			"Observation?_count=7&_revinclude=Provenance:target&" + patient(t, e, person("P02")),
			"Encounter?_count=7&_revinclude=Provenance:target&" + patient(t, e, person("P01")),
		} {
			entries := all(t, e, query)
			found, bySystem := sources(t, mode(entries, "include")), map[string]int{}
			for _, r := range mode(entries, "match") {
				p := found[r.Reference()]
				if p == nil {
					t.Errorf("%s: %s has no Provenance", e.System, r.Reference())
					continue
				}
				authored(t, e, p, r)
				bySystem[strings.TrimPrefix(p.Text("meta", "source"), "https://")[:3]]++
			}
			if len(found) != len(mode(entries, "match")) || bySystem["ccr"] == 0 || bySystem["ohc"] == 0 {
				t.Errorf("%s %s: %d Provenance, by system %v", e.System, query, len(found), bySystem)
			}
		}
	}
}

func TestProvenanceIsFoundByTargetPatientAgentAndId(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		for _, label := range []string{"own-result-ccr", "own-result-ohc"} {
			target := one(t, e, "P33", label)
			found := matches(t, e, "Provenance?target="+target.Reference())
			if len(found) != 1 {
				t.Fatalf("%s finds %d Provenance of %s", e.System, len(found), label)
			}
			authored(t, e, found[0], target)
			again := matches(t, e, "Provenance?_id="+found[0].ID())
			if len(again) != 1 || toText(again[0]) != toText(found[0]) {
				t.Errorf("%s: _id gives %d", e.System, len(again))
			}
			read := get(t, e.URL+"/"+found[0].Reference())
			if read.status != http.StatusOK || toText(read.resource) != toText(found[0]) {
				t.Errorf("%s: read gives %d %s", e.System, read.status, read.body)
			}
			if n := len(matches(t, e, "Provenance?target="+target.Reference()+"&recorded=lt1990-01-01")); n != 0 {
				t.Errorf("%s: a date before everything finds %d", e.System, n)
			}
		}
		about := strings.Split(strings.TrimPrefix(patient(t, e, person("P33")), "patient="), ",")
		if found := sources(t, matches(t, e, "Provenance?"+patient(t, e, person("P33")))); len(found) != len(about) {
			t.Errorf("%s: %d Patients have %d Provenance", e.System, len(about), len(found))
		}
		for _, label := range []string{"glucose-ccr", "glucose-ohc"} {
			fact, _ := storyOf("P02").Fact(label)
			found := matches(t, e, "Observation?_has:Provenance:target:agent:Organization.identifier="+fact.Source+"&"+patient(t, e, person("P02")))
			if businessIDs(found)[fact.Identifier.Value] == nil {
				t.Errorf("%s: _has does not find %s of %s", e.System, label, fact.Source)
			}
			for _, r := range found {
				if !strings.HasSuffix(r.Text("meta", "source"), "/"+fact.Source) {
					t.Errorf("%s: _has finds %s of %s", e.System, r.Reference(), r.Text("meta", "source"))
				}
			}
			if n := len(matches(t, e, "Provenance?agent:Organization.identifier="+fixtures.ODSSystem+"|"+fact.Source)); n == 0 {
				t.Errorf("%s: %s authored nothing", e.System, fact.Source)
			}
		}
	}
}

func TestProvenanceFollowsWhatHappensToItsTarget(t *testing.T) {
	pair := start(t, "")
	result := one(t, pair.CCR, "P33", "own-result-ccr")
	before := matches(t, pair.CCR, "Provenance?target="+result.Reference())[0]
	happen(t, pair.CCR, mocks.Event{Type: "advance", Delay: "1h"})
	happen(t, pair.CCR, mocks.Event{Type: "entered-in-error", Reference: result.Reference()})
	for _, e := range pair.Endpoints() {
		target := one(t, e, "P33", "own-result-ccr")
		p := matches(t, e, "Provenance?target="+target.Reference())[0]
		if p.Text("activity", "coding", "code") != "NULLIFY" || !strings.HasPrefix(p.Text("recorded"), "2026-03-02T10:00") || p.Text("meta", "versionId") != "2" {
			t.Errorf("%s: %s", e.System, toText(p))
		}
	}
	if a := get(t, pair.CCR.URL+"/"+before.Reference()+"/_history/1"); a.status != http.StatusOK || toText(a.resource) != toText(before) {
		t.Errorf("the first version gives %d %s", a.status, a.body)
	}
	happen(t, pair.CCR, mocks.Event{Type: "delete", Reference: result.Reference()})
	if n := len(matches(t, pair.CCR, "Provenance?target="+result.Reference())); n != 0 {
		t.Errorf("what was deleted has %d Provenance", n)
	}
	if a := get(t, pair.CCR.URL+"/"+before.Reference()); a.status != http.StatusNotFound {
		t.Errorf("the Provenance of what was deleted gives %d", a.status)
	}
}

func TestAWrittenProvenanceTakesThePlaceOfTheOneThatIsMade(t *testing.T) {
	pair := start(t, "")
	e := pair.CCR
	target := one(t, e, "P33", "own-result-ccr").Reference()
	a := do(t, http.MethodPut, e.URL+"/Provenance/mine", asJSON, `{"resourceType":"Provenance","id":"mine","target":[{"reference":"`+target+`"}],
		"recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"display":"somebody"}}]}`)
	if a.status != http.StatusCreated {
		t.Fatalf("PUT: %d %s", a.status, a.body)
	}
	for _, query := range []string{"Provenance?target=" + target, "Provenance?_id=mine", "Provenance?target=" + target + "&_count=5&_sort=recorded"} {
		if found := matches(t, e, query); len(found) != 1 || found[0].ID() != "mine" {
			t.Errorf("%s finds %v", query, found)
		}
	}
}

func TestEverythingComesWithProvenance(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		about := matches(t, e, "Patient?identifier="+person("P33"))[0]
		bundle := get(t, e.URL+"/Patient/"+about.ID()+"/$everything").resource
		entries := fhir.Entries(bundle)
		found := sources(t, mode(entries, "include"))
		for _, r := range mode(entries, "match") {
			if found[r.Reference()] == nil {
				t.Errorf("%s: %s has no Provenance", e.System, r.Reference())
			}
		}
		if len(found) == 0 {
			t.Errorf("%s gives no Provenance", e.System)
		}
		for _, entry := range fhir.Entries(get(t, e.URL+"/Patient/"+about.ID()+"/$everything?_type=Observation").resource) {
			if entry.Resource.Type() == "Provenance" {
				t.Errorf("%s: _type=Observation gives Provenance too", e.System)
				break
			}
		}
	}
}

func TestARestrictedPersonsProvenanceKeepsTheLabel(t *testing.T) {
	pair := start(t, "")
	for _, e := range pair.Endpoints() {
		for _, r := range mode(all(t, e, "Encounter?_revinclude=Provenance:target&"+patient(t, e, person("P17"))), "include") {
			if r.Text("meta", "security", "code") != "R" {
				t.Errorf("%s: %s is not labelled", e.System, r.Reference())
			}
		}
	}
}
