package search

import (
	"fmt"
	"iter"
	"slices"
	"sync"

	"concord.example/concord/internal/fhir"
)

// Index holds resources in memory and answers queries about them. It keeps the resources it is given, which must not be
// changed afterwards; to change one, Put another. It may be used by several goroutines at once: a search sees the
// resources as they were at one moment.
//
// Results are in the order in which resources were first put, which stays the same when one is replaced.
type Index struct {
	options Options

	mu    sync.RWMutex
	types map[string]*typeStore
}

// typeStore holds the resources of one type.
type typeStore struct {
	slots []fhir.Resource // nil where one was removed
	byID  map[string]int32
	live  int

	// postings are built when first asked for. buildMu guards the map while readers hold Index.mu for reading.
	buildMu  sync.Mutex
	postings map[postingKey]posting
}

// NewIndex returns an empty index. Base and Zone of the options must be those the queries are parsed with.
func NewIndex(options Options) *Index {
	options.Limits = options.Limits.withDefaults()
	return &Index{options: options, types: map[string]*typeStore{}}
}

// Put adds a resource, or replaces the one of the same type and id.
func (ix *Index) Put(resource fhir.Resource) error {
	typ, id := resource.Type(), resource.ID()
	if !isType(typ) {
		return fmt.Errorf("put resource: %q is not a resource type of FHIR R4", typ)
	}
	if id == "" {
		return fmt.Errorf("put resource: the %s has no id", typ)
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	store := ix.types[typ]
	if store == nil {
		store = &typeStore{byID: map[string]int32{}, postings: map[postingKey]posting{}}
		ix.types[typ] = store
	}
	slot, known := store.byID[id]
	if !known {
		slot = int32(len(store.slots)) //nolint:gosec // memory ends long before two thousand million resources
		store.slots = append(store.slots, nil)
		store.byID[id] = slot
	}
	if old := store.slots[slot]; old != nil {
		store.unpost(ix, old, slot)
	} else {
		store.live++
	}
	store.slots[slot] = resource
	store.post(ix, resource, slot)
	return nil
}

// Remove takes a resource out and reports whether it was there.
func (ix *Index) Remove(resourceType, id string) bool {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	store := ix.types[resourceType]
	if store == nil {
		return false
	}
	slot, known := store.byID[id]
	if !known || store.slots[slot] == nil {
		return false
	}
	store.unpost(ix, store.slots[slot], slot)
	store.slots[slot] = nil
	store.live--
	store.compact()
	return true
}

// compact forgets removed resources once they are most of what there is.
func (s *typeStore) compact() {
	if len(s.slots) < 1024 || s.live > len(s.slots)/2 {
		return
	}
	kept := make([]fhir.Resource, 0, s.live)
	clear(s.byID)
	for _, resource := range s.slots {
		if resource != nil {
			s.byID[resource.ID()] = int32(len(kept)) //nolint:gosec // no longer than before
			kept = append(kept, resource)
		}
	}
	s.slots = kept
	clear(s.postings) // built again when next asked for
}

// Get returns a resource by type and id.
func (ix *Index) Get(resourceType, id string) (fhir.Resource, bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.get(resourceType, id)
}

func (ix *Index) get(resourceType, id string) (fhir.Resource, bool) {
	store := ix.types[resourceType]
	if store == nil {
		return nil, false
	}
	slot, ok := store.byID[id]
	if !ok || store.slots[slot] == nil {
		return nil, false
	}
	return store.slots[slot], true
}

// Resolve returns the resource that "Type/id" or an absolute URL under the base names, as Store asks. A version in the
// reference is left out of account.
func (ix *Index) Resolve(reference string) (fhir.Resource, bool) {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return locked{ix}.Resolve(reference)
}

// Referring returns the resources of a type whose reference search parameter points at "Type/id", as Store asks.
func (ix *Index) Referring(resourceType, parameter, reference string) []fhir.Resource {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return locked{ix}.Referring(resourceType, parameter, reference)
}

// Len returns how many resources of a type there are.
func (ix *Index) Len(resourceType string) int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if store := ix.types[resourceType]; store != nil {
		return store.live
	}
	return 0
}

// All returns the resources of a type in their order, as they are when All is called.
func (ix *Index) All(resourceType string) iter.Seq[fhir.Resource] {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	var slots []fhir.Resource
	if store := ix.types[resourceType]; store != nil {
		slots = slices.Clone(store.slots)
	}
	return func(yield func(fhir.Resource) bool) {
		for _, resource := range slots {
			if resource != nil && !yield(resource) {
				return
			}
		}
	}
}

// Clone returns an index with the same resources, which it shares, and a life of its own.
func (ix *Index) Clone() *Index {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	clone := NewIndex(ix.options)
	for typ, store := range ix.types {
		byID := make(map[string]int32, len(store.byID))
		for id, slot := range store.byID {
			byID[id] = slot
		}
		clone.types[typ] = &typeStore{slots: slices.Clone(store.slots), byID: byID, live: store.live, postings: store.sharedPostings()}
	}
	return clone
}

// locked is the Store an Index is while its lock is held for reading.
type locked struct{ ix *Index }

func (l locked) Resolve(reference string) (fhir.Resource, bool) {
	ref, ok := fhir.ParseReference(reference)
	if !ok || ref.URN != "" || !l.ix.options.local(ref.Base) {
		return nil, false
	}
	return l.ix.get(ref.Type, ref.ID)
}

func (l locked) Referring(resourceType, parameter, reference string) []fhir.Resource {
	store := l.ix.types[resourceType]
	definition, ok := Lookup(resourceType, parameter)
	if store == nil || !ok || definition.Kind != Reference {
		return nil
	}
	slots := store.posting(l.ix, definition, postReference)[reference]
	resources := make([]fhir.Resource, 0, len(slots))
	for _, slot := range slots {
		resources = append(resources, store.slots[slot])
	}
	return resources
}
