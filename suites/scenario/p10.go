package scenario

import (
	"context"
	"slices"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/result"
)

// providerDown switches a provider of the neighbour off, then one of the asked system's own, and looks at the record of
// somebody whom both have treated. Everybody else's records must be shown in time, and the missing provider named.
func providerDown(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P10")
	if err != nil {
		return nil, err
	}
	across, own := downIn(c, env.Peer.Name), downIn(c, env.System.Name)
	env.By("Given a person with records at %s, at %s and elsewhere", across, own)
	if err := c.baseline(ctx, env.System); err != nil {
		return nil, err
	}
	var findings []result.Finding
	var down []string
	for _, at := range []struct {
		system *check.Endpoint
		ods    string
	}{{env.Peer, across}, {env.System, own}} {
		if err := env.Happen(ctx, at.system, check.Event{Type: check.ProviderDown, Provider: at.ods}); err != nil {
			return findings, err
		}
		down = append(down, at.ods)
		l, err := lookAt(ctx, env.System, c.person, c.facts)
		if err != nil {
			return findings, err
		}
		provider, _ := env.Ledger.Provider(at.ods)
		env.By("Then %s shows what everybody else recorded within %s, and says that %s is missing", env.System.Title, clinicalBudget, at.ods)
		when := "while " + at.ods + " is down"
		missing := func(f fixtures.Fact) bool { return slices.Contains(down, f.Source) }
		findings = append(findings, l.answered(when)...)
		if len(l.refused)+len(l.late) > 0 {
			continue
		}
		findings = append(findings, l.shows(c.where(func(f fixtures.Fact) bool { return !missing(f) }), when)...)
		findings = append(findings, l.says([]string{at.ods, provider.Name}, "the records of "+at.ods+" are missing")...)
	}
	for _, at := range []struct {
		system *check.Endpoint
		ods    string
	}{{env.Peer, across}, {env.System, own}} {
		if err := env.Happen(ctx, at.system, check.Event{Type: check.ProviderUp, Provider: at.ods}); err != nil {
			return findings, err
		}
	}
	env.By("Then everything is shown again, without a warning")
	l, err := lookAt(ctx, env.System, c.person, c.facts)
	if err != nil {
		return findings, err
	}
	const after = "after the providers came back"
	findings = append(findings, l.answered(after)...)
	findings = append(findings, l.shows(c.facts, after)...)
	return append(findings, l.silent(down, after)...), nil
}

// downIn is the provider of a system that is switched off: the story's, or the only other one that treated its person.
func downIn(c cast, system string) string {
	if ods := c.story.Value("provider"); c.ledger.System(ods) == system {
		return ods
	}
	held, _ := c.heldBy(system)
	if len(held) == 0 {
		return ""
	}
	return held[0].Source
}

// staleFeed stops the feed of a provider and asks the neighbour: what is shown must say how old it is.
func staleFeed(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P10")
	if err != nil {
		return nil, err
	}
	ods := downIn(c, env.System.Name)
	env.By("Given a person with records at %s", ods)
	if err := c.baseline(ctx, env.System); err != nil {
		return nil, err
	}
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Freeze, Provider: ods}); err != nil {
		return nil, err
	}
	l, err := lookAt(ctx, env.System, c.person, c.facts)
	if err != nil {
		return nil, err
	}
	env.By("Then %s shows the last known records of %s and says how old they are", env.System.Title, ods)
	provider, _ := env.Ledger.Provider(ods)
	const when = "while the feed has stopped"
	findings := append(l.answered(when), l.shows(c.facts, when)...)
	return append(findings, l.says([]string{ods, provider.Name}, "the records of "+ods+" are no longer up to date")...), nil
}
