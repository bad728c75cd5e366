package parity

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/record"
)

func planned(t *testing.T) *Plan {
	t.Helper()
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	agreed, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewPlan(agreed, LedgerValues(ledger), 1)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestAPlanIsTheSameEachTimeAndAsksNothingTwice(t *testing.T) {
	first, second := planned(t), planned(t)
	if diff := cmp.Diff(first, second, cmpopts.IgnoreUnexported(Plan{})); diff != "" {
		t.Error(diff)
	}
	seen := map[string]bool{}
	for _, q := range first.Queries {
		if seen[q.String()] {
			t.Errorf("%s is planned twice", q)
		}
		seen[q.String()] = true
		if len(q.Rows) == 0 || q.Probe == "" {
			t.Errorf("%s does not say what for", q)
		}
		if !slices.IsSorted(q.Must) || !slices.IsSorted(q.May) {
			t.Errorf("%s: the answer is not sorted", q)
		}
	}
	if len(first.Queries) > 600 {
		t.Errorf("%d queries: a plan is to be economical", len(first.Queries))
	}
}

func TestAPlanOverAPartAsksAboutThosePeopleAloneWhoWereLoaded(t *testing.T) {
	whole, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"", fixtures.CCR} {
		own := whole
		if part != "" {
			own = whole.Share(part)
		}
		ledger, err := own.Loaded([]string{"P01", "P05", "P27"})
		if err != nil {
			t.Fatal(err)
		}
		values := LedgerValues(ledger)
		types := map[string]bool{}
		for _, subject := range values.Subjects() {
			person, ok := ledger.Person(strings.TrimPrefix(subject.Key, fhir.NHSNumberSystem+"|"))
			if !ok || !ledger.Has(person.ID) {
				t.Errorf("%q: %s was not loaded", part, subject.Key)
			}
			for _, kind := range fixtures.Kinds() {
				types[string(kind)] = types[string(kind)] || len(values.About(subject, string(kind))) > 0
			}
		}
		// These people have records of nearly every type, though their stories are about few.
		for _, kind := range []string{"AllergyIntolerance", "Condition", "Encounter", "MedicationRequest", "Observation", "DiagnosticReport", "Procedure"} {
			if !types[kind] {
				t.Errorf("%q: nobody is asked about %s", part, kind)
			}
		}
	}
}

// TestNobodyIsAskedToLoadWhatAPartOfTheLedgerHasNothingOf takes what cannot be asked of a system that stands alone: with all of its part
// loaded there is nothing left to load, and with some of it there is.
func TestNobodyIsAskedToLoadWhatAPartOfTheLedgerHasNothingOf(t *testing.T) {
	whole, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	own := whole.Share(fixtures.CCR)
	some, err := own.Loaded([]string{"P01"})
	if err != nil {
		t.Fatal(err)
	}
	consent := Unplanned{Row: contract.Row{Resource: "Consent"}, Why: "nobody has a Consent"}
	for name, c := range map[string]struct {
		ledger *fixtures.Ledger
		ask    bool
	}{"all of its part": {own, false}, "some of it": {some, true}, "both parts": {whole, true}} {
		env := &check.Env{System: &check.Endpoint{Name: "ccr"}, Ledger: c.ledger}
		if said := valueless(env, LedgerValues(c.ledger), consent); strings.Contains(said, "Please load") != c.ask || !strings.Contains(said, consent.Why) {
			t.Errorf("%s: %s", name, said)
		}
	}
}

func TestEveryRowIsPlannedOrSaidNotToBe(t *testing.T) {
	plan := planned(t)
	agreed, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	found, lacking := map[string]bool{}, map[string]bool{}
	for _, q := range plan.Queries {
		for _, row := range q.Rows {
			found[row.ID] = true
			if len(q.Must) == 0 {
				lacking[row.ID] = true
			}
		}
	}
	for _, u := range plan.Unplanned {
		found[u.Row.ID] = true
		if u.Why == "" {
			t.Errorf("%s is not planned, and nothing says why", u.Row.ID)
		}
	}
	held := map[string]bool{}
	for _, c := range plan.Controls {
		held[c.Row.ID] = len(c.What) == len(c.Row.Includes)+len(c.Row.Results)+len(c.Row.Errors)
	}
	for _, row := range agreed.Rows {
		if len(row.Parameters) > 0 && !found[row.ID] {
			t.Errorf("%s is neither planned nor named as not planned", row.ID)
		}
		if len(row.Includes)+len(row.Results)+len(row.Errors) > 0 && !held[row.ID] {
			t.Errorf("%s asks for more than is held against anything", row.ID)
		}
	}
	for _, u := range plan.Untried {
		t.Errorf("%s has comparators or modifiers that no search tries: %s", u.Row.ID, u.Why)
	}
	// A filter shows itself by what it leaves out.
	for _, id := range []string{"UKCA-PATIENT-IDENTIFIER", "UKCA-ALLERGY-CLINICAL-STATUS", "NHSE-ENCOUNTER-PATIENT-DATE", "CC-OBSERVATION-CODE"} {
		if !lacking[id] {
			t.Errorf("%s has no search that must find nothing", id)
		}
	}
}

// TestTheLedgerHasDataForEverythingThatIsRequired fails for a SHALL row that no search over the ledger can demonstrate: a
// system could neither fail it nor be conformant.
func TestTheLedgerHasDataForEverythingThatIsRequired(t *testing.T) {
	plan := planned(t)
	agreed, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, q := range plan.Queries {
		for _, row := range q.Rows {
			shown[row.ID] = shown[row.ID] || len(q.Must) > 0
		}
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range agreed.Rows {
		if row.Level != result.Must {
			continue
		}
		if len(row.Parameters) > 0 && !shown[row.ID] {
			t.Errorf("%s is required, and no search for it must find a record of the ledger", row.ID)
		}
		for _, a := range aspects(row) {
			env := &check.Env{Ledger: ledger, Shared: &check.Shared{}}
			story, ok := ledger.Story(mostRecords(env, row.Resource))
			if !ok || len(story.People) == 0 {
				t.Errorf("%s is required of %s, and nobody in a story has one", row.ID, row.Resource)
				continue
			}
			n := 0
			for _, fact := range ledger.Visible(story.Person()) {
				if string(fact.Kind) == row.Resource {
					n++
				}
			}
			if n < a.least {
				t.Errorf("%s: %s takes %d records of one person, and the ledger has %d", row.ID, a.name, a.least, n)
			}
		}
	}
}

func TestDatesAreAskedAroundTheInstantAndInSummerTime(t *testing.T) {
	parameter, ok := search.Lookup("Observation", "date")
	if !ok {
		t.Fatal("no date")
	}
	var got []string
	for _, p := range dateProbes(parameter, "2025-06-14T23:30:00Z", []string{"ge", "le", "gt", "lt"}, true) {
		var values []string
		for _, term := range p.terms {
			values = append(values, term.Value)
		}
		got = append(got, strings.Join(values, " "))
	}
	want := []string{
		"2025-06-14", "2025-06", "2025", "ge2025-06-14T23:30:00Z", "le2025-06-15T00:30:00+01:00", "gt2025-06-14T23:30:00Z",
		"lt2025-06-15T00:30:00+01:00", "ge2025-06-14T23:30:01Z", "le2025-06-14T23:29:59Z", "ge2025-06-14", "le2025-06-14",
		"ge2025-06-14 le2025-06-14",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// oneRecord are values with one person and the given Observations.
type oneRecord struct {
	Values
	observations []fhir.Resource
}

func (v oneRecord) About(Thing, string) []fhir.Resource { return v.observations }

func TestWhatTheSpecificationLeavesOpenIsAllowedAndNotRequired(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	observation := func(id, date string) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Observation", "id": id, "effectiveDateTime": date,
			"identifier": []any{map[string]any{"system": fixtures.RecordSystem, "value": id}},
		}
	}
	values := oneRecord{LedgerValues(ledger), []fhir.Resource{
		observation("year", "2019"), observation("late", "2019-12-31T22:30:00Z"), observation("summer", "2025-06-14T23:30:00Z"),
	}}
	for query, want := range map[string]struct{ must, may []string }{
		// The year only ends inside the day asked for: ge finds it or not.
		"ge2019-12-31":           {[]string{"late", "summer"}, []string{"year"}},
		"ge2019":                 {[]string{"late", "summer", "year"}, nil},
		"2019":                   {[]string{"late", "year"}, nil},
		"2025-06-14":             {nil, []string{"summer"}},
		"2025-06-15":             {nil, []string{"summer"}},
		"2025-06-14T23:30:00Z":   {[]string{"summer"}, nil},
		"gt2019-12-31T22:30:00Z": {[]string{"summer", "year"}, nil},
	} {
		q := Query{Resource: "Observation", Subject: &Thing{}, Terms: []Term{{Name: "date", Code: "date", Value: query}}}
		queries := []Query{q}
		if err := (&planner{values: values, few: newFew(values)}).answer(queries); err != nil {
			t.Fatal(err)
		}
		q = queries[0]
		names := func(keys []string) []string {
			var short []string
			for _, k := range keys {
				short = append(short, k[strings.LastIndex(k, "|")+1:])
			}
			return short
		}
		if diff := cmp.Diff([][]string{want.must, want.may}, [][]string{names(q.Must), names(q.May)}); diff != "" {
			t.Errorf("date=%s: %s", query, diff)
		}
	}
}

func TestAnAmountInAnotherUnitMayBeFoundAndNeedNotBe(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	observation := func(id, value, code string) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Observation", "id": id, "valueQuantity": map[string]any{"value": json.Number(value), "unit": code, "system": fixtures.UCUM, "code": code},
			"identifier": []any{map[string]any{"system": fixtures.RecordSystem, "value": id}},
		}
	}
	values := oneRecord{LedgerValues(ledger), []fhir.Resource{
		observation("sugar", "7.6", "mmol/L"), observation("creatinine", "126", "umol/L"), observation("weight", "1", "kg"), observation("temperature", "1", "Cel"),
	}}
	for value, want := range map[string][2]string{
		"le11.9|http://unitsofmeasure.org|mmol/L":  {"sugar", "creatinine"},
		"lt0.126|http://unitsofmeasure.org|mmol/L": {"", ""},
		"0.126|http://unitsofmeasure.org|mmol/L":   {"", "creatinine"},
		"7600|http://unitsofmeasure.org|umol/L":    {"", "sugar"},
		"126|http://unitsofmeasure.org|umol/L":     {"creatinine", ""},
		"le11.9||mmol/L":                           {"sugar", ""},
		"1000|http://unitsofmeasure.org|g":         {"", "weight"},
		"gt0|https://concord.test/other|mmol/L":    {"", ""},
		"274.15|http://unitsofmeasure.org|K":       {"", ""},
	} {
		queries := []Query{{Resource: "Observation", Subject: &Thing{}, Terms: []Term{{Name: "value-quantity", Code: "value-quantity", Value: value}}}}
		if err := (&planner{values: values, few: newFew(values)}).answer(queries); err != nil {
			t.Fatal(err)
		}
		got := [2]string{}
		for i, keys := range [][]string{queries[0].Must, queries[0].May} {
			for _, k := range keys {
				got[i] += k[strings.LastIndex(k, "|")+1:]
			}
		}
		if got != want {
			t.Errorf("value-quantity=%s must and may find %q, want %q", value, got, want)
		}
	}
}

func TestAnAnswerIsHeldAgainstWhatItMustAndMayHold(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	truth := record.NewTruth(ledger)
	resource := func(id string) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Observation", "id": id, "status": "final",
			"identifier": []any{map[string]any{"system": fixtures.RecordSystem, "value": id}},
		}
	}
	stranger := fhir.Resource{"resourceType": "Observation", "id": "x", "status": "final"}
	wrong := fhir.Resource{"resourceType": "Observation", "id": "y", "status": "amended"}
	prefix, both := fixtures.RecordSystem+"|", []string{"a", "b"}
	q := Query{
		Resource: "Observation", Terms: []Term{{Name: "status", Code: "status", Value: "final"}},
		Must: []string{prefix + "a", prefix + "b"}, May: []string{prefix + "c"},
	}
	for name, c := range map[string]struct {
		resources []fhir.Resource
		want      judgement
	}{
		"right":                {[]fhir.Resource{resource("a"), resource("b")}, judgement{wanted: both, shown: both, right: 2}},
		"with a may, repeated": {[]fhir.Resource{resource("a"), resource("a"), resource("b"), resource("c")}, judgement{wanted: both, shown: both, right: 2}},
		"lacks one": {
			[]fhir.Resource{resource("a")}, judgement{missing: []string{"b"}, lacks: []string{prefix + "b"}, wanted: both, shown: []string{"a"}, right: 1},
		},
		"one too many": {
			[]fhir.Resource{resource("a"), resource("b"), resource("d")},
			judgement{extra: []string{"Observation/d (d)"}, holds: []string{prefix + "d"}, wanted: both, shown: []string{"a", "b", "Observation/d (d)"}, right: 2},
		},
		"a stranger that fits": {[]fhir.Resource{resource("a"), resource("b"), stranger}, judgement{wanted: both, shown: both, right: 2}},
		"a stranger that does not": {
			[]fhir.Resource{resource("a"), resource("b"), wrong},
			judgement{extra: []string{"Observation/y"}, holds: []string{"Observation/y"}, wanted: both, shown: []string{"a", "b", "Observation/y"}, right: 2},
		},
		"nothing": {nil, judgement{missing: both, lacks: []string{prefix + "a", prefix + "b"}, wanted: both}},
	} {
		if diff := cmp.Diff(c.want, q.hold(&ledgerValues{truth: truth}, c.resources), cmp.AllowUnexported(judgement{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
