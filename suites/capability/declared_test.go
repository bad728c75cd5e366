package capability

import (
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

func TestAPeriodWithoutAStartBeganBeforeAnyDate(t *testing.T) {
	plan := func(period map[string]any) fhir.Resource {
		return fhir.Resource{"resourceType": "CarePlan", "id": "1", "period": period}
	}
	long := nothingHas(search.Date)
	if !has(plan(map[string]any{"end": "2020-01-01"}), "date", long) {
		t.Errorf("a period with an end alone does not have %s", long)
	}
	if has(plan(map[string]any{"start": "2019-06-01", "end": "2020-01-01"}), "date", long) || has(plan(nil), "date", long) {
		t.Errorf("a period with a start, or none, has %s", long)
	}
}
