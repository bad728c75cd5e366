package parity

import (
	"fmt"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/record"
)

// problems are Conditions of several providers: each of them "2024-05-01 active RRK".
func problems(t *testing.T, texts ...string) []record.Statement {
	t.Helper()
	set := record.NewSet(record.NewReader())
	for i, text := range texts {
		var when, status, source string
		if _, err := fmt.Sscan(text, &when, &status, &source); err != nil {
			t.Fatal(err)
		}
		set.Add(fhir.Resource{
			"resourceType": "Condition", "id": fmt.Sprint(i), "onsetDateTime": when,
			"identifier":     []any{map[string]any{"system": "https://one.test/Id/problem", "value": fmt.Sprint(i)}},
			"meta":           map[string]any{"source": "https://fhir.nhs.uk/Id/ods-organization-code/" + source, "tag": []any{map[string]any{"system": "https://fhir.nhs.uk/Id/ods-organization-code", "code": source}}},
			"clinicalStatus": map[string]any{"coding": []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": status}}},
			"code":           map[string]any{"coding": []any{map[string]any{"system": "http://snomed.info/sct", "code": "38341003"}}},
		}, record.Names{})
	}
	all := set.Statements()
	for i := range all {
		var source string
		_, _ = fmt.Sscan(texts[i], new(string), new(string), &source)
		all[i].Sources = []string{source}
	}
	return all
}

func TestRecordsAreLeftOutByTimeOrStatusOnlyWhereNothingShownContradictsIt(t *testing.T) {
	shown := []string{"2024-05-01 active RRK", "2025-01-01 active RKB", "2025-06-01 active RXW"}
	for name, c := range map[string]struct {
		missing, shown []string
		want           result.Cause
	}{
		"all older":                         {[]string{"2019-01-01 active RRK", "2020 active RKB", "2023-12 active RRK"}, shown, result.HistoryCut},
		"all with another status":           {[]string{"2024-06-01 resolved RRK", "2025-02-01 resolved RKB", "2025-07-01 inactive RRK"}, shown, result.StatusFilter},
		"one newer than what is shown":      {[]string{"2019-01-01 active RRK", "2020 active RKB", "2024-06-01 active RRK"}, shown, result.CauseMissing},
		"in the year of what is shown":      {[]string{"2019-01-01 active RRK", "2020 active RKB", "2024 active RRK"}, shown, result.CauseMissing},
		"one status that is shown too":      {[]string{"2024-06-01 resolved RRK", "2025-02-01 resolved RKB", "2025-07-01 active RRK"}, shown, result.CauseMissing},
		"two are too few":                   {[]string{"2019-01-01 active RRK", "2020 active RKB"}, shown, result.CauseMissing},
		"of one provider, which is missing": {[]string{"2019-01-01 resolved RRK", "2020-01-01 resolved RRK", "2021-01-01 resolved RRK"}, shown, result.CauseMissing},
		"nothing is shown":                  {[]string{"2019-01-01 active RRK", "2020 active RKB", "2021 active RRK"}, nil, result.CauseMissing},
	} {
		if got := leftOut(problems(t, c.missing...), problems(t, c.shown...)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
