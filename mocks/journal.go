package mocks

import (
	"maps"
	"slices"

	"concord.example/concord/internal/fhir"
)

// before is what a store held before events changed it.
type before struct {
	// order are the references that were changed, in the order they were first changed.
	order []resourceKey
	// resources are what they were; nil for one that did not exist. written are their versions.
	resources map[resourceKey]fhir.Resource
	written   map[resourceKey][]version
	known     map[string][]string
	claimed   map[string][]string
	// writes counts what events wrote.
	writes int64
}

type resourceKey struct{ kind, id string }

// journal says whether what is written from now on is written by an event, and so undone by a reset.
func (st *store) journal(on bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.eventful = on
}

// remember keeps a resource as it is, once, before an event changes it.
func (st *store) remember(kind, id string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.eventful {
		return
	}
	if st.before == nil {
		st.before = &before{resources: map[resourceKey]fhir.Resource{}, written: map[resourceKey][]version{}, known: maps.Clone(st.known), claimed: map[string][]string{}}
		for resourceType, profiles := range st.claimed {
			st.before.claimed[resourceType] = slices.Clone(profiles)
		}
	}
	key := resourceKey{kind, id}
	if _, kept := st.before.resources[key]; kept {
		return
	}
	resource, _ := st.index.Get(kind, id)
	st.before.order = append(st.before.order, key)
	st.before.resources[key] = resource
	st.before.written[key] = st.written[kind+"/"+id]
}

// altered reports whether events have changed a resource since the last reset.
func (st *store) altered() bool {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.before != nil
}

// restore puts everything back that events have changed.
func (st *store) restore() {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.before == nil {
		return
	}
	for _, key := range st.before.order {
		if resource := st.before.resources[key]; resource != nil {
			_ = st.index.Put(resource) // it was held before, so it has a type and an id
		} else {
			st.index.Remove(key.kind, key.id)
		}
		if versions := st.before.written[key]; versions != nil {
			st.written[key.kind+"/"+key.id] = versions
		} else {
			delete(st.written, key.kind+"/"+key.id)
		}
	}
	st.undone.Add(st.before.writes + 1) // and this is one more
	st.known, st.claimed, st.before = st.before.known, st.before.claimed, nil
	st.writes.Add(1)
}
