package record

import (
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// TestOfRecordsThatSayNearlyTheSameTheOneThatSaysAllOfItIsMeant shows one of two records of one person that differ in a status alone, of
// which one is withheld, under a number of the system's own: what is withheld must not pass for what is not.
func TestOfRecordsThatSayNearlyTheSameTheOneThatSaysAllOfItIsMeant(t *testing.T) {
	plain := NewReader()
	shown := func(status string) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Observation", "status": status, "effectiveDateTime": "2026-01-02T09:00:00Z", "valueQuantity": map[string]any{"value": 5, "code": "kg"},
			"meta": map[string]any{"tag": []any{map[string]any{"system": ODSSystem, "code": "RRK"}}},
		}
	}
	for name, c := range map[string]struct {
		statuses []string // of the withheld record, and of the one to be shown
		shown    string
		want     []string
	}{
		"what is withheld":        {[]string{"final", "amended"}, "final", []string{"withheld"}},
		"what is to be shown":     {[]string{"final", "amended"}, "amended", []string{"visible"}},
		"neither of them":         {[]string{"final", "amended"}, "preliminary", []string{"visible"}},
		"what both say":           {[]string{"final", "final"}, "final", []string{"visible"}},
		"what one alone there is": {[]string{"final"}, "amended", []string{"withheld"}},
	} {
		t.Run(name, func(t *testing.T) {
			known := newContents(nil, plain)
			known.once.Do(func() {}) // nothing is gathered
			for i, status := range c.statuses {
				said, _ := plain.Read(shown(status), nil)
				known.add(content{"p", "", []string{"withheld", "visible"}[i], said, i == 1})
			}
			var got []string
			for _, content := range known.saying(shown(c.shown), nil) {
				got = append(got, content.token)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

// TestAReferenceByANumberOfTheSystemsOwnIsOfTheRecordThatHasIt compares a visit whose appointment is referred to by its own number, and by
// that of another appointment.
func TestAReferenceByANumberOfTheSystemsOwnIsOfTheRecordThatHasIt(t *testing.T) {
	l, err := fixtures.New(fixtures.Options{Seed: 1, StoriesOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	truth, oracle := NewTruth(l), NewOracle(l)
	story, _ := l.Story("P04")
	visits, appointments := truth.About(story.Person()).Of(fixtures.Encounter), truth.About(story.Person()).Of(fixtures.Appointment)
	var shown []fhir.Resource
	numbers := map[string]string{}
	for i, fact := range appointments {
		numbers[fact.Identifier.Value] = string(rune('a' + i))
		shown = append(shown, renumbered(truth, fact, numbers[fact.Identifier.Value]))
	}
	names := Names{}
	names.learn(truth.Reader(), shown)
	for name, c := range map[string]struct {
		typed   bool
		another int // by how much the appointment that is referred to is another
		altered bool
	}{
		"its own":                      {true, 0, false},
		"its own, and no word of what": {false, 0, false},
		"another's":                    {true, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			changed, wrong := 0, 0
			for _, fact := range visits {
				visit := renumbered(truth, fact, "visit")
				for _, reference := range visit.Objects("appointment") {
					number, ok := numbers[fhir.Text(fhir.Get(reference, "identifier", "value"))]
					if !ok {
						continue
					}
					changed++
					delete(reference, "reference")
					reference["identifier"] = ownNumber(string(rune('a' + (int(number[0]-'a')+c.another)%len(numbers))))
					if delete(reference, "type"); c.typed {
						reference["type"] = "Appointment"
					}
				}
				if types := truth.Reader().Referred(visit); changed > 0 && !slices.Contains(types, "Appointment") {
					t.Errorf("appointments are not asked for, to know what is referred to: %v", types)
				}
				wrong += len(oracle.Compare(story.Person(), []fixtures.Fact{fact}, []fhir.Resource{visit}, names))
			}
			if changed == 0 || (wrong > 0) != c.altered {
				t.Errorf("%d of %d references are found wrong, want some: %t", wrong, changed, c.altered)
			}
		})
	}
}

func ownNumber(value string) map[string]any {
	return map[string]any{"system": "https://supplier.example.test/Id/record", "value": value}
}

// renumbered is what a system shows of a fact that gives records numbers of its own.
func renumbered(truth *Truth, fact fixtures.Fact, number string) fhir.Resource {
	resource := truth.Resource(fact).Clone()
	resource["id"], resource["identifier"] = number, []any{ownNumber(number)}
	return resource
}

// TestWhatSaysNearlyARecordIsItWhereNoOtherIsMeant shows a measurement under a number of the system's own which says what none of the
// known records does.
func TestWhatSaysNearlyARecordIsItWhereNoOtherIsMeant(t *testing.T) {
	plain := NewReader()
	type said struct {
		code, when, source string
		value              int
	}
	resource := func(s said) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Observation", "status": "final", "code": map[string]any{"coding": []any{map[string]any{"system": "http://snomed.info/sct", "code": s.code}}},
			"effectiveDateTime": s.when, "valueQuantity": map[string]any{"value": json.Number(strconv.Itoa(s.value)), "system": "http://unitsofmeasure.org", "code": "kg"}, "subject": map[string]any{"reference": "Patient/7"},
			"meta": map[string]any{"tag": []any{map[string]any{"system": ODSSystem, "code": s.source}}},
		}
	}
	type of struct {
		number, token string
		said          said
		visible       bool
	}
	const morning, noon, ours, theirs = "2026-01-02T09:00:00Z", "2026-01-02T12:00:00Z", "9990000018", "9990000026"
	weight := said{"27113001", morning, "RRK", 70}
	for name, c := range map[string]struct {
		records []of
		shown   said
		who     string // the NHS number of the Patient, "" where nobody knows
		want    string
	}{
		"another value":                                     {[]of{{ours, "a", weight, true}}, said{"27113001", morning, "RRK", 71}, ours, "a"},
		"another source":                                    {[]of{{ours, "a", weight, true}}, said{"27113001", morning, "RXK", 70}, ours, "a"},
		"another value, of which two may be":                {[]of{{ours, "a", weight, true}, {ours, "b", said{"27113001", morning, "RRK", 72}, true}}, said{"27113001", morning, "RRK", 71}, ours, ""},
		"another value before another code":                 {[]of{{ours, "a", weight, true}, {ours, "b", said{"50373000", morning, "RRK", 71}, true}}, said{"27113001", morning, "RRK", 71}, ours, "a"},
		"another source before another value":               {[]of{{ours, "a", weight, true}, {ours, "b", said{"27113001", morning, "RXK", 71}, true}}, said{"27113001", morning, "RRK", 71}, ours, "b"},
		"another value of somebody else":                    {[]of{{theirs, "a", weight, true}}, said{"27113001", morning, "RRK", 71}, ours, ""},
		"in full of somebody else":                          {[]of{{theirs, "a", weight, true}}, weight, ours, "a"},
		"in full of somebody else, and nearly of one":       {[]of{{theirs, "a", weight, true}, {ours, "b", said{"27113001", noon, "RRK", 70}, true}}, weight, ours, "b"},
		"in full of somebody else, and nearly of two":       {[]of{{theirs, "a", weight, true}, {ours, "b", said{"27113001", noon, "RRK", 70}, true}, {ours, "c", said{"27113001", "2026-01-03T09:00:00Z", "RRK", 70}, true}}, weight, ours, ""},
		"in full of somebody else, and unlike what is ours": {[]of{{theirs, "a", weight, true}, {ours, "b", said{"27113001", noon, "RRK", 71}, true}}, weight, ours, "a"},
		"in full of both, of ours first":                    {[]of{{ours, "b", weight, true}, {theirs, "a", weight, true}}, weight, ours, "b"},
		"in full of both":                                   {[]of{{theirs, "a", weight, true}, {ours, "b", weight, true}}, weight, ours, "b"},
		"another value, of one of two unknown":              {[]of{{theirs, "a", weight, true}, {ours, "b", weight, true}}, said{"27113001", morning, "RRK", 71}, "", ""},
		"another value, of one unknown":                     {[]of{{theirs, "a", weight, true}}, said{"27113001", morning, "RRK", 71}, "", "a"},
		"another value of what is withheld":                 {[]of{{ours, "a", weight, false}}, said{"27113001", morning, "RRK", 71}, ours, "a"},
		"another time of what is withheld":                  {[]of{{ours, "a", weight, false}}, said{"27113001", noon, "RRK", 70}, ours, ""},
		"another code of what is withheld":                  {[]of{{ours, "a", weight, false}}, said{"50373000", morning, "RRK", 70}, ours, ""},
		"another source of what is withheld":                {[]of{{ours, "a", weight, false}}, said{"27113001", morning, "RXK", 70}, ours, "a"},
		"another value, withheld and another":               {[]of{{ours, "a", weight, false}, {ours, "b", said{"50373000", morning, "RRK", 71}, true}}, said{"27113001", morning, "RRK", 71}, ours, "b"},
		"another time":                                      {[]of{{ours, "a", weight, true}}, said{"27113001", noon, "RRK", 70}, ours, "a"},
		"another time and another value":                    {[]of{{ours, "a", weight, true}}, said{"27113001", noon, "RRK", 71}, ours, ""},
		"another code, and one that is in full":             {[]of{{ours, "a", weight, true}, {ours, "b", said{"50373000", morning, "RRK", 70}, true}}, weight, ours, "a"},
		"another code and another source at once":           {[]of{{ours, "a", weight, true}}, said{"50373000", morning, "RXK", 70}, ours, ""},
	} {
		t.Run(name, func(t *testing.T) {
			known := newContents(nil, plain)
			known.once.Do(func() {}) // nothing is gathered
			for _, r := range c.records {
				said, _ := plain.Read(resource(r.said), nil)
				known.add(content{r.number, r.number, r.token, said, r.visible})
			}
			names := Names{}
			if c.who != "" {
				names["Patient/7"] = NHSNumberToken(c.who)
			}
			shown, got := resource(c.shown), ""
			for _, content := range known.saying(shown, patientIn(names, shown)) {
				got += content.token
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestAnNHSNumberWithSpacesIsOfThePersonAllTheSame names a Patient by its number as people write it: how that is written is charged where somebody
// is looked for by it, and makes no record another person's.
func TestAnNHSNumberWithSpacesIsOfThePersonAllTheSame(t *testing.T) {
	const number, spaced = "9990000018", "999 000 0018"
	patient := func(value string) fhir.Resource {
		return fhir.Resource{"resourceType": "Patient", "id": "1", "identifier": []any{map[string]any{"system": fhir.NHSNumberSystem, "value": value}}}
	}
	for _, shown := range []string{number, spaced} {
		if !HasNumber(patient(shown), number) || HasNumber(patient(shown), "9990000026") || HasNumber(patient(shown), "") {
			t.Errorf("%s is not the number of who has it, or another's", shown)
		}
		names := Names{}
		names.Learn([]fhir.Resource{patient(shown)})
		for _, named := range []string{number, spaced} {
			target := scope{names: names}.target(map[string]any{"reference": "Patient/1", "identifier": map[string]any{"system": fhir.NHSNumberSystem, "value": named}})
			if target != fhir.NHSNumberSystem+"|"+number {
				t.Errorf("%s, named by %s, is %s", shown, named, target)
			}
		}
	}
	if HasNumber(fhir.Resource{"resourceType": "RelatedPerson", "identifier": patient(number)["identifier"]}, number) {
		t.Error("a RelatedPerson is a Patient")
	}
}

// TestANumberOfTheSystemsOwnLeadsToWhateverIsMeantWhereNothingCanBeAskedFor reads a reference by identifier to a type that a system does
// not serve, and to one that it does.
func TestANumberOfTheSystemsOwnLeadsToWhateverIsMeantWhereNothingCanBeAskedFor(t *testing.T) {
	const elsewhere = "https://other.example.test/fhir/Appointment/"
	number := "https://supplier.example.test/Id/record|7"
	names := Names{unserved("Appointment"): anything, renumbers: anything, elsewhere + "7": number, elsewhere + "8": fixtures.RecordSystem + "|RRK-1"}
	for name, c := range map[string]struct {
		reference map[string]any
		want      string
	}{
		"its own number, of a type that is not served": {map[string]any{"type": "Appointment", "identifier": ownNumber("7")}, anything},
		"its own number elsewhere":                     {map[string]any{"reference": elsewhere + "7", "identifier": ownNumber("7")}, anything},
		"the number of the source elsewhere": {
			map[string]any{"reference": elsewhere + "8", "identifier": map[string]any{"system": fixtures.RecordSystem, "value": "RRK-1"}},
			fixtures.RecordSystem + "|RRK-1",
		},
		"its own number beside an id":              {map[string]any{"reference": "Appointment/7", "identifier": ownNumber("7")}, anything},
		"its own number, of a type that is served": {map[string]any{"type": "Encounter", "identifier": ownNumber("7")}, number},
		"its own number, of no type":               {map[string]any{"identifier": ownNumber("7")}, number},
		"the number of the source": {
			map[string]any{"type": "Appointment", "identifier": map[string]any{"system": fixtures.RecordSystem, "value": "RRK-1"}},
			fixtures.RecordSystem + "|RRK-1",
		},
	} {
		if got := (scope{names: names}).target(c.reference); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// TestAnAppointmentIsOfThePatientWhoTakesPart looks for whose records an appointment may be.
func TestAnAppointmentIsOfThePatientWhoTakesPart(t *testing.T) {
	const ours, theirs = "9990000018", "9990000026"
	names := Names{"Patient/7": NHSNumberToken(ours), "Practitioner/8": "s|1"}
	actor := func(reference string) any {
		return map[string]any{"actor": map[string]any{"reference": reference}}
	}
	appointment := fhir.Resource{"resourceType": "Appointment", "participant": []any{actor("Practitioner/8"), actor("Patient/7"), actor("Location/9")}}
	if whose := patientIn(names, appointment); whose == nil || !whose(content{number: ours}) || whose(content{number: theirs}) {
		t.Error("it is not known whose the appointment is")
	}
}
