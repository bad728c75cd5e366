package record

import "concord.example/concord/fixtures"

// sampleEvery says of how many providers one has a person in the sample.
const sampleEvery = 40

// Sample returns the people whose whole record is judged: the story people who have an NHS number, and the sweep person
// of every 40th provider. It is the same for every run over the same ledger.
func Sample(ledger *fixtures.Ledger) []fixtures.Person {
	var sample []fixtures.Person
	seen := map[string]bool{}
	add := func(p fixtures.Person) {
		if p.NHSNumber != "" && ledger.Has(p.ID) && !seen[p.NHSNumber] {
			seen[p.NHSNumber] = true
			sample = append(sample, p)
		}
	}
	for _, story := range ledger.Stories() {
		for _, person := range story.People {
			add(person)
		}
	}
	for _, provider := range SampleProviders(ledger) {
		if person, _, ok := ledger.SweepFact(provider.ODS); ok {
			add(person)
		}
	}
	return sample
}

// SampleProviders returns every 40th provider in the order of their ODS codes.
func SampleProviders(ledger *fixtures.Ledger) []fixtures.Provider {
	var sample []fixtures.Provider
	for i, provider := range ledger.Providers() {
		if i%sampleEvery == 0 {
			sample = append(sample, provider)
		}
	}
	return sample
}
