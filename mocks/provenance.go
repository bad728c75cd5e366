package mocks

import (
	"context"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/search"
)

// provenance is the resource type that says where another resource comes from. A system makes it from the resource when
// it is asked for, so that the two always agree; it is held only when a client has written it.
const provenance = "Provenance"

// provenancesOf returns the Provenance of the resource a reference names, which an index shows: those that were
// written, and otherwise the one that is made.
func (s *Server) provenancesOf(index *search.Index, reference string) []fhir.Resource {
	if index.Len(provenance) > 0 {
		if written := index.Referring(provenance, "target", reference); len(written) > 0 {
			return written
		}
	}
	target, ok := index.Resolve(reference)
	if !ok {
		return nil
	}
	if made, ok := s.store.style.Provenance(s.name, target); ok {
		return []fhir.Resource{made}
	}
	return nil
}

// withProvenance is everything the view shows together with all Provenance. It is made when first asked for and goes
// with the view.
func (v *view) withProvenance(s *Server) *search.Index {
	v.mu.Lock()
	defer v.mu.Unlock()
	// Events change the store's own index in place before they put a new view in force.
	generation := s.store.generation()
	if v.complete != nil && v.completed == generation {
		return v.complete
	}
	complete := v.index.Clone()
	for _, resourceType := range append(clinicalTypes(), "Patient") {
		for resource := range v.index.All(resourceType) {
			for _, made := range s.provenancesOf(v.index, resource.Reference()) {
				_ = complete.Put(made) // it has a type and an id
			}
		}
	}
	v.complete, v.completed = complete, generation
	return complete
}

// ownMatches finds the own store's matches of a search.
func (s *Server) ownMatches(c *call, q *query) ([]fhir.Resource, error) {
	ctx := c.request.Context()
	index := c.view.index
	if _, named := q.effective.get("identifier"); named && c.view.named != nil {
		index = c.view.named
	}
	if q.resourceType == provenance {
		if targets, ok := namedTargets(q.parsed, index, s.base); ok {
			return s.provenanceOf(ctx, c, q, targets), nil
		}
	}
	if q.resourceType == provenance || asksFor(q.parsed, provenance) {
		index = c.view.withProvenance(s)
	}
	found, err := index.Matches(ctx, q.parsed)
	if err != nil {
		return nil, searchFailure(err)
	}
	if q.resourceType == provenance {
		found = answerable(c, found)
	}
	return found, nil
}

// provenanceOf finds the Provenance of a few resources without making that of all others.
func (s *Server) provenanceOf(ctx context.Context, c *call, q *query, targets []string) []fhir.Resource {
	store := &layered{server: s, call: c}
	var found []fhir.Resource
	seen := map[string]bool{}
	for _, target := range targets {
		if ctx.Err() != nil {
			break
		}
		for _, candidate := range s.provenancesOf(c.view.index, target) {
			if !seen[candidate.ID()] && q.parsed.Match(candidate, store) {
				seen[candidate.ID()] = true
				found = append(found, candidate)
			}
		}
	}
	q.parsed.Sort(found)
	return answerable(c, found)
}

// answerable leaves out what the neighbour has itself: every person is in both systems, so each speaks for its own
// Patients only.
func answerable(c *call, found []fhir.Resource) []fhir.Resource {
	if !c.fromNeighbour {
		return found
	}
	return slices.DeleteFunc(found, func(r fhir.Resource) bool {
		ref, _ := fhir.ParseReference(r.Text("target", "reference"))
		return directory(ref.Type)
	})
}

// namedTargets are the resources that a search for Provenance names, when it names them by literal reference: patient is a
// target that is a Patient.
func namedTargets(parsed *search.Query, index *search.Index, base string) ([]string, bool) {
	for _, item := range parsed.Applied() {
		if item.Name == "patient.identifier" {
			return identified(index, item.Values), true
		}
		if item.Code != "target" && item.Code != "patient" || item.Modifier != "" {
			continue
		}
		var targets []string
		for _, value := range item.Values {
			ref, ok := referenceValue(value, base)
			if ok && ref.Type == "" && item.Code == "patient" {
				ref.Type = "Patient"
			}
			if !ok || ref.Type == "" {
				return nil, false
			}
			targets = append(targets, ref.Relative())
		}
		return targets, true
	}
	return nil, false
}

// identified are the Patients that may have one of the identifiers, each a token. There may be more of them than it means.
func identified(index *search.Index, tokens []string) []string {
	var patients []string
	for patient := range index.All("Patient") {
		if slices.ContainsFunc(patient.Objects("identifier"), func(identifier map[string]any) bool {
			return slices.ContainsFunc(tokens, func(token string) bool {
				value := token[strings.LastIndexByte(token, '|')+1:]
				return value == "" || strings.Contains(value, `\`) || strings.EqualFold(value, fhir.Text(identifier["value"]))
			})
		}) {
			patients = append(patients, patient.Reference())
		}
	}
	return patients
}

// asksFor reports whether a search asks what of a type refers to its matches.
func asksFor(parsed *search.Query, resourceType string) bool {
	return slices.ContainsFunc(parsed.Applied(), func(item search.Applied) bool {
		return strings.Contains(item.Name, "_has:"+resourceType+":")
	})
}

// madeProvenance finds the Provenance with an id that is made and not held.
func (s *Server) madeProvenance(c *call, id string) (fhir.Resource, bool) {
	for _, resourceType := range append(clinicalTypes(), "Patient") {
		for resource := range c.view.index.All(resourceType) {
			if s.store.style.ProvenanceID(resource) != id {
				continue
			}
			made := answerable(c, s.provenancesOf(c.view.index, resource.Reference()))
			if i := slices.IndexFunc(made, func(r fhir.Resource) bool { return r.ID() == id }); i >= 0 {
				return made[i], true
			}
		}
	}
	return nil, false
}

// provenanceVersions are the versions of a Provenance that is made: one for each version of its target.
func (s *Server) provenanceVersions(c *call, id string) []version {
	current, ok := s.madeProvenance(c, id)
	if !ok {
		return nil
	}
	target, ok := fhir.ParseReference(current.Text("target", "reference"))
	if !ok {
		return nil
	}
	var versions []version
	for _, v := range s.store.versions(target.Type, target.ID) {
		if made, ok := s.store.style.Provenance(s.name, v.resource); ok {
			v.resource = made
			versions = append(versions, v)
		}
	}
	return versions
}
