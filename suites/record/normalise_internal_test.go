package record

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// read is the canonical content of values under a rule.
func read(r rule, values ...any) string { return r.read(values, scope{names: Names{}}) }

func TestAListOfPartsHasLostWhateverIsMissing(t *testing.T) {
	type m = map[string]any
	part := func(code, value string) m {
		return m{"code": m{"coding": []any{m{"system": "s", "code": code}}}, "valueQuantity": m{"value": json.Number(value), "code": "mm[Hg]"}}
	}
	amounts, concept := amountsRule(), conceptRule()
	both := read(amounts, part("2", "80"), part("1", "120"))
	if both != "s|1 = 120 mm[Hg]\ns|2 = 80 mm[Hg]" {
		t.Errorf("%q", both)
	}
	one := read(amounts, part("1", "120"))
	for _, c := range []struct {
		expected, actual string
		want             bool
	}{{both, both, false}, {both, one, true}, {one, both, false}, {"", one, false}, {one, "", true}, {"", "", false}} {
		if got := amounts.differ(c.expected, c.actual); got != c.want {
			t.Errorf("%q and %q differ: %v", c.expected, c.actual, got)
		}
		if got := concept.differ(c.expected, c.actual); got != c.want {
			t.Errorf("%q and %q differ as concepts: %v", c.expected, c.actual, got)
		}
	}
}

func TestNumbersAreWrittenWithoutWhatSaysNothing(t *testing.T) {
	long := strings.Repeat("9", 61)
	for text, want := range map[string]string{
		"5": "5", "05": "5", "5.0": "5", "5.10": "5.1", "-3.50": "-3.5", "0": "0", "0.0": "0", "4e2": "400", "4E-2": "0.04", "1e99": "1" + strings.Repeat("0", 99), "1e100": "1e100",
		"123456789012345678": "123456789012345678", "12345678901234567.0": "12345678901234567", long: long, long[1:]: long[1:], "": "", "5a": "5a", "x": "x",
	} {
		if got := number(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

func TestAUnitIsItsCodeUnlessTheWordsAreAnothers(t *testing.T) {
	for want, quantity := range map[string]map[string]any{
		"5 mg":                                   {"value": json.Number("5"), "code": "mg", "unit": "milligrams", "system": fixtures.UCUM},
		"5 mg shown as micrograms":               {"value": json.Number("5"), "code": "mg", "unit": "micrograms"},
		"5 {tablet}":                             {"value": json.Number("5"), "code": "{tablet}", "unit": "tablets"},
		"5 {tablet} shown as Capsules":           {"value": json.Number("5"), "code": "{tablet}", "unit": "Capsules"},
		"6 {tablet}":                             {"value": json.Number("6"), "code": "{tablet}", "unit": "pieces"},
		"5 http://snomed.info/sct|1 shown as mg": {"value": json.Number("5"), "code": "1", "unit": "mg", "system": "http://snomed.info/sct"},
		"<5 a tablet":                            {"value": json.Number("5"), "comparator": "<", "unit": " A  Tablet ", "system": "urn:x"},
	} {
		if got := amount(quantity); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, code := range []string{"{tablet", "tablet}", "mg"} {
		if got := countedUnit(code, "capsule"); got != "" {
			t.Errorf("%s counts %q", code, got)
		}
	}
}

func TestACodingAloneIsReadAsAConceptOfOne(t *testing.T) {
	type m = map[string]any
	for name, c := range map[string]struct {
		value any
		want  []string
		terms []Term
	}{
		"a concept":                   {m{"coding": []any{m{"system": "s", "code": "1", "display": "One "}}}, []string{"s|1"}, []Term{{"s", "1", "one"}}},
		"a coding":                    {m{"system": "s", "code": "1", "display": "One"}, []string{"s|1"}, []Term{{"s", "1", "one"}}},
		"a concept with a code in it": {m{"code": "2", "display": "Two", "coding": []any{m{"system": "s", "code": "1"}}}, []string{"s|1"}, nil},
		"no code":                     {m{"system": "s", "display": "One"}, []string{}, nil},
		"words":                       {"1", []string{}, nil},
		"dm+d":                        {m{"system": "https://dmd.nhs.uk/", "code": "3", "display": "Three"}, []string{"https://dmd.nhs.uk|3"}, []Term{{"https://dmd.nhs.uk", "3", "three"}}},
	} {
		if got := codings(c.value); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := termsOf([]any{c.value}); !reflect.DeepEqual(got, c.terms) {
			t.Errorf("%s: %v, want %v", name, got, c.terms)
		}
	}
	fact := fixtures.Fact{Code: fixtures.Concept{Coding: []fixtures.Coding{{System: "s", Code: "1", Display: "One  Two"}, {System: "s", Code: "2"}}}}
	if got, want := factTerms(fact), []Term{{"s", "1", "one two"}, {"s", "2", ""}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestConceptsAreTheSameWhereNoCodeAndNoWordsAreLost(t *testing.T) {
	leaf := func(codes, text, displays string) string { return codes + then + text + then + displays }
	for _, c := range []struct {
		name      string
		want, got string
		same      bool
	}{
		{"the same", leaf("s|1", "a", "x"), leaf("s|1", "a", "x"), true},
		{"a code of another system more", leaf("s|1", "", ""), leaf("r|9\ns|1", "", ""), true},
		{"a second code of the system", leaf("s|1", "", ""), leaf("s|1\ns|2", "", ""), false},
		{"a code lost", leaf("r|9\ns|1", "", ""), leaf("s|1", "", ""), false},
		{"a code for words", leaf("", "a", ""), leaf("s|1", "a", ""), true},
		{"words lost", leaf("s|1", "a", "x"), leaf("s|1", "", "x"), false},
		{"words that were a display lost", leaf("s|1", "x", "x"), leaf("s|1", "", ""), true},
		{"words that are a display there lost", leaf("s|1", "x", ""), leaf("s|1", "", "x"), true},
		{"another display for words", leaf("s|1", "x", "x"), leaf("s|1", "y", "y"), true},
		{"other words for a display", leaf("s|1", "x", "x"), leaf("s|1", "z", "y"), false},
		{"a display for other words", leaf("s|1", "z", "x"), leaf("s|1", "x", "x"), false},
		{"words more", leaf("s|1", "", ""), leaf("s|1", "z", ""), true},
	} {
		if got := sameConcept(c.want, c.got); got != c.same {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	for leaf, want := range map[string]string{leaf("s|1", "", "x"): "s|1", leaf("s|1", "a", "x"): `s|1 "a"`, leaf("", "a", ""): `"a"`} {
		if got := conceptSpoken(leaf); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if !sharesSystem("a|1\nb|2", "c|3\nb|9") || sharesSystem("a|1\nb|2", "c|1\nd|2") {
		t.Error("systems are shared that are not, or not that are")
	}
}

func TestAReferenceIsWhatItLeadsTo(t *testing.T) {
	type m = map[string]any
	named := func(value string) m { return m{"system": "s", "value": value} }
	in := scopeOf(fhir.Resource{"contained": []any{m{"id": "a", "identifier": []any{named("inner")}}, m{"id": "b"}}},
		Names{"Encounter/1": "s|visit", "Encounter/2": "s|other\x1fs|visit", "Encounter/3": ""})
	for name, c := range map[string]struct {
		reference m
		want      string
	}{
		"an id":                                {m{"reference": "Encounter/1"}, "s|visit"},
		"an id that nobody knows":              {m{"reference": "Encounter/9"}, unknown},
		"an identifier":                        {m{"identifier": named("visit")}, "s|visit"},
		"an id that nobody knows, and a name":  {m{"reference": "Encounter/9", "identifier": named("visit")}, "s|visit"},
		"an id of somebody, with their name":   {m{"reference": "Encounter/2", "identifier": named("visit")}, "s|other\x1fs|visit"},
		"an id of another":                     {m{"reference": "Encounter/1", "identifier": named("x")}, "an id of s|visit beside the identifier s|x"},
		"an id that leads nowhere":             {m{"reference": "Encounter/3"}, unknown},
		"an id that leads nowhere, and a name": {m{"reference": "Encounter/3", "identifier": named("x")}, "an id of nothing beside the identifier s|x"},
		"what is contained":                    {m{"reference": "#a"}, "s|inner"},
		"what is contained without a name":     {m{"reference": "#b"}, unknown},
		"what is not contained":                {m{"reference": "#c"}, unknown},
		"a URN":                                {m{"reference": "urn:uuid:00000000-0000-4000-8000-000000000001"}, unknown},
	} {
		if got := in.target(c.reference); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"s|1", "s|1", true}, {"s|1", "s|2", false}, {"s|1\x1fs|2", "s|3\x1fs|2", true}, {"s|1", anything, true}, {anything, "s|1", true}, {"s|1", "s|1\x1fs|2", true}, {"s|1", "", false},
	} {
		if got := sameTarget(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: %v", c.a, c.b, got)
		}
	}
	for _, c := range []struct {
		expected, actual string
		want             bool
	}{
		{"s|1\ns|2", "s|2\ns|1", false}, {"s|1\ns|2", "s|1", true}, {"s|1", "", true}, {"", "s|1", false}, {unknown, "", false}, {unknown + "\ns|1", "s|2", true}, {"s|1", "s|2", true},
	} {
		if got := referenceRule().differ(c.expected, c.actual); got != c.want {
			t.Errorf("%q and %q differ: %v", c.expected, c.actual, got)
		}
	}
}

func TestADisplayCountsForTheCodeThatItIsShownBeside(t *testing.T) {
	terms := Terms{}
	terms.Learn([]Term{{"s", "1", "asthma"}, {"s", "2", "hypertension"}, {"s", "2", "hypertension"}})
	if len(terms[coding{"s", "hypertension"}]) != 1 {
		t.Errorf("%v", terms)
	}
	reader := NewReader()
	set := func(code, display string) *Set {
		s := NewSet(reader)
		s.Add(fhir.Resource{
			"resourceType": "Condition", "id": "1", "identifier": []any{map[string]any{"system": "s", "value": "1"}},
			"code": map[string]any{"coding": []any{map[string]any{"system": "s", "code": code, "display": display}}},
		}, Names{})
		return s
	}
	for _, c := range []struct {
		name            string
		expected, shown *Set
		wrong           bool
	}{
		{"the same", set("1", "Asthma"), set("1", "Asthma"), false},
		{"a synonym that nobody knows", set("1", "Asthma"), set("1", "Wheezing"), false},
		{"another code's", set("1", "Asthma"), set("1", "Hypertension"), true},
		{"another code's on both sides", set("1", "Hypertension"), set("1", "Hypertension"), false},
		{"of another code altogether", set("1", "Asthma"), set("3", "Hypertension"), false},
		{"nothing there", set("1", "Asthma"), NewSet(reader), false},
	} {
		if got := c.expected.Terms(c.shown, terms); (len(got) > 0) != c.wrong {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	if got := terms.wrongTerms(set("1", "Hypertension").Statements()[0]); len(got) != 1 || got[0].Path != "Condition.code.coding.display" {
		t.Errorf("%+v", got)
	}
	if got := terms.wrongTerms(set("2", "Hypertension").Statements()[0]); len(got) > 0 {
		t.Errorf("%+v", got)
	}
}

// TestWordsBesideManyCodesAreTheNameOfNone has a system that shows several things by one name: of two that may be, since concepts share synonyms.
func TestWordsBesideManyCodesAreTheNameOfNone(t *testing.T) {
	terms := Terms{}
	terms.Learn([]Term{{"s", "1", "asthma"}, {"s", "2", "hypertension"}, {"s", "3", "eczema"}, {"s", "4", "gout"}, {"s", "5", "gout"}, {"s", "6", "gout"}, {"u", "1", "asthma"}})
	reader := NewReader()
	set := func(codings ...string) *Set {
		s := NewSet(reader)
		for i, coding := range codings {
			system, rest, _ := strings.Cut(coding, "|")
			code, display, _ := strings.Cut(rest, "|")
			s.Add(fhir.Resource{
				"resourceType": "Condition", "id": fmt.Sprint(i), "identifier": []any{map[string]any{"system": "s", "value": coding}},
				"code": map[string]any{"coding": []any{map[string]any{"system": system, "code": code, "display": display}}},
			}, Names{})
		}
		return s
	}
	for name, c := range map[string]struct {
		shown []*Set
		want  []int
	}{
		"three codes":                          {[]*Set{set("s|1|Finding", "s|2|finding"), set("s|3|Finding", "s|3|Finding")}, []int{2, 1}},
		"two codes":                            {[]*Set{set("s|1|Finding", "s|2|Finding"), set("s|1|Finding")}, []int{0, 0}},
		"two codes, and one that is not known": {[]*Set{set("s|1|Finding", "s|2|Finding", "s|9|Finding")}, []int{0}},
		"two codes, and one elsewhere":         {[]*Set{set("s|1|Finding", "s|2|Finding", "u|1|Finding")}, []int{0}},
		"codes of one name":                    {[]*Set{set("s|4|Urate arthropathy", "s|5|Urate arthropathy", "s|6|Urate arthropathy")}, []int{0}},
		"their own names":                      {[]*Set{set("s|1|Asthma", "s|2|Hypertension", "s|3|Eczema")}, []int{0}},
	} {
		var got []int
		for _, differences := range terms.Alike(c.shown) {
			got = append(got, len(differences))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v are told, want %v", name, got, c.want)
		}
	}
}

func TestARecordIsCarriedByItsOwnIdentifiersAlone(t *testing.T) {
	type m = map[string]any
	s := NewSet(NewReader())
	for _, id := range []string{"1", "2"} {
		s.Add(fhir.Resource{"resourceType": "Condition", "id": id, "identifier": []any{m{"system": "s", "value": "a"}}}, Names{})
	}
	if carrier, ok := s.Carries("s|a"); !ok || carrier.Reference != "Condition/1" {
		t.Errorf("%v %v", carrier, ok)
	}
	if carrier, ok := s.Carries("s|b"); ok || carrier.Reference != "" {
		t.Errorf("%v %v", carrier, ok)
	}
}

func TestAMedicineIsFoundByWhatLinksARequestWithAStatement(t *testing.T) {
	type m = map[string]any
	named := func(value string) m { return m{"system": "s", "value": value} }
	shown := NewSet(NewReader())
	shown.Add(fhir.Resource{"resourceType": "MedicationStatement", "id": "1", "identifier": []any{named("statement")}, "basedOn": []any{m{"identifier": named("request")}}}, Names{})
	shown.Add(fhir.Resource{"resourceType": "MedicationRequest", "id": "2", "identifier": []any{named("other")}}, Names{})
	shown.Add(fhir.Resource{"resourceType": "CarePlan", "id": "3", "identifier": []any{named("plan")}}, Names{})
	for name, c := range map[string]struct {
		wanted Statement
		found  bool
		at     int
	}{
		"the request that a statement is based on": {Statement{Type: "MedicationRequest", Keys: []string{"s|request"}}, true, 0},
		"a statement based on a request":           {Statement{Type: "MedicationStatement", Follows: []string{"s|other"}}, true, 1},
		"a statement based on a statement":         {Statement{Type: "MedicationStatement", Follows: []string{"s|statement"}}, false, 0},
		"a statement on which one is based":        {Statement{Type: "MedicationStatement", Keys: []string{"s|request"}}, false, 0},
		"a request based on a request":             {Statement{Type: "MedicationRequest", Follows: []string{"s|other"}}, false, 0},
		"a statement based on a plan":              {Statement{Type: "MedicationStatement", Follows: []string{"s|plan"}}, false, 0},
		"a plan":                                   {Statement{Type: "CarePlan", Follows: []string{"s|other"}, Keys: []string{"s|request"}}, false, 0},
		"nothing that is linked":                   {Statement{Type: "MedicationRequest", Keys: []string{"s|x"}, Follows: []string{"s|y"}}, false, 0},
	} {
		if at, found := shown.sameMedicine(c.wanted); found != c.found || at != c.at {
			t.Errorf("%s: %d %v", name, at, found)
		}
	}
}

func TestTwoSetsSayTheSameWhereEachStatementIsInBothAsOften(t *testing.T) {
	set := func(codes ...string) *Set {
		s := NewSet(NewReader())
		for _, code := range codes {
			s.Add(fhir.Resource{"resourceType": "Condition", "id": "1", "code": map[string]any{"coding": []any{map[string]any{"system": "s", "code": code}}}}, Names{})
		}
		return s
	}
	for _, c := range []struct {
		a, b *Set
		want bool
	}{
		{set("1", "2"), set("2", "1"), true}, {set("1", "1", "2"), set("1", "2", "2"), false}, {set("1"), set("1", "1"), false}, {set("1"), set("2"), false}, {set(), set(), true},
	} {
		if got := c.a.Same(c.b); got != c.want {
			t.Errorf("%d and %d statements: %v", c.a.Len(), c.b.Len(), got)
		}
	}
}

func TestTheWordsOfAConceptCountWhereItHasNoCode(t *testing.T) {
	type m = map[string]any
	coded := m{"text": "One", "coding": []any{m{"system": "s", "code": "1"}}}
	for want, values := range map[string][]any{
		`"chest pain`: {m{"text": "Chest  pain"}}, "s|1": {coded}, "s|1\ns|2": {m{"coding": []any{m{"system": "s", "code": "2"}, m{"system": "s", "code": "1"}}}, coded},
		"\"a\n\"b": {m{"text": "b"}, m{"text": "a"}, m{"text": "b"}}, "": {m{"id": "x"}},
	} {
		if got := read(conceptRule(), values...); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestATextOfMegabytesIsComparedWholeAndKeptShort has texts that differ in their last letter alone.
func TestATextOfMegabytesIsComparedWholeAndKeptShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Chest pain ", 1<<18)
	read := words(long + "on exertion")
	if len(read) > 1000 {
		t.Errorf("%d bytes are kept of %d", len(read), len(long))
	}
	if read != words(long+"on exertion") || read == words(long+"on exertiom") {
		t.Error("the last letter does not count")
	}
	short := strings.Repeat("x", longestWords)
	if words(strings.ToUpper(short)) != short || words(short+"x") == short {
		t.Error("a text is folded up to the longest, and not beyond")
	}
}
