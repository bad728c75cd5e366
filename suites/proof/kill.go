package proof

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/mocks/hostile"
	"concord.example/concord/suites"
)

// Kill switches a defect on in both systems and says which checks see it. Whole asks every check; otherwise those are asked
// that must fail, or must name a cause.
func (r *Rig) Kill(ctx context.Context, d mocks.Defect, whole bool) (result.Kill, error) {
	kill, explained, causes := untried(d)
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
	return tried(kill, d, outcome.Results), ctx.Err()
}

// KillIn switches a defect on in both systems while they answer in a lawful style, or in several at once, and asks the checks that must
// fail, or must name a cause: what is lawful must hide nothing.
func (r *Rig) KillIn(ctx context.Context, d mocks.Defect, behaviours ...hostile.Behaviour) (kill result.Kill, err error) {
	kill, explained, causes := untried(d)
	checks := d.Checks
	if causes {
		checks = explained.checks(d)
	}
	undo, err := r.answer("", behaviours)
	if err != nil {
		return kill, err
	}
	defer undo()
	for _, server := range r.pair.Servers {
		if err := server.SetDefects(r.setting(d, server.System())); err != nil {
			return kill, fmt.Errorf("try %s: %w", d.ID, err)
		}
		defer func() { err = errors.Join(err, server.SetDefects()) }()
	}
	config := r.configIn(behaviours)
	config.Selection.Checks = checks
	run, err := suites.Run(ctx, config)
	if err != nil {
		return kill, fmt.Errorf("try %s: %w", d.ID, err)
	}
	return tried(kill, d, run.Results), ctx.Err()
}

// untried is what is known of a defect that was not tried yet.
func untried(d mocks.Defect) (kill result.Kill, explained explained, causes bool) {
	explained, causes = explanation(d.ID)
	return result.Kill{
		Defect: d.ID, Title: d.Title, Family: d.Family, Severity: d.Severity, Expected: slices.Clone(d.Checks),
		Caught: []string{}, Missed: []string{}, Also: []string{}, WrongCauses: []string{}, Undetermined: []string{},
	}, explained, causes
}

// tried is a defect with what was found when it was switched on.
func tried(kill result.Kill, d mocks.Defect, results []result.Result) result.Kill {
	failed := map[string]bool{}
	for _, found := range results {
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
	if explained, causes := explanation(d.ID); causes {
		kill.WrongCauses = append(kill.WrongCauses, explained.wrong(d, results)...)
	}
	return kill
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
