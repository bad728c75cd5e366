package suites

import (
	"errors"
	"fmt"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

// Refusal is why a run could not begin: what asking one system ended in. System is "" when it was no one system's doing.
type Refusal struct {
	System string
	Err    error
}

// Unasked returns the run that could not begin: a result for everything that was selected, each not run and each with the
// reason. A pipeline that finds no report publishes the one of the run before.
//
// The error is for a configuration that cannot be run at all.
func Unasked(config Config, refusals []Refusal) (result.Run, error) {
	config = config.withDefaults()
	if config.Contract == nil {
		agreed, err := contract.Embedded()
		if err != nil {
			return result.Run{}, err
		}
		config.Contract = agreed
	}
	catalogue, selected, err := config.chosen()
	if err != nil {
		return result.Run{}, err
	}
	started := config.Clock().UTC()
	if config.Discovery != nil {
		// Nobody was found, and what the golden ledger says was not to be asked.
		if config.Ledger, err = fixtures.Roll(nil, started); err != nil {
			return result.Run{}, err
		}
	}
	providers, err := config.Selection.FindProviders(config.Ledger)
	if err != nil {
		return result.Run{}, err
	}
	shares, err := config.shares()
	if err != nil {
		return result.Run{}, err
	}
	run := config.describe(started, catalogue, selected, providers)
	config.describeData(&run)
	endpoints := make([]*check.Endpoint, len(config.Systems))
	for i, s := range config.Systems {
		endpoints[i] = check.NewEndpoint(nil, s.Name, s.Title)
		endpoints[i].Part = check.PartOf(s.Name, s.Share)
	}
	for _, t := range config.share(&run, config.plan(selected, providers, endpoints, make([]offers, len(endpoints)), shares, started)) {
		run.Results = append(run.Results, t.unasked(refusals))
	}
	config.closeDeclared(&run)
	run.DurationMs = config.Clock().Sub(started).Round(time.Millisecond).Milliseconds()
	run.Normalise()
	run.Agreements = run.Accords()
	run.Verdict = run.Judge()
	return run, nil
}

// unasked is the result of a task that was never begun, for its own system's reason, or else for the first that there is.
func (t *task) unasked(refusals []Refusal) result.Result {
	r := result.Result{
		Check: t.check.ID, Suite: t.check.Suite, Level: t.check.Level, Scope: t.scope, Status: result.NotRun, Reason: result.Interrupted,
		Message: "the run could not begin",
	}
	if t.unclaimedBy != "" {
		r.Status, r.Reason, r.Message = result.NotApplicable, result.NotClaimedReason, t.unclaimed()
		return r
	}
	for i, refusal := range refusals {
		own := refusal.System == t.scope.System
		if i > 0 && !own {
			continue
		}
		var silent *exchange.Error
		r.Reason = result.Interrupted
		if errors.As(refusal.Err, &silent) && unansweredReason(silent.Kind) == result.Unreachable && own {
			r.Reason = result.Unreachable
		}
		r.Message = "not asked: " + refusal.Err.Error()
		if refusal.System != "" && !own {
			r.Message = fmt.Sprintf("not asked, because %s could not be: %v", refusal.System, refusal.Err)
		}
		if own {
			break
		}
	}
	return r
}
