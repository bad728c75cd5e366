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

// objection records that a person objects to the sharing of the record of one system, and then of the other, and looks at the asked one:
// that record must be gone, also for who kept the ids of what is in it, the rest stays (an objection blocks the record it is made
// to), and all of it is back when the objection is withdrawn. What the other system shows is asked of that one.
func objection(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P14")
	if err != nil {
		return nil, err
	}
	env.By("Given a person with records in both systems who has made no objection")
	before, err := c.baseline(ctx, env.System)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	for _, at := range []*check.Endpoint{env.System, env.Peer} {
		objected, err := objectedTo(ctx, env, c, before, at)
		findings = append(findings, objected...)
		if err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// objectedTo makes an objection to the record of a system there, and looks at the asked one.
func objectedTo(ctx context.Context, env *check.Env, c cast, before look, at *check.Endpoint) ([]result.Finding, error) {
	objected, others := c.heldBy(at.Part)
	agreed := env.Policy.For(at.Name)
	if agreed.Objection == policy.Everywhere {
		objected, others = c.facts, nil
	}
	var kept []record.Shown
	for _, kind := range kindsOf(objected) {
		kept = append(kept, record.TruthOf(env).Match(objected, before.shown[kind])...)
	}
	if err := env.Happen(ctx, at, check.Event{Type: check.Object, Person: c.person.NHSNumber}); err != nil {
		return nil, err
	}
	if err := pass(ctx, env, agreed.ObjectionWithin); err != nil {
		return nil, err
	}
	env.By("Then, as agreed (objection: %s), %s does not show the %d records objected to, and shows the other %d", agreed.Objection, env.System.Name, len(objected), len(others))
	l, err := lookAt(ctx, c.truth, env.System, c.person, c.facts)
	if err != nil {
		return nil, err
	}
	const when = "although the person objects"
	findings := append(l.answered(when), l.hides(objected, when)...)
	byID, err := stillRead(ctx, env.System, kept)
	if err != nil {
		return findings, err
	}
	findings = append(findings, byID...)
	findings = append(findings, l.shows(others, "although the objection is not to that record")...)
	if agreed.Masking == policy.Announce && at.Name == env.System.Name && len(l.refused)+len(l.late) == 0 && len(l.outcomes) == 0 {
		findings = append(findings, l.says(nil, "something is withheld")...)
	}
	if err := env.Happen(ctx, at, check.Event{Type: check.Withdraw, Person: c.person.NHSNumber}); err != nil {
		return findings, err
	}
	if err := pass(ctx, env, agreed.ObjectionWithin); err != nil {
		return findings, err
	}
	env.By("Then %s shows everything again", env.System.Name)
	if l, err = lookAt(ctx, c.truth, env.System, c.person, c.facts); err != nil {
		return findings, err
	}
	const after = "after the objection was withdrawn"
	findings = append(findings, l.answered(after)...)
	return append(findings, l.shows(c.facts, after)...), nil
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
