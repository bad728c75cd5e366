package scenario

import (
	"context"
	"slices"

	"concord/fixtures"
	"concord/internal/check"
	"concord/suites/record"
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
	if keeper.Name == env.Provider.System {
		providers = slices.DeleteFunc(slices.Clone(providers), func(p fixtures.Provider) bool { return p.System != keeper.Name })
	}
	if holdsAny(ctx, env, keeper, "people", providers, seededPerson) {
		return nil
	}
	return check.NoData("%s shows none of %d people seeded for its providers, so nothing can be asked about %s. %s",
		keeper.Name, spread, env.Provider.ODS, check.LoadRequest(keeper.Name, env.Provider.System))
}

// noLedger says that a directory cannot be asked about the ledger's providers, when the system shows none of them and
// none of their people. Otherwise it is nil.
func noLedger(ctx context.Context, env *check.Env) error {
	listed := func(ctx context.Context, _ *check.Env, system *check.Endpoint, ods string) (bool, error) {
		found, _, err := record.Organizations(ctx, system, ods)
		return len(found) > 0, err
	}
	all := env.Ledger.Providers()
	if holdsAny(ctx, env, env.System, "directory", all, listed) || holdsAny(ctx, env, env.System, "anybody", all, seededPerson) {
		return nil
	}
	return check.NoData("%s shows none of %d providers and none of their people, so it cannot be asked about %s. %s",
		env.System.Name, spread, env.Provider.ODS, check.LoadRequest(env.System.Name, env.Provider.System))
}

// seededPerson reports whether a system shows the person who was seeded for a provider.
func seededPerson(ctx context.Context, env *check.Env, system *check.Endpoint, ods string) (bool, error) {
	person, _, ok := env.Ledger.SweepFact(ods)
	if !ok {
		return false, nil
	}
	found, err := record.Find(ctx, system, person.NHSNumber)
	return len(found.Patients) > 0, err
}

// holdsAny reports whether a system shows something of any of the providers, a spread of them. One that does not answer
// cannot be said to hold nothing.
func holdsAny(
	ctx context.Context, env *check.Env, system *check.Endpoint, what string, providers []fixtures.Provider,
	shows func(context.Context, *check.Env, *check.Endpoint, string) (bool, error),
) bool {
	type key struct{ system, what string }
	held, err := env.Shared.Do(key{system.Name, what}, func() (any, error) {
		some := min(spread, len(providers))
		for i := range some {
			if shown, err := shows(ctx, env, system, providers[i*len(providers)/some].ODS); err != nil || shown {
				return true, err
			}
		}
		return false, nil
	})
	return err != nil || held == true
}
