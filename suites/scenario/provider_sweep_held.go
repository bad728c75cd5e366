package scenario

import (
	"context"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// spread is how many of many providers are looked at before it is said that a system was given nothing of any of them.
const spread = 12

// noPeople says that a provider's records cannot be asked about, and what to load, when the system that keeps them shows
// nobody who was seeded for its providers. Otherwise it is nil: a system that was given its people has lost those whom it does
// not show.
func noPeople(ctx context.Context, env *check.Env) error {
	keeper, providers := env.System, env.Ledger.Providers()
	if env.Peer != nil {
		keeper = env.Peer
	}
	if keeper.Part == env.Provider.System {
		providers = slices.DeleteFunc(slices.Clone(providers), func(p fixtures.Provider) bool { return p.System != keeper.Part })
	}
	people := spreadOf(providers)
	if holds(ctx, env, keeper, "people", func(ctx context.Context) (bool, error) {
		return record.HoldsAny(ctx, keeper, seededPeople(env, people))
	}) {
		return nil
	}
	return check.NoData("%s shows none of %d people seeded for its providers, so nothing can be asked about %s. %s",
		keeper.Name, len(people), env.Provider.ODS, check.LoadRequest(keeper, env.Provider.System))
}

// noLedger says that a directory cannot be asked about the ledger's providers, when the system shows none of them and
// none of their people. Otherwise it is nil.
func noLedger(ctx context.Context, env *check.Env) error {
	some := spreadOf(env.Ledger.Providers())
	if holds(ctx, env, env.System, "ledger", func(ctx context.Context) (bool, error) {
		for _, provider := range some {
			if found, _, err := record.Organizations(ctx, env.System, provider.ODS); err != nil || len(found) > 0 {
				return true, err
			}
		}
		return record.HoldsAny(ctx, env.System, seededPeople(env, some))
	}) {
		return nil
	}
	return check.NoData("%s shows none of %d providers and none of their people, so it cannot be asked about %s. %s",
		env.System.Name, len(some), env.Provider.ODS, check.LoadRequest(env.System, env.Provider.System))
}

// spreadOf are a few of many providers, from the first to the last.
func spreadOf(providers []fixtures.Provider) []fixtures.Provider {
	some := make([]fixtures.Provider, min(spread, len(providers)))
	for i := range some {
		some[i] = providers[i*len(providers)/len(some)]
	}
	return some
}

// seededPeople are the people who were seeded for the providers.
func seededPeople(env *check.Env, providers []fixtures.Provider) []fixtures.Person {
	var people []fixtures.Person
	for _, provider := range providers {
		if person, _, ok := env.Ledger.SweepFact(provider.ODS); ok {
			people = append(people, person)
		}
	}
	return people
}

// holds finds out once in a run whether a system holds something. One that does not answer cannot be said to hold nothing.
func holds(ctx context.Context, env *check.Env, system *check.Endpoint, what string, look func(context.Context) (bool, error)) bool {
	type key struct{ system, what string }
	held, err := env.Shared.Do(ctx, key{system.Name, what}, func(ctx context.Context) (any, error) { return look(ctx) })
	return err != nil || held == true
}
