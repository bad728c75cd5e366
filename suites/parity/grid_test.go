package parity

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/contract"
)

func holding(t *testing.T, text string) holder {
	t.Helper()
	object, err := fhir.DecodeObject([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return holder{record: object, among: []fhir.Resource{object}}
}

func asked(t *testing.T, resourceType, code string, best holder, full bool) []string {
	t.Helper()
	parameter, ok := search.Lookup(resourceType, code)
	if !ok {
		t.Fatalf("no parameter %s of %s", code, resourceType)
	}
	var all []string
	for _, pr := range cells(parameter, best, "https://a.concord.test/fhir", full) {
		var terms []string
		for _, term := range pr.terms {
			terms = append(terms, term.Name+"="+term.Value)
		}
		all = append(all, strings.Join(terms, "&"))
	}
	return all
}

// TestTheGridAsksTheFormsThatServersGetWrong holds the grid to the forms that real servers were seen to misread.
func TestTheGridAsksTheFormsThatServersGetWrong(t *testing.T) {
	visit := holding(t, `{"resourceType":"Encounter","id":"e","period":{"start":"2025-07-01T05:00:00+01:00","end":"2025-07-01T05:40:00+01:00"},
		"subject":{"reference":"Patient/p"}}`)
	born := holding(t, `{"resourceType":"Patient","id":"p","birthDate":"1950-04-03"}`)
	pressure := holding(t, `{"resourceType":"Observation","id":"o","code":{"coding":[{"system":"http://loinc.org","code":"1"}]},
		"valueQuantity":{"value":5.4,"unit":"millimole per litre","system":"http://unitsofmeasure.org","code":"mmol/L"}}`)
	daughter := holding(t, `{"resourceType":"RelatedPerson","id":"r","telecom":[{"system":"phone","value":"07700 900320"}],"patient":{"reference":"Patient/p"}}`)
	for _, want := range []struct {
		resourceType, code string
		best               holder
		full               bool
		asks               []string
	}{
		{"RelatedPerson", "telecom", daughter, false, []string{"telecom=07700 900320", "telecom=07700 900998"}},
		{"Encounter", "date", visit, false, []string{"date=gt2025-07-01T04:00:00Z", "date=ge2025-07-01T05:40:00+01:00", "date=ge2025-07-01&date=le2025-07-01"}},
		{"Patient", "birthdate", born, false, []string{"birthdate=ge1950", "birthdate=ge1950-04", "birthdate=ge1950&birthdate=le1950"}},
		{"Patient", "birthdate", born, true, []string{"birthdate=ge1950-04-03T13:00:00+01:00", "birthdate=ne1950", "birthdate=sa1950-04"}},
		{"Observation", "code", pressure, false, []string{"code=http://loinc.org|1", "code=|1", "code=https://concord.test/CodeSystem/none|1"}},
		{"Observation", "code", pressure, true, []string{"code=1", "code=http://loinc.org|", "code:not=http://loinc.org|1", "code:missing=true"}},
		{"Observation", "value-quantity", pressure, false, []string{
			"value-quantity=5.4", "value-quantity=5", "value-quantity=5.4||mmol/L", "value-quantity=5.4||millimole per litre",
			"value-quantity=5.4|http://unitsofmeasure.org|mmol/L", "value-quantity=gt2.2|http://unitsofmeasure.org|mmol/L",
		}},
		{"Observation", "code-value-quantity", pressure, false, []string{"code-value-quantity=http://loinc.org|1$5.4"}},
		{"Encounter", "subject", visit, false, []string{
			"subject=Patient/p", "subject=https://a.concord.test/fhir/Patient/p", "subject=https://other.concord.test/fhir/Patient/p",
		}},
		{"Encounter", "subject", visit, true, []string{"subject:Patient=p", "subject=Patient/concord-no-such-id"}},
	} {
		got := asked(t, want.resourceType, want.code, want.best, want.full)
		for _, query := range want.asks {
			if want.code == "value-quantity" && strings.HasPrefix(query, "value-quantity=gt") {
				if !slices.ContainsFunc(got, func(q string) bool { return strings.HasPrefix(q, "value-quantity=gt") }) {
					t.Errorf("%s.%s: no comparator is asked: %v", want.resourceType, want.code, got)
				}
				continue
			}
			if !slices.Contains(got, query) {
				t.Errorf("%s.%s (full %v) does not ask %s: %v", want.resourceType, want.code, want.full, query, got)
			}
		}
	}
}

// A question about all entries of a directory that are known is answered alike by who passes over their ids.
func TestAQuestionAboutADirectoryLeavesOneKnownEntryOut(t *testing.T) {
	parameter, _ := search.Lookup("Organization", "name")
	for _, c := range []struct{ known, asked int }{{1, 1}, {2, 2}, {3, 2}, {8, 7}, {9, 8}, {20, 8}} {
		f := newFew(nil)
		for n := range c.known {
			f.kept["Organization"] = append(f.kept["Organization"], fhir.Resource{"resourceType": "Organization", "id": strconv.Itoa(n), "name": "Aspen Surgery"})
		}
		h, narrow, ok := f.held("Organization", parameter)
		if asked := len(strings.Split(narrow.Value, ",")); !ok || asked != c.asked || len(h.among) != c.asked || !strings.Contains(narrow.Value, h.record.ID()) {
			t.Errorf("%d known: %d are asked about (%s), of %s", c.known, asked, narrow.Value, h.record.ID())
		}
	}
}

// TestTheGridAsksNothingTwiceAndTheSameEachTime also holds it apart from the plan.
func TestTheGridAsksNothingTwiceAndTheSameEachTime(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	agreed, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	values := LedgerValues(ledger)
	plan, err := NewPlan(agreed, values, 1)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, q := range plan.Queries {
		seen[q.String()] = true
	}
	first, again := PlanGrid(agreed, values, 1, plan), PlanGrid(agreed, values, 1, plan)
	if len(first) < 100 || len(first) != len(again) {
		t.Fatalf("%d questions, and %d when planned again", len(first), len(again))
	}
	for i, q := range first {
		if text := q.String(); seen[text] {
			t.Errorf("%s is asked twice", text)
		}
		seen[q.String()] = true
		if q.String() != again[i].String() {
			t.Fatalf("question %d is %s, and %s when planned again", i, q, again[i])
		}
	}
}

// TestOneMisreadFormIsNotPrintedForEveryParameter keeps the first findings about a form and counts the others.
func TestOneMisreadFormIsNotPrintedForEveryParameter(t *testing.T) {
	var findings []result.Finding
	for range 5 {
		findings = append(findings, result.Finding{Message: "the answer to X (ge with a year that it lies in) lacks A"})
	}
	findings = append(findings, result.Finding{Message: "the answer to X (the day) lacks A"})
	got := folded(findings, []Query{{Probe: "ge with a year that it lies in"}, {Probe: "the day"}})
	if len(got) != 3 || !strings.Contains(got[1].Message, "3 further answers") || strings.Contains(got[2].Message, "further") {
		t.Errorf("%d findings are left: %+v", len(got), got)
	}
}

// TestComparatorsAreAskedFarFromEveryNumber keeps away from where readings of a recorded number differ.
func TestComparatorsAreAskedFarFromEveryNumber(t *testing.T) {
	if above, below := between("110", []string{"110", "143", "90", "180"}); above != "126.5" || below != "100" {
		t.Errorf("between 90, 110 and 143: %s and %s", above, below)
	}
	if above, below := between("-3", []string{"-3"}); above != "-1" || below != "-5" {
		t.Errorf("beside -3 alone: %s and %s", above, below)
	}
}
