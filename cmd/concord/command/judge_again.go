package command

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"

	"concord.example/concord/internal/config"
	"concord.example/concord/internal/evidence"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/profiles"
	"concord.example/concord/reports"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

// changed says with what recorded exchanges are judged in place of what the run had; the zero value is as it was.
type changed struct {
	registry         *profiles.Registry
	contract, policy string
}

// recordedRun is a run folder with everything that its exchanges are judged with.
type recordedRun struct {
	run    result.Run
	log    evidence.Log
	config suites.Config
}

func (r recordedRun) close() { _ = r.log.Close() }

// openRecorded reads a run folder.
func openRecorded(dir string, instead changed) (recordedRun, error) {
	run, err := reports.Load(dir)
	if err != nil {
		return recordedRun{}, err
	}
	inputs, err := evidence.ReadInputs(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return recordedRun{}, fmt.Errorf("%s holds no %s: it was written by a build of concord that did not keep what a run was given, so it cannot be judged again", dir, evidence.InputsFolder)
	}
	if err != nil {
		return recordedRun{}, err
	}
	conf, err := judgedWith(dir, run, inputs, instead)
	if err != nil {
		return recordedRun{}, fmt.Errorf("judge %s again: %w", dir, err)
	}
	log, err := evidence.Open(filepath.Join(dir, reports.ExchangesFolder))
	if err != nil {
		return recordedRun{}, err
	}
	return recordedRun{run: run, log: log, config: conf}, nil
}

// judgedWith is the configuration of the checks of a run, from its inputs.
func judgedWith(dir string, run result.Run, inputs evidence.Inputs, instead changed) (suites.Config, error) {
	fail := func(err error) (suites.Config, error) { return suites.Config{}, err }
	at := func(own, name string) string {
		if own != "" {
			return own
		}
		return evidence.InputPath(dir, name)
	}
	registry := instead.registry
	if registry == nil {
		var err error
		if registry, err = profiles.Embedded(profiles.Sequence(inputs.UKCore)); err != nil {
			return fail(fmt.Errorf("read the embedded UK Core definitions: %w", err))
		}
	}
	agreed, err := contract.Read(at(instead.contract, inputs.Contract))
	if err != nil {
		return fail(err)
	}
	register, err := differences(evidence.InputPath(dir, inputs.Differences))
	if err != nil {
		return fail(err)
	}
	var files, names []string
	for _, name := range inputs.Waivers {
		files = append(files, evidence.InputPath(dir, name))
	}
	excused, err := waivers(files)
	if err != nil {
		return fail(err)
	}
	ledger, err := goldenLedger(config.Config{Seed: inputs.Seed, People: inputs.People, Stress: inputs.Stress, Swap: inputs.Swap, Loaded: inputs.Loaded})
	if err != nil {
		return fail(err)
	}
	judge := suites.NewUKCore(registry, ledger, excused.InForce(registry.Packages(), run.StartedAt))
	read, err := furtherChecks(config.Config{Scenarios: evidence.InputPath(dir, inputs.Scenarios), Suites: inputs.Suites, Checks: inputs.Checks}, ledger, registry, judge)
	if err != nil {
		return fail(err)
	}
	conf := suites.Config{
		Ledger: ledger, Judge: judge, Further: read.checks(), Packages: packages(registry), Contract: agreed, Declared: register, Harness: build(),
		Seed: inputs.Seed, Concurrency: inputs.Concurrency, Cached: inputs.Cached,
		Selection: suites.Selection{Suites: inputs.Suites, Checks: inputs.Checks, Providers: inputs.Providers, Loaded: inputs.Loaded},
		Discovery: discovery(config.Config{Discover: inputs.Discover, Subjects: inputs.Subjects}),
	}
	if run.Shard != nil {
		conf.Shard = suites.Shard{Index: run.Shard.Index, Of: run.Shard.Of, Apart: true}
	}
	for _, s := range inputs.Systems {
		names = append(names, s.Name)
		one := suites.System{
			Name: s.Name, Title: s.Title, Supplier: s.Supplier, Share: s.Share, BaseURL: s.BaseURL, Mock: s.Mock, Defects: s.Defects, Header: s.Header, Roles: rolesOf(s),
			Writes: s.Writes, Reference: s.Reference, SameAs: s.SameAs, Authorized: s.Authorized, Operated: s.Operated,
		}
		if s.Security != nil {
			one.Security = &suites.Security{Scope: s.Security.Scope, Own: s.Security.Own, Other: s.Security.Other, Doors: map[string]exchange.Target{}}
			for door, base := range s.Security.Doors {
				one.Security.Doors[door] = exchange.Target{BaseURL: base}
				if check.GivesTokens(door) {
					// Nothing is sent: what stands for what was sent is what it is found by.
					one.Security.Doors[door] = exchange.Target{BaseURL: base, Fill: sentAsIs}
				}
			}
		}
		conf.Systems = append(conf.Systems, one)
	}
	if decided := at(instead.policy, inputs.Policy); decided != "" {
		if conf.Policy, err = policy.Read(decided, names); err != nil {
			return fail(err)
		}
	}
	conf.Policy.Federate("", inputs.Federation)
	for _, s := range inputs.Systems {
		conf.Policy.Federate(s.Name, s.Federation)
	}
	return conf, nil
}

// rolesOf are the headers of a system's roles. The values may be credentials, which are not kept; the name of the role stands
// for them. Those of Concord's own mocks are no secret.
func rolesOf(s evidence.InputSystem) map[string]http.Header {
	own := mocks.Roles()
	roles := map[string]http.Header{}
	for name, header := range s.Roles {
		if known, ok := own[name]; ok && s.Mock {
			roles[name] = known
			continue
		}
		stands := http.Header{}
		for field := range header {
			stands[field] = []string{"role " + name}
		}
		roles[name] = stands
	}
	return roles
}
