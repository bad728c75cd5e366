package record

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// TestOfThoseThatShareAnIdentifierTheBestIsTaken holds the order: the same type, then one that is not matched yet, then one that says the same.
func TestOfThoseThatShareAnIdentifierTheBestIsTaken(t *testing.T) {
	type one struct {
		kind, says string
		matched    bool
	}
	wanted := Statement{Type: "MedicationRequest", Computed: "aspirin"}
	for name, c := range map[string]struct {
		other, known one
		unmatchable  bool
		better       bool
	}{
		"another type that is free and says the same": {one{"Observation", "aspirin", false}, one{"MedicationRequest", "ibuprofen", true}, false, false},
		"the type that is matched and says another":   {one{"MedicationRequest", "ibuprofen", true}, one{"Observation", "aspirin", false}, false, true},
		"a statement of the same medicine":            {one{"MedicationStatement", "aspirin", false}, one{"MedicationRequest", "ibuprofen", false}, false, true},
		"one that is free and says another":           {one{"MedicationRequest", "ibuprofen", false}, one{"MedicationRequest", "aspirin", true}, false, true},
		"one that is matched and says the same":       {one{"MedicationRequest", "aspirin", true}, one{"MedicationRequest", "ibuprofen", false}, false, false},
		"one that says the same":                      {one{"MedicationRequest", "aspirin", false}, one{"MedicationRequest", "ibuprofen", false}, false, true},
		"one that is no better":                       {one{"MedicationRequest", "aspirin", false}, one{"MedicationRequest", "aspirin", false}, false, false},
		"nothing is matched, and it says the same":    {one{"MedicationRequest", "aspirin", false}, one{"MedicationRequest", "ibuprofen", false}, true, true},
	} {
		matched := []bool{c.other.matched, c.known.matched}
		if c.unmatchable {
			matched = nil
		}
		got := better(Statement{Type: c.other.kind, Computed: c.other.says}, 0, Statement{Type: c.known.kind, Computed: c.known.says}, 1, wanted, matched)
		if got != c.better {
			t.Errorf("%s: better %t, want %t", name, got, c.better)
		}
	}
}

// TestAStatementIsFoundByWhatItSaysOnlyWhereNoIdentifierContradicts looks up statements with and without identifiers.
func TestAStatementIsFoundByWhatItSaysOnlyWhereNoIdentifierContradicts(t *testing.T) {
	observed := func(value, identifier string) fhir.Resource {
		resource := fhir.Resource{
			"resourceType": "Observation", "id": "o" + value, "status": "final", "effectiveDateTime": "2026-01-05T09:00:00Z",
			"code":          map[string]any{"coding": []any{map[string]any{"system": "http://snomed.info/sct", "code": "1022431000000105"}}},
			"valueQuantity": map[string]any{"value": value, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"},
		}
		if identifier != "" {
			resource["identifier"] = []any{map[string]any{"system": "https://lab.test/Id/result", "value": identifier}}
		}
		return resource
	}
	shown := NewSet(NewReader())
	shown.Add(observed("120", "1"), nil)
	shown.Add(observed("130", ""), nil)
	for name, c := range map[string]struct {
		wanted fhir.Resource
		at     int
		found  bool
	}{
		"its identifier":                             {observed("150", "1"), 0, true},
		"no identifier, of one that has one":         {observed("120", ""), 0, true},
		"another identifier, of one that has one":    {observed("120", "2"), 0, false},
		"an identifier, of one that has none":        {observed("130", "2"), 1, true},
		"no identifier, of one that has none":        {observed("130", ""), 1, true},
		"no identifier, and nothing says the same":   {observed("140", ""), 0, false},
		"another identifier, and nothing says that":  {observed("140", "2"), 0, false},
		"an identifier that is known, another value": {observed("130", "1"), 0, true},
	} {
		wanted := NewSet(shown.reader)
		wanted.Add(c.wanted, nil)
		at, found := shown.find(wanted.statements[0], make([]bool, 2))
		if found != c.found || found && at != c.at {
			t.Errorf("%s: %d, %t, want %d, %t", name, at, found, c.at, c.found)
		}
	}
}

// TestOfAMedicineThatCannotBeReadNothingElseIsSaid compares statements of which one, or the other, refers to a Medication that nobody can read.
func TestOfAMedicineThatCannotBeReadNothingElseIsSaid(t *testing.T) {
	prescribed := func(name string) Statement {
		set := NewSet(NewReader())
		set.Add(fhir.Resource{
			"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "authoredOn": "2026-01-05",
			"medicationCodeableConcept": map[string]any{"coding": []any{map[string]any{"system": "https://dmd.nhs.uk", "code": name}}},
		}, nil)
		return set.statements[0]
	}
	unread := func(s Statement, untold bool) Statement {
		s.unread = &UnreadMedicine{Reference: "Medication/1", Status: 500}
		if untold {
			s.unread.Untold = &check.Inconclusive{Detail: "it may not be read"}
		}
		return s
	}
	rows := func(expected, actual Statement) (medicine, rule int) {
		for _, d := range alterations(expected, actual) {
			if d.Path == "MedicationRequest.medication" {
				medicine++
			}
			if d.Rule == RuleUnreadMedicine {
				rule++
			}
		}
		return medicine, rule
	}
	one, two := prescribed("1"), prescribed("2")
	for name, c := range map[string]struct {
		expected, actual Statement
		medicine, rule   int
	}{
		"the same medicine":                                {one, one, 0, 0},
		"another medicine":                                 {one, two, 1, 0},
		"what is shown cannot be read":                     {one, unread(two, false), 1, 1},
		"what is shown may not be read":                    {one, unread(two, true), 1, 1},
		"what is expected cannot be read":                  {unread(one, false), two, 0, 0},
		"what is expected may not be read":                 {unread(one, true), two, 1, 1},
		"neither can be read":                              {unread(one, false), unread(two, false), 0, 0},
		"neither may be read, which is told of the former": {unread(one, true), unread(two, false), 1, 1},
	} {
		if medicine, rule := rows(c.expected, c.actual); medicine != c.medicine || rule != c.rule {
			t.Errorf("%s: %d differences of the medicine, %d for what cannot be read; want %d and %d", name, medicine, rule, c.medicine, c.rule)
		}
	}
}

// TestTheSideThatIsShownAgreesWithTheTruthWhereItSaysTheSame asks of differences which side of them is right.
func TestTheSideThatIsShownAgreesWithTheTruthWhereItSaysTheSame(t *testing.T) {
	statement := func(value, display string) Statement {
		set := NewSet(NewReader())
		set.Add(fhir.Resource{
			"resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": "2026-01-05T09:00:00Z",
			"code":          map[string]any{"coding": []any{map[string]any{"system": "http://snomed.info/sct", "code": "1022431000000105", "display": display}}},
			"valueQuantity": map[string]any{"value": value, "unit": "g/L", "system": "http://unitsofmeasure.org", "code": "g/L"},
		}, nil)
		return set.statements[0]
	}
	truth := statement("120", "Haemoglobin")
	altered := alterations(truth, statement("130", "Haemoglobin"))
	if len(altered) == 0 {
		t.Fatal("another value is no difference")
	}
	for name, c := range map[string]struct {
		d      Difference
		agrees bool
	}{
		"another value":                   {Difference{Rule: altered[0].Rule, Path: altered[0].Path, Got: statement("130", "Haemoglobin")}, false},
		"the same value":                  {Difference{Rule: altered[0].Rule, Path: altered[0].Path, Got: statement("120", "Haemoglobin")}, true},
		"another value, asked of another": {Difference{Rule: "code", Path: "Observation.status", Got: statement("130", "Haemoglobin")}, true},
		"another name":                    {Difference{Rule: "display", Got: statement("120", "Glucose")}, false},
		"the same name":                   {Difference{Rule: "display", Got: statement("130", "Haemoglobin")}, true},
	} {
		if got := Agrees(truth, c.d); got != c.agrees {
			t.Errorf("%s: agrees %t, want %t", name, got, c.agrees)
		}
	}
}
