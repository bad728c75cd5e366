package record

import (
	"fmt"
	"net/url"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
)

// Oracle says what a search must find and what a record must show, from the ledger and the reference search evaluator, so
// that no system is ever the measure of the other. It is safe for concurrent use.
type Oracle struct{ truth *Truth }

// NewOracle returns an oracle over the ledger.
func NewOracle(ledger *fixtures.Ledger) *Oracle { return &Oracle{NewTruth(ledger)} }

// OracleOf returns the oracle over a check's ledger, which shares what it works out with the other checks of the run.
func OracleOf(env *check.Env) *Oracle { return &Oracle{TruthOf(env)} }

// Expect returns the facts about a person that a search for a type with these parameters must find, in ledger order.
func (o *Oracle) Expect(person fixtures.Person, kind fixtures.Kind, parameters url.Values) ([]fixtures.Fact, error) {
	query, err := search.Parse(string(kind), parameters.Encode(), search.Options{Handling: search.Strict, Now: o.truth.ledger.Now()})
	if err != nil {
		return nil, fmt.Errorf("work out what %s?%s must find: %w", kind, parameters.Encode(), err)
	}
	var expected []fixtures.Fact
	known, finds := o.truth.About(person), query.Matcher(nil)
	for _, fact := range known.Of(kind) {
		if finds(known.Resource(fact)) {
			expected = append(expected, fact)
		}
	}
	return expected, nil
}

// Compare holds what is shown about a person, of one type or several, against the facts of the same kinds. Both lists may
// come in any order; the differences come in the order of the facts, then of the resources. names are the identities of
// what the system shows about the person, by which references are compared; nil leaves references out.
func (o *Oracle) Compare(person fixtures.Person, facts []fixtures.Fact, shown []fhir.Resource, names Names) []Difference {
	var identities Names
	if names != nil {
		known := o.truth.About(person)
		o.truth.mu.Lock()
		identities = known.identities()
		o.truth.mu.Unlock()
	}
	expected, actual := NewSet(o.truth.reader), NewSet(o.truth.reader)
	for _, fact := range facts {
		expected.Add(o.truth.Resource(fact), identities)
	}
	for _, resource := range shown {
		actual.Add(resource, names)
	}
	return ascribe(expected.Against(actual), facts)
}

// ascribe names the facts that differences are about.
func ascribe(differences []Difference, facts []fixtures.Fact) []Difference {
	if len(differences) == 0 {
		return nil
	}
	byKey := make(map[string]fixtures.Fact, len(facts))
	for _, fact := range facts {
		byKey[fact.Identifier.Token()] = fact
	}
	for i := range differences {
		for _, key := range differences[i].Want.Keys {
			differences[i].Fact = byKey[key]
		}
	}
	return differences
}

// CompareSet holds what is shown of a kind about a person against everything that the ledger says is to be shown, the
// displays of its codes among them.
func (o *Oracle) CompareSet(person fixtures.Person, kind fixtures.Kind, shown *Set) []Difference {
	known := o.truth.About(person)
	differences := ascribe(known.Set(kind).Against(shown), known.Visible)
	for _, statement := range shown.Statements() {
		differences = append(differences, o.truth.Terms().wrongTerms(statement)...)
	}
	return differences
}
