package record_test

import (
	"encoding/json"
	"slices"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

// renumbered is what a system shows of a fact that gives records numbers of its own.
func renumbered(t *testing.T, truth *record.Truth, fact fixtures.Fact, id string, change func(fhir.Resource)) fhir.Resource {
	t.Helper()
	resource := truth.Resource(fact).Clone()
	resource["id"] = id
	resource["identifier"] = []any{map[string]any{"system": "https://supplier.example.test/Id/record", "value": id}}
	if change != nil {
		change(resource)
	}
	return resource
}

// measured are the measurements of one person of the ledger, no two of which say the same.
func measured(t *testing.T, truth *record.Truth, l *fixtures.Ledger) []fixtures.Fact {
	t.Helper()
	story, ok := l.Story("dates")
	if !ok {
		t.Fatal("the ledger has no story of dates")
	}
	facts := truth.About(story.Person()).Of(fixtures.Observation)
	if len(facts) < 3 {
		t.Fatalf("%d measurements", len(facts))
	}
	return facts
}

// aloneAtItsTime is a measurement of a quantity, the only one of its time about its person, and another of theirs.
func aloneAtItsTime(t *testing.T, truth *record.Truth, l *fixtures.Ledger) (fact, other fixtures.Fact) {
	t.Helper()
	for person := range l.People() {
		facts := truth.About(person).Of(fixtures.Observation)
		for i, fact := range facts {
			alone := !slices.ContainsFunc(facts, func(other fixtures.Fact) bool { return other.ID != fact.ID && other.Effective == fact.Effective })
			if alone && len(facts) > 1 && truth.Resource(fact)["valueQuantity"] != nil {
				return fact, facts[(i+1)%len(facts)]
			}
		}
	}
	t.Fatal("no measurement of the ledger is alone at its time")
	return fact, other
}

// TestARecordIsKnownByItsNumberOrByWhatItSays matches what is shown with one fact of the ledger.
func TestARecordIsKnownByItsNumberOrByWhatItSays(t *testing.T) {
	l := ledger(t)
	truth := record.NewTruth(l)
	fact, other := aloneAtItsTime(t, truth, l)
	number := func(resource fhir.Resource, of fixtures.Fact) {
		resource["identifier"] = []any{map[string]any{"system": of.Identifier.System, "value": of.Identifier.Value}}
	}
	for name, c := range map[string]struct {
		change func(fhir.Resource)
		found  bool
	}{
		"its source's number":                      {func(r fhir.Resource) { number(r, fact) }, true},
		"its source's number and another value":    {func(r fhir.Resource) { number(r, fact); r["valueQuantity"] = map[string]any{"value": json.Number("1")} }, true},
		"a number of the system's own":             {nil, true},
		"no number":                                {func(r fhir.Resource) { delete(r, "identifier") }, true},
		"a number without a value":                 {func(r fhir.Resource) { r["identifier"] = []any{map[string]any{"system": fixtures.RecordSystem}} }, true},
		"its own number, and what anybody may add": {func(r fhir.Resource) { r["language"] = "en-GB" }, true},
		"its own number and another value":         {func(r fhir.Resource) { r["valueQuantity"] = map[string]any{"value": json.Number("1")} }, true},
		"its own number and another code":          {func(r fhir.Resource) { r["code"] = map[string]any{"text": "something else"} }, true},
		"its own number and another time":          {func(r fhir.Resource) { r["effectiveDateTime"] = "2001-01-01" }, true},
		"its own number and another source":        {func(r fhir.Resource) { r["meta"] = truth.Resource(elsewhere(l, truth, fact)).Clone()["meta"] }, true},
		"its own number and no source":             {func(r fhir.Resource) { delete(r, "meta") }, true},
		"its own number, another value and time": {func(r fhir.Resource) {
			r["valueQuantity"], r["effectiveDateTime"] = map[string]any{"value": json.Number("1")}, "2001-01-01"
		}, false},
		"its own number, another code and time": {func(r fhir.Resource) {
			r["code"], r["effectiveDateTime"] = map[string]any{"text": "something else"}, "2001-01-01"
		}, false},
		"its own number, another value and no source": {func(r fhir.Resource) {
			r["valueQuantity"] = map[string]any{"value": json.Number("1")}
			delete(r, "meta")
		}, false},
		"the number of another record": {func(r fhir.Resource) { number(r, other) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			shown := renumbered(t, truth, fact, "7", c.change)
			if found := len(truth.Match([]fixtures.Fact{fact}, []fhir.Resource{shown})) == 1; found != c.found {
				t.Errorf("found: %t, want %t (%v)", found, c.found, truth.Identities(shown))
			}
		})
	}
}

// TestWhatSaysARecordInFullIsItBeforeWhatSaysItNearly shows two resources under numbers of the system's own, the wrong one first.
func TestWhatSaysARecordInFullIsItBeforeWhatSaysItNearly(t *testing.T) {
	l := ledger(t)
	truth := record.NewTruth(l)
	fact := measured(t, truth, l)[0]
	wrong := renumbered(t, truth, fact, "wrong", func(r fhir.Resource) { r["valueQuantity"] = map[string]any{"value": json.Number("1")} })
	pairs := truth.Match([]fixtures.Fact{fact}, []fhir.Resource{wrong, renumbered(t, truth, fact, "right", nil)})
	if len(pairs) != 1 || pairs[0].Resource.ID() != "right" {
		t.Errorf("%v, want the right one", pairs)
	}
}

// elsewhere is a fact of another source.
func elsewhere(l *fixtures.Ledger, truth *record.Truth, fact fixtures.Fact) fixtures.Fact {
	for person := range l.People() {
		for _, other := range truth.About(person).Visible {
			if other.Source != fact.Source {
				return other
			}
		}
	}
	return fact
}

// TestWhoCarriesTheNumberOfTheSourceIsTheFact prefers the number to what is said, and of several the first.
func TestWhoCarriesTheNumberOfTheSourceIsTheFact(t *testing.T) {
	l := ledger(t)
	truth := record.NewTruth(l)
	fact := measured(t, truth, l)[0]
	carrier := truth.Resource(fact).Clone()
	carrier["id"] = "second"
	third := carrier.Clone()
	third["id"] = "third"
	pairs := truth.Match([]fixtures.Fact{fact}, []fhir.Resource{renumbered(t, truth, fact, "first", nil), carrier, third})
	if len(pairs) != 1 || pairs[0].Resource.ID() != "second" {
		t.Errorf("%v, want the second", pairs)
	}
}

// TestWhatIsNotToBeShownIsKnownByWhatItSaysToo finds a record that is withheld under a number of the system's own: who shows it all the
// same must not pass because it was given another number.
func TestWhatIsNotToBeShownIsKnownByWhatItSaysToo(t *testing.T) {
	l := ledger(t)
	truth := record.NewTruth(l)
	asked := 0
	for person := range l.People() {
		known := truth.About(person)
		for _, fact := range known.Facts {
			if known.Shows(fact) || slices.ContainsFunc(known.Visible, func(other fixtures.Fact) bool { return other.Kind == fact.Kind && other.Effective == fact.Effective }) {
				continue
			}
			asked++
			if shown := renumbered(t, truth, fact, "7", nil); len(truth.Match([]fixtures.Fact{fact}, []fhir.Resource{shown})) != 1 {
				t.Errorf("%s, which is withheld, is not known by what it says", fact.ID)
			}
		}
	}
	if asked == 0 {
		t.Fatal("nothing is withheld")
	}
}

// TestRecordsThatSayTheSameAreToldApartByHowMany compares two specimens of one moment, each with a number of the system's own or none: both are
// shown, and nothing twice; one alone leaves one out.
func TestRecordsThatSayTheSameAreToldApartByHowMany(t *testing.T) {
	l := ledger(t)
	truth, oracle := record.NewTruth(l), record.NewOracle(l)
	story, _ := l.Story("P02")
	facts := truth.About(story.Person()).Of(fixtures.Specimen)
	said := map[string]int{}
	for _, fact := range facts {
		said[fact.Effective+fact.Source]++
	}
	if len(said) == len(facts) {
		t.Fatal("no two specimens of the story are of one moment")
	}
	for name, change := range map[string]func(fhir.Resource){"numbers of its own": nil, "no numbers": func(r fhir.Resource) { delete(r, "identifier") }} {
		var shown []fhir.Resource
		for i, fact := range facts {
			shown = append(shown, renumbered(t, truth, fact, string(rune('a'+i)), change))
		}
		if differences := oracle.Compare(story.Person(), facts, shown, nil); len(differences) != 0 {
			t.Errorf("%s: %d differences: %v", name, len(differences), differences[0])
		}
		for i := range shown {
			less := slices.Delete(slices.Clone(shown), i, i+1)
			if differences := oracle.Compare(story.Person(), facts, less, nil); len(differences) != 1 || differences[0].Kind != record.Missing {
				t.Errorf("%s, without %d of them: %v, want one that is missing", name, i, differences)
			}
		}
		more := append(slices.Clone(shown), renumbered(t, truth, facts[0], "z", change))
		if differences := oracle.Compare(story.Person(), facts, more, nil); len(differences) != 1 || differences[0].Kind != record.Extra {
			t.Errorf("%s, and one of them again: %v, want one that is too many", name, differences)
		}
	}
}

// TestARecordUnderANumberOfTheSystemsOwnThatSaysOneThingOtherwiseIsAltered shows records of one person under numbers of the system's own, one
// of which has another value, time or code: that one is altered, and neither gone nor another.
func TestARecordUnderANumberOfTheSystemsOwnThatSaysOneThingOtherwiseIsAltered(t *testing.T) {
	l := ledger(t)
	truth, oracle := record.NewTruth(l), record.NewOracle(l)
	story, _ := l.Story("dates")
	facts := measured(t, truth, l)
	for name, c := range map[string]struct {
		change func(fhir.Resource)
		path   string
		kinds  []record.Kind
	}{
		"another value": {func(r fhir.Resource) { r["valueQuantity"].(map[string]any)["value"] = 1.25 }, "Observation.value", []record.Kind{record.Altered}},
		"another time":  {func(r fhir.Resource) { r["effectiveDateTime"] = "2001-01-01" }, "Observation.effective", []record.Kind{record.Altered}},
		"another code": {func(r fhir.Resource) {
			r["code"] = map[string]any{"coding": []any{map[string]any{"system": "http://snomed.info/sct", "code": "1"}}}
		}, "Observation.code", []record.Kind{record.Altered}},
		"another value and time": {func(r fhir.Resource) {
			r["valueQuantity"].(map[string]any)["value"] = 1.25
			r["effectiveDateTime"] = "2001-01-01"
		}, "", []record.Kind{record.Missing, record.Extra}},
	} {
		t.Run(name, func(t *testing.T) {
			var shown []fhir.Resource
			for i, fact := range facts {
				change := c.change
				if i != 1 {
					change = nil
				}
				shown = append(shown, renumbered(t, truth, fact, string(rune('a'+i)), change))
			}
			var kinds []record.Kind
			for _, d := range oracle.Compare(story.Person(), facts, shown, nil) {
				kinds = append(kinds, d.Kind)
				if c.path != "" && d.Path != c.path {
					t.Errorf("%s %s: %s, want %s", d.Kind, d.Path, d.Actual, c.path)
				}
			}
			if !slices.Equal(kinds, c.kinds) {
				t.Errorf("%v, want %v", kinds, c.kinds)
			}
		})
	}
}
