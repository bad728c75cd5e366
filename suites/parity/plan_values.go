package parity

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/record"
)

// Values are the records that a plan takes its search values from, and what its answers are judged by: the golden ledger,
// or what an endpoint was found to hold.
type Values interface {
	// Subjects are the people whose records can be asked about, in a stable order.
	Subjects() []Thing
	// Cost is how many requests a question about the person takes, as far as is known: one for each source that may keep a
	// Patient of its own.
	Cost(subject Thing) int
	// About returns the records of a type about a person.
	About(subject Thing, resourceType string) []fhir.Resource
	// Each yields every record of a type that is about nobody: Patients and directories. Nothing means that they are not
	// known. There may be many: nobody keeps all of them.
	Each(resourceType string) iter.Seq[fhir.Resource]
	// Find returns the record that a thing is.
	Find(thing Thing) (fhir.Resource, bool)
	// Key names a record in a way that the asked system's answers can be compared by, "" when there is none.
	Key(resource fhir.Resource) string
	// Keys are all keys that a record may have: several where the values hold records that say the same.
	Keys(resource fhir.Resource) []string
	// Knows reports whether a key is that of one of the values.
	Knows(key string) bool
	// Shown are the entries by which the asked system shows a thing; none when the values come from elsewhere, and the
	// system must be asked for the thing's identifier.
	Shown(thing Thing) []fhir.Entry
	// Base is the base URL that absolute references among the values have.
	Base() string
	// Store finds the records that others refer to.
	Store() search.Store
	// Now is the time that the values belong to.
	Now() time.Time
}

// few keeps the records about nobody of types that there are not many of, so that they are made once. It serves several
// goroutines.
type few struct {
	values Values
	mu     sync.Mutex
	kept   map[string][]fhir.Resource
}

func newFew(values Values) *few { return &few{values: values, kept: map[string][]fhir.Resource{}} }

// fewRecords is how many records of a type are few.
const fewRecords = 5_000

// each yields every record of a type that is about nobody.
func (f *few) each(resourceType string) iter.Seq[fhir.Resource] {
	f.mu.Lock()
	kept, ok := f.kept[resourceType]
	f.mu.Unlock()
	if ok {
		return slices.Values(kept)
	}
	return func(yield func(fhir.Resource) bool) {
		var all []fhir.Resource
		n := 0
		for resource := range f.values.Each(resourceType) {
			if !yield(resource) {
				return
			}
			if n++; n <= fewRecords {
				all = append(all, resource)
			} else {
				all = nil
			}
		}
		if n <= fewRecords {
			f.mu.Lock()
			f.kept[resourceType] = all
			f.mu.Unlock()
		}
	}
}

// oracleBase is the base URL that the ledger's values are searched under, so that absolute references can be asked for.
const oracleBase = "https://oracle.concord.test/fhir"

// keySystems are the identifier systems by which both systems know a record, the best first.
func keySystems() []string {
	return []string{
		fixtures.RecordSystem, fhir.NHSNumberSystem, fixtures.PersonSystem, fixtures.ODSSystem, fixtures.ODSSiteSystem,
		fixtures.PractitionerSystem,
	}
}

// key is the business identifier of a record, as system|value, or "" when it has none that both systems know.
func key(resource fhir.Resource) string { return keyAmong(record.Identifiers(resource)) }

func keyAmong(identifiers []string) string {
	for _, system := range keySystems() {
		for _, identifier := range identifiers {
			if strings.HasPrefix(identifier, system+"|") {
				return identifier
			}
		}
	}
	return ""
}

// ledgerValues are the values of the golden ledger. They serve several goroutines.
type ledgerValues struct {
	ledger   *fixtures.Ledger
	truth    *record.Truth
	subjects []Thing
	// about are the records of the subjects by subject key and type.
	about map[string]map[string][]fhir.Resource
	// things are the records by type and key.
	things map[string]fhir.Resource
	store  library
	// cost is the number of sources by subject key.
	cost map[string]int
	// directory are the entries of directories by type.
	directory map[string][]fhir.Resource
}

// library finds records by "Type/id". Nothing that is planned asks who refers to a record.
type library map[string]fhir.Resource

// Resolve returns the record that a reference names.
func (l library) Resolve(reference string) (fhir.Resource, bool) {
	resource, ok := l[reference]
	return resource, ok
}

// Referring knows of nothing.
func (library) Referring(string, string, string) []fhir.Resource { return nil }

// LedgerValues returns the values of the ledger: the records of the people that its stories are about, and everybody and
// every provider as Patients and directory.
func LedgerValues(ledger *fixtures.Ledger) Values { return valuesOf(ledger, record.NewTruth(ledger)) }

func valuesOf(ledger *fixtures.Ledger, truth *record.Truth) Values {
	v := &ledgerValues{
		ledger: ledger, truth: truth, about: map[string]map[string][]fhir.Resource{}, store: library{},
		directory: map[string][]fhir.Resource{}, things: map[string]fhir.Resource{}, cost: map[string]int{},
	}
	renderers := map[string]*fixtures.Renderer{}
	for _, system := range fixtures.Systems() {
		renderers[system] = ledger.Renderer(system, fixtures.CCRStyle())
	}
	for _, story := range ledger.Stories() {
		person := story.Person()
		subject := Thing{Type: "Patient", Key: fhir.NHSNumberSystem + "|" + person.NHSNumber}
		if person.NHSNumber == "" || v.about[subject.Key] != nil || !ledger.Has(person.ID) {
			continue
		}
		v.subjects = append(v.subjects, subject)
		v.about[subject.Key] = map[string][]fhir.Resource{}
		v.put(renderers[fixtures.CCR].Patients(person)...)
		sources := map[string]bool{}
		for _, fact := range ledger.Visible(person) {
			sources[fact.Source] = true
			resource := renderers[ledger.System(fact.Source)].Fact(fact)
			v.about[subject.Key][string(fact.Kind)] = append(v.about[subject.Key][string(fact.Kind)], resource)
			v.put(resource)
		}
		v.cost[subject.Key] = len(sources)
	}
	if ledger.Part() != "" || ledger.Partial() {
		v.further(renderers)
	}
	for resource := range renderers[fixtures.CCR].Directory() {
		v.directory[resource.Type()] = append(v.directory[resource.Type()], resource)
		v.put(resource)
	}
	return v
}

// further adds people to a part of the ledger, or to one of which a part was loaded, for the kinds of which the stories' people
// have nothing in it.
func (v *ledgerValues) further(renderers map[string]*fixtures.Renderer) {
	lacks := map[fixtures.Kind]bool{}
	for _, kind := range fixtures.Kinds() {
		lacks[kind] = true
		for _, about := range v.about {
			if len(about[string(kind)]) > 0 {
				delete(lacks, kind)
			}
		}
	}
	for person := range v.ledger.People() {
		if len(lacks) == 0 {
			return
		}
		subject := Thing{Type: "Patient", Key: fhir.NHSNumberSystem + "|" + person.NHSNumber}
		if person.NHSNumber == "" || person.Restricted || v.about[subject.Key] != nil || !v.ledger.Has(person.ID) {
			continue
		}
		visible := v.ledger.Visible(person)
		if !slices.ContainsFunc(visible, func(f fixtures.Fact) bool { return lacks[f.Kind] }) {
			continue
		}
		v.subjects = append(v.subjects, subject)
		v.about[subject.Key], v.cost[subject.Key] = map[string][]fhir.Resource{}, 1
		v.put(renderers[fixtures.CCR].Patients(person)...)
		for _, fact := range visible {
			resource := renderers[v.ledger.System(fact.Source)].Fact(fact)
			v.about[subject.Key][string(fact.Kind)] = append(v.about[subject.Key][string(fact.Kind)], resource)
			v.put(resource)
			delete(lacks, fact.Kind)
		}
	}
}

// put keeps records for others to refer to.
func (v *ledgerValues) put(resources ...fhir.Resource) {
	for _, resource := range resources {
		v.store[resource.Reference()] = resource
		if name := resource.Type() + " " + key(resource); v.things[name] == nil {
			v.things[name] = resource
		}
	}
}

func (v *ledgerValues) Subjects() []Thing   { return v.subjects }
func (v *ledgerValues) Store() search.Store { return v.store }
func (v *ledgerValues) Now() time.Time      { return v.ledger.Now() }

// Key is the business identifier of a record, or of the one that says the same under a number of the system's own: one of the values where
// there is such.
func (v *ledgerValues) Key(resource fhir.Resource) string {
	if keys := v.Keys(resource); len(keys) > 0 {
		return keys[0]
	}
	return ""
}

func (v *ledgerValues) Keys(resource fhir.Resource) []string {
	if key := key(resource); key != "" {
		return []string{key}
	}
	identities := v.truth.Identities(resource)
	known := slices.DeleteFunc(slices.Clone(identities), func(key string) bool { return v.things[resource.Type()+" "+key] == nil })
	if key := keyAmong(identities); len(known) == 0 && key != "" {
		return []string{key}
	}
	return known
}
func (v *ledgerValues) Shown(Thing) []fhir.Entry { return nil }
func (v *ledgerValues) Base() string             { return oracleBase }

// Knows reports whether a key is one that only the ledger gives.
func (v *ledgerValues) Knows(key string) bool {
	system, value, _ := strings.Cut(key, "|")
	switch system {
	case fhir.NHSNumberSystem:
		person, ok := v.ledger.Person(value)
		return ok && v.ledger.Has(person.ID)
	case fixtures.PersonSystem:
		_, ok := v.ledger.PersonByID(value)
		return ok && v.ledger.Has(value)
	case record.ODSSystem:
		_, ok := v.ledger.Provider(value)
		return ok
	case fixtures.RecordSystem, fixtures.PractitionerSystem, fixtures.ODSSiteSystem:
		// <ODS>-<fact id>, and the codes of invented clinicians and sites: only the ledger gives records such identifiers.
		return true
	default:
		return false
	}
}

func (v *ledgerValues) Cost(subject Thing) int { return v.cost[subject.Key] }

func (v *ledgerValues) Find(thing Thing) (fhir.Resource, bool) {
	resource, ok := v.things[thing.Type+" "+thing.Key]
	return resource, ok
}

func (v *ledgerValues) About(subject Thing, resourceType string) []fhir.Resource {
	return v.about[subject.Key][resourceType]
}

// Each makes the Patients each time anew: they are the one thing here that grows with the number of people.
func (v *ledgerValues) Each(resourceType string) iter.Seq[fhir.Resource] {
	if resourceType != "Patient" {
		return slices.Values(v.directory[resourceType])
	}
	return func(yield func(fhir.Resource) bool) {
		renderer := v.ledger.Renderer(fixtures.CCR, fixtures.CCRStyle())
		for person := range v.ledger.People() {
			for _, patient := range renderer.Patients(person) {
				if !yield(patient) {
					return
				}
			}
		}
	}
}
