package suites

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Security is what of a system's security its owner put in scope, and how it is asked.
type Security struct {
	// Scope are topics (check.Topics).
	Scope []string
	// Doors are the ways of asking, by name (check.DoorInvited and the others). One that is not there cannot be tried.
	Doors map[string]exchange.Target
	// Own and Other are the NHS numbers of the person whose records the token of check.DoorPatient opens, and of somebody else.
	Own, Other string
}

// doorName is what a door of a system is called among those that are asked.
func doorName(system, door string) string { return system + "/" + door }

// targets are all that is asked: the systems, the doors of those whose security is in scope, and the ways to write to those that
// may be written to.
func (c Config) targets(started time.Time) []exchange.Target {
	var targets []exchange.Target
	for _, s := range c.Systems {
		targets = append(targets, s.Target())
	}
	for _, s := range c.Systems {
		if s.Security == nil {
			continue
		}
		for _, door := range slices.Sorted(maps.Keys(s.Security.Doors)) {
			target := s.Security.Doors[door]
			target.Name, target.Of, target.Uninvited = doorName(s.Name, door), s.Name, check.Uninvited(door)
			targets = append(targets, target)
		}
	}
	return append(targets, c.scratchTargets(started)...)
}

// doors are the doors of a system as checks see them.
func (s *Security) doors(client *exchange.Client, system System) *check.Doors {
	if s == nil {
		return nil
	}
	doors := &check.Doors{Scope: s.Scope, Own: s.Own, Other: s.Other, Ways: map[string]*check.Endpoint{}}
	for door := range s.Doors {
		doors.Ways[door] = check.NewEndpoint(client, doorName(system.Name, door), system.Title)
	}
	return doors
}

// outOfScope says why a check about security is not asked of a system; "" when it is, or is not about security.
func (c Config) outOfScope(chosen check.Check, system string) string {
	if chosen.Topic == "" {
		return ""
	}
	scope := c.securityScope(system)
	switch {
	case slices.Contains(scope, chosen.Topic):
		return ""
	case c.noSecurity(system) != "":
		return fmt.Sprintf("the security of %s cannot be asked, because %s", system, c.noSecurity(system))
	case len(scope) == 0:
		return fmt.Sprintf("the security of %s is not in scope (security in its configuration puts it there)", system)
	default:
		return fmt.Sprintf("of the security of %s, %s is not in scope", system, chosen.Topic)
	}
}

// noSecurity says why nothing can be asked about the security of a system; "" where it can.
func (c Config) noSecurity(system string) string {
	for _, s := range c.Systems {
		if s.Name == system {
			return s.NoSecurity
		}
	}
	return ""
}

func (c Config) securityScope(system string) []string {
	for _, s := range c.Systems {
		if s.Name == system && s.Security != nil {
			return s.Security.Scope
		}
	}
	return nil
}

// securityUnclaimed names what of security is not in scope.
func (c Config) securityUnclaimed() []result.Unclaimed {
	var open []string
	partly := false
	for _, s := range c.underTest() {
		scope := c.securityScope(s.Name)
		var left []string
		for _, topic := range check.Topics() {
			if !slices.Contains(scope, topic) {
				left = append(left, topic)
			}
		}
		partly = partly || len(scope) > 0
		switch {
		case len(left) == 0:
		case s.NoSecurity != "":
			open = append(open, fmt.Sprintf("the security of %s (%s)", s.Name, s.NoSecurity))
		case len(scope) == 0:
			open = append(open, "the security of "+s.Name)
		default:
			open = append(open, fmt.Sprintf("%s of %s", strings.Join(left, ", "), s.Name))
		}
	}
	if len(open) == 0 {
		return nil
	}
	return []result.Unclaimed{{Area: result.AreaSecurity, Partly: partly, Why: fmt.Sprintf(
		"The owners did not put in scope: %s. Nothing is said about that.", strings.Join(open, "; "))}}
}
