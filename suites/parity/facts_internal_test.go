package parity

import (
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// TestARecordThatItsSourceMadeAboutSomebodyElseIsMisfiled shows records that are not this person's as this person's.
func TestARecordThatItsSourceMadeAboutSomebodyElseIsMisfiled(t *testing.T) {
	t.Parallel()
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	one, _ := ledger.PersonByID("p-0000005")
	other, _ := ledger.PersonByID("p-0000010")
	b := &blame{env: &check.Env{Ledger: ledger}}
	for name, c := range map[string]struct {
		kind record.Kind
		keys []string
		want bool
	}{
		"another's record":          {record.Extra, []string{"urn:gateway|7", ledger.FactsOf(other)[0].Identifier.Token()}, true},
		"the person's own again":    {record.Extra, []string{ledger.FactsOf(one)[0].Identifier.Token()}, false},
		"a record of nobody":        {record.Extra, []string{"urn:gateway|7"}, false},
		"another's, and not extra":  {record.Altered, []string{ledger.FactsOf(other)[0].Identifier.Token()}, false},
		"a record without any name": {record.Extra, nil, false},
	} {
		p := &placed{seen: seen{person: one}, difference: record.Difference{Kind: c.kind, Got: record.Statement{Keys: c.keys}}}
		if got := b.misfiled(p); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
