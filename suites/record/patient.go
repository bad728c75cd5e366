package record

import (
	"context"
	"maps"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles/ukrules"
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
	return slices.Concat(furtherAlterations(want, got, nil), t.keptByAnother(person, want, got, patient, names), unprotected(says, patient, want, got))
}

// unprotected says that a Patient of somebody whose whereabouts are protected does not say so.
func unprotected(says, patient fhir.Resource, want, got Statement) []Difference {
	labels := func(resource fhir.Resource) (codes []string, protects bool) {
		for _, label := range fhir.Objects(resource.Get("meta", "security")) {
			codes = append(codes, fhir.Text(label["system"])+"|"+fhir.Text(label["code"]))
		}
		return codes, slices.ContainsFunc(codes, func(code string) bool {
			return code == confidentiality+"|R" || code == confidentiality+"|V"
		})
	}
	expected, protected := labels(says)
	actual, protects := labels(patient)
	if !protected || protects {
		return nil
	}
	return []Difference{{
		Kind: Altered, Want: want, Got: got, Rule: "code", Path: "Patient.meta.security", Expected: strings.Join(expected, " "), Actual: strings.Join(actual, " "),
	}}
}

// confidentiality is the code system of labels of confidentiality.
const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

// keptByAnother says that a Patient is kept by a provider that has nothing to do with the person. Who keeps a copy is each system's own,
// but an invented provider that never saw the person keeps none.
func (t *Truth) keptByAnother(person fixtures.Person, want, got Statement, patient fhir.Resource, names Names) []Difference {
	keeper := patient["managingOrganization"]
	is := scopeOf(patient, names).target(keeper)
	if keeper == nil || !onlyOurs(is) {
		return nil
	}
	providers := []string{}
	if person.Practice != "" {
		providers = append(providers, ODSSystem+"|"+person.Practice)
	}
	for _, fact := range t.About(person).Facts {
		providers = append(providers, ODSSystem+"|"+fact.Source)
	}
	slices.Sort(providers)
	providers = slices.Compact(providers)
	if len(providers) == 0 || slices.ContainsFunc(providers, func(own string) bool { return sameTarget(own, is) }) {
		return nil
	}
	return []Difference{{
		Kind: Altered, Want: want, Got: got, Rule: "reference", Path: "Patient.managingOrganization", Expected: strings.Join(providers, " or "), Actual: shownAs(is),
	}}
}

// CompareCopies holds all Patients that a system shows for a person against what the ledger says. Who has several linked Patients may
// have an element in one of them only; no Patient may say something else, and each says for itself who may see it. What all of them lack is said
// once, of the last.
func (t *Truth) CompareCopies(person fixtures.Person, patients []fhir.Resource, names Names) []Difference {
	lacking := map[string]int{}
	var differences []Difference
	for _, patient := range patients {
		counted := map[string]bool{}
		for _, d := range t.ComparePatient(person, patient, names) {
			what := d.LeftOut()
			if d.Actual == "" && !counted[what] {
				counted[what] = true
				lacking[what]++
			}
			if d.Actual != "" || d.OfEachCopy() || lacking[what] == len(patients) {
				differences = append(differences, d)
			}
		}
	}
	return differences
}

// LeftOut names what is lacking: one of several extensions or names may be in another copy than the others.
func (d Difference) LeftOut() string { return d.Path + "\n" + d.Expected }

// OfEachCopy reports whether every Patient of a person must say what is lacking: whoever is shown the address in one of them is told that it
// is protected by that one alone.
func (d Difference) OfEachCopy() bool { return d.Path == "Patient.meta.security" }

// WrongDisplays are the codes of a resource that stand with the words of another code.
func WrongDisplays(ctx context.Context, judge check.Judge, resource fhir.Resource) []result.Finding {
	if judge == nil {
		return nil
	}
	return slices.DeleteFunc(judge.Rules(ctx, resource), func(f result.Finding) bool {
		return f.Rule != ukrules.DisplayConcept || f.Severity.Rank() < result.SeverityError.Rank()
	})
}

// NamesWithin are the identities of Patients and of whom they refer to, without asking for anybody: whoever is referred to without an
// identifier may be whoever is meant.
func NamesWithin(patients []fhir.Resource) Names {
	names := Names{}
	names.Learn(patients)
	for _, patient := range patients {
		for _, target := range names.unknown(nil, nil, map[string]any(patient)) {
			names[target] = anything
		}
	}
	return names
}

// People finds people by NHS number, or by the local number of those who have none, and the identities of whom and what their Patients refer to.
func People(ctx context.Context, system *check.Endpoint, people []fixtures.Person) ([]Person, []Names, error) {
	found, err := Gather(ctx, people, func(ctx context.Context, person fixtures.Person) (Person, error) {
		return FindPerson(ctx, system, person)
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
