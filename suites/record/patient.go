package record

import (
	"context"
	"maps"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// patientShape is what a Patient says of the person. Its elements are compared as parts; who keeps the copy, and which other
// copies there are, is each system's own.
func patientShape() *shape {
	s := newShape(nil)
	s.covered["managingOrganization"], s.covered["link"] = true, true
	// A system may know a further number, address or name; it may not say another.
	s.additional = []string{"name", "telecom", "address", "contact", "communication", "photo", "multipleBirthBoolean", "maritalStatus"}
	return s
}

// ComparePatient holds a Patient that carries a person's NHS number against what the ledger says of the person.
func (t *Truth) ComparePatient(person fixtures.Person, patient fhir.Resource, names Names) []Difference {
	t.mu.Lock()
	if t.renderers == nil {
		t.makeRenderers()
	}
	says := t.renderers[fixtures.CCR].Patients(person)[0]
	t.mu.Unlock()
	reader := &Reader{shapes: map[string]*shape{"Patient": patientShape()}, exempt: t.reader.exempt, texts: t.reader.texts}
	want, _ := reader.Read(says, Names{})
	// Who keeps the copy is no part of what it says.
	want.Sources = nil
	got, ok := reader.Read(patient, names)
	if !ok {
		return nil
	}
	// What is left out is left out by one copy; the caller knows the others.
	return furtherAlterations(want, got, nil)
}

// People finds people by NHS number, and the identities of whom and what their Patients refer to.
func People(ctx context.Context, system *check.Endpoint, people []fixtures.Person) ([]Person, []Names, error) {
	found, err := Gather(ctx, people, func(ctx context.Context, person fixtures.Person) (Person, error) {
		return Find(ctx, system, person.NHSNumber)
	})
	if err != nil {
		return nil, nil, err
	}
	identities := make([]Names, len(found))
	for i, person := range found {
		names := Names{}
		names.Learn(person.Shown)
		if err := names.follow(ctx, system, withoutLinks(person.Patients)); err != nil {
			return nil, nil, err
		}
		identities[i] = names
	}
	return found, identities, nil
}

// withoutLinks leaves out the other copies of a person, whom nothing else refers to.
func withoutLinks(patients []fhir.Resource) []fhir.Resource {
	left := make([]fhir.Resource, 0, len(patients))
	for _, patient := range patients {
		patient = maps.Clone(patient)
		delete(patient, "link")
		left = append(left, patient)
	}
	return left
}
