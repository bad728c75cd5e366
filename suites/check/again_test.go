package check

import (
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
)

func TestTwoAnswersSayTheSameWhateverMayLawfullyDiffer(t *testing.T) {
	since := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	bundle := func(entries string) string {
		return `{"resourceType":"Bundle","type":"searchset","total":9,"entry":[` + entries + `]}`
	}
	entry := func(id, version, updated, status string) string {
		return `{"resource":{"resourceType":"Flag","id":"` + id + `","meta":{"versionId":"` + version + `","lastUpdated":"` + updated + `"},"text":{"div":"` + version + updated + `"},"status":"` + status + `"}}`
	}
	const early, late = "2026-01-01T00:00:00Z", "2026-03-02T09:00:01Z"
	a, b := entry("1", "1", early, "active"), entry("2", "1", early, "active")
	more := `{"resourceType":"Bundle","link":[{"relation":"next","url":"x"}],"entry":[`
	for name, c := range map[string]struct {
		status, again int
		then, now     string
		same          bool
	}{
		"another order":                      {200, 200, bundle(a + "," + b), bundle(b + "," + a), true},
		"a bundle of another id and time":    {200, 200, `{"resourceType":"Bundle","id":"x"}`, `{"resourceType":"Bundle","id":"y","meta":{"lastUpdated":"` + late + `"}}`, true},
		"metadata and narrative alone":       {200, 200, bundle(a), bundle(entry("1", "1", late, "active")), true},
		"one less":                           {200, 200, bundle(a + "," + b), bundle(a), false},
		"none any more":                      {200, 200, bundle(a), bundle(""), false},
		"one more":                           {200, 200, bundle(a), bundle(a + "," + b), false},
		"one more that was written since":    {200, 200, bundle(a), bundle(a + "," + entry("2", "1", late, "active")), true},
		"another content":                    {200, 200, bundle(a), bundle(entry("1", "1", early, "inactive")), false},
		"another content of another version": {200, 200, bundle(a), bundle(entry("1", "2", late, "inactive")), true},
		"another number":                     {200, 200, `{"resourceType":"Observation","id":"1","valueInteger":1}`, `{"resourceType":"Observation","id":"1","valueInteger":2}`, false},
		"a number written otherwise":         {200, 200, `{"resourceType":"Observation","value":{"value":1.10}}`, `{"resourceType":"Observation","value":{"value":1.1}}`, false},
		"another page of many":               {200, 200, more + a + "]}", more + b + "]}", true},
		"a page with another content":        {200, 200, more + a + "]}", more + entry("1", "1", early, "inactive") + "]}", false},
		"another type":                       {200, 200, bundle(a), `{"resourceType":"OperationOutcome"}`, false},
		"a statement that says when":         {200, 200, `{"resourceType":"CapabilityStatement","date":"2026-01-01"}`, `{"resourceType":"CapabilityStatement","date":"2026-01-02"}`, true},
		"a page and then FHIR":               {200, 200, "<html>", bundle(a), false},
		"FHIR and then a page":               {200, 200, bundle(a), "<html>", false},
		"a page twice":                       {200, 200, "<html>1", "<html>2", true},
		"a fault and then an answer":         {500, 200, "", bundle(a), false},
		"a refusal and then an answer":       {400, 200, "{}", bundle(a), true},
		"a limit the second time":            {200, 429, bundle(a), "", true},
		"a page link that has expired":       {200, 410, bundle(a), "", true},
	} {
		t.Run(name, func(t *testing.T) {
			then, now := &exchange.Exchange{Status: c.status, Body: c.then}, &exchange.Exchange{Status: c.again, Body: c.now}
			if got := sameAnswer(then, now, since); got != c.same {
				t.Errorf("the same: %v, want %v", got, c.same)
			}
		})
	}
}
