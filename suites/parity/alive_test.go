package parity

import (
	"testing"

	"concord.example/concord/fixtures"
)

func TestPeopleWhoHaveDiedAreAskedAboutWhereSomethingOfThemCanBeSeen(t *testing.T) {
	whole, err := fixtures.New(fixtures.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, ledger := range map[string]*fixtures.Ledger{"whole": whole, "ccr": whole.Share("ccr"), "ohc": whole.Share("ohc")} {
		dead := deceasedIn(ledger)
		if len(dead) != mostDeceased {
			t.Errorf("%s: %d people who have died", name, len(dead))
		}
		for _, person := range dead {
			if person.Deceased == "" || len(ledger.Visible(person)) == 0 {
				t.Errorf("%s: %s is asked about: %+v", name, person.ID, person)
			}
		}
	}
}
