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
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/record"
)

// showing is a system that shows Patients, or other records, by id and by identifier.
func showing(t *testing.T, patients ...fhir.Resource) *check.Endpoint {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		if strings.Count(r.URL.Path, "/") == 2 {
			i := slices.IndexFunc(patients, func(p fhir.Resource) bool { return p.Reference() == r.URL.Path[1:] })
			if i < 0 {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			_ = json.NewEncoder(w).Encode(patients[i])
			return
		}
		entries := []any{}
		for _, p := range patients {
			if slices.Contains(record.Identifiers(p), r.URL.Query().Get("identifier")) {
				entries = append(entries, map[string]any{"resource": p, "search": map[string]any{"mode": "match"}})
			}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries})
	}))
	t.Cleanup(server.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: server.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return check.NewEndpoint(client, "ccr", "")
}

func numbered(id, number string) fhir.Resource {
	p := fhir.Resource{"resourceType": "Patient", "id": id}
	if number != "" {
		p["identifier"] = []any{map[string]any{"system": fhir.NHSNumberSystem, "value": number}}
	}
	return p
}

func TestWhatOnePatientLeavesOutCountsWhereAllPatientsOfThePersonDo(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	var person fixtures.Person
	var whole fhir.Resource
	for _, story := range ledger.Stories() {
		person = story.Person()
		if whole = ledger.Renderer(fixtures.CCR, fixtures.CCRStyle()).Patients(person)[0]; person.NHSNumber != "" && whole["address"] != nil {
			break
		}
	}
	without := whole.Clone()
	without["id"] = "second"
	delete(without, "address")
	for name, shown := range map[string][]fhir.Resource{"lost": {without}, "said by another": {without, whole}} {
		system := showing(t, shown...)
		env := &check.Env{System: system, Ledger: ledger, Shared: &check.Shared{}}
		findings := newCopies(env, asker{system: system}).demographics(t.Context(), reply{}, without)
		if name == "lost" && (len(findings) != 1 || findings[0].Path != "Patient.address") || name != "lost" && len(findings) > 0 {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

func TestAReferenceThatMayNotBeReadIsNoFault(t *testing.T) {
	broken := func(status int) *check.BrokenAnswer {
		return &check.BrokenAnswer{Status: status, Finding: result.Finding{Rule: "answer-status"}}
	}
	system := showing(t)
	for _, c := range []struct {
		unread record.Unread
		rule   string
	}{
		{record.Unread{Reference: "Practitioner/1", Exchange: "x"}, "reference-resolves"},
		{record.Unread{Reference: "Practitioner/1", Broken: broken(http.StatusForbidden)}, ""},
		{record.Unread{Reference: "Practitioner/1", Broken: broken(http.StatusMethodNotAllowed)}, ""},
		{record.Unread{Reference: "Practitioner/1", Broken: broken(http.StatusNotImplemented)}, ""},
		{record.Unread{Reference: "PractitionerRole", Broken: broken(http.StatusInternalServerError)}, "answer-status"},
	} {
		findings := unreadable(&check.Env{System: system}, []record.Unread{c.unread})
		if len(findings) > 1 || (len(findings) == 1) != (c.rule != "") || c.rule != "" && findings[0].Rule != c.rule {
			t.Errorf("%+v: %v", c.unread, findings)
		}
	}
}

func TestAnAnswerThatShowsARecordOtherwiseOrTwiceIsNoted(t *testing.T) {
	g := said(map[string][]string{"code=2": {"c", "c"}}).ground(t)
	g.odd = new([]result.Finding)
	if _, err := g.ask(t.Context(), "code", "1"); err != nil || len(*g.odd) > 0 {
		t.Errorf("a right answer: %v %v", *g.odd, err)
	}
	if _, err := g.ask(t.Context(), "code", "2"); err != nil || len(*g.odd) != 1 || (*g.odd)[0].Rule != check.RuleRepeated || (*g.odd)[0].Cause != result.Duplicate {
		t.Errorf("a match twice: %v %v", *g.odd, err)
	}
	*g.odd = nil
	amended := g.whole.Matches[0].Resource.Clone() // equal resources are kept once
	amended["status"] = "amended"
	g.whole.Matches[0].Resource = amended
	if _, err := g.ask(t.Context(), "code", "1"); err != nil || len(*g.odd) != 1 || (*g.odd)[0].Path != "Observation.status" {
		t.Errorf("another status: %v %v", *g.odd, err)
	}
}

// TestARecordUnderTheURLOfAnotherIsToldWhereTheSearchWithoutAFilterHasNone leaves a system that always does so to the checks of searchsets.
func TestARecordUnderTheURLOfAnotherIsToldWhereTheSearchWithoutAFilterHasNone(t *testing.T) {
	person := Thing{Type: "Patient", Key: "https://fhir.nhs.uk/Id/nhs-number|9990000018"}
	remark := result.Finding{Rule: check.RuleFullURL, Severity: result.SeverityError, Exchanges: []string{"1"}}
	for name, c := range map[string]struct {
		subject *Thing
		always  bool
		told    bool
	}{
		"in one answer": {&person, false, true}, "in all answers": {&person, true, false}, "about nobody": {nil, false, false},
	} {
		q := Query{Resource: "Observation", Subject: c.subject, Rows: []contract.Row{{Level: result.Must}}}
		copies := newCopies(&check.Env{System: showing(t), Found: true}, asker{system: showing(t)})
		copies.whole[q.place()], copies.misplaced[q.place()] = true, c.always
		findings := copies.judge(t.Context(), q, reply{remarks: []result.Finding{remark}})
		if (len(findings) == 1) != c.told {
			t.Errorf("%s: %+v", name, findings)
		}
	}
}
