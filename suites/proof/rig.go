package proof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/mocks"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/waiver"
	"concord.example/concord/suites"
	"concord.example/concord/suites/operate"
)

// Rig is a pair of mocks in this process with a clean run about them. It is not safe for concurrent use.
type Rig struct {
	pair      *mocks.InsidePair
	baseline  *suites.Baseline
	ledger    *fixtures.Ledger
	providers []string
	config    suites.Config
	unguard   func()
	// answered is what the clean systems answered, taken apart once it is needed.
	answered *answers
}

// questions is how many questions are timed: what is timed here says nothing about speed.
const questions = 39

// NewRig makes the golden ledger and both mocks over it, and asks them everything while they are clean, by the definitions
// that Concord brings. perProvider is how many ordinary people each provider is given; 0 means as many as a run has.
func NewRig(ctx context.Context, perProvider int) (*Rig, error) {
	registry, err := profiles.Embedded("stu3")
	if err != nil {
		return nil, fmt.Errorf("set up the proof: %w", err)
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: perProvider})
	if err != nil {
		return nil, fmt.Errorf("set up the proof: %w", err)
	}
	published, err := waiver.Published()
	if err != nil {
		return nil, fmt.Errorf("set up the proof: %w", err)
	}
	judge := suites.NewUKCore(registry, ledger, published.InForce(registry.Packages(), ledger.Now()))
	pair, err := mocks.NewInsidePair(mocks.Options{Ledger: ledger, PeerBudget: 8 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("set up the proof: %w", err)
	}
	r := &Rig{pair: pair, ledger: ledger, providers: sweep(ledger)}
	config := suites.Config{
		Ledger: ledger, Judge: judge, Seed: 1, Timeout: 2 * time.Minute, Questions: questions, Operators: operate.Inside(pair),
		Selection: suites.Selection{Providers: r.providers}, Manners: new(leisure).manners(),
	}
	guarded, unguard, err := suites.GuardMocks(ctx, ledger, pair.Servers...)
	if err != nil {
		pair.Close()
		return nil, fmt.Errorf("set up the proof: %w", err)
	}
	r.unguard = unguard
	for i, server := range pair.Servers {
		config.Systems = append(config.Systems, suites.System{
			Name: server.System(), Title: server.System(), Supplier: server.System(), BaseURL: server.BaseURL(),
			Transport: pair.Transports[i], Roles: mocks.Roles(), Mock: true, Security: guarded[server.System()], Writes: true,
		})
	}
	r.config = config
	if r.baseline, err = suites.NewBaseline(ctx, config); err != nil {
		unguard()
		pair.Close()
		return nil, fmt.Errorf("set up the proof: %w", err)
	}
	return r, nil
}

// Close ends what the mocks still do.
func (r *Rig) Close() {
	r.baseline.Close()
	r.unguard()
	r.pair.Close()
}

// sweep are a few providers of both systems that no scenario is about (those of the sample are every 40th), so that the sweep
// of providers can fail alone.
func sweep(ledger *fixtures.Ledger) []string {
	var some []string
	for i, p := range ledger.Providers() {
		if i%100 == 7 {
			some = append(some, p.ODS)
		}
	}
	return some
}

// Try switches a defect on in the systems that are named, or in both, asks the checks, or all of them, and switches it off again.
func (r *Rig) Try(ctx context.Context, d mocks.Defect, checks []string, systems ...string) (suites.Outcome, error) {
	return r.try(ctx, d, suites.Change{Checks: checks, Reaches: func(q exchange.Request) bool {
		return q.Method != http.MethodGet && !strings.HasSuffix(q.URL, "/_search") || d.Reaches(q.URL, q.Body)
	}}, systems...)
}

// TryReaching is Try in both systems, where reaches says which answers the defect can change.
func (r *Rig) TryReaching(ctx context.Context, d mocks.Defect, reaches func(exchange.Request) bool) (suites.Outcome, error) {
	return r.try(ctx, d, suites.Change{Reaches: reaches})
}

func (r *Rig) try(ctx context.Context, d mocks.Defect, change suites.Change, systems ...string) (outcome suites.Outcome, err error) {
	for _, server := range r.pair.Servers {
		if len(systems) > 0 && !slices.Contains(systems, server.System()) {
			continue
		}
		if err := server.SetDefects(r.setting(d, server.System())); err != nil {
			return suites.Outcome{}, fmt.Errorf("try %s: %w", d.ID, err)
		}
		defer func() { err = errors.Join(err, server.SetDefects()) }()
	}
	return r.baseline.Again(ctx, change), nil
}

// setting switches a defect on. Those of the sweep are given the providers that are asked about.
func (r *Rig) setting(d mocks.Defect, system string) mocks.Setting {
	setting := mocks.Setting{ID: d.ID}
	if d.OfProviders() {
		for _, ods := range r.providers {
			if r.ledger.System(ods) == system {
				setting.Providers = []string{ods}
			}
		}
	}
	return setting
}

// leisure is time that passes at once: a mock that asks to be left alone for a second is, and nobody waits for it.
type leisure struct {
	mu     sync.Mutex
	passed time.Duration
}

func (l *leisure) manners() suites.Manners {
	return suites.Manners{
		Now: func() time.Time {
			l.mu.Lock()
			defer l.mu.Unlock()
			return time.Now().Add(l.passed)
		},
		Wait: func(ctx context.Context, pause time.Duration) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.passed += pause
			return ctx.Err()
		},
	}
}
