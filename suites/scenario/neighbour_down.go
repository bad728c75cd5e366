package scenario

import (
	"context"
	"fmt"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// peerDown makes the whole neighbour unreachable, then silent. The asked system must show its own records in time, name
// the neighbour as missing, and show nothing of the neighbour's as if it were current.
func peerDown(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P11")
	if err != nil {
		return nil, err
	}
	theirs, own := c.heldBy(env.Peer.Part)
	env.By("Given a person with %d records in %s and %d in %s", len(own), env.System.Title, len(theirs), env.Peer.Title)
	if _, err := c.baseline(ctx, env.System); err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, outage := range []check.EventType{check.SystemDown, check.SystemSilent} {
		if err := env.Happen(ctx, env.Peer, check.Event{Type: outage}); err != nil {
			return findings, err
		}
		l, err := lookAt(ctx, env.System, c.person, c.facts)
		if err != nil {
			return findings, err
		}
		// A copy that says of which day it is does not pass for current.
		env.By("Then %s shows its own records within %s, says that those of %s are missing, and shows none of them as current",
			env.System.Title, clinicalBudget, env.Peer.Title)
		when := fmt.Sprintf("while %s is unreachable", env.Peer.Title)
		if outage == check.SystemSilent {
			when = fmt.Sprintf("while %s does not answer", env.Peer.Title)
		}
		findings = append(findings, l.answered(when)...)
		if len(l.refused)+len(l.late) == 0 {
			findings = append(findings, l.shows(own, when)...)
			names := []string{env.Peer.Title, "system " + env.Peer.Name}
			if !l.dated(names) {
				findings = append(findings, l.hides(theirs, when+", as if it were current")...)
			}
			findings = append(findings, l.says(names, "the records of "+env.Peer.Title+" are missing")...)
		}
	}
	if err := env.Happen(ctx, env.Peer, check.Event{Type: check.SystemUp}); err != nil {
		return findings, err
	}
	env.By("Then everything is shown again, without a warning")
	l, err := lookAt(ctx, env.System, c.person, c.facts)
	if err != nil {
		return findings, err
	}
	const after = "after the outage"
	findings = append(findings, l.answered(after)...)
	findings = append(findings, l.shows(c.facts, after)...)
	return append(findings, l.silent([]string{env.Peer.Title}, after)...), nil
}
