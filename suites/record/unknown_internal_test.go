package record

import (
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// TestWhereNobodyKnowsWhatIsTrueReferencesAreTheSameByNumberOrMoment compares what two systems show of an observation during a contact,
// each with its own ids, and by a roll of people alone.
func TestWhereNobodyKnowsWhatIsTrueReferencesAreTheSameByNumberOrMoment(t *testing.T) {
	roll, err := fixtures.Roll([]string{"9990000018"}, time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, StoriesOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	contact := func(id, start string, numbers ...string) fhir.Resource {
		list := make([]any, 0, len(numbers)/2)
		for i := 0; i+1 < len(numbers); i += 2 {
			list = append(list, map[string]any{"system": numbers[i], "value": numbers[i+1]})
		}
		return fhir.Resource{"resourceType": "Encounter", "id": id, "period": map[string]any{"start": start}, "identifier": list}
	}
	const morning, noon = "2026-01-02T09:00:00Z", "2026-01-02T12:00:00Z"
	named := func(system, value string) map[string]any {
		return map[string]any{"reference": "Encounter/b", "identifier": map[string]any{"system": system, "value": value}}
	}
	for name, c := range map[string]struct {
		first, second fhir.Resource
		reference     map[string]any
		differ        bool
	}{
		"one number":                              {contact("a", morning, "s", "1"), contact("b", noon, "s", "1"), nil, false},
		"two numbers of one register":             {contact("a", morning, "s", "1"), contact("b", morning, "s", "2"), nil, true},
		"numbers of two registers at one moment":  {contact("a", morning, "s", "1"), contact("b", "2026-01-02T10:00:00+01:00", "t", "2"), nil, false},
		"numbers of two registers at two moments": {contact("a", morning, "s", "1"), contact("b", noon, "t", "2"), nil, true},
		"a number, and none":                      {contact("a", morning, "s", "1"), contact("b", morning), nil, false},
		"none, at two moments":                    {contact("a", morning), contact("b", noon), nil, true},
		"the source's number beside the link":     {contact("a", morning, "s", "1"), contact("b", noon, "t", "2"), named("s", "1"), false},
		"another number beside the link":          {contact("a", morning, "s", "1"), contact("b", morning, "t", "2"), named("t", "3"), true},
	} {
		t.Run(name, func(t *testing.T) {
			show := func(reader *Reader, target fhir.Resource, reference map[string]any) *Set {
				names := Names{}
				names.learn(reader, []fhir.Resource{target})
				if reference == nil {
					reference = map[string]any{"reference": target.Reference()}
				}
				set := NewSet(reader)
				set.Add(fhir.Resource{
					"resourceType": "Observation", "id": "o" + target.ID(), "effectiveDateTime": morning, "encounter": reference,
					"identifier": []any{map[string]any{"system": "o", "value": "1"}},
				}, names)
				return set
			}
			unknown := NewTruth(roll).Reader()
			if differ := len(show(unknown, c.first, nil).Against(show(unknown, c.second, c.reference))) > 0; differ != c.differ {
				t.Errorf("differ: %t, want %t", differ, c.differ)
			}
			// Who has a ledger rests on numbers.
			known := NewTruth(ledger).Reader()
			if names := (Names{}); c.first["identifier"] != nil {
				names.learn(known, []fhir.Resource{c.first})
				if names["Encounter/a"] != identityOf(c.first) {
					t.Errorf("with a ledger the contact is %q, want its numbers alone", names["Encounter/a"])
				}
			}
		})
	}
}
