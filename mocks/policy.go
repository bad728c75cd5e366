package mocks

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
)

// circumstances are what events have changed about the world the system runs in. They are replaced, never changed in
// place, so that a request sees them as one.
type circumstances struct {
	// objecting are the identifiers of people who object to this record since the start, by NHS number or person id.
	objecting map[string]bool
	// down are the ODS codes of providers that cannot be asked, slow those that take a while.
	down map[string]bool
	slow map[string]slowness
	// frozen are the providers whose feed has stopped, with the time it did.
	frozen map[string]time.Time
}

// slowness is how long a provider takes to answer, and how long it is waited for.
type slowness struct{ takes, budget time.Duration }

func (w circumstances) clone() circumstances {
	return circumstances{
		objecting: cloneMap(w.objecting), down: cloneMap(w.down), slow: cloneMap(w.slow), frozen: cloneMap(w.frozen),
	}
}

func cloneMap[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}

// restrict takes out of a view what circumstances keep from everybody: records of people who object, and of providers
// that cannot be asked. ignoreObjections is a defect.
func (s *Server) restrict(v *view, world circumstances, ignoreObjections bool) {
	if len(world.down) == 0 && (len(world.objecting) == 0 || ignoreObjections) {
		return
	}
	v.index = v.index.Clone() // it may be the store's, or one that is kept
	for ods := range world.down {
		for _, key := range s.store.from(ods) {
			if resource, ok := v.index.Get(key.kind, key.id); ok && sourceODS(resource) == ods {
				v.index.Remove(key.kind, key.id)
			}
		}
	}
	if ignoreObjections {
		return
	}
	for identifier := range world.objecting {
		for _, system := range []string{fhir.NHSNumberSystem, fixtures.PersonSystem} {
			for _, id := range s.store.patients("Patient|" + system + "|" + identifier) {
				s.hideRecord(v, id)
			}
		}
	}
}

// hideRecord takes everything about a Patient out of a view, but for the Consents, which say why.
func (s *Server) hideRecord(v *view, patientID string) {
	for _, kind := range fixtures.Kinds() {
		if kind == fixtures.Consent || !isReferenceParam(string(kind), "patient") {
			continue
		}
		for _, resource := range v.index.Referring(string(kind), "patient", "Patient/"+patientID) {
			v.index.Remove(resource.Type(), resource.ID())
		}
	}
}

// leak adds to a view what the ledger says the system holds and must not show, for one reason.
func (s *Server) leak(v *view, reason string) {
	v.own(s)
	s.store.mu.Lock()
	defer s.store.mu.Unlock() // a Renderer serves one goroutine at a time
	for person := range s.store.ledger.People() {
		for _, fact := range s.store.renderer.WithheldFrom(person) {
			if s.store.ledger.Withheld(s.name, person, fact) == reason {
				_ = v.index.Put(s.store.renderer.Fact(fact)) // the ledger's resources have a type and an id
			}
		}
	}
}

// warnings are what a clinical search must say about circumstances.
func (s *Server) warnings(c *call, q *query) []issue {
	if directory(q.resourceType) {
		return nil
	}
	var issues []issue
	world := c.state.world
	for _, ods := range slices.Sorted(maps.Keys(world.down)) {
		issues = append(issues, issue{
			severity: "warning", code: "incomplete", missing: "provider " + ods,
			text: fmt.Sprintf("the records of %s could not be reached, so they are missing from these results", ods),
		})
	}
	for _, ods := range slices.Sorted(maps.Keys(world.frozen)) {
		if !c.hides(func(h hooks) bool { return h.hidesAge }) {
			issues = append(issues, issue{
				severity: "warning", code: "informational", missing: "provider " + ods,
				text: fmt.Sprintf("the records of %s are as they were at %s: nothing has arrived since", ods, s.instant(world.frozen[ods])),
			})
		}
	}
	if !c.hides(func(h hooks) bool { return h.hidesWithholding }) && s.withholds(c, q) {
		issues = append(issues, issue{
			severity: "warning", code: "suppressed",
			text: "Items excluded due to confidentiality and/or patient preferences.",
		})
	}
	return issues
}

// hides reports whether a defect in force does something to this call. The neighbour is always told the truth.
func (c *call) hides(which func(hooks) bool) bool {
	return !c.fromNeighbour && slices.ContainsFunc(c.defects, func(d activeDefect) bool { return which(d.hooks) })
}

// withholds reports whether the system keeps something back about a person the search names.
func (s *Server) withholds(c *call, q *query) bool {
	for _, item := range q.claimed {
		if !strings.HasPrefix(item.name, "patient") && !strings.HasPrefix(item.name, "subject") {
			continue
		}
		for _, value := range splitList(item.value) {
			if strings.HasSuffix(item.name, ".identifier") {
				_, token, piped := strings.Cut(value, "|")
				if !piped {
					token = value
				}
				if s.keepsBack(c, token) {
					return true
				}
				continue
			}
			ref, ok := referenceValue(value, s.base)
			if !ok {
				continue
			}
			if patient, ok := s.store.index.Get("Patient", ref.ID); ok &&
				(s.keepsBack(c, identifierIn(patient, fixtures.PersonSystem)) || s.keepsBack(c, identifierIn(patient, fhir.NHSNumberSystem))) {
				return true
			}
		}
	}
	return false
}

func (s *Server) keepsBack(c *call, identifier string) bool {
	return identifier != "" && (s.store.withheld[identifier] || c.state.world.objecting[identifier])
}

// wait lets slow providers be slow. One that takes longer than it is waited for counts as down: late are those.
func (s *Server) wait(ctx context.Context, c *call, resourceType string) (late []string, issues []issue) {
	if directory(resourceType) || len(c.state.world.slow) == 0 {
		return nil, nil
	}
	longest := time.Duration(0)
	for _, ods := range slices.Sorted(maps.Keys(c.state.world.slow)) {
		slow := c.state.world.slow[ods]
		waited := slow.takes
		if slow.takes > slow.budget && !c.patient() {
			waited, late = slow.budget, append(late, ods)
			issues = append(issues, issue{
				severity: "warning", code: "incomplete", missing: "provider " + ods,
				text: fmt.Sprintf("%s did not answer in time, so its records are missing from these results", ods),
			})
		}
		longest = max(longest, waited)
	}
	pause(ctx, longest)
	return late, issues
}

// patient reports whether a defect makes the system wait for its sources for as long as they take.
func (c *call) patient() bool {
	return slices.ContainsFunc(c.defects, func(d activeDefect) bool { return d.waitsForever })
}

// pause waits for a time or until the request is over.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
