package search

import (
	"slices"

	"concord.example/concord/internal/fhir"
)

// maxJoin is how many resources at the far end of a chain candidates are collected for; beyond it a scan is as good.
const maxJoin = 2_000

// candidates returns the slots of resources that may satisfy a filter, ascending and none left out that does; or false
// when the filter does not narrow. Of the matching, root plays no part. Index.mu must be held for reading.
func (ix *Index) candidates(typ string, f filter, m *matching) ([]int32, bool) {
	store := ix.types[typ]
	if store == nil {
		return nil, true
	}
	switch f := f.(type) {
	case *valueFilter:
		return ix.valueCandidates(store, f)
	case *chainFilter:
		return ix.chainCandidates(store, f, m)
	case *hasFilter:
		return ix.hasCandidates(store, typ, f, m)
	default:
		return nil, false
	}
}

func (ix *Index) valueCandidates(store *typeStore, f *valueFilter) ([]int32, bool) {
	if f.not {
		return nil, false
	}
	var found []int32
	for _, value := range f.values {
		switch value := value.(type) {
		case tokenValue:
			if value.code == "" {
				return nil, false
			}
			if f.parameter.Code == "_id" {
				if slot, ok := store.byID[value.written]; ok && store.slots[slot] != nil {
					found = append(found, slot)
				}
				continue
			}
			found = append(found, store.posting(ix, f.parameter, postToken)[value.code]...)
		case referenceIdentifier:
			if value.code == "" {
				return nil, false
			}
			found = append(found, store.posting(ix, f.parameter, postReferenceIdentifier)[value.code]...)
		case referenceValue:
			slots, ok := ix.referenceCandidates(store, f.parameter, value)
			if !ok {
				return nil, false
			}
			found = append(found, slots...)
		case uriValue:
			if value.modifier != "" {
				return nil, false
			}
			list := store.posting(ix, f.parameter, postURI)
			found = append(found, list[value.uri]...)
			if key := uriKey("canonical", value.uri); key != value.uri {
				found = append(found, list[key]...)
			}
		default:
			return nil, false
		}
	}
	return tidy(found), true
}

func (ix *Index) referenceCandidates(store *typeStore, parameter *Parameter, value referenceValue) ([]int32, bool) {
	list := store.posting(ix, parameter, postReference)
	switch {
	case value.url != "" && !referencesResources(parameter):
		return nil, false // canonicals: rare enough to be looked at one by one
	case value.url != "":
		return list[value.url], true
	default: // without a type, the key is "/id"
		return list[value.typ+"/"+value.id], true
	}
}

// chainCandidates finds the targets first, if that can be done without looking at every one, and then what refers to them.
func (ix *Index) chainCandidates(store *typeStore, f *chainFilter, m *matching) ([]int32, bool) {
	list := store.posting(ix, f.parameter, postReference)
	found := slices.Clone(list[containedKey])
	joined := 0
	for _, target := range f.targets {
		matches, ok := ix.satisfying(target, f.inner[target], m)
		if joined += len(matches); !ok || joined > maxJoin {
			return nil, false
		}
		for _, match := range matches {
			found = append(found, list[match.Reference()]...)
		}
	}
	return tidy(found), true
}

// hasCandidates finds what refers first, and then what it refers to.
func (ix *Index) hasCandidates(store *typeStore, typ string, f *hasFilter, m *matching) ([]int32, bool) {
	matches, ok := ix.satisfying(f.resourceType, f.inner, m)
	if !ok || len(matches) > maxJoin {
		return nil, false
	}
	var found []int32
	for _, match := range matches {
		for _, reference := range f.parameter.references(&matching{root: match, store: m.store, options: m.options}) {
			ref, ok := fhir.ParseReference(reference)
			if !ok || ref.Type != typ || ref.Base != "" {
				continue
			}
			if slot, ok := store.byID[ref.ID]; ok && store.slots[slot] != nil {
				found = append(found, slot)
			}
		}
	}
	return tidy(found), true
}

// satisfying returns the resources of a type that satisfy a filter, or false when it does not narrow.
func (ix *Index) satisfying(typ string, f filter, m *matching) ([]fhir.Resource, bool) {
	slots, ok := ix.candidates(typ, f, m)
	if !ok || len(slots) > maxJoin {
		return nil, false
	}
	var matches []fhir.Resource
	for _, slot := range slots {
		if resource := ix.types[typ].slots[slot]; m.satisfies(f, resource) {
			matches = append(matches, resource)
		}
	}
	return matches, true
}

func tidy(slots []int32) []int32 {
	if len(slots) > 1 {
		slots = slices.Clone(slots)
		slices.Sort(slots)
		slots = slices.Compact(slots)
	}
	return slots
}
