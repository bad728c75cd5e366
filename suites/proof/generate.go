package proof

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

// Generate draws defects by seed, puts each alone into the answers of one system, and asks the checks that rest on what
// changes until one complains. The same seed draws the same. tried is told of each; it may be nil.
func (r *Rig) Generate(ctx context.Context, seed uint64, count int, tried func(result.Mutant)) (result.Generated, error) {
	g := result.Generated{
		Schema: result.GeneratedSchema, Seed: seed, Planned: count,
		Operators: []result.Tally{}, Types: []result.Tally{}, Survivors: []result.Mutant{}, Misjudged: []result.Mutant{},
	}
	alterers := map[string]*alterer{}
	for i, server := range r.pair.Servers {
		alterers[server.System()] = &alterer{handler: server.Handler()}
		r.pair.Transports[i].Lead(alterers[server.System()])
		defer r.pair.Transports[i].Lead(server.Handler())
	}
	if r.answered == nil {
		r.answered = newAnswers(r.baseline)
	}
	d := &draw{r.answered, rand.New(rand.NewPCG(seed, 19))} //nolint:gosec // the same seed is to draw the same
	operators, types := map[string]*result.Tally{}, map[string]*result.Tally{}
	for n, idle := 1, 0; n <= count; {
		if err := ctx.Err(); err != nil {
			return g, err
		}
		drawn := d.next()
		if drawn == nil {
			if idle++; idle > 1000 {
				return g, fmt.Errorf("draw defects: none of a thousand draws can be made")
			}
			continue
		}
		idle = 0
		drawn.mutant.Number = n
		killed, blames := r.tryGenerated(ctx, alterers[drawn.mutant.System], drawn)
		if drawn.mutant.Answers == 0 {
			continue // every answer is what it was
		}
		n++
		m := drawn.mutant
		for name, tallies := range map[string]map[string]*result.Tally{m.Operator: operators, m.Type: types} {
			if tallies[name] == nil {
				tallies[name] = &result.Tally{Name: name}
			}
			tallies[name].Tried++
			switch {
			case killed:
				tallies[name].Killed++
			case m.Open:
				tallies[name].Open++
			case m.Equivalent != "":
				tallies[name].Equivalent++
			}
		}
		switch {
		case !killed:
			g.Survivors = append(g.Survivors, m)
		case blames != m.System:
			g.Misjudged = append(g.Misjudged, m)
		}
		g.Operators, g.Types = sorted(operators), sorted(types)
		if tried != nil {
			tried(m)
		}
	}
	return g, nil
}

func sorted(tallies map[string]*result.Tally) []result.Tally {
	list := []result.Tally{}
	for _, name := range slices.Sorted(maps.Keys(tallies)) {
		list = append(list, *tallies[name])
	}
	return list
}

// tryGenerated puts a defect into the answers of a system, and reports whether a check complains, and of whom.
func (r *Rig) tryGenerated(ctx context.Context, system *alterer, g *generated) (killed bool, blames string) {
	system.act.Store(&g.alteration)
	defer system.act.Store(nil)
	outcome := r.baseline.Doubt(ctx, suites.Doubt{IDs: g.ids, Order: soonest, Enough: complains})
	m := &g.mutant
	m.Answers, m.Asked = outcome.Changed, []string{}
	for _, found := range outcome.Results {
		if !slices.Contains(m.Asked, found.Check) {
			m.Asked = append(m.Asked, found.Check)
		}
		switch {
		case complains(found):
			m.Why = fmt.Sprintf("%s for %s: %s", found.Check, found.Scope, found.Message)
			if len(found.Findings) > 0 {
				m.Why = fmt.Sprintf("%s for %s: %s", found.Check, found.Scope, found.Findings[0].Message)
			}
			return true, found.Scope.System
		case found.Status == result.Error || found.Status == result.NotRun:
			m.Open = true
			m.Why = fmt.Sprintf("%s for %s ends as %s: %s", found.Check, found.Scope, found.Status, found.Message)
		}
	}
	if m.Why == "" {
		m.Why = fmt.Sprintf("%d results rest on the answers that changed, and none complains", len(outcome.Results))
	}
	if !m.Open {
		m.Equivalent = equivalent(g)
	}
	return false, ""
}

func complains(found result.Result) bool {
	return found.Status == result.Fail || found.Status == result.Warning
}

// soonest orders checks by how likely they are to see an altered record: those that hold records against the ledger, then
// against the neighbour's, then against their profiles.
func soonest(a, b result.Result) int {
	rank := func(r result.Result) int {
		for i, prefix := range []string{"PAR-FACTS-", "PAR-SEARCH-", "PAR-PAIR-", "PRO-", "PAR-SOURCE-", "PAR-IDENTITY-", "PAR-", "SCN-"} {
			if strings.HasPrefix(r.Check, prefix) {
				return i
			}
		}
		return 99
	}
	return cmp.Compare(rank(a), rank(b))
}
