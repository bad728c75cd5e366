package scenario

import (
	"context"
	"fmt"
	"net/url"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// untouched says of how many providers one is looked at again after another has joined.
const untouched = 120

// onboarding lets a hospice join and runs the conformance gate on it: listed by its ODS code, its records shown on either
// side, labelled and valid. The directory must have grown by one, and nothing else may have changed.
func onboarding(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	after, err := env.Ledger.WithNewcomer()
	if err != nil {
		return nil, fmt.Errorf("make the ledger with the newcomer: %w", err)
	}
	newcomer, ok := after.Provider(fixtures.Newcomer)
	if !ok {
		return nil, fmt.Errorf("the ledger has no newcomer")
	}
	env.By("Given %d providers, and %s (%s) which is not connected yet", len(env.Ledger.Providers()), newcomer.Name, newcomer.ODS)
	listed, err := countOrganizations(ctx, env.System)
	if err != nil {
		return nil, err
	}
	for _, system := range []*check.Endpoint{env.System, env.Peer} {
		if err := env.Happen(ctx, system, check.Event{Type: check.Join, Provider: newcomer.ODS}); err != nil {
			return nil, err
		}
	}
	joined := *env
	joined.Ledger = after
	c, err := castOf(&joined, "P21")
	if err != nil {
		return nil, err
	}
	l, err := lookAtWhole(ctx, c.truth, env.System, c.person, c.facts)
	if err != nil {
		return nil, err
	}
	env.By("Then %s lists it by its ODS code and shows what it recorded, labelled and valid", env.System.Title)
	const when = "after the provider joined"
	findings := append(l.answered(when), l.shows(c.facts, when)...)
	own := c.where(func(f fixtures.Fact) bool { return f.Source == newcomer.ODS })
	for _, kind := range kindsOf(own) {
		for _, shown := range record.TruthOf(&joined).Match(own, l.shown[kind]) {
			judged, err := labelledAndValid(ctx, env, shown, l.exchanges)
			if err != nil {
				return findings, err
			}
			findings = append(findings, judged...)
		}
	}
	organizations, exchanges, err := record.Organizations(ctx, env.System, newcomer.ODS)
	if err != nil {
		return findings, err
	}
	if len(organizations) == 0 {
		findings = append(findings, result.Finding{
			Rule: "joined-directory", Severity: result.SeverityError, Path: "Organization.identifier", Exchanges: exchanges, Actual: "none",
			Message: fmt.Sprintf("%s does not list %s by its ODS code", env.System.Name, newcomer.Name), Expected: "one Organization with " + newcomer.ODS,
		})
	}
	var uncounted error
	env.By("And the sweep covers %d providers, of which the others are as they were", len(after.Providers()))
	grown, err := countOrganizations(ctx, env.System)
	if err != nil {
		return findings, err
	}
	if listed < 0 || grown < 0 {
		uncounted = &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name +
			" states no number of organisations (_summary=count), so that whether one alone was added cannot be told"}
	} else if len(organizations) > 0 && grown != listed+1 {
		findings = append(findings, result.Finding{
			Rule: "joined-nothing-else", Severity: result.SeverityError, Path: "Organization", Expected: fmt.Sprint(listed + 1), Actual: fmt.Sprint(grown),
			Message: fmt.Sprintf("%s lists %d organisations, and listed %d before one joined", env.System.Name, grown, listed), Exchanges: exchanges,
		})
	}
	for i, provider := range env.Ledger.Providers() {
		if i%untouched != 0 {
			continue
		}
		person, fact, ok := env.Ledger.SweepFact(provider.ODS)
		if !ok {
			continue
		}
		other, err := lookAtWhole(ctx, record.TruthOf(env), env.System, person, []fixtures.Fact{fact})
		if err != nil {
			return findings, err
		}
		findings = append(findings, other.shows([]fixtures.Fact{fact}, when)...)
	}
	if len(findings) == 0 {
		return nil, uncounted
	}
	return findings, nil
}

// countOrganizations asks how many organisations a system lists: -1 when it states no number.
func countOrganizations(ctx context.Context, system *check.Endpoint) (int, error) {
	answer, err := system.Search(ctx, "Organization", url.Values{"_summary": {"count"}})
	if err != nil {
		return 0, err
	}
	return answer.Total, nil
}
