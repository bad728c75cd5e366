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
	home := func(system, provider string) string {
		known := slices.ContainsFunc(run.Systems, func(s result.System) bool { return s.Name == provider })
		if provider == system || !known {
			return ""
		}
		return provider
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
			for _, s := range run.Systems {
				if alone[s.Name] {
					add(result.Scope{System: s.Name})
					continue
				}
				for _, peer := range run.Systems {
					if peer.Name != s.Name {
						add(result.Scope{System: s.Name, Peer: peer.Name})
					}
				}
			}
		case check.PerProvider:
			for _, s := range run.Systems {
				for _, p := range run.Providers {
					add(result.Scope{System: s.Name, Peer: home(s.Name, p.System), Provider: p.ODS})
				}
			}
		}
	}
	return all
}
