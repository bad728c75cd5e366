package mocks

import (
	"fmt"
	"maps"
	"slices"

	"concord/fixtures"
	"concord/internal/fhir"
)

// Reset undoes everything that has happened since the start: what events and clients have written, objections,
// outages, frozen feeds, the advanced clock and the audit trail. Defects and faults stay as they are.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.refresh()
	for _, reference := range s.store.changed() {
		s.store.restore(reference)
	}
	s.world, s.waiting = circumstances{}, nil
	s.advance.Store(0)
	s.pages.clear()
	s.trail.clear()
}

// undo applies the event restore: to one resource, or to a person, their Patients and everything about them.
func (s *Server) undo(e Event) error {
	if (e.Reference == "") == (e.Person == "") {
		return fmt.Errorf("name either a reference or a person")
	}
	concerns := func(reference string) bool { return reference == e.Reference }
	if e.Person != "" {
		patients := s.patientsOf(e.Person)
		if len(patients) == 0 {
			return fmt.Errorf("there is no Patient with the identifier %q", e.Person)
		}
		concerns = func(reference string) bool { return s.everAbout(reference, patients) }
		world := s.world.clone()
		for number := range patients {
			delete(world.objecting, number)
		}
		s.world = world
	}
	for _, reference := range s.store.changed() {
		if concerns(reference) {
			s.store.restore(reference)
		}
	}
	s.waiting = slices.DeleteFunc(slices.Clone(s.waiting), func(waiting Event) bool { return concerns(waiting.Reference) })
	s.pages.clear()
	return nil
}

// patientsOf gives the references of the Patients that have, or have had, an identifier value, together with all
// identifiers of the person.
func (s *Server) patientsOf(identifier string) map[string]bool {
	names := map[string]bool{}
	note := func(patient fhir.Resource) {
		if patient.Type() != "Patient" {
			return
		}
		number, id := identifierIn(patient, fhir.NHSNumberSystem), identifierIn(patient, fixtures.PersonSystem)
		if number == identifier || id == identifier {
			names[patient.Reference()], names[number], names[id] = true, true, true
		}
	}
	for patient := range s.store.index.All("Patient") {
		note(patient)
	}
	for _, reference := range s.store.changed() {
		for _, v := range s.store.history(reference) {
			note(v.resource)
		}
	}
	delete(names, "")
	return names
}

// everAbout reports whether a version of a written resource is one of the Patients or is about one.
func (s *Server) everAbout(reference string, patients map[string]bool) bool {
	if patients[reference] {
		return true
	}
	versions := s.store.history(reference)
	if len(versions) == 0 {
		ref, _ := fhir.ParseReference(reference)
		current, _ := s.store.index.Get(ref.Type, ref.ID)
		versions = []version{{resource: current}}
	}
	return slices.ContainsFunc(versions, func(v version) bool {
		return slices.ContainsFunc([]string{"subject", "patient", "for"}, func(element string) bool {
			ref, ok := fhir.ParseReference(v.resource.Text(element, "reference"))
			return ok && patients[ref.Relative()]
		})
	})
}

// changed are the references of what was written since the start, sorted.
func (st *store) changed() []string {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return slices.Sorted(maps.Keys(st.written))
}

// history are the written versions of a resource, beginning with the one the ledger gave.
func (st *store) history(reference string) []version {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.written[reference]
}

// restore makes a written resource what the ledger gave, and takes it away when the ledger gave none.
func (st *store) restore(reference string) {
	st.mu.Lock()
	defer st.mu.Unlock()
	history := st.written[reference]
	var given fhir.Resource
	if len(history) > 0 && history[0].given {
		given = history[0].resource
		_ = st.index.Put(given) // it was put before
	} else if ref, ok := fhir.ParseReference(reference); ok {
		st.index.Remove(ref.Type, ref.ID)
	}
	known := sharedKeys(given)
	for _, v := range history {
		for _, key := range sharedKeys(v.resource) {
			if !slices.Contains(known, key) {
				st.known[key] = slices.DeleteFunc(st.known[key], func(id string) bool { return id == v.resource.ID() })
			}
		}
	}
	delete(st.written, reference)
	st.writes.Add(1)
}
