package parity

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

func TestAPatientIsLinkedToTheirOwnRecordsAlone(t *testing.T) {
	const own, other = "9990000018", "9990000026"
	active, replaced, inactive := numbered("active", own), numbered("replaced", own), numbered("inactive", own)
	active["active"], replaced["active"], inactive["active"] = true, true, false
	replaced["link"] = []any{map[string]any{"type": "replaced-by", "other": map[string]any{"reference": "Patient/mine"}}}
	system := showing(t, numbered("mine", own), numbered("linked", own), numbered("theirs", other), numbered("nameless", ""), active, replaced, inactive)
	for name, c := range map[string]struct {
		kind, to string
		wrong    bool
	}{
		"another record of theirs":    {"seealso", "Patient/linked", false},
		"another person's":            {"seealso", "Patient/theirs", true},
		"a number that was replaced":  {"replaces", "Patient/theirs", false},
		"one that is in use":          {"replaces", "Patient/active", true},
		"one in use beside this one":  {"seealso", "Patient/active", false},
		"one that knows it":           {"replaces", "Patient/replaced", false},
		"one that is not in use":      {"replaces", "Patient/inactive", false},
		"one of nobody that is known": {"seealso", "Patient/nameless", false},
		"one that cannot be read":     {"refer", "Patient/nobody", false},
		"one that is elsewhere":       {"seealso", "https://elsewhere.example.test/fhir/Patient/theirs", false},
	} {
		copies := newCopies(&check.Env{System: system, Found: true}, asker{system: system})
		patient := numbered("mine", own)
		patient["link"] = []any{map[string]any{"type": c.kind, "other": map[string]any{"reference": c.to}}}
		findings := copies.leadsTo(t.Context(), reply{}, patient)
		if (len(findings) > 0) != c.wrong || c.wrong && (findings[0].Path != "Patient.link" || c.kind != "replaces" && !strings.HasPrefix(findings[0].Hazard, "S1")) {
			t.Errorf("%s: %+v", name, findings)
		}
		if again := copies.leadsTo(t.Context(), reply{}, patient); len(again) > 0 {
			t.Errorf("%s is told twice", name)
		}
	}
}

// A link to a copy in the other system says as much as one to a copy here; a Patient who was shown already need not be read again, and does
// not count as one that was.
func TestAPatientIsLinkedToTheirOwnRecordsInTheOtherSystemToo(t *testing.T) {
	const own, other = "9990000018", "9990000026"
	link := func(to string) fhir.Resource {
		patient := numbered("mine", own)
		patient["link"] = []any{map[string]any{"type": "seealso", "other": map[string]any{"reference": to}}}
		return patient
	}
	system, base := withPartner(t, numbered("linked", own), numbered("theirs", other))
	for to, wrong := range map[string]bool{
		base + "/Patient/linked": false, base + "/Patient/theirs": true, base + "/Patient/nobody": false, "https://elsewhere.example.test/fhir/Patient/theirs": false,
	} {
		copies := newCopies(&check.Env{System: system, Found: true}, asker{system: system})
		if findings := copies.leadsTo(t.Context(), reply{}, link(to)); (len(findings) > 0) != wrong {
			t.Errorf("%s: %+v", to, findings)
		}
	}
	copies := newCopies(&check.Env{System: system, Found: true}, asker{system: system})
	for i := range linkedAtMost {
		copies.linked[strconv.Itoa(i)] = true
	}
	copies.keep(view{numbered("known", other), "Patient?name=a", []string{"e7"}})
	findings := copies.leadsTo(t.Context(), reply{}, link("Patient/known"))
	if len(findings) != 1 || !slices.Contains(findings[0].Exchanges, "e7") || len(copies.linked) != linkedAtMost {
		t.Errorf("linked to another person's, who was shown before: %+v", findings)
	}
	if again := copies.leadsTo(t.Context(), reply{}, link("Patient/known")); len(again) > 0 {
		t.Error("it is told twice")
	}
}

// Somebody who was born today has no NHS number, and is nobody else all the same.
func TestWhoHasNoNHSNumberIsLinkedToNobodyElse(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, StoriesOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	without, other := numberlessIn(ledger), record.Sample(ledger)[0]
	local := func(id string) fhir.Resource {
		patient := numbered("p"+id, "")
		patient["identifier"] = []any{map[string]any{"system": fixtures.PersonSystem, "value": id}}
		return patient
	}
	copies := newCopies(&check.Env{Ledger: ledger}, asker{})
	baby := local(without[0].ID)
	for name, c := range map[string]struct {
		other fhir.Resource
		wrong bool
	}{
		"another of theirs":       {local(without[0].ID), false},
		"a twin":                  {local(without[1].ID), true},
		"somebody with a number":  {numbered("a", other.NHSNumber), true},
		"somebody else's number":  {numbered("b", "9990000018"), false},
		"nobody that is known of": {numbered("c", ""), false},
		"a number of their own":   {local("nobody"), false},
	} {
		if got := copies.another(baby, c.other); got != c.wrong {
			t.Errorf("%s is another person: %t", name, got)
		}
	}
	if found := newCopies(&check.Env{Ledger: ledger, Found: true}, asker{}); found.another(baby, local(without[1].ID)) {
		t.Error("the ledger is asked about people who were found")
	}
}

// withPartner is a system that shows nobody, in a run with one that shows some Patients at a base.
func withPartner(t *testing.T, patients ...fhir.Resource) (system *check.Endpoint, base string) {
	t.Helper()
	partner := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/fhir+json")
		for _, p := range patients {
			if r.URL.Path == "/"+p.Reference() {
				_ = json.NewEncoder(w).Encode(p)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(partner.Close)
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: "http://127.0.0.1:1/fhir"}, {Name: "ohc", BaseURL: partner.URL}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return check.NewEndpoint(client, "ccr", ""), partner.URL
}

func TestWhoKeepsAPatientIsWhomTheIdentifierNames(t *testing.T) {
	keeper := fhir.Resource{"resourceType": "Patient", "id": "keeper", "identifier": []any{ // what is read need only have identifiers
		map[string]any{"system": record.ODSSystem, "value": "RRK"}, map[string]any{"system": "urn:local", "value": "1"},
	}}
	system := showing(t, keeper)
	for name, c := range map[string]struct {
		reference, system, value string
		rule                     string
	}{
		"the same":            {"Patient/keeper", record.ODSSystem, "RRK", ""},
		"another":             {"Patient/keeper", record.ODSSystem, "RL4", "reference-resolves"},
		"one of another kind": {"Patient/keeper", "urn:another", "RL4", ""},
		"nobody":              {"Patient/nobody", record.ODSSystem, "RRK", "reference-resolves"},
	} {
		copies := newCopies(&check.Env{System: system, Found: true}, asker{system: system})
		patient := numbered("mine", "")
		patient["managingOrganization"] = map[string]any{"reference": c.reference, "identifier": map[string]any{"system": c.system, "value": c.value}}
		findings := copies.leadsTo(t.Context(), reply{}, patient)
		if (len(findings) > 0) != (c.rule != "") || c.rule != "" && findings[0].Rule != c.rule {
			t.Errorf("%s: %+v", name, findings)
		}
	}
}

func TestWhatTheKeeperOfAPatientIsAPartOfIsThere(t *testing.T) {
	for name, c := range map[string]struct {
		part  any
		wrong bool
	}{
		"nobody":    {nil, false},
		"another":   {map[string]any{"reference": "Patient/whole"}, false},
		"nothing":   {map[string]any{"reference": "Patient/nothing"}, true},
		"in words":  {map[string]any{"display": "A trust"}, false},
		"elsewhere": {map[string]any{"reference": "https://elsewhere.example.test/fhir/Organization/nothing"}, false},
	} {
		system := showing(t, fhir.Resource{"resourceType": "Patient", "id": "keeper", "partOf": c.part}, numbered("whole", "")) // what is read need only have an id
		copies := newCopies(&check.Env{System: system, Found: true}, asker{system: system})
		patient := numbered("mine", "")
		patient["managingOrganization"] = map[string]any{"reference": "Patient/keeper"}
		if findings := copies.leadsTo(t.Context(), reply{}, patient); (len(findings) > 0) != c.wrong || c.wrong && findings[0].Rule != "reference-resolves" {
			t.Errorf("%s: %+v", name, findings)
		}
	}
}

func TestTheBeginningOfAListContradictsItselfOnlyWhereItDoes(t *testing.T) {
	many := make([]fhir.Entry, record.BeginningAtMost)
	for name, c := range map[string]struct {
		answer check.Answer
		cause  result.Cause
	}{
		"no total":                     {check.Answer{Total: -1, Matches: many[:3]}, result.NoCause},
		"a total of more than is read": {check.Answer{Total: 848, Matches: many}, result.NoCause},
		"a total of less":              {check.Answer{Total: 39, Matches: many}, result.WrongTotal},
		"another total of all":         {check.Answer{Total: 4, Matches: many[:3]}, result.WrongTotal},
		"nothing of some":              {check.Answer{Total: 848}, result.CauseMissing},
		"nothing of nothing":           {check.Answer{Total: 0}, result.NoCause},
		"one twice":                    {check.Answer{Total: -1, Matches: many[:3], Remarks: []result.Finding{{Rule: check.RuleRepeated}}}, result.Duplicate},
	} {
		amiss := amissInList(check.NewEndpoint(nil, "ccr", ""), &c.answer)
		if (amiss != nil) != (c.cause != result.NoCause) || amiss != nil && amiss.Cause != c.cause {
			t.Errorf("%s: %+v, want %q", name, amiss, c.cause)
		}
	}
}

func TestWhereTotalsCountThatOfEachPageDoes(t *testing.T) {
	answer := func(total ...int) *check.Answer {
		return &check.Answer{Query: "Observation?patient=1", Totals: total, Matches: []fhir.Entry{{Resource: fhir.Resource{"resourceType": "Observation", "id": "1"}}}}
	}
	for name, c := range map[string]struct {
		totals []int
		counts bool
		wrong  bool
	}{
		"none": {nil, true, false}, "right": {[]int{1, 1}, true, false}, "wrong on a later page": {[]int{1, 2}, true, true}, "where they do not": {[]int{2}, false, false},
	} {
		g := ground{whole: answer(), odd: new([]result.Finding), counts: c.counts}
		g.same(answer(c.totals...))
		if (len(*g.odd) > 0) != c.wrong || c.wrong && (*g.odd)[0].Cause != result.WrongTotal {
			t.Errorf("%s: %+v", name, *g.odd)
		}
	}
}
