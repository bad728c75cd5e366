package mocks_test

import (
	"testing"

	"concord/fixtures"
)

func TestBothSystemsShowEveryCurrentFactOfAStory(t *testing.T) {
	pair := start(t, "")
	for _, s := range ledger().Stories() {
		for _, person := range s.People {
			if person.NHSNumber == "" {
				continue
			}
			current := fixtures.Current(ledger().FactsOf(person))
			for _, e := range pair.Endpoints() {
				about := patient(t, e, person.NHSNumber)
				kinds := map[fixtures.Kind]bool{}
				for _, fact := range current {
					kinds[fact.Kind] = true
				}
				for kind := range kinds {
					found := businessIDs(matches(t, e, string(kind)+"?"+about))
					want := 0
					for _, fact := range current {
						if fact.Kind != kind {
							continue
						}
						want++
						if found[fact.Identifier.Value] == nil {
							t.Errorf("%s %s: %s does not show %s %s from %s", s.ID, person.ID, e.System, kind, fact.ID, fact.Source)
						}
					}
					if len(found) != want {
						t.Errorf("%s %s: %s shows %d %s, want %d", s.ID, person.ID, e.System, len(found), kind, want)
					}
				}
			}
		}
	}
}
