package capability

import (
	"slices"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// TestARareTypeIsAskedOfWhoHasARecordOfIt: a parameter that is passed over shows with whoever has something to show, and few people have a
// record of most types.
func TestARareTypeIsAskedOfWhoHasARecordOfIt(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	client, err := exchange.NewClient([]exchange.Target{{Name: "ccr", BaseURL: "http://127.0.0.1:9/fhir"}}, exchange.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for _, part := range []string{"", fixtures.CCR, fixtures.OHC} {
		env := &check.Env{Ledger: ledger, System: check.NewEndpoint(client, "ccr", "")}
		env.System.Part = part
		for _, kind := range fixtures.Kinds() {
			has := func(person fixtures.Person) bool {
				return slices.ContainsFunc(ledger.Visible(person), func(fact fixtures.Fact) bool {
					return fact.Kind == kind && (part == "" || ledger.Holds(part, fact))
				})
			}
			people := likely(env, string(kind))
			if len(people) > 2*askedPeople || !slices.ContainsFunc(people, func(person fixtures.Person) bool { return person.ID == record.Sample(ledger)[askedPeople-1].ID }) {
				t.Errorf("%s in the part %q: %d people are asked about, or not those who come first", kind, part, len(people))
			}
			if slices.ContainsFunc(record.Sample(ledger), has) && !has(people[0]) {
				t.Errorf("%s in the part %q: %s is asked about first, who has none", kind, part, people[0].ID)
			}
		}
		if first := likely(env, "Provenance")[0]; first.ID != record.Sample(ledger)[0].ID {
			t.Errorf("of a type of which the ledger knows nothing, %s is asked about first", first.ID)
		}
		env.Found = true
		if first := likely(env, "RelatedPerson")[0]; first.ID != record.Sample(ledger)[0].ID {
			t.Errorf("where nobody knows who has what, %s is asked about first", first.ID)
		}
	}
}
