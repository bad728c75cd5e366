package mocks

import (
	"slices"
	"sync"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// view is what one audience sees of the own store: the store itself, or a copy in which content defects have put
// changed resources in the place of others.
type view struct {
	index *search.Index
	// served are the changes made only when a resource is written.
	served []servedRule
	// named is what a defect gives to who knows an id or an identifier; nil without the defect.
	named *search.Index

	mu sync.Mutex
	// complete is index with all Provenance, once it has been asked for, as of the store's generation completed.
	complete  *search.Index
	completed int64
}

// servedRule is a served hook with the resources it was limited to; nil targets mean all.
type servedRule struct {
	hook    *contentHook
	targets map[string]bool
	setting Setting
}

// defectView is what defects make of the store, before circumstances. It is kept while neither changes, because events
// come often and working it out can take a look at everything that is held.
type defectView struct {
	view *view
	// ignoreObjections is a defect that restrict has to know of.
	ignoreObjections bool
	// writes is how often the store had been written when the view was made.
	writes int64
}

// buildView works out what one audience sees: what defects make of the store, less what circumstances keep from everybody.
func (s *Server) buildView(active []activeDefect, neighbour bool) *view {
	kept := &s.bases
	audience := 0
	if neighbour {
		audience = 1
	}
	if kept[audience] == nil || kept[audience].writes != s.store.generation() {
		kept[audience] = s.viewOf(active, neighbour)
	}
	base := kept[audience]
	v := &view{index: base.view.index, served: base.view.served, named: base.view.named}
	s.restrict(v, s.world, base.ignoreObjections)
	return v
}

// viewOf works out what content defects do to the store, for clients or for the neighbour.
func (s *Server) viewOf(active []activeDefect, neighbour bool) *defectView {
	v := &view{index: s.store.index}
	generation := s.store.generation()
	ignoreObjections := false
	for _, defect := range active {
		if hook := defect.content; hook != nil && (hook.everywhere || !neighbour) {
			v.own(s)
			for _, resource := range s.targets(v, hook, defect.setting) {
				v.change(s, resource, hook)
			}
		}
		if hook := defect.served; hook != nil && !neighbour {
			rule := servedRule{hook: hook, setting: defect.setting}
			if hook.limit > 0 {
				rule.targets = map[string]bool{}
				for _, resource := range s.targets(v, hook, defect.setting) {
					rule.targets[resource.Reference()] = true
				}
			}
			v.served = append(v.served, rule)
		}
		if defect.leaks != "" && defect.leaksAcross == neighbour {
			s.leak(v, defect.leaks)
			ignoreObjections = ignoreObjections || defect.leaks == fixtures.Objection
		}
		if defect.findsWithheld && !neighbour {
			everything := &view{index: s.store.index}
			s.leak(everything, fixtures.SensitiveItem)
			v.named = everything.index
		}
	}
	return &defectView{view: v, ignoreObjections: ignoreObjections, writes: generation}
}

// own gives the view an index of its own before something in it is changed.
func (v *view) own(s *Server) {
	if v.index == s.store.index {
		v.index = s.store.index.Clone()
	}
}

// change puts a changed copy in a resource's place, or nothing.
func (v *view) change(s *Server, resource fhir.Resource, hook *contentHook) {
	copied := resource.Clone()
	if hook.applyIn != nil && !hook.applyIn(s, v, copied) || hook.apply != nil && !hook.apply(copied) {
		v.index.Remove(resource.Type(), resource.ID())
		return
	}
	_ = v.index.Put(copied) // the original was put, and type and id are the same
}

// targets are the resources a hook changes, in a stable order.
func (s *Server) targets(v *view, hook *contentHook, setting Setting) []fhir.Resource {
	if hook.byProvider {
		setting.Providers = s.store.providersOf(setting)
	}
	limited := hook.limit > 0 && len(setting.Providers) == 0 && len(setting.Patients) == 0
	var targets []fhir.Resource
	groups := map[string]bool{}
	for _, storiesOnly := range []bool{true, false} {
		if !storiesOnly && !limited {
			break
		}
		for _, resourceType := range hook.types {
			for resource := range v.index.All(resourceType) {
				if limited && s.store.ofStory(resource) != storiesOnly {
					continue
				}
				if !s.concerns(hook, setting, resource) {
					continue
				}
				group := resource.Reference()
				if hook.byPatient {
					group = s.store.personOf(resource)
				}
				if limited && len(groups) == hook.limit && !groups[group] {
					continue
				}
				groups[group] = true
				targets = append(targets, resource)
			}
		}
		if limited && len(groups) > 0 {
			break
		}
	}
	return targets
}

// concerns reports whether a hook with a setting applies to a resource.
func (s *Server) concerns(hook *contentHook, setting Setting, resource fhir.Resource) bool {
	if !hook.byProvider && !hook.sweep && s.store.sweep[businessIdentity(resource)] {
		return false
	}
	if len(setting.Providers) > 0 && !slices.Contains(setting.Providers, sourceODS(resource)) {
		return false
	}
	if len(setting.Patients) > 0 && !slices.Contains(setting.Patients, s.store.numberOf(resource)) {
		return false
	}
	return (hook.when == nil || hook.when(resource)) && (hook.whenIn == nil || hook.whenIn(s, resource))
}

// shown gives what is written for a resource of the own store: the resource itself, or a changed copy.
func (s *Server) shown(v *view, resource fhir.Resource) (_ fhir.Resource, own bool) {
	own = true
	for _, rule := range v.served {
		if !slices.Contains(rule.hook.types, resource.Type()) {
			continue
		}
		if rule.targets != nil && !rule.targets[resource.Reference()] || !s.concerns(rule.hook, rule.setting, resource) {
			continue
		}
		if own {
			resource, own = resource.Clone(), false
		}
		rule.hook.apply(resource)
	}
	return resource, own
}

// businessIdentity is the identifier that the source gave a record, which every copy of it carries.
func businessIdentity(resource fhir.Resource) string {
	return identifierIn(resource, fixtures.RecordSystem)
}
