package suites

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/suites/check"
)

// alone reports whether a system is to show its own records and not its neighbour's, as the parties decided.
func (c Config) alone(system string) bool { return c.Policy.For(system).Federation == policy.None }

// part is the part of the golden ledger that a system holds itself.
func (c Config) part(system string) string {
	i := slices.IndexFunc(c.Systems, func(s System) bool { return s.Name == system })
	if i < 0 {
		return ""
	}
	return check.PartOf(system, c.Systems[i].Share)
}

// shares returns the ledger that each system is held to: the golden one, and of one that stands alone its own part. A system
// whose part nobody knows is an error.
func (c Config) shares() (map[string]*fixtures.Ledger, error) {
	of := map[string]*fixtures.Ledger{}
	for _, s := range c.Systems {
		of[s.Name] = c.Ledger
		if !c.alone(s.Name) || c.Discovery != nil {
			continue
		}
		part := check.PartOf(s.Name, s.Share)
		switch part {
		case check.None:
			return nil, fmt.Errorf("system %s: federation is %q and share is %q, so it would show nothing at all: write the part of the golden ledger that it holds, %s",
				s.Name, policy.None, check.None, strings.Join(fixtures.Systems(), " or "))
		case "":
			return nil, fmt.Errorf("system %s: federation is %q, so it is judged by its own part of the golden ledger, and nobody knows which that is: "+
				"write share: %s after the part that was loaded, or name the system so%s, or run with discover", s.Name, policy.None, strings.Join(fixtures.Systems(), " or "),
				suggest.Meant(s.Name, fixtures.Systems()))
		}
		of[s.Name] = c.Ledger.Share(part)
	}
	return of, nil
}

// unclaimedBy says whose decision it is that a check is not put to a system about a peer, either of them "" for none, and about a
// provider; "" when it is put. What is about the records of a neighbour is not asked of a system that stands alone, nor
// about one that does.
func (c Config) unclaimedBy(chosen check.Check, system, peer string, provider fixtures.Provider) string {
	if chosen.AreaOf() != result.AreaFederation {
		return ""
	}
	switch chosen.Scope {
	case check.PerRun:
		for _, s := range c.Systems {
			if c.alone(s.Name) {
				return s.Name
			}
		}
	case check.PerProvider:
		if part := c.part(system); c.alone(system) && provider.System != part && provider.AlsoFeeds != part {
			return system
		}
	case check.PerSystem:
		// About one system: nobody's neighbour has a part in it.
	case check.PerPair:
		for _, side := range []string{system, peer} {
			if side != "" && c.alone(side) {
				return side
			}
		}
	}
	return ""
}

// unclaimed names federation where a system is not to show what another holds, security where it is not in scope,
// and writing where it is not allowed.
func (c Config) unclaimed(selected check.Catalogue) []result.Unclaimed {
	var alone []string
	for _, s := range c.Systems {
		if c.alone(s.Name) {
			alone = append(alone, s.Name)
		}
	}
	if len(alone) == 0 {
		return slices.Concat(c.unlinkedUnclaimed(), c.securityUnclaimed(), c.writesUnclaimed(selected))
	}
	why := fmt.Sprintf("the parties decided federation: none for %s, so each system that stands alone is judged by the records that it holds itself, "+
		"and whether anybody sees a neighbour's was not asked.", result.List(alone, nil))
	return slices.Concat([]result.Unclaimed{{Area: result.AreaFederation, Why: why}}, c.securityUnclaimed(), c.writesUnclaimed(selected))
}
