package parity

import (
	"context"
	"fmt"
	"slices"

	"concord/internal/check"
	"concord/internal/result"
	"concord/suites/record"
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
			facts := b.truth.About(s.person).Of(kind)
			for _, shown := range record.Match(facts, s.part.Resources) {
				named := record.Sources(shown.Resource)
				labelled++
				if slices.Contains(named, shown.Fact.Source) && !slices.ContainsFunc(named, func(ods string) bool { return ods != shown.Fact.Source }) {
					continue
				}
				want, _ := b.truth.About(s.person).Statement(shown.Fact)
				got, _ := b.truth.Reader().Read(shown.Resource, nil)
				b.add(s, record.Difference{
					Kind: record.Mislabelled, Fact: shown.Fact, Want: want, Got: got, Path: shown.Resource.Type() + ".meta",
					Expected: shown.Fact.Source, Actual: fmt.Sprint(named),
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
