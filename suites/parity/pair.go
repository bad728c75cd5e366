package parity

import (
	"cmp"
	"context"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// sameAsPeer compares what two systems show of the same people, for one kind of fact: nothing that the peer shows may be
// missing from the asked system or be another there. Neither system is the measure of the other: where the ledger knows
// the fact, it decides which of the two is wrong, and the finding is about that one; where it does not, each is told what
// it lacks.
func sameAsPeer(kind fixtures.Kind) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		here, err := lookPast(ctx, env, env.System, kind)
		if err != nil {
			return nil, err
		}
		there, err := lookPast(ctx, env, env.Peer, kind)
		if err != nil {
			return nil, err
		}
		here, there, doubt := bothSeen(here, there)
		if len(here) == 0 && doubt != nil {
			return nil, doubt
		}
		b := newBlame(env, kind)
		b.peer, b.shown = env.Peer, here
		var (
			nobody   []string
			compared int
		)
		terms := terms(ctx, env, env.Peer, kind)
		for i, mine := range here {
			theirs := there[i]
			if !mine.found || !theirs.found {
				// Who is not found at all is the business of the check for finding people.
				nobody = append(nobody, mine.person.NHSNumber)
				continue
			}
			compared += theirs.set.Len()
			for _, d := range slices.Concat(theirs.set.Against(mine.set), theirs.set.Terms(mine.set, terms)) {
				d.Disputed = len(b.truth.About(mine.person).Facts) == 0
				if camps := b.camps(ctx, i, d); b.atFault(mine.person, d, camps) {
					b.differences = append(b.differences, placed{seen: mine, peer: theirs, difference: d, camps: camps})
				}
			}
		}
		findings, err := b.findings(ctx, compared)
		if err != nil {
			return findings, err
		}
		if doubt != nil && result.WorstSeverity(findings).Rank() < result.SeverityError.Rank() {
			return findings, doubt
		}
		return findings, complete(env, findings, nobody, compared)
	}
}

// bothSeen are those of whom something is known in both systems, and why there are not more: the asked system's own answer first.
func bothSeen(here, there []seen) (mine, theirs []seen, doubt error) {
	var other error
	for i := range here {
		switch {
		case here[i].unseen != nil:
			doubt = cmp.Or(doubt, here[i].unseen)
		case there[i].unseen != nil:
			other = cmp.Or(other, there[i].unseen)
		default:
			mine, theirs = append(mine, here[i]), append(theirs, there[i])
		}
	}
	if doubt == nil {
		doubt = other
	}
	return mine, theirs, check.OfSome(doubt, len(here)-len(mine), len(here))
}

// atFault reports whether a difference may be blamed on the asked system. Where the ledger knows the person, it decides.
// Where it does not, whoever differs from most of the systems is told so; where no camp is the largest, each system is told what
// it lacks or says otherwise, and nobody what it shows in addition.
func (b *blame) atFault(person fixtures.Person, d record.Difference, camps result.Camps) bool {
	about := b.truth.About(person)
	if len(about.Facts) == 0 {
		if camps.Majority() {
			most := func(system *check.Endpoint) bool { return slices.Contains(camps[0], system.Name) }
			if most(b.env.System) || most(b.peer) {
				return !most(b.env.System)
			}
		}
		return d.Kind != record.Extra || d.Want.Type != ""
	}
	said := d.Got
	if d.Kind == record.Missing {
		said = d.Want
	}
	fact, known := factOf(about.Facts, said)
	if !known && d.Kind == record.Altered {
		fact, known = factOf(about.Facts, d.Want)
	}
	shared := known && about.Shows(fact)
	switch d.Kind {
	case record.Missing:
		return shared
	case record.Extra:
		return !shared || d.Want.Type != ""
	default:
		if !known {
			return true
		}
		truth, ok := about.Statement(fact)
		return !ok || !record.Agrees(truth, d)
	}
}

// factOf finds the fact that a statement is about, in its latest version.
func factOf(facts []fixtures.Fact, s record.Statement) (fixtures.Fact, bool) {
	for i := len(facts) - 1; i >= 0; i-- {
		if slices.Contains(s.Keys, facts[i].Identifier.Token()) {
			return facts[i], true
		}
	}
	return fixtures.Fact{}, false
}
