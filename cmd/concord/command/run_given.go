package command

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/suites"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/declared"
)

// given is what a run is asked with, and what it knows of the ledger and of UK Core.
type given struct {
	conf  config.Config
	clock func() time.Time
	began time.Time
	// proved is what is known of this build by the proof in the file whose text is proof; nil for none.
	proved   *result.Proved
	proof    []byte
	register *declared.Register
	contract *contract.Contract
	policy   policy.Policy

	// The rest is what it has learned.
	registry *profiles.Registry
	ledger   *fixtures.Ledger
	judge    *suites.UKCore
	further  *further
}

// read reads what a run is asked with, and refuses what makes no run, before anything slow is done or a folder is made.
func read(conf config.Config, asked asking) (*given, error) {
	clock, err := conf.Now()
	if err != nil {
		return nil, err
	}
	g := &given{conf: conf, clock: clock, began: asked.began(clock)}
	if asked.proof != "" {
		if g.proved, g.proof, err = readProof(asked.proof); err != nil {
			return nil, err
		}
	}
	if conf.Scenarios == "" {
		// With a folder of scenarios, more can be selected than is known yet.
		if _, err := (suites.Selection{Suites: conf.Suites, Checks: conf.Checks}).Select(suites.Catalogue()); err != nil {
			return nil, err
		}
	}
	if g.register, err = differences(conf.Differences); err != nil {
		return nil, err
	}
	if g.contract, err = contract.Read(conf.Contract); err != nil {
		return nil, err
	}
	if g.policy, err = readPolicy(conf); err != nil {
		return nil, err
	}
	if err := partnered(conf, g.policy); err != nil {
		return nil, err
	}
	if len(conf.Systems) == 1 && !conf.Discover && conf.Against == "" && g.policy.For(conf.Systems[0].Name).Federation != policy.None {
		return nil, errors.New("systems: " + config.OneSystem)
	}
	return g, shardable(conf, asked.shard)
}

// learn reads UK Core and makes the ledger, and with them the checks of the configuration's own scenarios.
func (g *given) learn(says *progress) error {
	says.step("reading UK Core %s", g.conf.UKCore)
	var err error
	if g.registry, err = profiles.Embedded(profiles.Sequence(g.conf.UKCore)); err != nil {
		return fmt.Errorf("read the embedded UK Core definitions: %w", err)
	}
	excused, err := waivers(g.conf.Waivers)
	if err != nil {
		return err
	}
	says.step("making the golden ledger")
	if g.ledger, err = goldenLedger(g.conf); err != nil {
		return err
	}
	if _, err := (suites.Selection{Providers: g.conf.Providers}).FindProviders(g.ledger); err != nil {
		return err
	}
	g.judge = suites.NewUKCore(g.registry, g.ledger, excused.InForce(g.registry.Packages(), g.began))
	g.further, err = furtherChecks(g.conf, g.ledger, g.registry, g.judge)
	return err
}

// questions are what is asked, of whomever.
func (g *given) questions() suites.Config {
	return suites.Config{
		Ledger: g.ledger, Judge: g.judge, Further: g.further.checks(), Contract: g.contract, Declared: g.register, Policy: g.policy,
		Seed: g.conf.Seed, Clock: g.clock, Discovery: discovery(g.conf),
		Selection: suites.Selection{Suites: g.conf.Suites, Checks: g.conf.Checks, Providers: g.conf.Providers, Loaded: g.conf.Loaded},
	}
}

// discovery says whom to ask about when it is not the people of the golden ledger.
func discovery(conf config.Config) *suites.Discovery {
	if !conf.Discover {
		return nil
	}
	return &suites.Discovery{Subjects: conf.Subjects}
}

// differences reads the register of declared differences, when there is one.
func differences(path string) (*declared.Register, error) {
	if path == "" {
		return nil, nil
	}
	return declared.Read(path)
}

// readPolicy reads the decisions about data sharing; none are the stated defaults.
func readPolicy(conf config.Config) (policy.Policy, error) {
	var decided policy.Policy
	if conf.Policy != "" {
		names := fixtures.Systems()
		for _, further := range conf.FurtherMocks {
			name, _, _ := strings.Cut(further, "=")
			names = append(names, name)
		}
		if len(conf.Systems) > 0 {
			names = nil
			for _, s := range conf.Systems {
				names = append(names, s.Name)
			}
		}
		var err error
		if decided, err = policy.Read(conf.Policy, names); err != nil {
			return decided, err
		}
	}
	decided.Federate("", conf.Federation)
	for _, s := range conf.Systems {
		decided.Federate(s.Name, s.Federation)
	}
	return decided, nil
}

func packages(registry *profiles.Registry) []result.Artefact {
	var loaded []result.Artefact
	for _, p := range registry.Packages() {
		loaded = append(loaded, result.Artefact{Name: p.Name, Version: p.Version, Hash: p.Hash})
	}
	return loaded
}

// goldenLedger makes the ledger that a configuration asks about.
func goldenLedger(conf config.Config) (*fixtures.Ledger, error) {
	ledger, err := fixtures.New(fixtures.Options{Seed: conf.Seed, PeoplePerProvider: conf.People, Stress: conf.Stress, Swapped: conf.Swap})
	if err != nil {
		return nil, fmt.Errorf("make the golden ledger: %w", err)
	}
	if ledger, err = ledger.Loaded(conf.Loaded); err != nil {
		return nil, fmt.Errorf("loaded: %w", err)
	}
	return ledger, nil
}
