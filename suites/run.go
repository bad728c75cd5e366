package suites

import (
	"context"
	"slices"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/requirement"
)

// Run asks every selected check of the systems and returns what they said.
//
// An endpoint that cannot be reached is not an error of Run: its checks get Error. The error is for a configuration that
// cannot be run at all.
func Run(ctx context.Context, config Config) (result.Run, error) {
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
	allowed, err := config.Shard.Part(config.Manners, config.Concurrency)
	if err != nil {
		return result.Run{}, err
	}
	config.Manners, config.Concurrency = allowed.Manners, allowed.Concurrency
	started := config.started()
	client, err := exchange.NewClient(config.targets(started), exchange.Options{
		Timeout: config.Timeout, Concurrency: config.Concurrency, Cached: config.Cached, Seed: config.Seed, Clock: config.Clock, Recorder: config.Recorder,
		Rate: config.Manners.Rate, Patience: config.Manners.Patience, MaxRequests: config.Manners.MaxRequests, MaxTime: config.Manners.MaxTime,
		Now: config.Manners.Now, Wait: config.Manners.Wait,
		UserAgent: "concord/" + config.Harness.Version, Replay: config.Replay, MaxKept: config.kept(),
	})
	if err != nil {
		return result.Run{}, err
	}
	defer client.Close()

	endpoints := make([]*check.Endpoint, len(config.Systems))
	for i, s := range config.Systems {
		endpoints[i] = check.NewEndpoint(client, s.Name, s.Title)
		endpoints[i].Part = check.PartOf(s.Name, s.Share)
		endpoints[i].Partly = len(config.Selection.Loaded) > 0
		endpoints[i].Doors, endpoints[i].Scratch, endpoints[i].Mark = s.Security.doors(client, s), s.scratch(client), config.mark(s, started)
		endpoints[i].Roles, endpoints[i].Owed, endpoints[i].Most = s.Roles, owed(config.Contract), plausible(config.Ledger)
	}
	check.LearnAddresses(ctx, config.present(endpoints))
	if config.Discovery != nil {
		if config.Ledger, err = config.Discovery.roll(ctx, config.present(endpoints), started); err != nil {
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
	if run.Requirements, err = requirement.Register(config.Contract, catalogue, config.profiles()); err != nil {
		return result.Run{}, err
	}
	offered := make([]offers, len(config.Systems))
	for i, endpoint := range endpoints {
		if slices.Contains(config.present(endpoints), endpoint) {
			offered[i] = readCapability(ctx, endpoint)
		}
		offered[i].describe(described(&run, endpoint.Name))
	}
	config.describeData(&run)
	measured, observed := &measurements{}, &observations{}
	tasks := config.share(&run, config.plan(selected, providers, endpoints, offered, shares, started))
	var timed timings
	var noted notes
	for _, t := range tasks {
		t.env.Measure, t.env.Timed, t.env.Observed, t.env.Remark = measured.add, timed.add, observed.add, noted.of(t.scope.System)
		t.paused, t.sent = client.Paused, sentTo(client, t.scope.System)
	}
	config.tryOut(endpoints, shares)
	strangers := config.ask(ctx, tasks)
	if run.Shard != nil {
		run.Shard.Strangers = strangers
	}
	run.Latency = timed.latency()
	for _, t := range tasks {
		run.Results = append(run.Results, t.result)
	}
	for i := range run.Systems {
		run.Systems[i].Remarks = append(remarks(client.Traffic(run.Systems[i].Name)), noted.about(run.Systems[i].Name)...)
		for _, said := range []string{endpoints[i].AskedByType(), endpoints[i].AskedByValue(), endpoints[i].AskedByPost(), endpoints[i].Altered(), endpoints[i].AskedElsewhere()} {
			if said != "" {
				run.Systems[i].Remarks = append(run.Systems[i].Remarks, said)
			}
		}
	}
	config.closeDeclared(&run)
	run.Parameters, run.Capabilities = measured.sum(), observed.sorted()
	for i := range run.Parameters {
		p := &run.Parameters[i]
		p.Declared = offered[slices.IndexFunc(config.Systems, func(s System) bool { return s.Name == p.System })].declares(p.Resource, p.Parameter)
	}
	run.DurationMs = config.Clock().Sub(started).Milliseconds()
	run.Normalise()
	run.Agreements = run.Accords()
	run.Verdict = run.Judge()
	return run, nil
}
