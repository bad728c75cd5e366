package parity

import (
	"context"
	"slices"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/result"
	"concord/suites/record"
)

// sameAsPeer compares what two systems show of the same people, for one kind of fact: nothing that the peer shows may be
// missing from the asked system or be another there. Neither system is the measure of the other: where the ledger knows
// the fact, it decides which of the two is wrong, and the finding is about that one; where it does not, each is told what
// it lacks.
func sameAsPeer(kind fixtures.Kind) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		reader := record.NewReader()
		asked := people(env, kind)
		here, err := record.Gather(ctx, asked, show(env.System, reader, kind))
		if err != nil {
			return nil, err
		}
		there, err := record.Gather(ctx, asked, show(env.Peer, reader, kind))
		if err != nil {
			return nil, err
		}
		b := newBlame(env, kind)
		b.peer = env.Peer
		var (
			nobody   []string
			compared int
			terms    = record.Terms{}
		)
		for i := range asked {
			for _, statement := range b.set(there[i]).Statements() {
				terms.Learn(statement.Terms)
			}
		}
		for i := range asked {
			if !here[i].found || !there[i].found {
				// Who is not found at all is the business of the check for finding people.
				nobody = append(nobody, asked[i].NHSNumber)
				continue
			}
			mine, theirs := b.set(here[i]), b.set(there[i])
			compared += theirs.Len()
			differences := slices.Concat(theirs.Against(mine), theirs.Terms(mine, terms))
			for _, d := range differences {
				if b.atFault(asked[i], d) {
					b.differences = append(b.differences, placed{seen: here[i], peer: there[i], difference: d})
				}
			}
		}
		findings, err := b.findings(ctx, compared)
		if err != nil {
			return findings, err
		}
		return findings, complete(env, findings, nobody, compared)
	}
}

// set reads what a system shows about one person.
func (b *blame) set(s seen) *record.Set {
	set := record.NewSet(b.reader)
	for _, resource := range s.part.Resources {
		set.Add(resource, s.names)
	}
	return set
}

// atFault reports whether a difference may be blamed on the asked system. Where the ledger knows the person, it decides.
// Where it does not, each system is told what it lacks or says otherwise, and nobody what it shows in addition.
func (b *blame) atFault(person fixtures.Person, d record.Difference) bool {
	facts := b.env.Ledger.FactsOf(person)
	if len(facts) == 0 {
		return d.Kind != record.Extra || d.Want.Type != ""
	}
	said := d.Got
	if d.Kind == record.Missing {
		said = d.Want
	}
	fact, known := factOf(facts, said)
	if !known && d.Kind == record.Altered {
		fact, known = factOf(facts, d.Want)
	}
	shared := known && visible(b.env.Ledger, person, fact)
	switch d.Kind {
	case record.Missing:
		return shared
	case record.Extra:
		return !shared || d.Want.Type != ""
	default:
		if !known {
			return true
		}
		truth, ok := b.oracle.Statement(person, fact)
		return !ok || !record.Agrees(truth, d)
	}
}

// factOf finds the fact that a statement is about, in its latest version.
func factOf(facts []fixtures.Fact, s record.Statement) (fixtures.Fact, bool) {
	for i := len(facts) - 1; i >= 0; i-- {
		if slices.Contains(s.Keys, facts[i].Identifier.System+"|"+facts[i].Identifier.Value) {
			return facts[i], true
		}
	}
	return fixtures.Fact{}, false
}
