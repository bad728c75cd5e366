package parity

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// sources finds clinical resources that do not name the provider that recorded them.
func sources(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	var (
		findings []result.Finding
		nobody   []string
		labelled int
	)
	main, declared := record.Kinds(), env.System.Declares(ctx)
	further := slices.DeleteFunc(fixtures.Kinds(), func(kind fixtures.Kind) bool { return slices.Contains(main, kind) || !declared.Type(string(kind)) })
	for n, kind := range slices.Concat(main, further) {
		shown, err := look(ctx, env, env.System, kind)
		var refused *check.BrokenAnswer
		if n >= len(main) && errors.As(err, &refused) {
			continue // that it is not shown is for the checks of its kind to say
		}
		if err != nil {
			return nil, err
		}
		b := newBlame(env, kind)
		for _, s := range shown {
			if !s.found {
				if n == 0 {
					nobody = append(nobody, s.person.NHSNumber)
				}
				continue
			}
			for _, fact := range b.truth.About(s.person).Of(kind) {
				got, ok := s.set.Carries(fact.Identifier.Token())
				if !ok {
					continue
				}
				labelled++
				// Beside the right label a code that is no provider's is a name that the system has for itself.
				if slices.Contains(got.Sources, fact.Source) && !slices.ContainsFunc(got.Sources, func(ods string) bool {
					_, provider := env.Ledger.Provider(ods)
					return provider && ods != fact.Source
				}) {
					continue
				}
				want, _ := b.truth.About(s.person).Statement(fact)
				b.add(s, record.Difference{
					Kind: record.Mislabelled, Fact: fact, Want: want, Got: got, Path: got.Type + ".meta",
					Expected: fact.Source, Actual: fmt.Sprint(got.Sources),
				})
			}
		}
		mislabelled, err := b.findings(ctx, labelled)
		if err != nil {
			return findings, err
		}
		findings = append(findings, mislabelled...)
	}
	return findings, complete(env, findings, nobody, labelled)
}
