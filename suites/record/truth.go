package record

import (
	"sync"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// Truth is what the ledger says about people, each worked out once. It is safe for concurrent use; nobody may change what
// it gives.
type Truth struct {
	ledger *fixtures.Ledger
	reader *Reader
	mu     sync.Mutex
	// renderers, people and terms are guarded by mu. Renderers are made when the first resource is needed.
	renderers map[string]*fixtures.Renderer
	people    map[string]*Known
	terms     Terms
	sample    func() []fixtures.Person
}

// Known is what the ledger says about one person.
type Known struct {
	// Facts are all versions of all records, Visible those that anybody is to be shown.
	Facts, Visible []fixtures.Fact
	truth          *Truth
	byKind         map[fixtures.Kind][]fixtures.Fact
	names          Names
	resources      map[string]fhir.Resource
	statements     map[string]Statement
	sets           map[fixtures.Kind]*Set
}

// NewTruth returns the truth of a ledger.
func NewTruth(ledger *fixtures.Ledger) *Truth {
	reader := NewReader()
	reader.contents, reader.unknown = newContents(ledger, NewReader()), len(ledger.Providers()) == 0
	return &Truth{
		ledger: ledger, reader: reader, people: map[string]*Known{},
		sample: sync.OnceValue(func() []fixtures.Person { return Sample(ledger) }),
	}
}

// TruthOf returns the truth of a check's ledger, which the checks of a run share.
func TruthOf(env *check.Env) *Truth {
	type key struct{ ledger *fixtures.Ledger }
	truth := env.Shared.Know(key{env.Ledger}, func() any { return NewTruth(env.Ledger) })
	return truth.(*Truth) //nolint:forcetypeassert // nobody else can make the key
}

// Reader reads resources as the truth's own are read.
func (t *Truth) Reader() *Reader { return t.reader }

// Sample is the sample of the ledger.
func (t *Truth) Sample() []fixtures.Person { return t.sample() }

// About returns what the ledger says about a person.
func (t *Truth) About(person fixtures.Person) *Known {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.about(person)
}

func (t *Truth) about(person fixtures.Person) *Known {
	known, ok := t.people[person.ID]
	if !ok {
		known = &Known{
			Facts: t.ledger.FactsOf(person), Visible: t.ledger.Visible(person), truth: t, byKind: map[fixtures.Kind][]fixtures.Fact{},
			resources: map[string]fhir.Resource{}, statements: map[string]Statement{}, sets: map[fixtures.Kind]*Set{},
		}
		for _, fact := range known.Visible {
			known.byKind[fact.Kind] = append(known.byKind[fact.Kind], fact)
		}
		t.people[person.ID] = known
	}
	return known
}

// Of returns the visible facts of a kind, in their order.
func (k *Known) Of(kind fixtures.Kind) []fixtures.Fact { return k.byKind[kind] }

// Has reports whether the ledger holds anything of a kind about the person, shown or not.
func (k *Known) Has(kind fixtures.Kind) bool {
	for i := range k.Facts {
		if k.Facts[i].Kind == kind {
			return true
		}
	}
	return false
}

// Shows reports whether anybody is to be shown a version of the fact's record.
func (k *Known) Shows(fact fixtures.Fact) bool {
	for i := range k.Visible {
		if k.Visible[i].Record == fact.Record {
			return true
		}
	}
	return false
}

// Set is what anybody is to be shown of a kind about the person.
func (k *Known) Set(kind fixtures.Kind) *Set {
	k.truth.mu.Lock()
	defer k.truth.mu.Unlock()
	set, ok := k.sets[kind]
	if !ok {
		set = NewSet(k.truth.reader)
		for _, fact := range k.Of(kind) {
			set.Add(k.truth.resource(fact), k.identities())
		}
		k.sets[kind] = set
	}
	return set
}

// Resource is the resource that stands for a fact about the person, kept for the next question. Nobody may change it.
func (k *Known) Resource(fact fixtures.Fact) fhir.Resource {
	k.truth.mu.Lock()
	defer k.truth.mu.Unlock()
	resource, ok := k.resources[fact.ID]
	if !ok {
		resource = k.truth.resource(fact)
		k.resources[fact.ID] = resource
	}
	return resource
}

// Statement is what the resource of a fact says about the person.
func (k *Known) Statement(fact fixtures.Fact) (Statement, bool) {
	k.truth.mu.Lock()
	defer k.truth.mu.Unlock()
	statement, ok := k.statements[fact.ID]
	if !ok {
		if statement, ok = k.truth.reader.Read(k.truth.resource(fact), k.identities()); ok {
			k.statements[fact.ID] = statement
		}
	}
	return statement, ok
}

// identities are the identities of everything that is to be shown about the person. The truth is locked.
func (k *Known) identities() Names {
	if k.names == nil {
		k.names = Names{}
		for _, fact := range k.Visible {
			// The identity of a record is that of its fact; only the reference depends on how it is written.
			k.names[k.truth.resourceID(fact)] = fact.Identifier.Token()
		}
	}
	return k.names
}

// Terms are the displays that the ledger knows, of the sample's facts.
func (t *Truth) Terms() Terms {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.terms == nil {
		t.terms = Terms{}
		for _, person := range t.sample() {
			for _, fact := range t.about(person).Visible {
				t.terms.Learn(factTerms(fact))
			}
		}
	}
	return t.terms
}

// Resource is the resource that stands for a fact, as the system writes it that holds the fact. Nobody may change it.
func (t *Truth) Resource(fact fixtures.Fact) fhir.Resource {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.resource(fact)
}

func (t *Truth) resource(fact fixtures.Fact) fhir.Resource { return t.renderer(fact).Fact(fact) }

func (t *Truth) resourceID(fact fixtures.Fact) string { return t.renderer(fact).FactReference(fact) }

func (t *Truth) renderer(fact fixtures.Fact) *fixtures.Renderer {
	if t.renderers == nil {
		t.makeRenderers()
	}
	return t.renderers[t.ledger.System(fact.Source)]
}

func (t *Truth) makeRenderers() {
	t.renderers = map[string]*fixtures.Renderer{}
	for _, system := range fixtures.Systems() {
		t.renderers[system] = t.ledger.Renderer(system, fixtures.CCRStyle())
	}
}
