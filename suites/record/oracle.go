package record

import (
	"fmt"
	"net/url"

	"concord/fixtures"
	"concord/internal/fhir"
	"concord/internal/search"
)

// Oracle says what a search must find, from the ledger and the reference search evaluator, so that no system is ever the
// measure of the other. It serves one goroutine.
type Oracle struct {
	ledger    *fixtures.Ledger
	renderers map[string]*fixtures.Renderer
	reader    *Reader
	// named are the names of the facts about the person with the ID, who was compared last.
	namedID string
	named   Names
	terms   Terms
}

// NewOracle returns an oracle over the ledger.
func NewOracle(ledger *fixtures.Ledger) *Oracle {
	o := &Oracle{ledger: ledger, renderers: map[string]*fixtures.Renderer{}, reader: NewReader()}
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
		if query.Match(o.resource(fact), nil) {
			expected = append(expected, fact)
		}
	}
	return expected, nil
}

// Compare holds what is shown about a person, of one type or several, against the facts of the same kinds. Both lists may
// come in any order; the differences come in the order of the facts, then of the resources. names are the identities of
// what the system shows about the person, by which references are compared; nil leaves references out.
func (o *Oracle) Compare(person fixtures.Person, facts []fixtures.Fact, shown []fhir.Resource, names Names) []Difference {
	var truth Names
	if names != nil {
		truth = o.names(person)
	}
	expected, actual := NewSet(o.reader), NewSet(o.reader)
	byKey := make(map[string]fixtures.Fact, len(facts))
	for _, fact := range facts {
		expected.Add(o.resource(fact), truth)
		byKey[fact.Identifier.System+"|"+fact.Identifier.Value] = fact
	}
	for _, resource := range shown {
		actual.Add(resource, names)
	}
	differences := expected.Against(actual)
	for i := range differences {
		for _, key := range differences[i].Want.Keys {
			differences[i].Fact = byKey[key]
		}
	}
	return differences
}

// resource is the resource that stands for a fact, as the system writes it that holds the fact.
func (o *Oracle) resource(fact fixtures.Fact) fhir.Resource {
	return o.renderers[o.ledger.System(fact.Source)].Fact(fact)
}

// names are the identities of everything that is to be shown about a person.
func (o *Oracle) names(person fixtures.Person) Names {
	if o.namedID != person.ID || o.named == nil {
		o.namedID, o.named = person.ID, Names{}
		for _, fact := range o.ledger.Visible(person) {
			o.named.Learn([]fhir.Resource{o.resource(fact)})
		}
	}
	return o.named
}

// Statement is what the resource of a fact says about a person.
func (o *Oracle) Statement(person fixtures.Person, fact fixtures.Fact) (Statement, bool) {
	return o.reader.Read(o.resource(fact), o.names(person))
}
