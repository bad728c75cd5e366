package record

import (
	"reflect"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
)

func TestADifferenceSaysWhatIsShownAndWhatIsDue(t *testing.T) {
	potassium := Statement{Type: "Observation", Reference: "Observation/7", Sources: []string{"RRK"}, Terms: []Term{{Display: "potassium"}}}
	nobodys := Statement{Type: "Observation", Reference: "Observation/8", Terms: []Term{{Display: "potassium"}}}
	fact := fixtures.Fact{ID: "f", Kind: fixtures.Observation, Source: "RL4", Effective: "2026-01-02", Code: fixtures.Concept{Text: "sodium"}}
	for name, c := range map[string]struct {
		difference             Difference
		path, says, want, have string
	}{
		"missing":          {Difference{Kind: Missing, Want: potassium}, "Observation", "Observation potassium recorded by RRK is not shown", "nothing", "nothing"},
		"missing here":     {Difference{Kind: Missing, Want: nobodys, Disputed: true}, "Observation", "Observation potassium is not shown, and the other system shows it", "nothing", "nothing"},
		"missing of facts": {Difference{Kind: Missing, Fact: fact, Want: potassium}, "Observation", "Observation sodium of 2026-01-02 recorded by RL4 is not shown", "nothing", "nothing"},
		"extra":            {Difference{Kind: Extra, Got: nobodys}, "Observation", "Observation/8 is shown, and nothing says that it should be", "nothing", "nothing"},
		"twice":            {Difference{Kind: Extra, Want: potassium, Got: nobodys}, "Observation", "Observation/8 shows Observation potassium recorded by RRK once more", "nothing", "nothing"},
		"altered": {
			Difference{Kind: Altered, Want: potassium, Got: potassium, Path: "Observation.value", Expected: "5 mmol/L"},
			"Observation.value",
			"Observation potassium recorded by RRK is shown with value nothing, want 5 mmol/L", "5 mmol/L", "nothing",
		},
		"altered by one of two": {
			Difference{Kind: Altered, Want: potassium, Got: potassium, Path: "Observation.component.value", Expected: "5", Actual: "6", Disputed: true},
			"Observation.component.value",
			"Observation potassium recorded by RRK is shown with component.value 6, and by the other system with 5; which of them is right is not known here", "5", "6",
		},
		"nothing of it is due": {Difference{Kind: Altered, Got: nobodys, Path: "Observation.note", Actual: "x"}, "Observation.note", "Observation potassium is shown with note x, want nothing", "nothing", "x"},
		"mislabelled":          {Difference{Kind: Mislabelled, Fact: fact, Path: "meta.tag", Actual: "RRK"}, "meta.tag", "Observation sodium of 2026-01-02 recorded by RL4 is shown with labels that name RRK", "nothing", "RRK"},
	} {
		c.difference.Cause = result.CauseAltered
		f := c.difference.Finding([]string{"e1"})
		want := result.Finding{
			Rule: "parity-" + string(c.difference.Kind), Severity: result.SeverityError, Path: c.path, Message: c.says, Expected: c.want, Actual: c.have,
			Cause: result.CauseAltered, Exchanges: []string{"e1"},
		}
		if !reflect.DeepEqual(f, want) {
			t.Errorf("%s: %+v\nwant %+v", name, f, want)
		}
	}
}

func TestAFactIsNamedByItsDisplayOrItsWordsOrItsVisit(t *testing.T) {
	coded := fixtures.Concept{Text: "salt", Coding: []fixtures.Coding{{Code: "1"}, {Code: "2", Display: "sodium"}, {Code: "3", Display: "Na"}}}
	for want, fact := range map[string]fixtures.Fact{
		"Observation sodium 5 mmol/L of 2026": {Code: coded, Value: fixtures.Quantity{Value: "5", Unit: "mmol/L"}, Visit: &fixtures.Visit{Class: "IMP"}},
		"Observation salt of 2026":            {Code: fixtures.Concept{Text: "salt", Coding: coded.Coding[:1]}, Visit: &fixtures.Visit{Class: "IMP"}},
		"Observation IMP of 2026":             {Visit: &fixtures.Visit{Class: "IMP"}},
		"Observation of 2026":                 {},
	} {
		fact.Kind, fact.Effective = fixtures.Observation, "2026"
		if got := Describe(fact); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestTreesDifferWhereTheyDo holds what is shown of an element against what is due, both in canonical form.
func TestTreesDifferWhereTheyDo(t *testing.T) {
	type m = map[string]any
	type l = []any
	home := m{"use": "code:home", "city": "words:dudley", "line": "words:1 high street"}
	town := m{"use": "code:home", "city": "words:telford", "line": "words:1 high street"}
	for name, c := range map[string]struct {
		path      string
		want, got any
		found     []unequal
	}{
		"nothing and nothing":                 {"note", nil, nil, nil},
		"something that is not due":           {"note", nil, "words:x", []unequal{{"note", "words", "", "x"}}},
		"a list that is not due":              {"note", nil, l{"words:x", "words:y"}, []unequal{{"note", "element", "", "x and y"}}},
		"an extension of nobody's":            {"extension", nil, l{m{"url": "code:https://a.test/x", "valueCode": "code:y"}}, nil},
		"one item for one":                    {"note", "words:x", l{"words:x"}, nil},
		"two items for one":                   {"note", "words:x", l{"words:x", "words:y"}, []unequal{{"note", "words", "x", "x and y"}}},
		"one for a list of one":               {"note", l{"words:x"}, "words:x", nil},
		"another for a list of one":           {"note", l{"words:x"}, "words:y", []unequal{{"note", "words", "x", "y"}}},
		"nothing for a list":                  {"note", l{"words:x"}, nil, []unequal{{"note", "words", "x", ""}}},
		"words for an object":                 {"timing", m{"count": "number:2"}, "words:x", []unequal{{"timing", "words", "count 2", "x"}}},
		"a member lost":                       {"timing", m{"count": "number:2"}, m{}, []unequal{{"timing.count", "number", "2", ""}}},
		"a member more":                       {"timing", m{"count": "number:2"}, m{"count": "number:2", "bounds": "words:x"}, []unequal{{"timing.bounds", "words", "", "x"}}},
		"another rule":                        {"note", "words:x", "code:x", []unequal{{"note", "words", "x", "x"}}},
		"a concept with its words left out":   {"code", "concept:s|1" + then + "text" + then + "text", "concept:s|1", nil},
		"a reference that nobody can follow":  {"who", "reference:" + unknown, "reference:s|1", nil},
		"a reference to another":              {"who", "reference:s|1", "reference:s|2", []unequal{{"who", "reference", "s|1", "s|2"}}},
		"the first of two changed":            {"note", l{"words:x", "words:y"}, l{"words:z", "words:y"}, []unequal{{"note", "words", "x", "z"}}},
		"both of two changed":                 {"note", l{"words:x", "words:y"}, l{"words:a", "words:b"}, []unequal{{"note", "words", "x", "a"}, {"note", "words", "y", "b"}}},
		"two for one":                         {"note", l{"words:x"}, l{"words:a", "words:b"}, []unequal{{"note", "words", "x", ""}, {"note", "words", "", "a"}, {"note", "words", "", "b"}}},
		"one for two":                         {"note", l{"words:x", "words:y"}, l{"words:a"}, []unequal{{"note", "words", "x", ""}, {"note", "words", "y", ""}, {"note", "words", "", "a"}}},
		"the same twice for once":             {"note", l{"words:x"}, l{"words:x", "words:x"}, []unequal{{"note", "words", "", "x"}}},
		"a further address":                   {"address", l{home}, l{m{"city": "words:telford"}, home}, nil},
		"an address where none is due":        {"address", l{}, l{home}, []unequal{{"address", "element", "", "city dudley, line 1 high street, use home"}}},
		"the same street in another town":     {"address", l{home}, l{town}, []unequal{{"address.city", "words", "dudley", "telford"}}},
		"beside the right one":                {"address", l{home}, l{home, town}, nil},
		"a number of the same kind":           {"telecom", l{m{"system": "code:phone", "value": "words:1", "use": "code:home"}}, l{m{"system": "code:phone", "value": "words:2", "use": "code:home"}}, []unequal{{"telecom", "element", "system phone, use home, value 1", ""}}},
		"an address without its town":         {"address", l{home}, l{m{"use": "code:home", "line": "words:1 high street"}}, []unequal{{"address.city", "words", "dudley", ""}}},
		"a whole and a part of an address":    {"address", l{home}, l{m{"use": "code:home"}, home}, nil},
		"two addresses, one without its town": {"address", l{town, home}, l{town, m{"line": "words:1 high street", "use": "code:home"}}, []unequal{{"address.city", "words", "dudley", ""}}},
		"a note that is part of another":      {"note", l{m{"text": "words:x", "time": "moment:2026"}}, l{m{"text": "words:x"}, m{"text": "words:y"}}, []unequal{{"note", "element", "text x, time 2026", ""}, {"note", "element", "", "text x"}, {"note", "element", "", "text y"}}},
		"a category in another system":        {"category", l{"concept:s|1"}, l{"concept:t|1"}, []unequal{{"category", "concept", "s|1", "t|1"}}},
		"a category lost beside one more":     {"category", l{"concept:s|1"}, l{"concept:t|2"}, []unequal{{"category", "concept", "s|1", ""}}},
		"a category and its map":              {"category", l{"concept:s|1"}, l{"concept:s|1", "concept:t|1"}, nil},
		"an address of nothing":               {"address", l{home}, l{m{}}, []unequal{{"address", "element", "city dudley, line 1 high street, use home", ""}}},
	} {
		comparison := comparison{additional: []string{"address", "telecom"}}
		comparison.compare(c.path, c.path, c.want, c.got)
		if !reflect.DeepEqual(comparison.found, c.found) {
			t.Errorf("%s: %q\nwant %q", name, comparison.found, c.found)
		}
	}
}

// TestOneAddressIsRestatedByAnotherOfWhichOnePartDiffers tells a wrong address from a further one.
func TestOneAddressIsRestatedByAnotherOfWhichOnePartDiffers(t *testing.T) {
	type m = map[string]any
	of := func(a, b, c string) m { return m{"a": "code:" + a, "b": "code:" + b, "c": "code:" + c} }
	for name, c := range map[string]struct {
		other any
		want  bool
	}{
		"the same":              {of("1", "2", "3"), false},
		"one part":              {of("1", "2", "4"), true},
		"two parts":             {of("1", "5", "4"), false},
		"one part under a name": {m{"a": "code:1", "b": "code:2", "d": "code:3"}, false},
		"one part more":         {m{"a": "code:1", "b": "code:2", "c": "code:4", "d": "code:3"}, false},
		"one part fewer":        {m{"a": "code:1", "b": "code:4"}, false},
		"words":                 {"code:1", false},
	} {
		if got := restated(of("1", "2", "3"), c.other); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if restated(m{"a": "code:1", "b": "code:2"}, m{"a": "code:1", "b": "code:3"}) {
		t.Error("of two parts, one that differs is as much as one that is the same")
	}
}

// TestNobodyIsRegisteredUnderTwoNames tells a second name of a Patient that is said to be the registered one from names that somebody has besides.
func TestNobodyIsRegisteredUnderTwoNames(t *testing.T) {
	type m = map[string]any
	type l = []any
	amy := m{"use": "code:official", "family": "code:Shah", "given": l{"code:Amy"}}
	for name, c := range map[string]struct {
		further any
		wrong   bool
	}{
		"somebody else's":                   {m{"use": "code:official", "family": "code:Shah", "given": l{"code:Ben"}}, true},
		"another family's":                  {m{"use": "code:official", "family": "code:Hall", "given": l{"code:Amy"}}, true},
		"a family name alone":               {m{"use": "code:official", "family": "code:Hall"}, true},
		"a given name that begins alike":    {m{"use": "code:official", "family": "code:Shah", "given": l{"words:amyra jane"}}, true},
		"from some day on":                  {m{"use": "code:official", "family": "code:Hall", "given": l{"code:Amy"}, "period": m{"start": "moment:2020"}}, true},
		"until some day":                    {m{"use": "code:official", "family": "code:Hall", "given": l{"code:Amy"}, "period": m{"end": "moment:2020"}}, false},
		"one of the past":                   {m{"use": "code:old", "family": "code:Hall", "given": l{"code:Amy"}}, false},
		"one that is used":                  {m{"use": "code:usual", "family": "code:Shah", "given": l{"code:Mimi"}}, false},
		"one of no use that is told":        {m{"family": "code:Shah", "given": l{"code:Mimi"}}, false},
		"the same in capitals":              {m{"use": "code:official", "family": "code:SHAH", "given": l{"code:AMY"}}, false},
		"with all given names":              {m{"use": "code:official", "family": "code:Shah", "given": l{"words:amy jane"}, "prefix": l{"code:Dr"}}, false},
		"the same family name alone":        {m{"use": "code:official", "family": "code:Shah", "suffix": l{"code:MBE"}}, false},
		"in a script of which it is told":   {m{"use": "code:official", "family": "code:शाह", "extension": l{m{"url": "code:http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"}}}, false},
		"words in the place of a HumanName": {"code:official", false},
	} {
		for _, got := range []l{{amy, c.further}, {c.further, amy}} {
			comparison := comparison{additional: []string{"name"}}
			comparison.compare("name", "name", l{amy}, got)
			if (len(comparison.found) > 0) != c.wrong {
				t.Errorf("%s: %q", name, comparison.found)
			}
		}
	}
}

func TestElementsDifferThatOneSideAloneHas(t *testing.T) {
	says := func(parts ...string) Statement { return Statement{Type: "Task", shape: newShape(nil), parts: parts} }
	var got []string
	for _, d := range furtherAlterations(says(`b:"words:x"`, `d:"words:y"`), says(`a:"words:v"`, `c:"words:w"`, `d:"words:y"`), nil) {
		got = append(got, d.Path+" "+d.Expected+">"+d.Actual)
	}
	if want := []string{"Task.a >v", "Task.b x>", "Task.c >w"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
