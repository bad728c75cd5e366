package record

import (
	"context"
	"net/url"
	"slices"

	"concord/fixtures"
	"concord/internal/check"
)

// HoldsAnybody reports whether a system shows anybody whom the sample is about: by NHS number or, in case it cannot be
// searched by that, the first of them by name and day of birth. A system that shows nobody may never have been given the
// ledger, and then nothing that it does not show is lost. One that does not answer cannot be said to hold nobody.
func HoldsAnybody(ctx context.Context, env *check.Env) bool {
	type key struct{ system string }
	held, err := env.Shared.Do(key{env.System.Name}, func() (any, error) {
		sample := TruthOf(env).Sample()
		for _, person := range sample {
			if found, err := Find(ctx, env.System, person.NHSNumber); err != nil || len(found.Patients) > 0 {
				return true, err
			}
		}
		for _, person := range sample[:min(1, len(sample))] {
			return byName(ctx, env.System, person)
		}
		return false, nil
	})
	return err != nil || held == true
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
		if slices.Contains(Identifiers(patient), NHSNumberToken(person.NHSNumber)) {
			return true, nil
		}
	}
	return false, nil
}
