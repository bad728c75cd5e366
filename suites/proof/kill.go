package proof

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
)

// Kill switches a defect on in both systems and says which checks see it. Whole asks every check; otherwise those are asked
// that must fail, or must name a cause.
func (r *Rig) Kill(ctx context.Context, d mocks.Defect, whole bool) (result.Kill, error) {
	kill := result.Kill{
		Defect: d.ID, Title: d.Title, Family: d.Family, Severity: d.Severity, Expected: slices.Clone(d.Checks),
		Caught: []string{}, Missed: []string{}, Also: []string{}, WrongCauses: []string{}, Undetermined: []string{},
	}
	explained, causes := explanation(d.ID)
	var checks []string
	if !whole {
		if checks = d.Checks; causes {
			checks = explained.checks(d)
		}
		if len(checks) == 0 {
			return kill, nil
		}
	}
	outcome, err := r.Try(ctx, d, checks)
	if err != nil {
		return kill, err
	}
	failed := map[string]bool{}
	for _, found := range outcome.Results {
		switch found.Status {
		case result.Error:
			kill.Undetermined = append(kill.Undetermined, fmt.Sprintf("%s for %s: %s", found.Check, found.Scope, found.Message))
		case result.Fail, result.Warning:
			failed[found.Check] = true
		default:
		}
	}
	for _, id := range d.Checks {
		if failed[id] {
			kill.Caught = append(kill.Caught, id)
		} else {
			kill.Missed = append(kill.Missed, id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(failed)) {
		if !slices.Contains(d.Checks, id) {
			kill.Also = append(kill.Also, id)
		}
	}
	if causes {
		kill.WrongCauses = append(kill.WrongCauses, explained.wrong(d, outcome.Results)...)
	}
	return kill, ctx.Err()
}

// Clean are complaints about the mocks with nothing switched on.
func (r *Rig) Clean() []string {
	return alarms(r.baseline.Results(), func(found result.Result) bool { return found.Status != result.Pass })
}

// alarms are the results that are to be complained about.
func alarms(results []result.Result, complain func(result.Result) bool) []string {
	found := []string{}
	for _, r := range results {
		if !complain(r) {
			continue
		}
		why := r.Message
		if len(r.Findings) > 0 {
			why = r.Findings[0].Message
		}
		found = append(found, fmt.Sprintf("%s for %s: %s (%s) %s", r.Check, r.Scope, r.Status, r.Reason, why))
	}
	return found
}
