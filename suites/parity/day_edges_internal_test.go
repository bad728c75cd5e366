package parity

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

// TestASystemThatCutsDaysInAnotherZoneIsSeenByEachDateParameter reads the searches of a plan as a system does for which a day begins hours
// later or sooner: for each parameter that looks at moments, one of them must lack a record that has to be found.
func TestASystemThatCutsDaysInAnotherZoneIsSeenByEachDateParameter(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	agreed, err := contract.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	values := LedgerValues(ledger)
	plan, err := NewPlan(agreed, values, 1)
	if err != nil {
		t.Fatal(err)
	}
	p := &planner{values: values}
	looked := 0
	for _, row := range agreed.Rows {
		if len(row.Parameters) != 1 || directory(row.Resource) || row.Resource == "Patient" {
			continue
		}
		parameter, ok := search.Lookup(row.Resource, row.Parameters[0])
		if !ok || parameter.Kind != search.Date {
			continue
		}
		for name, hours := range map[string]int{"hours later": -3, "hours sooner": 3} {
			moments, seen := false, false
			for _, subject := range values.Subjects() {
				for _, resource := range values.About(subject, row.Resource) {
					prefix, _, _ := edgeOf(parameter, resource)
					moments = moments || prefix == map[int]string{-3: "ge", 3: "le"}[hours]
				}
			}
			for _, q := range plan.Queries {
				if q.Resource != row.Resource || q.Subject == nil || len(q.Terms) < 2 || q.Terms[1].Code != parameter.Code {
					continue
				}
				r, err := p.read(q.Resource, q.filters().values(p.id), time.FixedZone("elsewhere", hours*60*60))
				if err != nil {
					t.Fatal(err)
				}
				for _, resource := range values.About(*q.Subject, q.Resource) {
					seen = seen || slices.Contains(q.Must, values.Key(resource)) && !r.finds(resource)
				}
			}
			if moments {
				looked++
			}
			if moments && !seen {
				t.Errorf("%s.%s: a system for which a day begins %s finds all that it must", row.Resource, parameter.Code, name)
			}
		}
	}
	if looked < 24 {
		t.Errorf("records near midnight are known for %d ends of days, of the parameters of a dozen types", looked)
	}
}

func TestWhoHasARecordBesideTheEndOfADayIsAmongTheFirstWhoAreAskedAbout(t *testing.T) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		t.Fatal(err)
	}
	ends := func(people []fixtures.Person) map[string]bool {
		found := map[string]bool{}
		for _, person := range people {
			for _, fact := range ledger.Visible(person) {
				if prefix, _, _ := edgeAt(fact.Effective, cmp.Or(fact.End, fact.Effective)); prefix != "" {
					found[fmt.Sprint(fact.Kind, " ", prefix)] = true
				}
			}
		}
		return found
	}
	people := varied(&check.Env{Ledger: ledger})
	some := ends(people[:heldPeople])
	for end := range ends(people) {
		if !some[end] {
			t.Errorf("somebody has a record for %s, and nobody of those who are asked about", end)
		}
	}
}

func TestARecordIsBesideTheEndOfADayThatIsTheSameInUTCAndInSummerTime(t *testing.T) {
	for _, c := range []struct{ first, last, prefix, day string }{
		{"2025-11-12T00:10:00Z", "2025-11-12T00:10:00Z", "ge", "2025-11-12"},
		{"2025-06-15T00:30:00+01:00", "2025-06-15T00:30:00+01:00", "", ""}, // the day before in UTC
		{"2025-06-14T22:30:00Z", "2025-06-14T22:30:00Z", "le", "2025-06-14"},
		{"2025-11-12T02:59:59Z", "2025-11-12T02:59:59Z", "ge", "2025-11-12"},
		{"2025-11-12T03:00:00Z", "2025-11-12T03:00:00Z", "", ""},
		{"2025-11-12T20:00:00Z", "2025-11-12T20:00:00Z", "le", "2025-11-12"},
		{"2025-11-12T19:59:59Z", "2025-11-12T19:59:59Z", "", ""},
		{"2025-11-12T22:59:58Z", "2025-11-12T22:59:58Z", "le", "2025-11-12"},
		{"2025-11-12T23:00:00Z", "2025-11-12T23:00:00Z", "", ""}, // the next day by the clock of summer
		{"2025-11-12T22:50:00Z", "2025-11-12T23:10:00Z", "", ""},
		{"2025-11-12T00:10:00Z", "2025-11-12T22:50:00Z", "", ""}, // all day long
		{"2025-11-12", "2025-11-12", "", ""},
		{"2025-11-12T00:10:00Z", "2025-11-12", "", ""},
		{"soon", "soon", "", ""},
	} {
		if prefix, day, _ := edgeAt(c.first, c.last); prefix != c.prefix || c.prefix != "" && day != c.day {
			t.Errorf("from %s to %s: %q %q, want %q %q", c.first, c.last, prefix, day, c.prefix, c.day)
		}
	}
}
