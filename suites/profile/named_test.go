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
