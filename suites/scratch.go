package suites

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// scratchName is what the way to write to a system is called among those that are asked.
func scratchName(system string) string { return system + "/scratch" }

// scratchTargets are the ways to write to those systems whose owners allow it. Nothing else can be written to.
func (c Config) scratchTargets(started time.Time) []exchange.Target {
	var targets []exchange.Target
	for _, s := range c.Systems {
		if s.Writes {
			target := s.Target()
			target.Name, target.Of, target.Scratch = scratchName(s.Name), s.Name, &exchange.Scratch{Mark: c.mark(s, started)}
			targets = append(targets, target)
		}
	}
	return targets
}

// mark is by what a run knows what it has made for itself in a system: the same when it goes on or is judged again, and another
// for every other run.
func (c Config) mark(s System, started time.Time) string {
	sum := sha256.Sum256(fmt.Appendln(nil, "scratch", c.Seed, s.Name, s.BaseURL, started.UTC().Format(time.RFC3339Nano)))
	x := hex.EncodeToString(sum[:10])
	// In groups, so that no part of it is ten digits.
	return strings.Join([]string{"concord", x[:5], x[5:10], x[10:15], x[15:]}, "-")
}

// scratch is the way to write to a system; nil where that is not allowed.
func (s System) scratch(client *exchange.Client) *check.Endpoint {
	if !s.Writes {
		return nil
	}
	return check.NewEndpoint(client, scratchName(s.Name), s.Title)
}

// unwritten says why a check that writes is not asked of a system; "" when it is, or does not write.
func (c Config) unwritten(chosen check.Check, system string) string {
	if !chosen.Writes || c.writes(system) {
		return ""
	}
	return fmt.Sprintf("nothing is written to %s (writes: scratch in its configuration allows it)", system)
}

func (c Config) writes(system string) bool {
	for _, s := range c.Systems {
		if s.Name == system {
			return s.Writes
		}
	}
	return false
}

// writesUnclaimed names the systems to which nothing is written, where something would be.
func (c Config) writesUnclaimed(selected check.Catalogue) []result.Unclaimed {
	if !slices.ContainsFunc(selected, func(one check.Check) bool { return one.Writes }) {
		return nil
	}
	var closed []string
	for _, s := range c.underTest() {
		if !s.Writes {
			closed = append(closed, s.Name)
		}
	}
	if len(closed) == 0 {
		return nil
	}
	return []result.Unclaimed{{Area: result.AreaCapability, Partly: true, Why: fmt.Sprintf(
		"The owners let nothing be written to %s. Nothing is said about creates, updates and deletes there, nor about wrong methods and media types.",
		result.List(closed, nil))}}
}
