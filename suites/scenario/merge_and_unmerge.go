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
// merge back, first at the asked system and then at the other. The facts must follow, as the asked system shows them: all with the
// survivor while merged, each with its own person afterwards. What the other shows is asked of that one.
func mergeAndBack(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P19")
	if err != nil {
		return nil, err
	}
	if len(c.story.People) < 2 {
		return nil, fmt.Errorf("story P19 has one person only")
	}
	second := c.story.People[1]
	findings, err := mergedHere(ctx, env, c, second)
	if err != nil {
		return findings, err
	}
	across, err := mergedAcross(ctx, env, c, second)
	return append(findings, across...), err
}

// recordedIn are the facts of the two records of a person that providers of a system recorded: those that stay where they are when
// the records are merged, and those that move.
func recordedIn(env *check.Env, c cast, second fixtures.Person, part string) (kept, moved []fixtures.Fact) {
	for _, fact := range c.facts {
		if env.Ledger.System(fact.Source) == part && fact.Person == c.person.ID {
			kept = append(kept, fact)
		}
	}
	for _, fact := range env.Ledger.Visible(second) {
		if env.Ledger.System(fact.Source) == part {
			moved = append(moved, fact)
		}
	}
	return kept, moved
}

// mergedHere merges at the asked system.
func mergedHere(ctx context.Context, env *check.Env, c cast, second fixtures.Person) ([]result.Finding, error) {
	kept, moved := recordedIn(env, c, second, env.System.Part)
	env.By("Given a person known to %s twice: with an NHS number and %d facts, and without one and %d facts", env.System.Title, len(kept), len(moved))
	survivor, loser, err := twoRecords(ctx, env.System, c.person, second)
	if err != nil {
		return nil, err
	}
	before, err := lookBy(ctx, c.truth, env.System, loser, moved)
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
	merged, err := lookAtWhole(ctx, c.truth, env.System, c.person, append(moved[:len(moved):len(moved)], kept...))
	if err != nil {
		return nil, err
	}
	env.By("Then all of them are in the record with the NHS number, and the other record leads to it")
	const together = "after the two records were merged"
	findings := merged.shows(moved, together)
	findings = append(findings, merged.shows(kept, together)...)
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
	own, err := lookAtWhole(ctx, c.truth, env.System, c.person, append(moved[:len(moved):len(moved)], kept...))
	if err != nil {
		return findings, err
	}
	other, err := lookBy(ctx, c.truth, env.System, loser, moved)
	if err != nil {
		return findings, err
	}
	if len(merged.shows(moved, together)) > 0 {
		// What the merge has lost cannot come back; it was said once.
		return append(findings, own.shows(kept, apart)...), nil
	}
	findings = append(findings, own.shows(kept, apart)...)
	findings = append(findings, own.hides(moved, apart+", with a person it does not belong to")...)
	return append(findings, other.shows(moved, apart)...), nil
}

// mergedAcross merges at the other system, and looks at the asked one: who asks there by NHS number gets all of the merged record, and no
// more than belongs to the person once the merge is undone.
func mergedAcross(ctx context.Context, env *check.Env, c cast, second fixtures.Person) ([]result.Finding, error) {
	kept, moved := recordedIn(env, c, second, env.Peer.Part)
	all := append(moved[:len(moved):len(moved)], kept...)
	survivor, loser, err := twoRecords(ctx, env.Peer, c.person, second)
	if err != nil {
		return nil, err
	}
	if err := env.Happen(ctx, env.Peer, check.Event{Type: check.Merge, Reference: loser.Reference(), Survivor: survivor.Reference()}); err != nil {
		return nil, err
	}
	const together = "after the two records were merged across the boundary"
	merged, err := lookAtWhole(ctx, c.truth, env.System, c.person, all)
	if err != nil {
		return nil, err
	}
	env.By("And %s shows all of them, which %s holds, too", env.System.Title, env.Peer.Title)
	findings := merged.shows(moved, together)
	findings = append(findings, merged.shows(kept, together)...)
	if err := env.Happen(ctx, env.Peer, check.Event{Type: check.Unlink, Reference: loser.Reference(), Survivor: survivor.Reference()}); err != nil {
		return findings, err
	}
	apart, err := lookAtWhole(ctx, c.truth, env.System, c.person, all)
	if err != nil {
		return findings, err
	}
	env.By("And %s shows no more of them than belongs to the person with the NHS number", env.System.Title)
	const after = "after the merge across the boundary was undone"
	findings = append(findings, apart.shows(kept, after)...)
	return append(findings, apart.hides(moved, after+", with a person it does not belong to")...), nil
}

// twoRecords finds the leading Patient of a person with an NHS number and the Patient of one without, who is known by the
// ledger's identifier.
func twoRecords(ctx context.Context, system *check.Endpoint, numbered, unnumbered fixtures.Person) (first, second fhir.Resource, err error) {
	found, err := record.MustFind(ctx, system, numbered.NHSNumber)
	if err != nil {
		return nil, nil, err
	}
	other, err := record.FindPerson(ctx, system, unnumbered)
	if err != nil {
		return nil, nil, err
	}
	if len(other.Patients) == 0 {
		return nil, nil, check.NoData("%s shows no Patient with the identifier %s. %s", system.Name, record.PersonToken(unnumbered), check.LoadRequest(system, fixtures.Systems()[0]))
	}
	return found.Patients[0], other.Patients[0], nil
}

// lookBy asks about the kinds of the facts under one Patient, while nobody is away.
func lookBy(ctx context.Context, truth *record.Truth, system *check.Endpoint, patient fhir.Resource, facts []fixtures.Fact) (look, error) {
	l := look{truth: truth, system: system.Name, shown: map[fixtures.Kind][]fhir.Resource{}}
	for _, kind := range kindsOf(facts) {
		if err := l.ask(ctx, system, kind, url.Values{"patient": {patient.ID()}}); err != nil {
			return l, err
		}
	}
	return l, l.unanswered
}
