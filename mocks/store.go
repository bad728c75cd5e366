package mocks

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// store is what a system holds itself: its providers' records, a Patient for everybody, and the whole directory. Its
// resources are never changed in place; an event puts a new one.
type store struct {
	system, base string
	ledger       *fixtures.Ledger
	style        fixtures.Style
	index        *search.Index
	// writes counts changes, so that results from before and after one are told apart.
	writes atomic.Int64
	// undone is how many of them a reset has undone, or the deletion of what a client had made itself.
	undone atomic.Int64
	// made are the references of what clients have made and not deleted.
	made  map[string]bool
	kinds []string
	// claimed are the profiles that resources of each type claim, sorted.
	claimed map[string][]string

	// sweep are the business identities of the facts that show whether a provider can be seen.
	sweep map[string]bool
	// quiet is the provider that defects of one provider take.
	quiet string
	// withheld are the identifiers of people about whom the system keeps something back.
	withheld map[string]bool
	// stories are the ids of the people who were made for a scenario.
	stories map[string]bool

	mu sync.RWMutex
	// renderer renders superseded versions, one at a time.
	renderer *fixtures.Renderer
	// written holds the versions of resources that were written since the start, by reference.
	written map[string][]version
	// known lists the ids of the Patients and directory entries with an identifier that both systems know, by
	// "Type|system|value". A person's leading Patient comes first.
	known map[string][]string
	// sources lists what each provider authored, by ODS code, also what has another source by now.
	sources map[string][]resourceKey
	// before is what events have changed since the start, as it was before; nil while no event has changed anything.
	before *before
	// eventful says that what is written now is written by an event.
	eventful bool
	// encoded keeps the bytes of resources that were served, by the address of the map, which the entry keeps alive.
	encoded sync.Map
}

type encoding struct {
	resource fhir.Resource
	body     []byte
}

// newStore takes what the ledger says the system holds.
func newStore(ledger *fixtures.Ledger, kind personality, base string) (*store, error) {
	style := styleOf(kind, base)
	st := &store{
		system: kind.name, base: base, ledger: ledger, style: style, renderer: ledger.Renderer(kind.name, style), written: map[string][]version{}, made: map[string]bool{}, withheld: map[string]bool{}, claimed: map[string][]string{}, known: map[string][]string{},
		sweep: map[string]bool{}, stories: map[string]bool{}, sources: map[string][]resourceKey{},
	}
	st.index = st.newIndex()
	for resource := range ledger.Resources(kind.name, style) {
		if err := st.index.Put(resource); err != nil {
			return nil, fmt.Errorf("hold %s: %w", resource.Reference(), err)
		}
		st.register(resource)
		st.attribute(resource)
	}
	for resourceType := range st.claimed {
		st.kinds = append(st.kinds, resourceType)
	}
	// What only the neighbour holds is offered too, because it is answered for.
	for _, kind := range fixtures.Kinds() {
		st.kinds = append(st.kinds, string(kind))
	}
	st.kinds = append(st.kinds, "AuditEvent", provenance)
	st.claimed[provenance] = []string{"https://fhir.hl7.org.uk/StructureDefinition/UKCore-Provenance"}
	slices.Sort(st.kinds)
	st.kinds = slices.Compact(st.kinds)
	for _, provider := range ledger.Providers() {
		if _, fact, ok := ledger.SweepFact(provider.ODS); ok {
			st.sweep[fact.Identifier.Value] = true
		}
	}
	for person := range ledger.People() {
		if len(st.renderer.WithheldFrom(person)) > 0 {
			st.withheld[person.ID], st.withheld[person.NHSNumber] = true, true
		}
	}
	delete(st.withheld, "")
	cast := map[string]bool{}
	for _, story := range ledger.Stories() {
		for _, person := range story.People {
			if !strings.HasPrefix(person.ID, "s-") {
				continue
			}
			st.stories[person.ID] = true
			for _, fact := range ledger.FactsOf(person) {
				cast[fact.Source] = true
			}
		}
	}
	st.quiet = quietProvider(ledger.Providers(), kind.name, cast)
	return st, nil
}

// quietProvider is a provider of the system that no scenario is about, a hospice if there is one, because a hospice
// shares few patients with others.
func quietProvider(providers []fixtures.Provider, system string, cast map[string]bool) string {
	quiet := ""
	for _, provider := range providers {
		if provider.System != system || cast[provider.ODS] {
			continue
		}
		if provider.Type == fixtures.Hospice {
			return provider.ODS
		}
		if quiet == "" {
			quiet = provider.ODS
		}
	}
	return quiet
}

// providersOf are the providers a setting names, or the quiet one.
func (st *store) providersOf(setting Setting) []string {
	if len(setting.Providers) > 0 {
		return setting.Providers
	}
	return []string{st.quiet}
}

// newIndex makes an empty index that resolves references as this system writes them.
func (st *store) newIndex() *search.Index { return search.NewIndex(search.Options{Base: st.base}) }

// register notes what the resource says about people, places and profiles.
func (st *store) register(resource fhir.Resource) {
	resourceType := resource.Type()
	list, known := st.claimed[resourceType]
	if !known {
		st.claimed[resourceType] = nil
	}
	for _, profile := range resource.List("meta", "profile") {
		if i, found := slices.BinarySearch(list, fhir.Text(profile)); !found {
			list = slices.Insert(list, i, fhir.Text(profile))
			st.claimed[resourceType] = list
		}
	}
	if !directory(resourceType) {
		return
	}
	for _, key := range sharedKeys(resource) {
		if !slices.Contains(st.known[key], resource.ID()) {
			st.known[key] = append(st.known[key], resource.ID())
		}
	}
}

// attribute notes who authored a resource.
func (st *store) attribute(resource fhir.Resource) {
	if ods := sourceODS(resource); ods != "" && !directory(resource.Type()) {
		st.sources[ods] = append(st.sources[ods], resourceKey{resource.Type(), resource.ID()})
	}
}

// from returns what a provider authored.
func (st *store) from(ods string) []resourceKey {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.sources[ods]
}

// sharedKeys are the identifiers of a Patient or a directory entry by which both systems know it, the NHS number first.
func sharedKeys(resource fhir.Resource) []string {
	var keys []string
	for _, identifier := range resource.Objects("identifier") {
		system, value := fhir.Text(identifier["system"]), fhir.Text(identifier["value"])
		if system == "" || value == "" {
			continue
		}
		key := resource.Type() + "|" + system + "|" + value
		if system == fhir.NHSNumberSystem {
			keys = slices.Insert(keys, 0, key)
		} else {
			keys = append(keys, key)
		}
	}
	return keys
}

// numberKey is the key of the Patients with an NHS number.
func numberKey(nhsNumber string) string { return "Patient|" + fhir.NHSNumberSystem + "|" + nhsNumber }

// leading returns the id of the leading local resource with any of the keys, or "".
func (st *store) leading(keys ...string) string {
	st.mu.RLock()
	defer st.mu.RUnlock()
	for _, key := range keys {
		if ids := st.known[key]; len(ids) > 0 {
			return ids[0]
		}
	}
	return ""
}

// patients returns the ids of all local resources with a key.
func (st *store) patients(key string) []string {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return slices.Clone(st.known[key])
}

// secondary reports whether a resource is about a Patient that does not lead.
func (st *store) secondary(resource fhir.Resource) bool {
	patient, ok := st.patientOf(resource)
	return ok && st.leading(sharedKeys(patient)...) != patient.ID()
}

// patientOf returns the Patient a resource is about.
func (st *store) patientOf(resource fhir.Resource) (fhir.Resource, bool) {
	if resource.Type() == "Patient" {
		return resource, true
	}
	text := resource.Text("subject", "reference")
	if text == "" {
		text = resource.Text("patient", "reference")
	}
	ref, ok := fhir.ParseReference(text)
	if !ok || ref.Type != "Patient" {
		return nil, false
	}
	return st.index.Get("Patient", ref.ID)
}

// numberOf returns the NHS number of the person a resource is about, or "".
func (st *store) numberOf(resource fhir.Resource) string {
	patient, ok := st.patientOf(resource)
	if !ok {
		return ""
	}
	return identifierIn(patient, fhir.NHSNumberSystem)
}

// personOf returns the id of the leading Patient of the person a resource is about, or "".
func (st *store) personOf(resource fhir.Resource) string {
	patient, ok := st.patientOf(resource)
	if !ok {
		return ""
	}
	return st.leading(sharedKeys(patient)...)
}

// ofStory reports whether a resource is about a person who was made for a scenario.
func (st *store) ofStory(resource fhir.Resource) bool {
	patient, ok := st.patientOf(resource)
	return ok && st.stories[identifierIn(patient, fixtures.PersonSystem)]
}

// identifierIn returns the first identifier of a resource in a system, or "".
func identifierIn(resource fhir.Resource, system string) string {
	for _, identifier := range resource.Objects("identifier") {
		if identifier["system"] == system {
			return fhir.Text(identifier["value"])
		}
	}
	return ""
}

// offers reports whether the system has a resource type.
func (st *store) offers(resourceType string) bool {
	_, ok := slices.BinarySearch(st.kinds, resourceType)
	return ok
}

// types returns the resource types the system offers, sorted.
func (st *store) types() []string { return st.kinds }

// profiles returns the profiles resources of the type claim, sorted.
func (st *store) profiles(resourceType string) []string {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return slices.Clone(st.claimed[resourceType])
}

func (st *store) generation() int64 { return st.writes.Load() }

// edition tells what is held apart from what was held before: it is the same number again when a reset has put everything back,
// or when a client has deleted what it had made.
func (st *store) edition() int64 { return st.writes.Load() - st.undone.Load() }

// encode gives a held resource's bytes, kept from the first time on.
func (st *store) encode(resource fhir.Resource) []byte {
	key := reflect.ValueOf(resource).Pointer()
	if kept, ok := st.encoded.Load(key); ok {
		return kept.(*encoding).body //nolint:forcetypeassert // only encode stores here
	}
	kept := &encoding{resource: resource, body: appendJSON(nil, resource)}
	st.encoded.Store(key, kept)
	return kept.body
}

// sourceODS returns the ODS code of the organisation that authored a resource, or of the organisation it is.
func sourceODS(resource fhir.Resource) string {
	for _, tag := range resource.Objects("meta", "tag") {
		if odsSystem(fhir.Text(tag["system"])) {
			return fhir.Text(tag["code"])
		}
	}
	for _, identifier := range resource.Objects("identifier") {
		if odsSystem(fhir.Text(identifier["system"])) {
			return fhir.Text(identifier["value"])
		}
	}
	return ""
}
