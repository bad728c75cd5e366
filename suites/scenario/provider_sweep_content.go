package scenario

import (
	"context"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// altered says where what a provider recorded about its seeded patient is shown with another content: a value from one provider's feed that is
// wrong is seen by no check of the sample. What records of the sample are shown with too is for PAR-FACTS to say, and not of each provider again.
func altered(ctx context.Context, env *check.Env, s swept) ([]result.Finding, error) {
	// Whom and what the record refers to is asked for where something differs without that.
	if len(contentOf(env, s, record.NamesWithin(append(slices.Clone(s.found.Shown), s.shown.Resource)))) == 0 {
		return nil, nil
	}
	names, err := s.found.Learn(ctx, env.System, record.TruthOf(env).Reader(), []fhir.Resource{s.shown.Resource})
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, d := range contentOf(env, s, names) {
		usual, err := alteredInSample(ctx, env, s.shown.Fact.Kind)
		if err != nil {
			return findings, err
		}
		if usual[d.Path] {
			continue
		}
		d.Cause = explain.Content(d, explain.Evidence{})
		findings = append(findings, d.Finding(slices.Concat(s.found.Exchanges, s.part.Exchanges)))
	}
	return findings, nil
}

// contentOf is in what the seeded fact is shown otherwise than the ledger says.
func contentOf(env *check.Env, s swept, names record.Names) []record.Difference {
	facts := slices.DeleteFunc(slices.Clone(record.TruthOf(env).About(s.person).Of(s.shown.Fact.Kind)), func(fact fixtures.Fact) bool {
		return fact.Record != s.shown.Fact.Record
	})
	return slices.DeleteFunc(record.OracleOf(env).Compare(s.person, facts, []fhir.Resource{s.shown.Resource}, names), func(d record.Difference) bool {
		return d.Kind != record.Altered || d.Untold() != nil
	})
}

// alteredInSample are the paths at which a system shows records of a kind with another content, of people in the sample, once in a run. Of whom
// it does not answer about nothing is known.
func alteredInSample(ctx context.Context, env *check.Env, kind fixtures.Kind) (map[string]bool, error) {
	type key struct {
		system string
		kind   fixtures.Kind
	}
	paths, err := env.Shared.Do(ctx, key{env.System.Name, kind}, func(ctx context.Context) (any, error) {
		paths := map[string]bool{}
		for _, person := range record.TruthOf(env).Sample() {
			for _, d := range differing(ctx, env, person, kind) {
				paths[d.Path] = paths[d.Path] || d.Kind == record.Altered
			}
		}
		return paths, ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return paths.(map[string]bool), nil //nolint:forcetypeassert // nobody else can make the key
}

// differing is in what a system shows the records of a kind of a person otherwise than the ledger says; nothing where it does not answer.
func differing(ctx context.Context, env *check.Env, person fixtures.Person, kind fixtures.Kind) []record.Difference {
	truth := record.TruthOf(env)
	found, err := record.Find(ctx, env.System, person.NHSNumber)
	if err != nil {
		return nil
	}
	part, err := found.Resources(ctx, env.System, string(kind), nil)
	if err != nil {
		return nil
	}
	names, err := found.Learn(ctx, env.System, truth.Reader(), part.Resources)
	if err != nil {
		return nil
	}
	shown := record.NewSet(truth.Reader())
	for _, resource := range part.Resources {
		shown.Add(resource, names)
	}
	return record.OracleOf(env).CompareSet(person, kind, shown)
}
