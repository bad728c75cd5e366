package parity

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// TestEntriesThatWereShownAreFoundByTheirIDs has a system lose some of several entries, or all, and one that takes a list of ids for one.
func TestEntriesThatWereShownAreFoundByTheirIDs(t *testing.T) {
	for name, c := range map[string]struct {
		system       func(ids []string) []string
		narrow, lack bool
	}{
		"all are found":           {func(ids []string) []string { return ids }, true, false},
		"one is lost":             {func(ids []string) []string { return slices.DeleteFunc(ids, func(id string) bool { return id == "b" }) }, false, true},
		"none is found":           {func([]string) []string { return nil }, false, true},
		"a list is one id":        {func(ids []string) []string { return ids[:len(ids)&1] }, false, false},
		"the first is taken":      {func(ids []string) []string { return ids[:1] }, false, true},
		"the parameter is passed": {func([]string) []string { return all() }, false, false},
		"said to be applied":      {func([]string) []string { return all() }, false, true},
		"others are found":        {func([]string) []string { return all()[2:4] }, false, true},
	} {
		g := answering(func(query url.Values) ([]string, int) {
			if query.Get("_id") == "" {
				return all(), -1
			}
			if strings.Contains(name, "said") || strings.Contains(name, "others") {
				return c.system(strings.Split(query.Get("_id"), ",")), echoed
			}
			return c.system(strings.Split(query.Get("_id"), ",")), -1
		}).ground(t)
		q := Query{Resource: "Observation", Terms: []Term{{Name: "_id", Code: "_id", Value: "a,b"}}}
		if strings.Contains(name, "lost") {
			q.Terms[0].Value = "a,b,c"
		}
		narrow, lacks := narrows(t.Context(), g.system, q)
		if narrow != c.narrow || (lacks != nil) != c.lack {
			t.Errorf("%s: %v %+v", name, narrow, lacks)
		}
		if warns := lacks != nil && lacks.Severity == result.SeverityWarning; warns != (name == "the first is taken") {
			t.Errorf("%s: %+v", name, lacks)
		}
	}
}

// TestATotalThatIsWrongWithAFilterAloneIsSaidOnce leaves a total that is wrong without a filter too to the check of totals.
func TestATotalThatIsWrongWithAFilterAloneIsSaidOnce(t *testing.T) {
	const number = "9990000018"
	for name, c := range map[string]struct{ plain, filtered, want int }{
		"right": {4, 4, 0}, "wrong with a filter": {4, 5, 1}, "wrong everywhere": {5, 5, 0}, "wrong without one": {5, 4, 0},
	} {
		g := answering(func(query url.Values) ([]string, int) {
			if query.Get("date") != "" {
				return all(), c.filtered
			}
			return all(), c.plain
		}).ground(t)
		found := record.Person{Patients: []fhir.Resource{numbered("p", number)}}
		q := question{"Observation", url.Values{"date": {"ge2025"}}}
		part, err := found.Resources(t.Context(), g.system, "Observation", q.parameters)
		if err != nil {
			t.Fatal(err)
		}
		inquiry := &inquiry{env: &check.Env{System: g.system}, found: found}
		warned := inquiry.miscounted(t.Context(), []answered{{question: q, part: part}})
		if len(warned) != c.want || len(warned) > 0 && (warned[0].Cause != result.WrongTotal || warned[0].Severity != result.SeverityWarning) {
			t.Errorf("%s: %+v", name, warned)
		}
	}
}

// TestSomebodyWithoutANumberIsHeldToTheLedgerByTheLocalOne has a child who was born today die, and somebody else of that local number.
func TestSomebodyWithoutANumberIsHeldToTheLedgerByTheLocalOne(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 5})
	if err != nil {
		t.Fatal(err)
	}
	var shown fhir.Resource
	for person := range ledger.People() {
		if person.NHSNumber == "" {
			shown = ledger.Renderer(fixtures.CCR, fixtures.CCRStyle()).Patients(person)[0]
			break
		}
	}
	if shown == nil {
		t.Fatal("everybody has a number")
	}
	system := showing(t, shown)
	env := &check.Env{System: system, Ledger: ledger, Shared: &check.Shared{}}
	wrong := shown.Clone()
	wrong["active"] = false
	lacking := shown.Clone()
	delete(lacking, "address")
	for name, c := range map[string]struct {
		patient fhir.Resource
		want    int
	}{"as it is": {shown, 0}, "not in use": {wrong, 1}, "without an address": {lacking, 0}, "nobody known": {numbered("x", ""), 0}} {
		if findings := newCopies(env, asker{system: system}).demographics(t.Context(), reply{}, c.patient); len(findings) != c.want {
			t.Errorf("%s: %+v", name, findings)
		}
	}
}

// TestTotalsThatAreWrongWhateverIsAskedAreLeftToTheCheckOfTotals has a system that counts people wrongly, and one that does not.
func TestTotalsThatAreWrongWhateverIsAskedAreLeftToTheCheckOfTotals(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	for total, wrong := range map[int]bool{4: false, 5: true} {
		g := answering(func(url.Values) ([]string, int) { return all(), total }).ground(t)
		c := newCopies(&check.Env{System: g.system, Ledger: ledger, Shared: &check.Shared{}}, asker{system: g.system})
		if got := c.countsWrong(t.Context()); got != wrong || c.countsWrong(t.Context()) != wrong {
			t.Errorf("total %d of 4 people: %v", total, got)
		}
	}
}
