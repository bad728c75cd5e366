package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
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
	ordinary, err := c.baseline(ctx, env.System)
	if err != nil {
		return nil, err
	}
	names := namesOf(ctx, env.Peer)
	var findings []result.Finding
	for _, outage := range []check.EventType{check.SystemDown, check.SystemSilent} {
		if err := env.Happen(ctx, env.Peer, check.Event{Type: outage}); err != nil {
			return findings, err
		}
		l, err := lookAt(ctx, c.truth, env.System, c.person, c.facts)
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
			fresh := l.since(ordinary)
			if !fresh.dated(names) {
				findings = append(findings, l.hides(theirs, when+", as if it were current")...)
			}
			findings = append(findings, fresh.saysByAnyName(names, "the records of "+env.Peer.Title+" are missing")...)
		}
	}
	if err := env.Happen(ctx, env.Peer, check.Event{Type: check.SystemUp}); err != nil {
		return findings, err
	}
	env.By("Then everything is shown again, without a warning")
	l, err := lookAt(ctx, c.truth, env.System, c.person, c.facts)
	if err != nil {
		return findings, err
	}
	const after = "after the outage"
	findings = append(findings, l.answered(after)...)
	findings = append(findings, l.shows(c.facts, after)...)
	return append(findings, l.since(ordinary).silent(names, after)...), nil
}

// namesOf are the names by which another system may know one: what the configuration calls it, and what it calls itself.
func namesOf(ctx context.Context, system *check.Endpoint) []string {
	names := []string{system.Title, "system " + system.Name}
	statement, _, err := system.Capabilities(ctx)
	if err != nil {
		return names
	}
	for _, path := range [][]any{{"title"}, {"name"}, {"software", "name"}, {"implementation", "description"}} {
		// Shorter ones are parts of other words.
		if name := statement.Text(path...); len(name) >= 6 {
			names = append(names, name)
		}
	}
	return names
}

// since is the look without what the system said before too: what it always says of a neighbour is no warning that it is missing.
func (l look) since(ordinary look) look {
	said := map[string]bool{}
	for _, outcome := range ordinary.outcomes {
		said[describeOutcomes([]fhir.Resource{outcome})] = true
	}
	l.outcomes = slices.DeleteFunc(slices.Clone(l.outcomes), func(outcome fhir.Resource) bool { return said[describeOutcomes([]fhir.Resource{outcome})] })
	return l
}

// saysByAnyName is says for a neighbour that a system may know by a name that nobody told Concord: whether another warning names
// the right neighbour cannot be told.
func (l look) saysByAnyName(names []string, what string) []result.Finding {
	findings := l.says(names, what)
	warns := slices.ContainsFunc(l.outcomes, func(outcome fhir.Resource) bool {
		return slices.ContainsFunc(outcome.Objects("issue"), func(issue map[string]any) bool { return strings.TrimSpace(issueText(issue)) != "" })
	})
	if len(findings) > 0 && warns {
		findings[0].Severity = result.SeverityWarning
		findings[0].Message = fmt.Sprintf("%s warns of something, and not by a name that is known here: whether it says that %s cannot be told", l.system, what)
	}
	return findings
}
