package scenario

import (
	"context"
	"fmt"
	"slices"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// correction marks a result as entered in error in each of the two systems where it was recorded, and looks at the asked one after
// a minute, when a change may have taken as long as is agreed, and after three times that. From then on neither may look live
// there, and both must be kept, as errors. What the other system shows is asked of that one.
func correction(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P33")
	if err != nil {
		return nil, err
	}
	var facts []fixtures.Fact
	for _, origin := range []*check.Endpoint{env.System, env.Peer} {
		fact, ok := c.story.Fact("own-result-" + origin.Part)
		if !ok {
			return nil, check.NoData("story P33 has no result from a provider of %s", origin.Name)
		}
		facts = append(facts, fact)
		env.By("Given %s, recorded by %s", record.Describe(fact), fact.Source)
	}
	before, err := lookAtWhole(ctx, c.truth, env.System, c.person, facts)
	if err != nil {
		return nil, err
	}
	for i, origin := range []*check.Endpoint{env.System, env.Peer} {
		if err := enterInError(ctx, env, origin, c.person, facts[i]); err != nil {
			return nil, err
		}
	}
	var findings []result.Finding
	target := max(env.Policy.For(env.System.Name).Lag, env.Policy.For(env.Peer.Name).Lag)
	moments := []time.Duration{min(time.Minute, target), target, 3 * target}
	elapsed := time.Duration(0)
	for _, moment := range slices.Compact(moments) {
		for _, system := range []*check.Endpoint{env.System, env.Peer} {
			if err := env.Happen(ctx, system, check.Event{Type: check.Advance, Delay: moment - elapsed}); err != nil {
				return findings, err
			}
		}
		elapsed = moment
		l, err := lookAt(ctx, c.truth, env.System, c.person, facts)
		if err != nil {
			return findings, err
		}
		findings = append(findings, l.answered("after the correction")...)
		for _, fact := range facts {
			findings = append(findings, afterCorrection(l, fact, elapsed, target, before.has(fact))...)
		}
	}
	env.By("Then %s does not show them as live %s later, and keeps both as entered in error", env.System.Name, target)
	slices.SortFunc(findings, result.CompareFindings)
	return slices.CompactFunc(findings, func(a, b result.Finding) bool { return result.CompareFindings(a, b) == 0 }), nil
}

// enterInError has a result corrected in the system that recorded it.
func enterInError(ctx context.Context, env *check.Env, origin *check.Endpoint, person fixtures.Person, fact fixtures.Fact) error {
	there, err := lookAtWhole(ctx, record.TruthOf(env), origin, person, []fixtures.Fact{fact})
	if err != nil {
		return err
	}
	held := record.TruthOf(env).Match([]fixtures.Fact{fact}, there.shown[fact.Kind])
	if len(held) == 0 {
		return check.NoData("%s does not show %s (%s), so it cannot be corrected. %s", origin.Name, record.Describe(fact), fact.Identifier.Value,
			check.LoadRequest(origin, env.Ledger.System(fact.Source)))
	}
	return env.Happen(ctx, origin, check.Event{Type: check.EnterInError, Reference: held[0].Resource.Reference()})
}

// afterCorrection judges how a corrected result is shown. known says whether it was shown before: what was not shown then
// is not missing because of the correction.
func afterCorrection(l look, fact fixtures.Fact, elapsed, target time.Duration, known bool) []result.Finding {
	finding := result.Finding{
		Rule: "entered-in-error", Severity: result.SeverityError, Path: string(fact.Kind) + ".status", Expected: "entered-in-error", Exchanges: l.exchanges,
	}
	shown := l.truth.Match([]fixtures.Fact{fact}, l.shown[fact.Kind])
	switch {
	case len(shown) == 0:
		finding.Message = fmt.Sprintf("%s of %s has vanished from %s, so nobody who saw it learns that it was wrong", record.Describe(fact), fact.Source, l.system)
		finding.Actual = "not shown"
		if !known {
			finding.Message = fmt.Sprintf("%s of %s is not shown by %s, and was not before it was corrected", record.Describe(fact), fact.Source, l.system)
			finding.Cause = result.CauseMissing
		}
	case elapsed >= target && live(shown[0].Resource):
		finding.Message = fmt.Sprintf("%s still shows %s of %s as live %s after it was marked as entered in error", l.system, record.Describe(fact), fact.Source, elapsed)
		finding.Actual = shown[0].Resource.Text("status")
	default:
		return nil
	}
	return []result.Finding{finding}
}

// live reports whether a resource looks like something that is so.
func live(resource fhir.Resource) bool {
	return resource.Text("status") != "entered-in-error" && resource.Text("verificationStatus", "coding", "code") != "entered-in-error"
}
