package mocks_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/mocks"
)

func happen(t *testing.T, e *mocks.Endpoint, event mocks.Event) {
	t.Helper()
	if err := e.Server.Happen(event); err != nil {
		t.Fatal(err)
	}
}

// one finds the resource of a fact in its own system.
func one(t *testing.T, e *mocks.Endpoint, story, label string) fhir.Resource {
	t.Helper()
	fact, ok := storyOf(story).Fact(label)
	if !ok {
		t.Fatalf("story %s has no fact %s", story, label)
	}
	found := matches(t, e, string(fact.Kind)+"?identifier="+fact.Identifier.Value)
	if len(found) != 1 {
		t.Fatalf("%s finds %s %d times", e.System, label, len(found))
	}
	return found[0]
}

func TestACorrectionIsSeenEverywhereAndKeepsItsHistory(t *testing.T) {
	pair := start(t, "")
	before := one(t, pair.CCR, "P33", "own-result-ccr")
	happen(t, pair.CCR, mocks.Event{Type: "advance", Delay: "90m"})
	happen(t, pair.CCR, mocks.Event{Type: "correct", Reference: before.Reference(), Change: map[string]any{
		"status": "corrected", "valueQuantity": map[string]any{"value": json.Number("5.1")},
	}})
	for _, e := range pair.Endpoints() {
		after := one(t, e, "P33", "own-result-ccr")
		if after.Text("status") != "corrected" || after.Text("valueQuantity", "value") != "5.1" || after.Text("valueQuantity", "code") == "" {
			t.Errorf("%s shows %s %s", e.System, after.Text("status"), after.Text("valueQuantity", "value"))
		}
		if after.Text("meta", "versionId") != "2" || !strings.HasPrefix(after.Text("meta", "lastUpdated"), "2026-03-02T10:30:00") {
			t.Errorf("%s: version %s of %s", e.System, after.Text("meta", "versionId"), after.Text("meta", "lastUpdated"))
		}
	}
	if found := matches(t, pair.CCR, "Observation?_id="+before.ID()+"&_lastUpdated=gt2026-03-02T09:30:00Z"); len(found) != 1 {
		t.Error("_lastUpdated does not find what has changed")
	}
}

func TestWhatIsEnteredInErrorStaysAsAnError(t *testing.T) {
	for _, test := range []struct {
		settings []mocks.Setting
		vanishes bool
	}{{nil, false}, {[]mocks.Setting{{ID: "D52"}}, true}} {
		pair := start(t, mocks.OHC, test.settings...)
		result := one(t, pair.OHC, "P33", "own-result-ohc")
		happen(t, pair.OHC, mocks.Event{Type: "entered-in-error", Reference: result.Reference()})
		read := get(t, pair.OHC.URL+"/"+result.Reference())
		if vanished := read.status == http.StatusGone; vanished != test.vanishes {
			t.Errorf("D52 %v: reading gives %d", test.vanishes, read.status)
		}
		if !test.vanishes && read.resource.Text("status") != "entered-in-error" {
			t.Errorf("the status is %s", read.resource.Text("status"))
		}
	}
}

func TestAMergeMovesRecordsUnlessADefectLosesThem(t *testing.T) {
	for _, test := range []struct {
		settings []mocks.Setting
		loses    bool
	}{{nil, false}, {[]mocks.Setting{{ID: "D06"}}, true}} {
		pair := start(t, mocks.CCR, test.settings...)
		loser := matches(t, pair.CCR, "Patient?identifier="+person("P10"))[0]
		survivor := matches(t, pair.CCR, "Patient?identifier="+person("P11"))[0]
		before := len(matches(t, pair.CCR, "Observation?patient="+survivor.ID()))
		moved := 0
		for _, r := range matches(t, pair.CCR, "Observation?patient="+loser.ID()) {
			if strings.Contains(r.Text("meta", "source"), "ccr") {
				moved++
			}
		}
		if moved == 0 {
			t.Fatal("the loser has no record of its own system")
		}
		happen(t, pair.CCR, mocks.Event{Type: "merge", Reference: loser.Reference(), Survivor: survivor.Reference()})
		after := len(matches(t, pair.CCR, "Observation?patient="+survivor.ID()))
		if want := before + moved; !test.loses && after != want || test.loses && after != before {
			t.Errorf("D06 %v: the survivor has %d records, before %d", test.loses, after, before)
		}
		gone := get(t, pair.CCR.URL+"/"+loser.Reference()).resource
		if gone["active"] != false || gone.Text("link", "type") != "replaced-by" {
			t.Errorf("the loser is %v with link %v", gone["active"], gone["link"])
		}
		happen(t, pair.CCR, mocks.Event{Type: "unlink", Reference: loser.Reference(), Survivor: survivor.Reference()})
		if again := get(t, pair.CCR.URL+"/"+loser.Reference()).resource; again["active"] != true || again["link"] != nil {
			t.Errorf("after the unlink the loser is %v with link %v", again["active"], again["link"])
		}
	}
}

func TestAnObjectionHidesTheRecordOnBothSidesUntilWithdrawn(t *testing.T) {
	for _, test := range []struct {
		settings []mocks.Setting
		leaks    bool
	}{{nil, false}, {[]mocks.Setting{{ID: "D59"}}, true}} {
		pair := start(t, mocks.OHC, test.settings...)
		number := person("P14")
		count := func(e *mocks.Endpoint) (own, others, outcomes int) {
			for _, kind := range fixtures.Kinds() {
				entries := all(t, e, string(kind)+"?"+patient(t, e, number))
				outcomes += len(mode(entries, "outcome"))
				for _, r := range mode(entries, "match") {
					if strings.Contains(r.Text("meta", "source"), "ohc") {
						own++
					} else {
						others++
					}
				}
			}
			return own, others, outcomes
		}
		before, others, _ := count(pair.CCR)
		happen(t, pair.OHC, mocks.Event{Type: "object", Person: number})
		if own, _, outcomes := count(pair.OHC); own != 0 || outcomes == 0 {
			t.Errorf("at home %d records are shown, with %d warnings", own, outcomes)
		}
		own, still, _ := count(pair.CCR)
		if (own > 0) != test.leaks || still != others {
			t.Errorf("D59 %v: across the boundary %d objected records and %d of %d others are shown", test.leaks, own, still, others)
		}
		happen(t, pair.OHC, mocks.Event{Type: "withdraw", Person: number})
		if own, _, _ := count(pair.CCR); own != before {
			t.Errorf("after the objection was withdrawn %d of %d records are shown", own, before)
		}
	}
}

func TestAProviderThatIsDownIsNamedOnBothSides(t *testing.T) {
	pair := start(t, "")
	ods := "RXW"
	happen(t, pair.OHC, mocks.Event{Type: "provider-down", Provider: ods})
	for _, e := range pair.Endpoints() {
		entries := all(t, e, "Observation?"+patient(t, e, person("P10")))
		for _, r := range mode(entries, "match") {
			if strings.HasSuffix(r.Text("meta", "source"), ods) {
				t.Errorf("%s shows a record of a provider that is down", e.System)
			}
		}
		outcomes := mode(entries, "outcome")
		if len(outcomes) != 1 || !strings.Contains(outcomes[0].Text("issue", "diagnostics"), ods) {
			t.Errorf("%s does not say that %s is missing: %v", e.System, ods, outcomes)
		}
	}
	happen(t, pair.OHC, mocks.Event{Type: "provider-up", Provider: ods})
	if entries := all(t, pair.CCR, "Observation?"+patient(t, pair.CCR, person("P10"))); len(mode(entries, "outcome")) != 0 {
		t.Error("the warning stays after the provider is back")
	}
}

func TestAProviderSlowerThanTheBudgetIsNamed(t *testing.T) {
	server, err := mocks.New(mocks.Options{System: mocks.OHC, Ledger: ledger(), PeerBudget: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if err := server.Happen(mocks.Event{Type: "provider-slow", Provider: "RXW", Delay: "1h"}); err != nil {
		t.Fatal(err)
	}
	e := serve(t, server)
	if entries := all(t, e, "Observation?"+patient(t, e, person("P10"))); len(mode(entries, "outcome")) != 1 {
		t.Error("nothing says that a provider was too slow")
	}
}

func TestAFrozenFeedSaysItsAgeAndThawsWithWhatWaited(t *testing.T) {
	pair := start(t, "")
	result := one(t, pair.OHC, "P33", "own-result-ohc")
	source := result.Text("meta", "source")
	ods := source[strings.LastIndex(source, "/")+1:]
	happen(t, pair.OHC, mocks.Event{Type: "freeze", Provider: ods})
	happen(t, pair.OHC, mocks.Event{Type: "correct", Reference: result.Reference(), Change: map[string]any{"status": "corrected"}})
	entries := all(t, pair.CCR, "Observation?"+patient(t, pair.CCR, person("P33")))
	if outcomes := mode(entries, "outcome"); len(outcomes) != 1 || !strings.Contains(string(outcomes[0].Text("issue", "details", "text")), "2026-03-02T09:00") {
		t.Errorf("nothing says how old the data is: %v", outcomes)
	}
	if got := one(t, pair.OHC, "P33", "own-result-ohc").Text("status"); got == "corrected" {
		t.Error("a frozen feed let a correction through")
	}
	if err := pair.OHC.Server.SetDefects(mocks.Setting{ID: "D67"}); err != nil {
		t.Fatal(err)
	}
	if entries := all(t, pair.OHC, "Observation?"+patient(t, pair.OHC, person("P33"))); len(mode(entries, "outcome")) != 0 {
		t.Error("D67 still says how old the data is")
	}
	happen(t, pair.OHC, mocks.Event{Type: "thaw", Provider: ods})
	if got := one(t, pair.OHC, "P33", "own-result-ohc").Text("status"); got != "corrected" {
		t.Errorf("after the thaw the status is %s", got)
	}
}

func TestAResetUndoesEveryEventAndLeavesWhatClientsWrote(t *testing.T) {
	pair := start(t, "")
	everything := func(e *mocks.Endpoint) string {
		var b strings.Builder
		for _, question := range []string{"Observation?", "Patient?", "Condition?"} {
			for _, story := range []string{"P10", "P11", "P14", "P33"} {
				about := patient(t, e, person(story))
				if question == "Patient?" {
					about = "identifier=" + person(story)
				}
				for _, entry := range all(t, e, question+about) {
					b.WriteString(entry.Mode + toText(entry.Resource) + "\n")
				}
			}
		}
		return b.String()
	}
	written := do(t, http.MethodPost, pair.OHC.URL+"/Observation", map[string]string{"Content-Type": "application/fhir+json"},
		`{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"`+matches(t, pair.OHC, "Patient?identifier="+person("P11"))[0].Reference()+`"}}`)
	if written.status != http.StatusCreated {
		t.Fatalf("the client's write gives %d", written.status)
	}
	before := map[string]string{}
	for _, e := range pair.Endpoints() {
		before[e.System] = everything(e)
	}
	for _, e := range pair.Endpoints() {
		suffix := e.System
		happen(t, e, mocks.Event{Type: "correct", Reference: one(t, e, "P33", "own-result-"+suffix).Reference(), Change: map[string]any{"status": "corrected"}})
		happen(t, e, mocks.Event{Type: "delete", Reference: one(t, e, "P33", "withdrawn-"+suffix).Reference()})
		happen(t, e, mocks.Event{
			Type: "merge", Reference: matches(t, e, "Patient?identifier="+person("P10"))[0].Reference(),
			Survivor: matches(t, e, "Patient?identifier="+person("P11"))[0].Reference(),
		})
		happen(t, e, mocks.Event{Type: "object", Person: person("P14")})
		happen(t, e, mocks.Event{Type: "provider-down", Provider: "RXW"})
		happen(t, e, mocks.Event{Type: "advance", Delay: "15m"})
		happen(t, e, mocks.Event{Type: "peer-budget", Delay: "1ms"})
	}
	for _, e := range pair.Endpoints() {
		happen(t, e, mocks.Event{Type: "reset"})
	}
	for _, e := range pair.Endpoints() {
		if after := everything(e); after != before[e.System] {
			t.Errorf("%s shows something else after the reset", e.System)
		}
	}
	if !strings.Contains(before[mocks.OHC], `"text":"x"`) {
		t.Error("what the client wrote is not shown")
	}
}

func TestAProviderThatJoinsIsListedAndShown(t *testing.T) {
	pair := start(t, "")
	joined, err := ledger().WithNewcomer()
	if err != nil {
		t.Fatal(err)
	}
	story, _ := joined.Story("P21")
	fact, ok := story.Fact("hospice-rate")
	if !ok {
		t.Fatal("the hospice has recorded nothing")
	}
	for _, e := range pair.Endpoints() {
		happen(t, e, mocks.Event{Type: "join", Provider: fixtures.Newcomer})
	}
	for _, e := range pair.Endpoints() {
		if n := len(matches(t, e, "Organization?identifier="+fixtures.Newcomer)); n != 1 {
			t.Errorf("%s lists the newcomer %d times", e.System, n)
		}
		if n := len(matches(t, e, "Observation?identifier="+fact.Identifier.Value)); n != 1 {
			t.Errorf("%s shows what the newcomer recorded %d times", e.System, n)
		}
	}
	for _, e := range pair.Endpoints() {
		happen(t, e, mocks.Event{Type: "reset"})
		if n := len(matches(t, e, "Organization?identifier="+fixtures.Newcomer)); n != 0 {
			t.Errorf("%s still lists the newcomer after the reset", e.System)
		}
	}
}

func TestEventsThatMakeNoSenseAreRefused(t *testing.T) {
	pair := start(t, "")
	for _, test := range []struct {
		event mocks.Event
		says  string
	}{
		{mocks.Event{Type: "explode"}, "no such event"},
		{mocks.Event{Type: "correct", Reference: "nonsense"}, "reference"},
		{mocks.Event{Type: "delete", Reference: "Observation/none"}, "no Observation/none"},
		{mocks.Event{Type: "merge", Reference: "Patient/none"}, "no Patient/none"},
		{mocks.Event{Type: "object"}, "no person"},
		{mocks.Event{Type: "freeze", Provider: "ZZZ"}, "no provider"},
		{mocks.Event{Type: "provider-slow", Provider: "RRK", Delay: "slowly"}, "duration"},
		{mocks.Event{Type: "advance", Delay: "-1h"}, "duration"},
		{mocks.Event{Type: "join", Provider: "RRK"}, "kept in reserve"},
		{mocks.Event{Type: "peer-budget", Delay: "0s"}, "duration"},
	} {
		if err := pair.CCR.Server.Happen(test.event); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v gives %v, want %q", test.event, err, test.says)
		}
	}
}

func TestTheAdminAPI(t *testing.T) {
	pair := start(t, "")
	admin := "http://" + pair.OHC.AdminAddress
	for _, test := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/defects", "", 200, `"D71"`},
		{"PUT", "/defects", `[{"id":"D12"},{"id":"D71","providers":["RJE"]}]`, 200, `"inForce":{"id":"D71","providers":["RJE"]}`},
		{"PUT", "/defects", `[{"id":"D999"}]`, 422, "D999"},
		{"PUT", "/defects", `{`, 400, "body"},
		{"PUT", "/defects", `[]`, 200, `"D71"`},
		{"PUT", "/fault", `{"fault":"hang"}`, 200, "hang"},
		{"PUT", "/fault", `{"fault":"fire"}`, 422, "fire"},
		{"PUT", "/fault", `{"fault":"none"}`, 200, "none"},
		{"POST", "/events", `{"type":"advance","delay":"1h"}`, 200, "2026-03-02T10:00:00Z"},
		{"POST", "/events", `{"type":"advance","speed":"1h"}`, 400, "speed"},
		{"GET", "/clock", "", 200, "2026-03-02T10:00:00Z"},
		{"DELETE", "/clock", "", 405, ""},
	} {
		a := do(t, test.method, admin+test.path, nil, test.body)
		if a.status != test.status || !strings.Contains(string(a.body), test.says) {
			t.Errorf("%s %s %s: %d %.200s", test.method, test.path, test.body, a.status, a.body)
		}
	}
	if a := get(t, pair.OHC.URL+"/metadata"); a.status != http.StatusOK {
		t.Errorf("FHIR answers %d afterwards", a.status)
	}
}

func TestEveryAccessIsAudited(t *testing.T) {
	pair := start(t, "")
	header := map[string]string{"X-Correlation-ID": "join-1", "NHSD-End-User-Organisation-ODS": "SYNGP0001"}
	about := patient(t, pair.CCR, person("P32"))
	do(t, http.MethodGet, pair.CCR.URL+"/Observation?"+about, header, "")
	do(t, http.MethodGet, pair.CCR.URL+"/Observation/nobody", header, "")
	trail := func(e *mocks.Endpoint) (events []fhir.Resource) {
		for _, event := range matches(t, e, "AuditEvent?_sort=date") {
			if strings.Contains(toText(event), "join-1") {
				events = append(events, event)
			}
		}
		return events
	}
	home := trail(pair.CCR)
	if len(home) != 2 || home[0].Text("outcome") != "0" || home[1].Text("outcome") != "4" {
		t.Fatalf("ccr recorded %d accesses, want one that succeeded and one that failed", len(home))
	}
	if text := toText(home[0]); !strings.Contains(text, "SYNGP0001") || !strings.Contains(text, strings.TrimPrefix(about, "patient=")) {
		t.Errorf("the event does not say who asked for whom: %s", text)
	}
	across := trail(pair.OHC)
	if len(across) != 1 || across[0].Text("agent", "who", "display") != "ccr" || !strings.Contains(toText(across[0]), "SYNGP0001") {
		t.Errorf("ohc recorded %d accesses across the boundary: %v", len(across), across)
	}
	if a := do(t, http.MethodDelete, pair.CCR.URL+"/AuditEvent/"+home[0].ID(), nil, ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("deleting an audit event gives %d", a.status)
	}
	if err := pair.OHC.Server.SetDefects(mocks.Setting{ID: "D63"}); err != nil {
		t.Fatal(err)
	}
	do(t, http.MethodGet, pair.CCR.URL+"/Observation?"+about, header, "")
	if n := len(trail(pair.OHC)); n != 1 {
		t.Errorf("D63: ohc recorded %d accesses", n)
	}
}

func toTexts(resources []fhir.Resource) string {
	var text strings.Builder
	for _, r := range resources {
		text.WriteString(toText(r))
	}
	return text.String()
}

func toText(r fhir.Resource) string {
	body, _ := json.Marshal(r)
	return string(body)
}
