package record

import (
	"context"
	"net/url"

	"concord.example/concord/fixtures"
	"concord.example/concord/suites/check"
)

// HoldsAnybody reports whether a system shows anybody whom the sample is about, also when it cannot be searched by NHS number. A
// system that shows nobody may never have been given the
// ledger, and then nothing that it does not show is lost. One that does not answer cannot be said to hold nobody.
func HoldsAnybody(ctx context.Context, env *check.Env) bool {
	type key struct{ system string }
	held, err := env.Shared.Do(ctx, key{env.System.Name}, func(ctx context.Context) (any, error) { return HoldsAny(ctx, env.System, TruthOf(env).Sample()) })
	return err != nil || held == true
}

// HoldsAny reports whether a system shows any of the people, by NHS number or the first of them by name and day of birth.
func HoldsAny(ctx context.Context, system *check.Endpoint, people []fixtures.Person) (bool, error) {
	for _, person := range people {
		if found, err := Find(ctx, system, person.NHSNumber); err != nil || len(found.Patients) > 0 {
			return true, err
		}
	}
	if len(people) == 0 {
		return false, nil
	}
	return byName(ctx, system, people[0])
}

// byName reports whether a search by family name and day of birth shows a person.
func byName(ctx context.Context, system *check.Endpoint, person fixtures.Person) (bool, error) {
	if person.Family == "" || person.BirthDate == "" {
		return false, nil
	}
	answer, err := system.Search(ctx, "Patient", url.Values{"family": {person.Family}, "birthdate": {person.BirthDate}})
	if err != nil {
		return false, err
	}
	for _, patient := range answer.Resources() {
		if HasNumber(patient, person.NHSNumber) {
			return true, nil
		}
	}
	return false, nil
}
