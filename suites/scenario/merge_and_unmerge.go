package scenario

import (
	"context"
	"fmt"
	"net/url"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// mergeAndBack merges a second record of a person into the first, as when the NHS number becomes known, and takes the
// merge back. The facts must follow: all with the survivor while merged, each with its own person afterwards.
func mergeAndBack(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P19")
	if err != nil {
		return nil, err
	}
	if len(c.story.People) < 2 {
		return nil, fmt.Errorf("story P19 has one person only")
	}
	second := c.story.People[1]
	var kept, moved []fixtures.Fact
	for _, fact := range c.facts {
		if env.Ledger.System(fact.Source) == env.System.Part && fact.Person == c.person.ID {
			kept = append(kept, fact)
		}
	}
	for _, fact := range env.Ledger.Visible(second) {
		if env.Ledger.System(fact.Source) == env.System.Part {
			moved = append(moved, fact)
		}
	}
	env.By("Given a person known to %s twice: with an NHS number and %d facts, and without one and %d facts", env.System.Title, len(kept), len(moved))
	survivor, loser, err := twoRecords(ctx, env.System, c.person, second)
	if err != nil {
		return nil, err
	}
	before, err := lookBy(ctx, env.System, loser, moved)
	if err != nil {
		return nil, err
	}
	if findings := before.shows(moved, "before the merge"); len(findings) > 0 || len(moved) == 0 {
		return nil, check.NoData("the merge cannot be played: %s does not show the %d facts of the record without an NHS number", env.System.Name, len(moved))
	}
	trail, err := newTraces(ctx, env.System, loser, survivor)
	if err != nil {
		return nil, err
	}
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Merge, Reference: loser.Reference(), Survivor: survivor.Reference()}); err != nil {
		return nil, err
	}
	merged, err := lookAtWhole(ctx, env.System, c.person, append(moved[:len(moved):len(moved)], kept...))
	if err != nil {
		return nil, err
	}
	env.By("Then all of them are in the record with the NHS number, and the other record leads to it")
	const together = "after the two records were merged"
	findings := append(merged.answered(together), merged.shows(moved, together)...)
	findings = append(findings, merged.shows(kept, together)...)
	across, err := fromAcross(ctx, env, c, moved, kept, together)
	if err != nil {
		return findings, err
	}
	findings = append(findings, across...)
	gone, got, err := env.System.Read(ctx, loser.Reference())
	if err != nil {
		return findings, err
	}
	traced, err := trail.grown(ctx, env, together)
	if err != nil {
		return findings, err
	}
	findings = append(findings, traced...)
	// A system may also stop giving the merged record out altogether.
	if target, linked := replacedBy(gone); gone != nil && (!linked || target.ID != survivor.ID()) {
		findings = append(findings, result.Finding{
			Rule: "merged-record-leads-on", Severity: result.SeverityError, Path: "Patient.link", Expected: "replaced-by " + survivor.Reference(),
			Message: fmt.Sprintf("%s does not lead from the merged record to the one that replaced it", env.System.Name),
			Actual:  target.Relative(), Exchanges: []string{got.ID},
		})
	}
	if err := env.Happen(ctx, env.System, check.Event{Type: check.Unlink, Reference: loser.Reference(), Survivor: survivor.Reference()}); err != nil {
		return findings, err
	}
	env.By("Then each fact is with its own record again")
	const apart = "after the merge was undone"
	if traced, err = trail.grown(ctx, env, apart); err != nil {
		return findings, err
	}
	findings = append(findings, traced...)
	own, err := lookAtWhole(ctx, env.System, c.person, append(moved[:len(moved):len(moved)], kept...))
	if err != nil {
		return findings, err
	}
	other, err := lookBy(ctx, env.System, loser, moved)
	if err != nil {
		return findings, err
	}
	if len(merged.shows(moved, together)) > 0 {
		// What the merge has lost cannot come back; it was said once.
		return append(findings, own.shows(kept, apart)...), nil
	}
	findings = append(findings, own.shows(kept, apart)...)
	findings = append(findings, own.hides(moved, apart+", with a person it does not belong to")...)
	findings = append(findings, other.shows(moved, apart)...)
	neighbour, err := lookAtWhole(ctx, env.Peer, c.person, append(moved[:len(moved):len(moved)], kept...))
	if err != nil {
		return findings, err
	}
	env.By("And %s shows no more of them than belongs to the person with the NHS number", env.Peer.Title)
	findings = append(findings, neighbour.shows(kept, apart)...)
	return append(findings, neighbour.hides(moved, apart+", with a person it does not belong to")...), nil
}

// fromAcross looks at the merged record from the other side: who asks there by NHS number gets all of it.
func fromAcross(ctx context.Context, env *check.Env, c cast, moved, kept []fixtures.Fact, when string) ([]result.Finding, error) {
	neighbour, err := lookAtWhole(ctx, env.Peer, c.person, append(moved[:len(moved):len(moved)], kept...))
	if err != nil {
		return nil, err
	}
	env.By("And %s shows all of them too", env.Peer.Title)
	findings := append(neighbour.answered(when), neighbour.shows(moved, when)...)
	return append(findings, neighbour.shows(kept, when)...), nil
}

// twoRecords finds the leading Patient of a person with an NHS number and the Patient of one without, who is known by the
// ledger's identifier.
func twoRecords(ctx context.Context, system *check.Endpoint, numbered, unnumbered fixtures.Person) (first, second fhir.Resource, err error) {
	found, err := record.MustFind(ctx, system, numbered.NHSNumber)
	if err != nil {
		return nil, nil, err
	}
	answer, err := system.Search(ctx, "Patient", url.Values{"identifier": {fixtures.PersonSystem + "|" + unnumbered.ID}})
	if err != nil {
		return nil, nil, err
	}
	if len(answer.Matches) == 0 {
		return nil, nil, check.NoData("%s shows no Patient with the identifier %s|%s. %s", system.Name, fixtures.PersonSystem, unnumbered.ID, check.LoadRequest(system, fixtures.Systems()[0]))
	}
	return found.Patients[0], answer.Resources()[0], nil
}

// lookBy asks about the kinds of the facts under one Patient.
func lookBy(ctx context.Context, system *check.Endpoint, patient fhir.Resource, facts []fixtures.Fact) (look, error) {
	l := look{system: system.Name, shown: map[fixtures.Kind][]fhir.Resource{}}
	for _, kind := range kindsOf(facts) {
		if err := l.ask(ctx, system, kind, url.Values{"patient": {patient.ID()}}); err != nil {
			return l, err
		}
	}
	return l, nil
}
