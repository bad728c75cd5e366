package record

import (
	"fmt"
	"net/url"

	"concord/fixtures"
	"concord/internal/search"
)

// Expect returns the facts about a person that a search for a type with these parameters must find, in ledger order. It
// renders each fact and asks the reference search evaluator, so that no system is ever the measure of the other.
func Expect(ledger *fixtures.Ledger, person fixtures.Person, kind fixtures.Kind, parameters url.Values) ([]fixtures.Fact, error) {
	query, err := search.Parse(string(kind), parameters.Encode(), search.Options{Handling: search.Strict, Now: ledger.Now()})
	if err != nil {
		return nil, fmt.Errorf("work out what %s?%s must find: %w", kind, parameters.Encode(), err)
	}
	renderers := map[string]*fixtures.Renderer{}
	for _, system := range fixtures.Systems() {
		renderers[system] = ledger.Renderer(system, fixtures.CCRStyle())
	}
	var expected []fixtures.Fact
	for _, fact := range Facts(ledger, person, kind) {
		resource := renderers[ledger.System(fact.Source)].Fact(fact)
		if query.Match(resource, nil) {
			expected = append(expected, fact)
		}
	}
	return expected, nil
}
