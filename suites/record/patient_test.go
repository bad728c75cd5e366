package record_test

import (
	"slices"
	"strings"
	"testing"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

// seeded is somebody outside the sample, with the Patients that both systems have for them.
func seeded(t *testing.T) (*record.Truth, fixtures.Person, fhir.Resource, []fhir.Resource) {
	t.Helper()
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	sample := record.Sample(ledger)
	for _, p := range ledger.Providers() {
		person, _, ok := ledger.SweepFact(p.ODS)
		if !ok || person.Practice == "" || slices.ContainsFunc(sample, func(s fixtures.Person) bool { return s.ID == person.ID }) {
			continue
		}
		ccr := ledger.Renderer(fixtures.CCR, fixtures.CCRStyle()).Patients(person)
		ohc := ledger.Renderer(fixtures.OHC, fixtures.OHCStyle("https://ohc.example.test/fhir")).Patients(person)
		if len(ohc) > 1 {
			return record.NewTruth(ledger), person, ccr[0], ohc
		}
	}
	t.Fatal("nobody outside the sample has several Patients")
	return nil, fixtures.Person{}, nil, nil
}

func TestAPatientIsHeldAgainstTheLedgerWithoutAskingForAnybody(t *testing.T) {
	truth, person, one, several := seeded(t)
	named := func(ods string) map[string]any {
		return map[string]any{"identifier": map[string]any{"system": record.ODSSystem, "value": ods}}
	}
	for _, c := range []struct {
		name, path string
		change     func(fhir.Resource)
	}{
		{"as it is", "", func(fhir.Resource) {}},
		{"another practice", "Patient.generalPractitioner", func(p fhir.Resource) { p["generalPractitioner"] = []any{named("SYNGP9999")} }},
		{"a practice by a reference that nobody follows", "", func(p fhir.Resource) {
			p["generalPractitioner"] = []any{map[string]any{"reference": "Organization/unheard-of"}}
		}},
		{"no practice", "Patient.generalPractitioner", func(p fhir.Resource) { delete(p, "generalPractitioner") }},
		{"kept by an invented provider that never saw them", "Patient.managingOrganization", func(p fhir.Resource) { p["managingOrganization"] = named("SYNPH0600") }},
		{"kept by the practice", "", func(p fhir.Resource) { p["managingOrganization"] = named(person.Practice) }},
		{"kept by a real provider, which may run the record", "", func(p fhir.Resource) { p["managingOrganization"] = named("RXX") }},
		{"kept by nobody who is named", "", func(p fhir.Resource) { delete(p, "managingOrganization") }},
		{"kept by somebody who is named by a reference alone", "", func(p fhir.Resource) {
			p["managingOrganization"] = map[string]any{"reference": "Organization/unheard-of"}
		}},
		{"another telephone", "Patient.telecom", func(p fhir.Resource) { p.Objects("telecom")[0]["value"] = "07700 900999" }},
	} {
		patient := one.Clone()
		if c.name == "another telephone" && patient["telecom"] == nil {
			continue
		}
		c.change(patient)
		patients := []fhir.Resource{patient}
		var paths []string
		for _, d := range truth.CompareCopies(person, patients, record.NamesWithin(patients)) {
			paths = append(paths, d.Path)
		}
		if strings.Join(paths, " ") != c.path {
			t.Errorf("%s: %v, want %q", c.name, paths, c.path)
		}
	}
	if found := truth.CompareCopies(person, several, record.NamesWithin(several)); len(found) > 0 {
		t.Errorf("several as they are: %+v", found)
	}
}

func TestWhatOneOfSeveralPatientsLeavesOutIsLackingOnlyIfAllDo(t *testing.T) {
	truth, person, _, several := seeded(t)
	var copies []fhir.Resource
	for i, patient := range several {
		copies = append(copies, patient.Clone())
		delete(copies[i], "birthDate")
		found := truth.CompareCopies(person, slices.Concat(copies, several[i+1:]), record.Names{"x": "y"})
		lacking := slices.DeleteFunc(found, func(d record.Difference) bool { return d.Path != "Patient.birthDate" })
		if last := i == len(several)-1; last != (len(lacking) == 1) {
			t.Errorf("%d of %d without a date of birth: %+v", i+1, len(several), lacking)
		}
	}
}

// TestEachOfSeveralPatientsSaysForItselfWhoMaySeeIt takes the label of a restricted person from one Patient of several after the other.
func TestEachOfSeveralPatientsSaysForItselfWhoMaySeeIt(t *testing.T) {
	truth, person, _, several := seeded(t)
	person.Restricted = true
	for i := range several {
		var copies []fhir.Resource
		for j, patient := range several {
			copies = append(copies, patient.Clone())
			meta, _ := copies[j]["meta"].(map[string]any)
			if delete(meta, "security"); i != j {
				meta["security"] = []any{map[string]any{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}}
			}
		}
		lacking := slices.DeleteFunc(truth.CompareCopies(person, copies, record.NamesWithin(copies)), func(d record.Difference) bool { return d.Path != "Patient.meta.security" })
		if len(lacking) != 1 || lacking[0].Actual != "" {
			t.Errorf("Patient %d of %d without the label: %+v", i+1, len(several), lacking)
		}
	}
}
