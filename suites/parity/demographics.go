package parity

import (
	"context"
	"net/url"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// demographics compares every Patient that carries the number of somebody who is asked about, of the sample, among those who have died or
// of those who have no NHS number, with what the ledger says of the person. Who has several linked Patients may have an element in one of
// them only; no Patient may say something else, or be linked to another person's.
func demographics(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	people := record.Sample(env.Ledger)
	for _, person := range slices.Concat(deceasedIn(env.Ledger), numberlessIn(env.Ledger)) {
		if !slices.ContainsFunc(people, func(sampled fixtures.Person) bool { return sampled.ID == person.ID }) {
			people = append(people, person)
		}
	}
	found, names, err := record.People(ctx, env.System, people)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	truth, compared, copies := record.TruthOf(env), 0, newCopies(env, asker{system: env.System})
	for i, person := range people {
		// Who has the local number of two people is one of them, and that the other was matched with them is told where twins are looked up.
		theirs := slices.DeleteFunc(slices.Clone(found[i].Patients), func(patient fhir.Resource) bool {
			of, known := numberless(env.Ledger, patient)
			return person.NHSNumber == "" && known && of.ID != person.ID
		})
		compared += len(theirs)
		curl := func() string {
			return env.System.Curl("Patient", url.Values{"identifier": {record.PersonToken(person)}})
		}
		for _, patient := range theirs {
			copies.shown[patient.Reference()] = view{resource: patient, exchanges: found[i].Exchanges}
		}
		for _, patient := range theirs {
			findings = append(findings, copies.links(ctx, reply{exchanges: found[i].Exchanges, curl: curl}, patient)...)
		}
		for _, d := range truth.CompareCopies(person, theirs, names[i]) {
			d.Cause = explain.Content(d, explain.Evidence{})
			finding := d.Finding(found[i].Exchanges)
			finding.Query = curl()
			findings = append(findings, finding)
		}
	}
	if compared == 0 {
		return nil, check.NoData("%s shows none of the sampled people. %s", env.System.Name, env.Remedy())
	}
	return findings, nil
}

// numberlessIn are the people of the ledger's stories who have no NHS number: newborns and visitors, whom nobody looks up in a national record.
func numberlessIn(ledger *fixtures.Ledger) []fixtures.Person {
	var without []fixtures.Person
	for _, story := range ledger.Stories() {
		for _, person := range story.People {
			if person.NHSNumber == "" && ledger.Has(person.ID) {
				without = append(without, person)
			}
		}
	}
	return without
}
