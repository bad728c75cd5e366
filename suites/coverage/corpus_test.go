package coverage_test

import (
	"strings"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles"
	"concord.example/concord/suites/coverage"
)

func counted(t *testing.T, resources ...string) map[string]coverage.Row {
	t.Helper()
	registry, err := profiles.Embedded(profiles.STU3)
	if err != nil {
		t.Fatal(err)
	}
	corpus := coverage.New(registry)
	for _, text := range resources {
		resource, err := fhir.DecodeObject([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := corpus.Add(resource); err != nil {
			t.Fatal(err)
		}
	}
	rows := map[string]coverage.Row{}
	for _, r := range corpus.Rows() {
		rows[string(r.Kind)+" "+r.Type+" "+strings.TrimPrefix(r.Name, r.Type+".")] = r
	}
	return rows
}

const sited = `{"resourceType":"Location","id":"a","name":"x","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-site-code","value":"RRK01"}]}`

func TestAnElementIsSeenWhereItHasData(t *testing.T) {
	rows := counted(t, `{"resourceType":"Patient","id":"p","name":[{"family":"x"}],"gender":"female"}`, `{"resourceType":"Patient","id":"q","name":[{"given":["x"]}]}`)
	for name, seen := range map[string]int{"must-support Patient gender": 1, "must-support Patient birthDate": 0, "must-support Patient name": 2, "search-parameter Patient family": 1, "search-parameter Patient birthdate": 0} {
		r, known := rows[name]
		if !known || r.Seen != seen || r.Resources != 2 {
			t.Errorf("%s: got %+v, want %d of 2", name, r, seen)
		}
	}
	if got := rows["must-support Patient birthDate"].Advice(); got != "no Patient with birthDate: add one to Patient/p" {
		t.Errorf("advice %q", got)
	}
	if got := rows["must-support Patient gender"].Advice(); got != "" {
		t.Errorf("advice %q for what was seen", got)
	}
}

func TestASliceIsSeenOnlyWhereItsFixedValuesAre(t *testing.T) {
	const slice = "must-support Location identifier:odsSiteCode"
	other := strings.Replace(sited, "ods-site-code", "other", 1)
	if r := counted(t, sited)[slice]; r.Seen != 1 {
		t.Errorf("got %+v, want it seen", r)
	}
	if r := counted(t, other)[slice]; r.Seen != 0 || r.Resources != 1 {
		t.Errorf("got %+v, want it not seen", r)
	}
}

func TestAResourceIsCountedOnceWhateverHoldsIt(t *testing.T) {
	rows := counted(t, sited, `{"resourceType":"Bundle","type":"searchset","entry":[{"resource":`+sited+`},{"resource":{"resourceType":"Location","name":"y",
	 "contained":[{"resourceType":"Organization","id":"o","name":"z"}]}}]}`)
	if r := rows["search-parameter Location name"]; r.Resources != 2 || r.Seen != 2 {
		t.Errorf("got %+v, want 2 Locations", r)
	}
	if r := rows["search-parameter Organization name"]; r.Seen != 1 {
		t.Errorf("got %+v, want the contained one", r)
	}
}
