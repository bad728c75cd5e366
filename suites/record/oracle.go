package record

import (
	"fmt"
	"net/url"

	"concord/fixtures"
	"concord/internal/search"
)

// Oracle says what a search must find, from the ledger and the reference search evaluator, so that no system is ever the
// measure of the other. It serves one goroutine.
type Oracle struct {
	ledger    *fixtures.Ledger
	renderers map[string]*fixtures.Renderer
}

// NewOracle returns an oracle over the ledger.
func NewOracle(ledger *fixtures.Ledger) *Oracle {
	o := &Oracle{ledger: ledger, renderers: map[string]*fixtures.Renderer{}}
	for _, system := range fixtures.Systems() {
		o.renderers[system] = ledger.Renderer(system, fixtures.CCRStyle())
	}
	return o
}

// Expect returns the facts about a person that a search for a type with these parameters must find, in ledger order.
func (o *Oracle) Expect(person fixtures.Person, kind fixtures.Kind, parameters url.Values) ([]fixtures.Fact, error) {
	query, err := search.Parse(string(kind), parameters.Encode(), search.Options{Handling: search.Strict, Now: o.ledger.Now()})
	if err != nil {
		return nil, fmt.Errorf("work out what %s?%s must find: %w", kind, parameters.Encode(), err)
	}
	var expected []fixtures.Fact
	for _, fact := range Facts(o.ledger, person, kind) {
		if query.Match(o.renderers[o.ledger.System(fact.Source)].Fact(fact), nil) {
			expected = append(expected, fact)
		}
	}
	return expected, nil
}
