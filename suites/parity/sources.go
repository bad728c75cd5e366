package parity

import (
	"context"
	"fmt"
	"slices"

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
	for n, kind := range record.Kinds() {
		shown, err := look(ctx, env, env.System, kind)
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
				if slices.Contains(got.Sources, fact.Source) && !slices.ContainsFunc(got.Sources, func(ods string) bool { return ods != fact.Source }) {
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
