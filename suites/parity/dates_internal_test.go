package parity

import (
	"strings"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/record"
)

// TestADayWithoutAnOffsetIsReadInEitherZone answers questions about instants in UTC and in the local time of England, and wrongly.
func TestADayWithoutAnOffsetIsReadInEitherZone(t *testing.T) {
	t.Parallel()
	var facts []fixtures.Fact
	for _, at := range []string{"2025-06-14", "2025-06-15", "2025-06-15T00:30:00+01:00", "2025-06-15T23:30:00Z", "2025-06", "2025-12-01"} {
		facts = append(facts, fixtures.Fact{Kind: fixtures.Observation, Effective: at, Identifier: fixtures.Identifier{System: "urn:records", Value: at}})
	}
	resource := func(fact fixtures.Fact) fhir.Resource {
		return fhir.Resource{
			"resourceType": "Observation", "effectiveDateTime": fact.Effective,
			"identifier": []any{map[string]any{"system": fact.Identifier.System, "value": fact.Identifier.Value}},
		}
	}
	finds := func(q question, zone *time.Location, as func(string) string) (found []fixtures.Fact) {
		query, err := search.Parse("Observation", q.parameters.Encode(), search.Options{Zone: zone})
		if err != nil {
			t.Fatal(err)
		}
		for _, fact := range facts {
			shown := resource(fact)
			shown["effectiveDateTime"] = as(fact.Effective)
			if query.Matcher(nil)(shown) {
				found = append(found, fact)
			}
		}
		return found
	}
	asIs := func(at string) string { return at }
	for name, c := range map[string]struct {
		zone  *time.Location
		as    func(string) string
		wrong bool
	}{
		"UTC":                    {time.UTC, asIs, false},
		"England":                {zones()[1], asIs, false},
		"another zone":           {time.FixedZone("", -8*3600), asIs, true},
		"offsets are overlooked": {time.UTC, func(at string) string { return strings.Replace(at, "+01:00", "Z", 1) }, true},
		"instants as days":       {time.UTC, func(at string) string { return at[:min(10, len(at))] }, true},
	} {
		wrong := false
		for _, q := range []question{
			observations("date", "ge2025-06-14T23:30:00Z", "date", "le2025-06-15T00:30:00+01:00"), observations("date", "ge2025-06-15T23:30:00Z"),
			observations("date", "gt2025-06-14T23:30:00Z"), observations("date", "lt2025-06-15T00:30:00+01:00"), observations("date", "2025-06-15"), observations("date", "ge2025-06-16T05:00:00Z"),
		} {
			a := answered{question: q, expected: finds(q, time.UTC, asIs)}
			for _, fact := range finds(q, c.zone, c.as) {
				a.part.Resources = append(a.part.Resources, resource(fact))
			}
			wrong = wrong || len(compare(record.Identifiers, "date-boundary", q, settled(record.Identifiers, a, facts, resource), record.Part{Resources: a.part.Resources})) > 0
		}
		if wrong != c.wrong {
			t.Errorf("%s: wrong is %v, want %v", name, wrong, c.wrong)
		}
	}
}

func TestARecordIsCalledWhatItsSourceCalledIt(t *testing.T) {
	t.Parallel()
	identifier := func(system, value string) any { return map[string]any{"system": system, "value": value} }
	own, source := identifier("urn:gateway", "HS-7"), identifier(fixtures.RecordSystem, "RRK-s-P01-f01")
	for want, identifiers := range map[string][]any{
		"Flag/1 (RRK-s-P01-f01)": {own, source},
		"Flag/1 (HS-7)":          {own},
		"Flag/1":                 nil,
	} {
		if got := name(fhir.Resource{"resourceType": "Flag", "id": "1", "identifier": identifiers}); got != want {
			t.Errorf("it is called %s, want %s", got, want)
		}
	}
}
