package merge

import (
	"fmt"
	"slices"

	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
)

// place is where a result belongs.
type place struct {
	check string
	scope result.Scope
}

// owing is a result that some shard owes.
type owing struct {
	place
	row result.Check
}

func (o owing) owner(of int) int { return suites.Owner(o.check, o.scope, of) }

// unanswered is the result for what no shard answers.
func (o owing) unanswered(of int) result.Result {
	return result.Result{
		Check: o.check, Suite: o.row.Suite, Level: o.row.Level, Scope: o.scope, Status: result.NotRun, Reason: result.Interrupted,
		Message: fmt.Sprintf("nobody knows: %s, to which it falls, has no answer to it", result.Shard{Index: o.owner(of), Of: of}),
	}
}

// plan lists every result that the run owes, in the order in which a run plans them. It follows from what the run says of its
// checks, systems, providers and decisions.
func plan(run result.Run) []owing {
	alone := map[string]bool{}
	for _, d := range run.Decisions {
		if d.Name == "federation" && d.Value == policy.None {
			alone[d.System] = true
		}
	}
	parts := make([]string, len(run.Systems))
	for i, s := range run.Systems {
		parts[i] = check.PartOf(s.Name, s.Share)
	}
	name := func(i int) string {
		if i < 0 {
			return ""
		}
		return run.Systems[i].Name
	}
	home := func(i int, part string) string {
		if parts[i] == part {
			return ""
		}
		return name(slices.Index(parts, part))
	}
	var all []owing
	for _, c := range run.Checks {
		add := func(scope result.Scope) { all = append(all, owing{place{c.ID, scope}, c}) }
		switch check.Scope(c.Scope) {
		case check.PerRun:
			add(result.Scope{})
		case check.PerSystem:
			for _, s := range run.Systems {
				add(result.Scope{System: s.Name})
			}
		case check.PerPair:
			for i, s := range run.Systems {
				peers := check.Peers(c.Peers).Of(parts, i)
				if alone[s.Name] || len(peers) == 0 && len(parts) > 1 {
					peers = []int{check.Nobody}
				}
				for _, j := range peers {
					add(result.Scope{System: s.Name, Peer: name(j)})
				}
			}
		case check.PerProvider:
			for i, s := range run.Systems {
				for _, p := range run.Providers {
					add(result.Scope{System: s.Name, Peer: home(i, p.System), Provider: p.ODS})
				}
			}
		}
	}
	return all
}
