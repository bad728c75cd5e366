package record

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// TestEachOfSeveralResourcesIsOneRecord shows several weights of one person, some of which say something else than the records that are known.
// Each is written "time source kilograms", with the number of its source behind it where it has that.
func TestEachOfSeveralResourcesIsOneRecord(t *testing.T) {
	plain := NewReader()
	resource := func(said string) fhir.Resource {
		part := strings.Fields(said)
		kilograms, err := strconv.Atoi(part[2])
		if err != nil {
			t.Fatal(err)
		}
		r := fhir.Resource{
			"resourceType": "Observation", "status": "final", "code": map[string]any{"coding": []any{map[string]any{"system": "http://snomed.info/sct", "code": "27113001"}}},
			"effectiveDateTime": "2026-01-02T" + part[0] + ":00:00Z", "valueQuantity": map[string]any{"value": json.Number(strconv.Itoa(kilograms)), "system": "http://unitsofmeasure.org", "code": "kg"},
			"meta": map[string]any{"tag": []any{map[string]any{"system": ODSSystem, "code": part[1]}}},
		}
		if len(part) > 3 {
			r["identifier"] = []any{map[string]any{"system": fixtures.RecordSystem, "value": part[3]}}
		}
		return r
	}
	for name, c := range map[string]struct {
		records, shown, want []string
	}{
		"what has the number of its source is none of the others": {[]string{"09 RRK 70 a"}, []string{"09 RRK 70 a", "09 RRK 71"}, []string{"", ""}},
		"what is said in full is none of the others":              {[]string{"09 RRK 70 a"}, []string{"09 RRK 71", "09 RRK 70"}, []string{"", "a"}},
		"what is more alike is none of the others":                {[]string{"09 RRK 70 a"}, []string{"09 RXK 70", "09 RRK 71"}, []string{"a", ""}},
		"two of another source":                                   {[]string{"09 RRK 70 a"}, []string{"09 RXK 70", "09 RYK 70"}, []string{"", ""}},
		"two of other times, in the order of time":                {[]string{"12 RRK 70 b", "09 RRK 70 a"}, []string{"13 RRK 70", "10 RRK 70"}, []string{"b", "a"}},
		"two of other times, of three records":                    {[]string{"12 RRK 70 b", "09 RRK 70 a", "15 RRK 70 c"}, []string{"13 RRK 70", "10 RRK 70"}, []string{"", ""}},
		"one of another time, of one that is left":                {[]string{"12 RRK 70 b", "09 RRK 70 a"}, []string{"12 RRK 70", "10 RRK 70"}, []string{"b", "a"}},
		"two of other amounts, of two of the time":                {[]string{"09 RRK 70 a", "09 RRK 80 b"}, []string{"09 RRK 71", "09 RRK 81"}, []string{"", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			known := newContents(nil, plain)
			known.once.Do(func() {}) // nothing is gathered
			for _, record := range c.records {
				said, _ := plain.Read(resource(record), nil)
				known.add(content{"p", "9990000018", fixtures.RecordSystem + "|" + strings.Fields(record)[3], said, true})
			}
			var shown []fhir.Resource
			for _, one := range c.shown {
				shown = append(shown, resource(one))
			}
			var got []string
			for _, records := range known.assign(shown, func(fhir.Resource) whose { return nil }) {
				tokens := ""
				for _, record := range records {
					tokens += strings.TrimPrefix(record.token, fixtures.RecordSystem+"|")
				}
				got = append(got, tokens)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestARecordIsFoundByItsNumberBeforeAnythingIsRead asks for records by number alone, and for what is no record at all.
func TestARecordIsFoundByItsNumberBeforeAnythingIsRead(t *testing.T) {
	l, err := fixtures.New(fixtures.Options{Seed: 1, StoriesOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	story, _ := l.Story("P04")
	fact := l.FactsOf(story.Person())[0]
	known := newContents(l, NewReader())
	if found := known.numbered([]string{"urn:own|1", fact.Identifier.Token()}); len(found) != 1 || found[0].person != story.Person().ID {
		t.Errorf("%s is found as %v", fact.ID, found)
	}
	if _, ok := known.read(fhir.Resource{"resourceType": "Organization", "id": "1"}); ok {
		t.Error("an organisation is a record")
	}
}

// TestARecordIsHeldAgainstOneOfAPersonsOrNone reads the keys of a measurement under a number of the system's own.
func TestARecordIsHeldAgainstOneOfAPersonsOrNone(t *testing.T) {
	plain := NewReader()
	resource := fhir.Resource{
		"resourceType": "Observation", "id": "7", "status": "final", "effectiveDateTime": "2026-01-02T09:00:00Z", "identifier": []any{ownNumber("7")},
		"meta": map[string]any{"tag": []any{map[string]any{"system": ODSSystem, "code": "RRK"}}},
	}
	own := "https://supplier.example.test/Id/record|7"
	for name, c := range map[string]struct {
		people []string // whose the records are, which are a, b and c in their order
		names  Names
		want   []string
	}{
		"of nobody":                      {nil, nil, []string{own}},
		"of one":                         {[]string{"p"}, nil, []string{own, "a"}},
		"of two":                         {[]string{"q", "p"}, nil, []string{own, "b", "a"}},
		"one of two of one":              {[]string{"p", "p"}, nil, []string{own}},
		"one of two of one, and another": {[]string{"p", "p", "q"}, nil, []string{own, "c"}},
		"learned as one of two":          {[]string{"p", "p"}, Names{"Observation/7": own + string(or) + "b"}, []string{own, "b"}},
		"learned as none of two":         {[]string{"p", "q"}, Names{"Observation/7": own}, []string{own}},
	} {
		known := newContents(nil, plain)
		known.once.Do(func() {}) // nothing is gathered
		said, _ := plain.Read(resource, nil)
		for i, person := range c.people {
			known.add(content{person, person, string(rune('a' + i)), said, true})
		}
		reader := NewReader()
		reader.contents = known
		if got := reader.keys(resource, c.names); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestARecordHasANumberOfItsOwnWhereItHasNoneOfItsSource(t *testing.T) {
	source := map[string]any{"system": fixtures.RecordSystem, "value": "1"}
	for name, c := range map[string]struct {
		identifiers []any
		own         bool
	}{
		"none": {nil, false}, "its source's": {[]any{source}, false}, "its own": {[]any{ownNumber("1")}, true}, "both": {[]any{ownNumber("1"), source}, false},
	} {
		if own := hasOwnNumber(fhir.Resource{"identifier": c.identifiers}); own != c.own {
			t.Errorf("%s: %t", name, own)
		}
	}
}
