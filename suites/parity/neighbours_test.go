package parity

import (
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/suites/record"
)

func TestARecordOfTheNeighbourIsCalledSoWhereASystemStandsAlone(t *testing.T) {
	whole, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	holds := map[string]string{}
	for _, provider := range whole.Providers() {
		holds[provider.System] = provider.ODS
	}
	alone := whole.Share(fixtures.CCR)
	extra := func(kind record.Kind, sources ...string) record.Difference {
		return record.Difference{Kind: kind, Got: record.Statement{Sources: sources}}
	}
	if got := neighbours(alone, extra(record.Extra, holds[fixtures.OHC])); !strings.Contains(got, holds[fixtures.OHC]) || !strings.Contains(got, "federation: none") {
		t.Errorf("a record of the neighbour's is called %q", got)
	}
	for name, got := range map[string]string{
		"its own":                        neighbours(alone, extra(record.Extra, holds[fixtures.CCR])),
		"one without a source":           neighbours(alone, extra(record.Extra)),
		"one that is not shown":          neighbours(alone, extra(record.Missing, holds[fixtures.OHC])),
		"one of a system that shows all": neighbours(whole, extra(record.Extra, holds[fixtures.OHC])),
	} {
		if got != "" {
			t.Errorf("%s is called %q", name, got)
		}
	}
}
