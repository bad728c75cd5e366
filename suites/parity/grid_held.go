package parity

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

const (
	// heldPeople is how many people the grid is asked about, largest the most records that one of them may have.
	heldPeople, largest = 6, 150
)

// held are the values that a system shows of a few people: those of the ledger who have records of the most types, as far as
// the system shows them; or all people who were found.
func held(ctx context.Context, env *check.Env) (*shownValues, error) {
	type key struct{ system *check.Endpoint }
	values, err := env.Shared.Do(ctx, key{env.System}, func(ctx context.Context) (any, error) {
		if env.Found {
			return shownBy(ctx, env, record.Sample(env.Ledger))
		}
		var some []fixtures.Person
		for _, person := range varied(env) {
			shown, err := patientsOf(env.System)(ctx, person)
			if err != nil {
				return nil, err
			}
			if len(shown) > 0 {
				some = append(some, person)
			}
			if len(some) == heldPeople {
				break
			}
		}
		return shownBy(ctx, env, some)
	})
	var broken *check.BrokenAnswer
	if errors.As(err, &broken) {
		// The checks that are about finding people say so, once.
		return nil, check.NoData("nothing can be asked, because the people whom the answers are held against are not found: %s", broken.Finding.Message)
	}
	if err != nil {
		return nil, err
	}
	shown := values.(*shownValues) //nolint:forcetypeassert // nobody else can make the key
	if len(shown.subjects) == 0 {
		return nil, check.NoData("%s shows none of the people whom its answers are held against. %s", env.System.Name, env.Remedy())
	}
	return shown, nil
}

// varied are the people of the sample, those first who add the most to those before them: types of record, and records of a type beside
// one end of a day, which tell in what zone a day is cut.
func varied(env *check.Env) []fixtures.Person {
	kinds := map[string]map[string]bool{}
	people := slices.DeleteFunc(record.Sample(env.Ledger), func(person fixtures.Person) bool {
		of, n := map[string]bool{}, 0
		for _, fact := range env.Ledger.Visible(person) {
			of[string(fact.Kind)] = true
			if prefix, _, _ := edgeAt(fact.Effective, cmp.Or(fact.End, fact.Effective)); prefix != "" {
				of[string(fact.Kind)+" "+prefix] = true
			}
			n++
		}
		kinds[person.NHSNumber] = of
		return n > largest
	})
	covered := map[string]bool{}
	adds := func(person fixtures.Person) int {
		n := 0
		for kind := range kinds[person.NHSNumber] {
			if !covered[kind] {
				n++
			}
		}
		return n
	}
	var order []fixtures.Person
	for len(people) > 0 {
		best := slices.MaxFunc(people, func(a, b fixtures.Person) int {
			return cmp.Or(cmp.Compare(adds(a), adds(b)), cmp.Compare(len(kinds[a.NHSNumber]), len(kinds[b.NHSNumber])), cmp.Compare(b.NHSNumber, a.NHSNumber))
		})
		for kind := range kinds[best.NHSNumber] {
			covered[kind] = true
		}
		order = append(order, best)
		people = slices.DeleteFunc(people, func(person fixtures.Person) bool { return person.NHSNumber == best.NHSNumber })
	}
	return order
}
