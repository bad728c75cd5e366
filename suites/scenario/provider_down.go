package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// slowness is how long a provider takes that is slow: longer than anybody waits.
const slowness = time.Minute

// outage is a provider that does not answer: it is down, or so slow that it might as well be.
type outage struct {
	at       *check.Endpoint
	provider string
	event    check.EventType
}

// String says what is wrong with the provider.
func (o outage) String() string {
	if o.event == check.ProviderSlow {
		return o.provider + " is slow"
	}
	return o.provider + " is down"
}

// providerDown switches a provider of the neighbour off, then one of the asked system's own, and looks at the record of
// somebody whom both have treated. Everybody else's records must be shown in time, and the missing provider named. The
// same must be so of a provider that is there and does not answer.
func providerDown(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P10")
	if err != nil {
		return nil, err
	}
	across, own := downIn(c, env.Peer.Part), downIn(c, env.System.Part)
	env.By("Given a person with records at %s, at %s and elsewhere", across, own)
	if _, err := c.baseline(ctx, env.System); err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, kind := range []check.EventType{check.ProviderDown, check.ProviderSlow} {
		both := []outage{{env.Peer, across, kind}, {env.System, own, kind}}
		for i, o := range both {
			event := check.Event{Type: kind, Provider: o.provider}
			if kind == check.ProviderSlow {
				event.Delay = slowness
			}
			if err := env.Happen(ctx, o.at, event); err != nil {
				return findings, err
			}
			found, err := during(ctx, env, c, both[:i+1])
			if err != nil {
				return findings, err
			}
			findings = append(findings, found...)
			if kind == check.ProviderSlow && len(found) > 0 {
				// Whoever waits for one slow provider waits for every other, and so would we.
				break
			}
		}
		for _, o := range both {
			if err := env.Happen(ctx, o.at, check.Event{Type: check.ProviderUp, Provider: o.provider}); err != nil {
				return findings, err
			}
		}
	}
	env.By("Then everything is shown again, without a warning")
	l, err := lookAt(ctx, c.truth, env.System, c.person, c.facts)
	if err != nil {
		return findings, err
	}
	const after = "after the providers came back"
	findings = append(findings, l.answered(after)...)
	findings = append(findings, l.shows(c.facts, after)...)
	return append(findings, l.silent([]string{across, own}, after)...), nil
}

// during looks at the record while some providers do not answer, of which the last has just stopped.
func during(ctx context.Context, env *check.Env, c cast, outages []outage) ([]result.Finding, error) {
	l, err := lookAt(ctx, c.truth, env.System, c.person, c.facts)
	if err != nil {
		return nil, err
	}
	last := outages[len(outages)-1]
	provider, _ := env.Ledger.Provider(last.provider)
	env.By("Then %s shows what everybody else recorded within %s, and says that %s is missing", env.System.Title, clinicalBudget, last.provider)
	when := fmt.Sprintf("while %s", last)
	findings := l.answered(when)
	if len(findings) > 0 {
		return findings, nil
	}
	missing := func(f fixtures.Fact) bool {
		return slices.ContainsFunc(outages, func(o outage) bool { return o.provider == f.Source })
	}
	findings = append(findings, l.shows(c.where(func(f fixtures.Fact) bool { return !missing(f) }), when)...)
	return append(findings, l.says([]string{last.provider, provider.Name}, "the records of "+last.provider+" are missing")...), nil
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

// staleFeed stops the feed of a provider of each of the two systems, and looks at the asked one: what it shows must say how old it
// is, also of what comes to it across the boundary. What the other shows is asked of that one.
func staleFeed(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P10")
	if err != nil {
		return nil, err
	}
	own, across := downIn(c, env.System.Part), downIn(c, env.Peer.Part)
	env.By("Given a person with records at %s and at %s", own, across)
	if _, err := c.baseline(ctx, env.System); err != nil {
		return nil, err
	}
	for _, o := range []outage{{env.System, own, check.Freeze}, {env.Peer, across, check.Freeze}} {
		if err := env.Happen(ctx, o.at, check.Event{Type: o.event, Provider: o.provider}); err != nil {
			return nil, err
		}
	}
	l, err := lookAt(ctx, c.truth, env.System, c.person, c.facts)
	if err != nil {
		return nil, err
	}
	env.By("Then %s shows the last known records of both and says how old they are", env.System.Title)
	const when = "while the feeds have stopped"
	findings := append(l.answered(when), l.shows(c.facts, when)...)
	for _, ods := range []string{own, across} {
		provider, _ := env.Ledger.Provider(ods)
		findings = append(findings, l.saysSince([]string{ods, provider.Name}, "the records of "+ods+" are no longer up to date, and since when")...)
	}
	return findings, nil
}
