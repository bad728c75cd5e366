package merge

import (
	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
)

// charge has of the checks that shards charged with an answer about another person those complain that a whole run would have charged: of a
// kind of answers the first that rests on one, in the order of the results, and nobody where a check of any shard complains by itself.
func charge(results []result.Result, shards []result.Run) {
	taken, charges := map[result.Stranger]bool{}, map[place]result.Charge{}
	for _, shard := range shards {
		if shard.Shard.Strangers == nil {
			continue
		}
		for _, kind := range shard.Shard.Strangers.Told {
			taken[kind] = true
		}
		for _, c := range shard.Shard.Strangers.Charged {
			charges[place{c.Before.Check, c.Before.Scope}] = c
		}
	}
	for i, r := range results {
		c, charged := charges[place{r.Check, r.Scope}]
		if !charged {
			continue
		}
		var findings []result.Finding
		its := map[result.Stranger]bool{}
		for j, kind := range c.Kinds {
			if its[kind] = its[kind] || !taken[kind]; its[kind] {
				findings, taken[kind] = append(findings, c.Findings[j]), true
			}
		}
		if results[i] = c.Before; len(findings) > 0 {
			results[i] = suites.Charged(c.Before, findings)
		}
	}
}
