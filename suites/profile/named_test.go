package profile

import (
	"testing"

	"concord.example/concord/internal/fhir"
)

// TestTheNameBesideAReferenceIsNotSomebodyElses says what of a display is wrong: the name of another one who is known, and nothing else.
func TestTheNameBesideAReferenceIsNotSomebodyElses(t *testing.T) {
	read := func(text string) fhir.Resource {
		object, err := fhir.DecodeObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return fhir.Resource(object)
	}
	jones := read(`{"resourceType":"Practitioner","id":"1","name":[{"family":"Jones","given":["Kwame"],"prefix":["Dr"]}]}`)
	rahman := read(`{"resourceType":"Practitioner","id":"2","name":[{"family":"Rahman","given":["Helen"]},{"family":"Smith","given":["Helen"]}]}`)
	trust := read(`{"resourceType":"Organization","id":"1","name":"Royal Wolverhampton NHS Trust"}`)
	other := read(`{"resourceType":"Organization","id":"2","name":"Dudley Group NHS Trust"}`)
	bare := read(`{"resourceType":"Practitioner","id":"3"}`)
	people := named{}
	people.learn(jones, rahman, trust, other, bare, nil)
	people.sortNames()
	for _, c := range []struct {
		display string
		meant   fhir.Resource
		wrong   bool
	}{
		{"Dr Kwame Jones", jones, false},
		{"JONES, Kwame (Dr)", jones, false},
		{"K Jones", jones, false},
		{"the surgeon", jones, false},
		{"", jones, false},
		{"Dr Sana Nowak", jones, false}, // nobody who is known
		{"Dr Helen Smith", rahman, false},
		{"Dr Helen Rahman", jones, true},
		{"Rahman, Helen", jones, true},
		{"Helen Rahman", bare, false}, // it has no name to be told from
		{"referred by Dr Helen Rahman to the clinic", jones, false},
		{"Wolverhampton", trust, false},
		{"Dudley Group NHS Trust", trust, true},
		{"DUDLEY GROUP NHS TRUST", trust, true},
		{"New Cross Hospital", trust, false},
		{"Helen Rahman", nil, false},
	} {
		if got := people.wrongName(c.display, c.meant); (got != "") != c.wrong {
			t.Errorf("%q beside %s: %q", c.display, c.meant.Reference(), got)
		}
	}
}

// TestAWholeNameIsThatOfWhoeverHasIt says when a display that shares words with the name of the one that is meant is another's all the same.
func TestAWholeNameIsThatOfWhoeverHasIt(t *testing.T) {
	organisation := func(id, code, name, more string) fhir.Resource {
		object, err := fhir.DecodeObject([]byte(`{"resourceType":"Organization","id":"` + id + `","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"` + code + `"}],"name":"` + name + `"` + more + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return object
	}
	const name = "University Hospitals Birmingham NHS trust"
	meant := organisation("1", "RXK", "Sandwell and West Birmingham Hospitals NHS trust", "")
	for why, c := range map[string]struct {
		display      string
		meant, other fhir.Resource
		wrong        bool
	}{
		"another trust of the city":      {name, meant, organisation("2", "RRK", name, ""), true},
		"in another order and case":      {"NHS Trust Birmingham University Hospitals", meant, organisation("2", "RRK", name, ""), true},
		"its own":                        {"Sandwell and West Birmingham Hospitals NHS trust", meant, organisation("2", "RRK", name, ""), false},
		"its own in short":               {"West Birmingham Hospitals", meant, organisation("2", "RRK", "West Birmingham Hospitals", ""), false},
		"a part of another's":            {"University Hospitals Birmingham", meant, organisation("2", "RRK", name, ""), false},
		"another entry of the same one":  {name, meant, organisation("2", "RXK", name, ""), false},
		"the trust of a site":            {name, organisation("1", "RRK02", "Queen Elizabeth Hospital Birmingham", ""), organisation("2", "RRK", name, ""), false},
		"one that it is a part of":       {name, organisation("1", "X1", "Birmingham Eye Centre", `,"partOf":{"reference":"Organization/2"}`), organisation("2", "RRK", name, ""), false},
		"one that is a part of it":       {name, meant, organisation("2", "RRK", name, `,"partOf":{"reference":"Organization/1"}`), false},
		"one that is closed":             {name, meant, organisation("2", "RRK", name, `,"active":false`), false},
		"one that has ended":             {name, meant, organisation("2", "RRK", name, `,"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/organization-period","valuePeriod":{"end":"2020-01-01"}}]`), false},
		"one that nothing is a name of":  {"The Birmingham Surgery", organisation("1", "M1", "Birmingham Road Surgery", ""), organisation("2", "M2", "The Surgery", ""), false},
		"another with words for a place": {"Hospital Birmingham", meant, organisation("2", "RRK", "The Hospital", ""), false},
	} {
		people := named{}
		people.learnList(c.other)
		people.learn(c.meant)
		if got := people.wrongName(c.display, c.meant); (got != "") != c.wrong {
			t.Errorf("%s: %q", why, got)
		}
	}
}
