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
			nobody   []string
			compared int
		)
		sample := record.Sample(env.Ledger)
		shown, err := record.Gather(ctx, sample, show(env, kind))
		if err != nil {
			return nil, err
		}
		for i, person := range sample {
			if !shown[i].found {
				nobody = append(nobody, person.NHSNumber)
				continue
			}
			facts, part := record.Facts(env.Ledger, person, kind), shown[i].part
			compared += len(facts)
			for _, difference := range record.Compare(facts, part.Resources) {
				findings = append(findings, difference.Finding(part.Exchanges))
			}
		}
		return findings, complete(env, findings, nobody, compared)
	}
}

// onePerson is what a system shows of one kind about one person.
type onePerson struct {
	// found is false when nobody has the NHS number there.
	found bool
	part  record.Part
}

// show returns a function that asks the system for one kind of record about a person.
func show(env *check.Env, kind fixtures.Kind) func(context.Context, fixtures.Person) (onePerson, error) {
	return func(ctx context.Context, person fixtures.Person) (onePerson, error) {
		found, err := record.Find(ctx, env.System, person.NHSNumber)
		if err != nil || len(found.Patients) == 0 {
			return onePerson{}, err
		}
		part, err := found.Resources(ctx, env.System, string(kind), nil)
		return onePerson{true, part}, err
	}
}

// sources finds clinical resources that do not name the provider that recorded them.
func sources(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	var (
		findings []result.Finding
		nobody   []string
		labelled int
	)
	sample := record.Sample(env.Ledger)
	for n, kind := range record.Kinds() {
		perPerson, err := record.Gather(ctx, sample, show(env, kind))
		if err != nil {
			return nil, err
		}
		for i, person := range sample {
			if !perPerson[i].found {
				if n == 0 {
					nobody = append(nobody, person.NHSNumber)
				}
				continue
			}
			facts, part := record.Facts(env.Ledger, person, kind), perPerson[i].part
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
	return findings, complete(env, findings, nobody, labelled)
}

// complete says whether a comparison that found nothing wrong may be believed: not when somebody could not be looked at,
// and not when there was nothing to compare.
func complete(env *check.Env, findings []result.Finding, nobody []string, compared int) error {
	switch {
	case len(findings) > 0:
		return nil
	case len(nobody) > 0:
		return check.NoData("%s does not find %d of the sampled people by NHS number (%s); load the golden ledger", env.System.Name, len(nobody), first(nobody))
	case compared == 0:
		return check.NoData("there was nothing to compare about the sampled people in %s", env.System.Name)
	default:
		return nil
	}
}
