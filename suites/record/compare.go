package record

import (
	"fmt"
	"slices"
	"strings"

	"concord/fixtures"
	"concord/internal/fhir"
	"concord/internal/result"
)

// Kind says how a record differs from the ledger.
type Kind string

const (
	// Missing says that a fact of the ledger is not shown.
	Missing Kind = "missing"
	// Extra says that something is shown that no fact of the ledger says.
	Extra Kind = "extra"
	// Altered says that a fact is shown with another content.
	Altered Kind = "altered"
	// Mislabelled says that a fact is shown with the right content and the wrong source.
	Mislabelled Kind = "mislabelled"
)

// Difference is one way in which what a system shows differs from what is true.
type Difference struct {
	Kind Kind
	// Fact is the fact of the ledger; its ID is "" for Extra.
	Fact fixtures.Fact
	// Resource is what was shown; nil for Missing.
	Resource fhir.Resource
	// Path locates an alteration in the resource; Expected and Actual are its two sides.
	Path, Expected, Actual string
}

// Compare holds resources of one type against the facts of the same kind, by business identifier. Both lists may come
// in any order; the differences come in the order of the facts, then of the resources.
func Compare(facts []fixtures.Fact, resources []fhir.Resource) []Difference {
	shown := map[string]fhir.Resource{}
	for _, resource := range resources {
		for _, identifier := range Identifiers(resource) {
			if _, twice := shown[identifier]; !twice {
				shown[identifier] = resource
			}
		}
	}
	var differences []Difference
	known := map[string]bool{}
	for _, fact := range facts {
		key := fact.Identifier.System + "|" + fact.Identifier.Value
		known[key] = true
		resource, ok := shown[key]
		if !ok {
			differences = append(differences, Difference{Kind: Missing, Fact: fact, Expected: Describe(fact), Actual: "not shown"})
			continue
		}
		for _, d := range alterations(fact, resource) {
			d.Fact, d.Resource = fact, resource
			differences = append(differences, d)
		}
	}
	for _, resource := range resources {
		if !slices.ContainsFunc(Identifiers(resource), func(identifier string) bool { return known[identifier] }) {
			differences = append(differences, Difference{
				Kind: Extra, Resource: resource, Expected: "nothing in the ledger", Actual: resource.Reference(),
			})
		}
	}
	return differences
}

// Finding words a difference for an engineer. The severity is error: each one changes what a clinician sees.
func (d Difference) Finding(exchanges []string) result.Finding {
	f := result.Finding{
		Rule: "parity-" + string(d.Kind), Severity: result.SeverityError, Path: d.Path, Expected: d.Expected, Actual: d.Actual, Exchanges: exchanges,
	}
	switch d.Kind {
	case Missing:
		f.Message = fmt.Sprintf("%s recorded by %s is not shown", Describe(d.Fact), d.Fact.Source)
	case Extra:
		f.Message = fmt.Sprintf("%s is shown, and nothing in the ledger says so", d.Resource.Reference())
	case Altered:
		f.Message = fmt.Sprintf("%s recorded by %s is shown as %s, want %s", Describe(d.Fact), d.Fact.Source, orNothing(d.Actual), d.Expected)
	case Mislabelled:
		f.Message = fmt.Sprintf("%s recorded by %s is shown without that source", Describe(d.Fact), d.Fact.Source)
	}
	return f
}

// Describe names a fact on one line, without anything that identifies the person.
func Describe(fact fixtures.Fact) string {
	name := fact.Code.Text
	for _, coding := range fact.Code.Coding {
		if coding.Display != "" {
			name = coding.Display
			break
		}
	}
	if name == "" && fact.Visit != nil {
		name = fact.Visit.Class
	}
	text := string(fact.Kind) + " " + name
	if fact.Value.Value != "" {
		text += " " + fact.Value.Value + " " + fact.Value.Unit
	}
	return strings.TrimSpace(text) + " of " + fact.Effective
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// Facts returns what a client must be shown of one kind about a person: the current version of every record that is not
// lawfully withheld, in their order.
func Facts(ledger *fixtures.Ledger, person fixtures.Person, kind fixtures.Kind) []fixtures.Fact {
	var kept []fixtures.Fact
	for _, fact := range ledger.Visible(person) {
		if fact.Kind == kind {
			kept = append(kept, fact)
		}
	}
	return kept
}

// Shown is a fact with the resource that shows it.
type Shown struct {
	Fact     fixtures.Fact
	Resource fhir.Resource
}

// Match pairs facts with the resources that carry their business identifier, in the order of the facts.
func Match(facts []fixtures.Fact, resources []fhir.Resource) []Shown {
	var pairs []Shown
	for _, fact := range facts {
		key := fact.Identifier.System + "|" + fact.Identifier.Value
		for _, resource := range resources {
			if slices.Contains(Identifiers(resource), key) {
				pairs = append(pairs, Shown{fact, resource})
				break
			}
		}
	}
	return pairs
}

// Kinds lists the kinds of fact that the suites ask about.
func Kinds() []fixtures.Kind {
	return []fixtures.Kind{
		fixtures.AllergyIntolerance, fixtures.Condition, fixtures.DiagnosticReport, fixtures.Encounter, fixtures.Immunization,
		fixtures.MedicationRequest, fixtures.Observation,
	}
}
