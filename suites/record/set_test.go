package record_test

import (
	"strconv"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

// observed is an Observation with identifiers as system, value, system, value.
func observed(id, value string, identifiers ...string) fhir.Resource {
	var list []any
	for i := 0; i+1 < len(identifiers); i += 2 {
		list = append(list, map[string]any{"system": identifiers[i], "value": identifiers[i+1]})
	}
	resource := fhir.Resource{
		"resourceType": "Observation", "id": id, "status": "final", "effectiveDateTime": "2026-01-05T09:00:00Z",
		"code":          map[string]any{"coding": []any{map[string]any{"system": "http://snomed.info/sct", "code": "1022431000000105"}}},
		"valueQuantity": map[string]any{"value": value, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"},
	}
	if list != nil {
		resource["identifier"] = list
	}
	return resource
}

func TestFactsAreMatchedByIdentifierAndElseByWhatTheySay(t *testing.T) {
	const one, two, shared = "https://one.test/Id/result", "https://two.test/Id/result", "https://lab.test/Id/result"
	for name, c := range map[string]struct {
		here, there []fhir.Resource
		want        []record.Kind
	}{
		"one identifier in common, others added": {
			[]fhir.Resource{observed("a", "120", shared, "1", one, "a")}, []fhir.Resource{observed("b", "120", two, "b", shared, "1")}, nil,
		},
		"each system has an identifier of its own": {
			[]fhir.Resource{observed("a", "120", one, "a")}, []fhir.Resource{observed("b", "120", two, "b")}, nil,
		},
		"identifiers of one system that differ": {
			[]fhir.Resource{observed("a", "120", shared, "1")}, []fhir.Resource{observed("b", "120", shared, "2")}, []record.Kind{record.Missing, record.Extra},
		},
		"identifiers of their own, and another value": {
			[]fhir.Resource{observed("a", "120", one, "a")}, []fhir.Resource{observed("b", "121", two, "b")}, []record.Kind{record.Missing, record.Extra},
		},
		"two alike here, one there": {
			[]fhir.Resource{observed("a", "120", one, "a"), observed("c", "120", one, "c")}, []fhir.Resource{observed("b", "120", two, "b")}, []record.Kind{record.Missing},
		},
		"two alike here and there": {
			[]fhir.Resource{observed("a", "120", one, "a"), observed("c", "120", one, "c")},
			[]fhir.Resource{observed("b", "120", two, "b"), observed("d", "120", two, "d")},
			nil,
		},
		"no identifiers at all": {
			[]fhir.Resource{observed("a", "120")}, []fhir.Resource{observed("b", "120")}, nil,
		},
		"shown again under an identifier of another system": {
			[]fhir.Resource{observed("a", "120", shared, "1")}, []fhir.Resource{observed("b", "120", shared, "1"), observed("d", "120", two, "d")}, []record.Kind{record.Extra},
		},
		"results of one order, which all have its number": {
			[]fhir.Resource{observed("a", "120", shared, "1"), observed("b", "130", shared, "1"), observed("c", "140", shared, "1")},
			[]fhir.Resource{observed("f", "140", shared, "1"), observed("d", "120", shared, "1"), observed("e", "130", shared, "1")},
			nil,
		},
		"results of one order, one of them altered": {
			[]fhir.Resource{observed("a", "120", shared, "1"), observed("b", "130", shared, "1")},
			[]fhir.Resource{observed("d", "131", shared, "1"), observed("e", "120", shared, "1")},
			[]record.Kind{record.Altered},
		},
		"results of one order, one of them lost": {
			[]fhir.Resource{observed("a", "120", shared, "1"), observed("b", "130", shared, "1")}, []fhir.Resource{observed("e", "130", shared, "1")}, []record.Kind{record.Missing},
		},
		"a masked identifier before the one in common": {
			[]fhir.Resource{observed("a", "120", two, "", shared, "1"), observed("c", "121", two, "", shared, "2")},
			[]fhir.Resource{observed("b", "120", two, "", shared, "1"), observed("d", "121", two, "", shared, "2")},
			nil,
		},
		"numbers that belong to no system": {
			[]fhir.Resource{observed("a", "120", "", "1"), observed("c", "121", "", "2")}, []fhir.Resource{observed("b", "121", "", "1"), observed("d", "120", "", "2")}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			reader := record.NewReader()
			here, there := record.NewSet(reader), record.NewSet(reader)
			for _, resource := range c.here {
				here.Add(resource, nil)
			}
			for _, resource := range c.there {
				there.Add(resource, nil)
			}
			var got []record.Kind
			for _, d := range here.Against(there) {
				got = append(got, d.Kind)
			}
			if len(got) != len(c.want) {
				t.Fatalf("differences %v, want %v", got, c.want)
			}
			for i := range got {
				if got[i] != c.want[i] {
					t.Errorf("differences %v, want %v", got, c.want)
				}
			}
		})
	}
}

func TestASetIsTheSameAsItselfAskedAgain(t *testing.T) {
	const system = "https://lab.test/Id/result"
	set := func(resources ...fhir.Resource) *record.Set {
		s := record.NewSet(record.NewReader())
		for _, resource := range resources {
			s.Add(resource, nil)
		}
		return s
	}
	twice := set(observed("a", "120", system, "1"), observed("b", "120", system, "1"))
	for name, c := range map[string]struct {
		other *record.Set
		want  bool
	}{
		"the same, shown twice":           {set(observed("a", "120", system, "1"), observed("b", "120", system, "1")), true},
		"under other ids, the other way":  {set(observed("d", "120", system, "1"), observed("c", "120", system, "1")), true},
		"once only":                       {set(observed("a", "120", system, "1")), false},
		"one with another value":          {set(observed("a", "120", system, "1"), observed("b", "121", system, "1")), false},
		"one under another identifier":    {set(observed("a", "120", system, "1"), observed("b", "120", system, "2")), false},
		"nothing, where there was a pair": {set(), false},
	} {
		if got := twice.Same(c.other); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A system may give every result the number of its patient.
func TestAnIdentifierThatEverythingHasKeepsNothingApart(t *testing.T) {
	reader := record.NewReader()
	here, there := record.NewSet(reader), record.NewSet(reader)
	const results = 2000
	for i := range results {
		here.Add(observed("a"+strconv.Itoa(i), strconv.Itoa(i), "https://one.test/Id/person", "1"), nil)
		there.Add(observed("b"+strconv.Itoa(i), strconv.Itoa(results-1-i), "https://one.test/Id/person", "1"), nil)
	}
	if differences := here.Against(there); len(differences) > 0 {
		t.Errorf("%d differences, %+v among them", len(differences), differences[0].Kind)
	}
}
