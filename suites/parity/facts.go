package parity

import (
	"context"
	"fmt"
	"slices"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/result"
	"concord/suites/record"
)

// sameFacts compares what the asked system shows of the sampled people with the ledger, for one kind of fact: its own
// providers' and its peer's alike, because a clinician sees one record.
func sameFacts(kind fixtures.Kind) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		var (
			findings []result.Finding
			compared int
		)
		for _, person := range record.Sample(env.Ledger) {
			facts := record.Facts(env.Ledger, person, kind)
			found, err := record.MustFind(ctx, env.System, person.NHSNumber)
			if err != nil {
				return findings, err
			}
			part, err := found.Resources(ctx, env.System, string(kind), nil)
			if err != nil {
				return findings, err
			}
			compared += len(facts)
			for _, difference := range record.Compare(facts, part.Resources) {
				findings = append(findings, difference.Finding(part.Exchanges))
			}
		}
		if compared == 0 {
			return nil, check.NoData("the ledger holds no %s about the sampled people", kind)
		}
		return findings, nil
	}
}

// sources finds clinical resources that do not name the provider that recorded them.
func sources(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	var (
		findings []result.Finding
		labelled int
	)
	for _, person := range record.Sample(env.Ledger) {
		found, err := record.MustFind(ctx, env.System, person.NHSNumber)
		if err != nil {
			return findings, err
		}
		for _, kind := range record.Kinds() {
			facts := record.Facts(env.Ledger, person, kind)
			part, err := found.Resources(ctx, env.System, string(kind), nil)
			if err != nil {
				return findings, err
			}
			for _, shown := range record.Match(facts, part.Resources) {
				named := record.Sources(shown.Resource)
				labelled++
				if slices.Contains(named, shown.Fact.Source) && !slices.ContainsFunc(named, func(ods string) bool { return ods != shown.Fact.Source }) {
					continue
				}
				findings = append(findings, result.Finding{
					Rule: "parity-mislabelled", Severity: result.SeverityError, Path: shown.Resource.Type() + ".meta",
					Message: fmt.Sprintf("%s: %s was recorded by %s, and its labels name %v",
						shown.Resource.Reference(), record.Describe(shown.Fact), shown.Fact.Source, named),
					Expected: shown.Fact.Source, Actual: fmt.Sprint(named), Exchanges: part.Exchanges,
				})
			}
		}
	}
	if labelled == 0 {
		return nil, check.NoData("%s shows no record of the sampled people", env.System.Name)
	}
	return findings, nil
}
