package scenario

import (
	"context"
	"errors"
	"fmt"
	"time"

	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// objection records that a person objects to the sharing of one system's record, and looks from both sides: that record
// must be gone, also for who kept the ids of what is in it, the neighbour's own stays (an objection blocks the record it is made to), and both are back when the
// objection is withdrawn.
func objection(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P14")
	if err != nil {
		return nil, err
	}
	objected, others := c.heldBy(env.System.Part)
	agreed := env.Policy.For(env.System.Name)
	if agreed.Objection == policy.Everywhere {
		objected, others = c.facts, nil
	}
	env.By("Given a person with records in both systems who has made no objection")
	kept := map[string][]record.Shown{}
	for _, system := range []*check.Endpoint{env.System, env.Peer} {
		before, err := c.baseline(ctx, system)
		if err != nil {
			return nil, err
		}
		for _, kind := range kindsOf(objected) {
			kept[system.Name] = append(kept[system.Name], record.Match(objected, before.shown[kind])...)
		}
	}
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Object, Person: c.person.NHSNumber}); err != nil {
		return nil, err
	}
	if err := pass(ctx, env, agreed.ObjectionWithin); err != nil {
		return nil, err
	}
	env.By("Then, as agreed (objection: %s), neither system shows the %d records objected to, and both show the other %d", agreed.Objection, len(objected), len(others))
	var findings []result.Finding
	for _, system := range []*check.Endpoint{env.System, env.Peer} {
		l, err := lookAt(ctx, system, c.person, c.facts)
		if err != nil {
			return findings, err
		}
		const when = "although the person objects"
		findings = append(findings, l.answered(when)...)
		findings = append(findings, l.hides(objected, when)...)
		byID, err := stillRead(ctx, system, kept[system.Name])
		if err != nil {
			return findings, err
		}
		findings = append(findings, byID...)
		findings = append(findings, l.shows(others, "although the objection is not to that record")...)
		if agreed.Masking == policy.Announce && system.Name == env.System.Name && len(l.refused)+len(l.late) == 0 && len(l.outcomes) == 0 {
			findings = append(findings, l.says(nil, "something is withheld")...)
		}
	}
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Withdraw, Person: c.person.NHSNumber}); err != nil {
		return findings, err
	}
	if err := pass(ctx, env, agreed.ObjectionWithin); err != nil {
		return findings, err
	}
	env.By("Then both systems show everything again")
	for _, system := range []*check.Endpoint{env.System, env.Peer} {
		l, err := lookAt(ctx, system, c.person, c.facts)
		if err != nil {
			return findings, err
		}
		const after = "after the objection was withdrawn"
		findings = append(findings, l.answered(after)...)
		findings = append(findings, l.shows(c.facts, after)...)
	}
	return findings, nil
}

// stillRead reads records by the ids that somebody kept from before, and says which are still given.
func stillRead(ctx context.Context, system *check.Endpoint, kept []record.Shown) ([]result.Finding, error) {
	var findings []result.Finding
	for _, before := range kept {
		resource, got, err := system.Read(ctx, before.Resource.Reference())
		var refused *check.Inconclusive
		if errors.As(err, &refused) && refused.Reason == result.NotAllowed {
			continue
		}
		if err != nil {
			return findings, err
		}
		if resource.Type() == before.Resource.Type() {
			findings = append(findings, result.Finding{
				Rule: "fact-hidden", Severity: result.SeverityError, Path: resource.Type(), Exchanges: []string{got.ID}, Expected: "not shown",
				Message: fmt.Sprintf("%s still gives %s recorded by %s to who knows its id, although the person objects", system.Name, record.Describe(before.Fact), before.Fact.Source),
				Actual:  record.Describe(before.Fact),
			})
		}
	}
	return findings, nil
}

// pass lets time pass in both systems.
func pass(ctx context.Context, env *check.Env, d time.Duration) error {
	for _, system := range []*check.Endpoint{env.System, env.Peer} {
		if err := env.Happen(ctx, system, check.Event{Type: check.Advance, Delay: d}); err != nil {
			return err
		}
	}
	return nil
}
