package explain_test

import (
	"strings"
	"testing"
	"time"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// said is what an Observation says, after a change to it.
func said(t *testing.T, change func(fhir.Resource)) record.Statement {
	t.Helper()
	resource := fhir.Resource{
		"resourceType": "Observation", "id": "1", "status": "final", "effectiveDateTime": "2025-07-01T00:30:00+01:00", "issued": "2025-07-01T05:30:00+01:00",
		"meta":           map[string]any{"lastUpdated": "2025-07-01T09:00:00Z"},
		"code":           map[string]any{"coding": []any{map[string]any{"system": "http://loinc.org", "code": "1"}}},
		"valueQuantity":  map[string]any{"value": "5.25", "code": "mmol/L"},
		"interpretation": []any{map[string]any{"coding": []any{map[string]any{"system": "x", "code": "H"}}}},
		"category":       []any{map[string]any{"coding": []any{map[string]any{"system": "x", "code": "laboratory"}}}},
		"note":           []any{map[string]any{"text": "without trouble"}},
		"hasMember":      []any{map[string]any{"identifier": map[string]any{"system": "x", "value": "m"}}},
	}
	if change != nil {
		change(resource)
	}
	statement, ok := record.NewReader().Read(resource, record.Names{})
	if !ok {
		t.Fatal("an Observation is not read")
	}
	return statement
}

func quantity(value, code string) func(fhir.Resource) {
	return func(r fhir.Resource) { r["valueQuantity"] = map[string]any{"value": value, "code": code} }
}

func set(element string, value any) func(fhir.Resource) {
	return func(r fhir.Resource) { r[element] = value }
}

func TestAnAlterationHasTheCauseThatItsTwoSidesShow(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(fhir.Resource)
		rule   string
		path   string
		want   result.Cause
	}{
		{"another status", set("status", "amended"), "code", "status", result.StatusMapping},
		{"no status", set("status", ""), "code", "status", result.CauseMissing},
		{"a withdrawn record", set("status", "entered-in-error"), "code", "status", result.EnteredInError},
		{"another code", set("code", map[string]any{"coding": []any{map[string]any{"system": "x", "code": "1"}}}), "concept", "code", result.CodeSystem},
		{"words for a code", set("code", map[string]any{"text": "one"}), "concept", "code", result.CodeSystem},
		{"other words for words", set("note", []any{map[string]any{"text": "without"}}), "concept", "note", result.CauseAltered},
		{"no code", set("code", nil), "concept", "code", result.CauseMissing},
		{"a code that the record has in another place", set("code", map[string]any{"coding": []any{map[string]any{"system": "x", "code": "H"}}}), "concept", "code", result.CauseAltered},
		{"the opposite flag", set("interpretation", []any{map[string]any{"coding": []any{map[string]any{"system": "x", "code": "L"}}}}), "concept", "interpretation", result.CauseAltered},
		{"a flag of another system", set("interpretation", []any{map[string]any{"coding": []any{map[string]any{"system": "y", "code": "H"}}}}), "concept", "interpretation", result.LabelLost},
		{"no flag", set("interpretation", nil), "concept", "interpretation", result.LabelLost},
		{"a category of another system", set("category", []any{map[string]any{"coding": []any{map[string]any{"system": "y", "code": "laboratory"}}}}), "concept", "category", result.CodeSystem},
		{"another category", set("category", []any{map[string]any{"coding": []any{map[string]any{"system": "x", "code": "imaging"}}}}), "concept", "category", result.LabelLost},
		{"no category", set("category", nil), "concept", "category", result.LabelLost},
		{"no members", set("hasMember", nil), "reference", "hasMember", result.ReferenceBroken},
		{"a time without its offset", set("effectiveDateTime", "2025-07-01T00:30:00"), "moment", "effective", result.TimeZone},
		{"an hour late", set("effectiveDateTime", "2025-07-01T00:30:00Z"), "moment", "effective", result.TimeZone},
		{"the day in local time", set("effectiveDateTime", "2025-07-01"), "moment", "effective", result.TimeZone},
		{"the day", set("effectiveDateTime", "2025-06-30"), "moment", "effective", result.Precision},
		{"the month", set("effectiveDateTime", "2025-06"), "moment", "effective", result.Precision},
		{"the first of the year", set("effectiveDateTime", "2025-01-01"), "moment", "effective", result.Precision},
		{"the time of the report", set("effectiveDateTime", "2025-07-01T05:30:00+01:00"), "moment", "effective", result.CauseAltered},
		{"all times five hours late", func(r fhir.Resource) {
			r["effectiveDateTime"], r["issued"] = "2025-07-01T05:30:00+01:00", "2025-07-01T10:30:00+01:00"
		}, "moment", "effective", result.TimeZone},
		{"two hours late", set("effectiveDateTime", "2025-07-01T02:30:00+01:00"), "moment", "effective", result.TimeZone},
		{"five hours and three quarters early", set("effectiveDateTime", "2025-06-30T18:45:00+01:00"), "moment", "effective", result.TimeZone},
		{"a quarter of an hour late", set("effectiveDateTime", "2025-07-01T00:45:00+01:00"), "moment", "effective", result.CauseAltered},
		{"half an hour late", set("effectiveDateTime", "2025-07-01T01:00:00+01:00"), "moment", "effective", result.CauseAltered},
		{"an hour and a second late", set("effectiveDateTime", "2025-07-01T01:30:01+01:00"), "moment", "effective", result.CauseAltered},
		{"fifteen hours late", set("effectiveDateTime", "2025-07-01T15:30:00+01:00"), "moment", "effective", result.CauseAltered},
		{"another clock without its offset", set("effectiveDateTime", "2025-07-01T00:37:00"), "moment", "effective", result.CauseAltered},
		{"a day that it is nowhere", set("effectiveDateTime", "2025-06-29"), "moment", "effective", result.CauseAltered},
		{"the first of the month at the same time", set("effectiveDateTime", "2025-06-01T23:30:00Z"), "moment", "effective", result.CauseAltered},
		{"another year", set("effectiveDateTime", "2024-06-30T23:30:00Z"), "moment", "effective", result.CauseAltered},
		{"midnight of its day in summer", func(r fhir.Resource) { r["issued"] = "2025-07-01T00:00:00+01:00" }, "moment", "issued", result.Precision},
		{"midnight of its day in UTC", func(r fhir.Resource) { r["issued"] = "2025-07-01T00:00:00Z" }, "moment", "issued", result.Precision},
		{"midnight of the next day", func(r fhir.Resource) { r["issued"] = "2025-07-02T00:00:00+01:00" }, "moment", "issued", result.CauseAltered},
		{"an hour before one of the clock", func(r fhir.Resource) { r["issued"] = "2025-07-01T04:30:00+01:00" }, "moment", "issued", result.TimeZone},
		{"a year to come", set("effectiveDateTime", "2099-06-30T23:30:00Z"), "moment", "effective", result.FutureDate},
		{"no time", set("effectiveDateTime", ""), "moment", "effective", result.CauseMissing},
		{"another unit", quantity("5.25", "mg/dL"), "amount", "value", result.Unit},
		{"converted and not labelled", quantity("94.6", "mmol/L"), "amount", "value", result.Unit},
		{"rounded", quantity("5.3", "mmol/L"), "amount", "value", result.Precision},
		{"another number", quantity("7.1", "mmol/L"), "amount", "value", result.CauseAltered},
		{"another number in another unit", quantity("7.1", "mg/dL"), "amount", "value", result.CauseAltered},
		{"the unit alone is lost", quantity("5.25", ""), "amount", "value", result.Unit},
		{"the number is lost and the unit is not", quantity("", "mmol/L"), "amount", "value", result.CauseMissing},
		{"no number", quantity("", "mmol/L"), "amount", "value", result.CauseMissing},
	} {
		d := record.Difference{Kind: record.Altered, Want: said(t, nil), Got: said(t, c.change), Rule: c.rule, Path: "Observation." + c.path}
		d.Expected, d.Actual = d.Want.Value(c.path), d.Got.Value(c.path)
		if got := explain.Content(d, explain.Evidence{Now: asOf()}); got != c.want {
			t.Errorf("%s: %q, want %q (%q instead of %q)", c.name, got, c.want, d.Got.Value(c.path), d.Want.Value(c.path))
		}
	}
}

// asOf is when these systems were asked.
func asOf() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func TestADateIsExplainedByTheOtherDateAndByNow(t *testing.T) {
	at := func(text string) record.Statement { return said(t, set("effectiveDateTime", text)) }
	for _, c := range []struct {
		name, recorded, shown string
		now                   time.Time
		want                  result.Cause
	}{
		{"over, and shown as to come", "2025-07-01T09:00:00Z", "2099-07-01T09:00:00Z", asOf(), result.FutureDate},
		{"a day that is over, and shown as to come", "2025-07-01", "2099-07-01", asOf(), result.FutureDate},
		{"to come, and shown at another time to come", "2026-07-01T09:00:00Z", "2099-07-01T09:00:00Z", asOf(), result.CauseAltered},
		{"on the second, and shown on the first", "2025-07-02", "2025-07-01", asOf(), result.CauseAltered},
		{"on the third, and shown on the first", "2025-07-03", "2025-07-01", asOf(), result.Precision},
		{"today, and shown as the whole day", "2026-03-02T09:00:00Z", "2026-03-02", asOf(), result.Precision},
		{"an hour later, which is after now", "2026-03-02T11:30:00Z", "2026-03-02T12:30:00Z", asOf(), result.TimeZone},
		{"nobody knows what time it is", "2025-07-01T09:00:00Z", "2099-07-01T09:00:00Z", time.Time{}, result.CauseAltered},
	} {
		d := record.Difference{Kind: record.Altered, Want: at(c.recorded), Got: at(c.shown), Rule: "moment", Path: "Observation.effective", Actual: c.shown}
		if got := explain.Content(d, explain.Evidence{Now: c.now}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWhatIsMissingOrTooMuchIsExplainedByEvidenceOnly(t *testing.T) {
	live, withdrawn := said(t, nil), said(t, set("status", "entered-in-error"))
	for _, c := range []struct {
		name     string
		d        record.Difference
		evidence explain.Evidence
		want     result.Cause
	}{
		{"missing", record.Difference{Kind: record.Missing, Want: live}, explain.Evidence{}, result.CauseMissing},
		{"cut off", record.Difference{Kind: record.Missing, Want: live}, explain.Evidence{Truncated: true}, result.PagingTruncation},
		{"a withdrawn record that vanished", record.Difference{Kind: record.Missing, Want: withdrawn}, explain.Evidence{}, result.EnteredInError},
		{"a withdrawn record among others", record.Difference{Kind: record.Missing, Want: withdrawn}, explain.Evidence{AlsoLive: true}, result.CauseMissing},
		{"held back", record.Difference{Kind: record.Missing, Want: live}, explain.Evidence{Withheld: true}, result.Withheld},
		{"there when asked for alone, with a sibling", record.Difference{Kind: record.Missing, Want: live}, explain.Evidence{Found: true, Sibling: true}, result.Duplicate},
		{"a sibling only", record.Difference{Kind: record.Missing, Want: live}, explain.Evidence{Sibling: true}, result.CauseMissing},
		{"one left of each day", record.Difference{Kind: record.Missing, Want: live}, explain.Evidence{Sibling: true, Merged: true}, result.Duplicate},
		{"a statement without a link", record.Difference{Kind: record.Missing, Want: live}, explain.Evidence{Unlinked: true}, result.ReferenceBroken},
		{"too much", record.Difference{Kind: record.Extra, Got: live}, explain.Evidence{}, result.CauseExtra},
		{"shown twice", record.Difference{Kind: record.Extra, Got: live, Want: live}, explain.Evidence{}, result.Duplicate},
		{"what may not be shown", record.Difference{Kind: record.Extra, Got: live}, explain.Evidence{Withheld: true}, result.Withheld},
		{"a statement instead of a request", record.Difference{Kind: record.Extra, Got: live}, explain.Evidence{Unlinked: true}, result.ReferenceBroken},
		{"somebody else's", record.Difference{Kind: record.Extra, Got: live}, explain.Evidence{Elsewhere: true, Withheld: true}, result.OtherPerson},
		{"as somebody else's", record.Difference{Kind: record.Altered, Path: "AllergyIntolerance.patient", Rule: "reference", Got: live, Want: live}, explain.Evidence{Elsewhere: true}, result.OtherPerson},
		{"somebody else's, with another note", record.Difference{Kind: record.Altered, Path: "AllergyIntolerance.note", Rule: "text", Expected: "a", Actual: "b", Got: live, Want: live}, explain.Evidence{Elsewhere: true}, result.CauseAltered},
		{"another source", record.Difference{Kind: record.Mislabelled, Got: live, Want: live}, explain.Evidence{}, result.LabelLost},
	} {
		if got := explain.Content(c.d, c.evidence); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnEarlierVersionIsAStaleFeed(t *testing.T) {
	updated := func(at, status string) record.Statement {
		return said(t, func(r fhir.Resource) {
			r["status"], r["meta"] = status, map[string]any{"lastUpdated": at}
		})
	}
	first, second := updated("2025-07-01T09:00:00Z", "preliminary"), updated("2025-07-02T09:00:00Z", "final")
	evidence := explain.Evidence{Earlier: []record.Statement{first}}
	d := record.Difference{Kind: record.Altered, Want: second, Got: first, Rule: "code", Path: "Observation.status", Actual: "preliminary"}
	if got := explain.Content(d, evidence); got != result.StaleFeed {
		t.Errorf("the earlier version: %q", got)
	}
	// The time of the last change says that this is the later version with another status.
	d.Got = updated("2025-07-02T09:00:00Z", "preliminary")
	if got := explain.Content(d, evidence); got != result.StatusMapping {
		t.Errorf("the later version with the earlier status: %q", got)
	}
}

// TestOneOfSeveralCodesThatIsGoneIsNoOtherCode has a reaction with two manifestations lose one, have another in its place, and have it in words.
func TestOneOfSeveralCodesThatIsGoneIsNoOtherCode(t *testing.T) {
	coded := func(codings ...string) any {
		var all []any
		for _, coding := range codings {
			system, code, _ := strings.Cut(coding, "|")
			all = append(all, map[string]any{"system": system, "code": code})
		}
		return map[string]any{"coding": all}
	}
	says := func(manifestations ...any) record.Statement {
		statement, ok := record.NewReader().Read(fhir.Resource{
			"resourceType": "AllergyIntolerance", "id": "1", "code": coded("s|0"), "reaction": []any{map[string]any{"manifestation": manifestations}},
		}, record.Names{})
		if !ok {
			t.Fatal("an AllergyIntolerance is not read")
		}
		return statement
	}
	two := says(coded("s|1"), coded("s|2"))
	for _, c := range []struct {
		name   string
		want   record.Statement
		got    record.Statement
		actual string
		cause  result.Cause
	}{
		{"one is gone", two, says(coded("s|1")), "s|1", result.CauseMissing},
		{"one is gone, and the other has a code of a map too", two, says(coded("l|9", "s|1")), "l|9 and s|1", result.CauseMissing},
		{"one is what the allergy is to", two, says(coded("s|0"), coded("s|2")), "s|0 and s|2", result.CauseAltered},
		{"one is what the allergy is to, one is another", two, says(coded("s|0"), coded("s|3")), "s|0 and s|3", result.CodeSystem},
		{"one is another", two, says(coded("s|1"), coded("s|3")), "s|1 and s|3", result.CodeSystem},
		{"one is in words", two, says(coded("s|1"), map[string]any{"text": "two"}), `s|1 "two"`, result.CodeSystem},
		{"both are of another system", two, says(coded("l|9"), coded("l|8")), "l|8 and l|9", result.CodeSystem},
		{"of two systems one is gone", says(coded("s|1", "l|9")), says(coded("s|1")), "s|1", result.CodeSystem},
	} {
		got := explain.Content(record.Difference{
			Kind: record.Altered, Rule: "concept", Path: "AllergyIntolerance.reaction.manifestation", Want: c.want, Got: c.got, Expected: "s|1 and s|2", Actual: c.actual,
		}, explain.Evidence{})
		if got != c.cause {
			t.Errorf("%s: %q, want %q", c.name, got, c.cause)
		}
	}
}
