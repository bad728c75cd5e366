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

// parityCheck is P07.
func parityCheck() check.Check {
	return check.Check{
		ID: "SCN-P07", Suite: "scenario", Level: result.Must, Scope: check.PerPair, Peers: check.Across,
		Title:       "symmetric parity: a hundred patients look the same from both sides",
		Requirement: []result.Ref{pilot("data can be shared between the systems of two suppliers")},
		Needs:       search("Condition", "Encounter", "Observation"),
		Hazard:      "What a clinician sees of a patient depends on which side of the border they ask.",
		Fix:         "Trace each fact that the findings name from its source across the border to the system that was asked.",
		Run:         symmetricParity,
	}
}

// symmetricParity asks one system for what the other one's providers recorded about a cohort, and wants neither a fact
// less, nor one more, nor another content. The check of the other direction asks the same the other way round.
func symmetricParity(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	story, ok := env.Ledger.Story("P07")
	if !ok || len(story.People) == 0 {
		return nil, check.NoData("the ledger has no cohort for story P07")
	}
	people, err := check.Loaded(env, story)
	if err != nil {
		return nil, err
	}
	across := env.Peer.Part
	env.By("Given %d people, half of them registered in each system", len(people))
	env.By("When %s is asked for everything that providers of %s recorded about them", env.System.Name, env.Peer.Name)
	parts, err := record.Gather(ctx, people, func(ctx context.Context, person fixtures.Person) ([]result.Finding, error) {
		found, err := record.MustFind(ctx, env.System, person.NHSNumber)
		if err != nil {
			return nil, err
		}
		var findings []result.Finding
		for _, kind := range record.Kinds() {
			part, err := found.Resources(ctx, env.System, string(kind), nil)
			if err != nil {
				return nil, err
			}
			facts := slices.DeleteFunc(record.Facts(env.Ledger, person, kind), func(f fixtures.Fact) bool { return env.Ledger.System(f.Source) != across })
			shown := slices.DeleteFunc(slices.Clone(part.Resources), func(r fhir.Resource) bool {
				return !slices.ContainsFunc(record.Sources(r), func(ods string) bool { return env.Ledger.System(ods) == across })
			})
			if shown, err = record.WithMedicines(ctx, env.System, shown); err != nil {
				return nil, err
			}
			for _, difference := range explain.Alone(record.OracleOf(env).Compare(person, facts, shown, nil), env.Now) {
				findings = append(findings, difference.Finding(part.Exchanges))
			}
		}
		return findings, nil
	})
	if err != nil {
		return nil, err
	}
	findings := slices.Concat(parts...)
	env.By("Then nothing is missing, nothing is there that is not so, and nothing is altered (%d differences)", len(findings))
	return findings, nil
}
