package reports

import (
	"fmt"

	"concord.example/concord/internal/result"
)

// foremost is what is told first: the first cause, or, where that only warns and something that must be shown was not, why it was not: what a
// system answered that refused or failed to, before all else. It is "" where there is neither.
func (o overview) foremost() string {
	if len(o.causes.Causes) > 0 && o.causes.Causes[0].Fails {
		return o.says(o.causes.Causes[0])
	}
	open, all := map[result.Reason]int{}, 0
	var most, first *result.Result
	for i, r := range o.run.Results {
		if r.Level != result.Must || r.Status != result.Error && r.Status != result.NotRun {
			continue
		}
		if all++; first == nil {
			first = &o.run.Results[i]
		}
		switch r.Reason {
		case result.NotAllowed, result.Unreachable, result.Throttled:
			open[r.Reason]++
			if most == nil || open[r.Reason] > open[most.Reason] {
				most = &o.run.Results[i]
			}
		default:
		}
	}
	switch {
	case most != nil && open[most.Reason] > 1:
		for i, r := range o.run.Results {
			if r.Level == result.Must && r.Reason == most.Reason && (r.Status == result.Error || r.Status == result.NotRun) {
				most = &o.run.Results[i] // the first of them
				break
			}
		}
		return fmt.Sprintf("%s rest on what was not answered. The first: %s", plural(open[most.Reason], "result", "results"), why(*most))
	case len(o.causes.Causes) > 0 && all == 1:
		return fmt.Sprintf("Not demonstrated: %s, %s", first.Check, why(*first))
	case len(o.causes.Causes) > 0 && all > 1:
		return fmt.Sprintf("Not demonstrated: %s. The first, %s: %s", plural(all, "result", "results"), first.Check, why(*first))
	case len(o.causes.Causes) > 0:
		return o.says(o.causes.Causes[0])
	default:
		return ""
	}
}
