package suites

import (
	"errors"
	"fmt"
	"slices"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// ReferenceName is what the partner is called that Concord supplies for a system that is asked alone.
const ReferenceName = "reference"

// underTest are the systems about which something is said: all but a reference partner.
func (c Config) underTest() []System {
	return slices.DeleteFunc(slices.Clone(c.Systems), func(s System) bool { return s.Reference })
}

// isReference reports whether a system is the partner that Concord supplies.
func (c Config) isReference(system string) bool {
	return slices.ContainsFunc(c.Systems, func(s System) bool { return s.Reference && s.Name == system })
}

// described is where a run describes a system.
func described(run *result.Run, name string) *result.System {
	for _, systems := range [][]result.System{run.Systems, run.Partners} {
		if i := slices.IndexFunc(systems, func(s result.System) bool { return s.Name == name }); i >= 0 {
			return &systems[i]
		}
	}
	return &result.System{}
}

// unlinked says why a check is not put about a reference partner; "" when it is. That partner holds the same golden ledger, and
// nobody has told the system under test of it: what happens at one never reaches the other, and neither is to blame for that.
func (c Config) unlinked(chosen check.Check, peer string) string {
	if !chosen.Exclusive && chosen.Peers != check.Neighbour || !c.isReference(peer) {
		return ""
	}
	return fmt.Sprintf("it is about what passes between two systems, and %s, which Concord supplies, is not linked to the one under test", peer)
}

// unlinkedUnclaimed names what of federation cannot be seen beside a reference partner.
func (c Config) unlinkedUnclaimed() []result.Unclaimed {
	if !slices.ContainsFunc(c.Systems, func(s System) bool { return s.Reference }) {
		return nil
	}
	return []result.Unclaimed{{Area: result.AreaFederation, Partly: true, Why: "The partner is Concord's own and is not linked to the system under test: " +
		"what it shows of a neighbour's records was asked, and what passes between two systems (an outage, an objection, a merge, a notice of break-glass) was not."}}
}

// ofReference says, of an error that is the doing of the partner that Concord supplies, that it is a fault of Concord's and says
// nothing about the system under test: its result is then not run. It is "" for every other error, and for none.
func (t *task) ofReference(err error) string {
	var (
		silent *exchange.Error
		broken *check.BrokenAnswer
	)
	switch {
	case !t.reference:
		return ""
	case errors.As(err, &silent) && silent.System == t.scope.Peer, errors.As(err, &broken) && broken.System == t.scope.Peer:
		return fmt.Sprintf("Concord's own partner (%s) could not be used, which is a fault of Concord and says nothing about %s: %v", t.scope.Peer, t.scope.System, err)
	default:
		return ""
	}
}
