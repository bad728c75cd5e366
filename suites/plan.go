package suites

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/suites/check"
)

// plan makes one task per check and scope, in catalogue order.
func (c Config) plan(selected check.Catalogue, providers []fixtures.Provider, endpoints []*check.Endpoint, offered []offers, shares map[string]*fixtures.Ledger, now time.Time) []*task {
	var tasks []*task
	shared := &check.Shared{}
	add := func(chosen check.Check, system, peer int, provider fixtures.Provider) {
		t := &task{check: chosen, done: make(chan struct{}), declared: c.Declared, env: &check.Env{
			Ledger: c.Ledger, Found: c.Discovery != nil, Judge: c.Judge, Now: now, Provider: provider, Operators: c.Operators, Shared: shared,
			Policy: c.Policy,
			Load:   check.Load{Questions: c.Questions, Concurrency: c.Concurrency},
		}}
		t.scope.Provider = provider.ODS
		if system >= 0 {
			t.env.System, t.scope.System = endpoints[system], endpoints[system].Name
			t.env.Ledger = shares[endpoints[system].Name]
			t.unmet = offered[system].unmet(chosen.Needs)
		}
		if peer >= 0 {
			t.env.Peer, t.scope.Peer = endpoints[peer], endpoints[peer].Name
		}
		t.unclaimedBy = c.unclaimedBy(chosen, t.scope.System, t.scope.Peer, provider)
		if why := c.outOfScope(chosen, t.scope.System); why != "" {
			t.unclaimedBy, t.unclaimedWhy = t.scope.System, why
		}
		t.env.Label = chosen.ID + " " + t.scope.String()
		tasks = append(tasks, t)
	}
	for _, chosen := range selected {
		switch chosen.Scope {
		case check.PerRun:
			add(chosen, -1, -1, fixtures.Provider{})
		case check.PerSystem:
			for i := range endpoints {
				add(chosen, i, -1, fixtures.Provider{})
			}
		case check.PerPair:
			for i := range endpoints {
				if c.alone(endpoints[i].Name) {
					// About its own records, whoever is there besides.
					add(chosen, i, -1, fixtures.Provider{})
					continue
				}
				for j := range endpoints {
					if i != j {
						add(chosen, i, j, fixtures.Provider{})
					}
				}
			}
		case check.PerProvider:
			for i := range endpoints {
				for _, provider := range providers {
					home := slices.IndexFunc(endpoints, func(e *check.Endpoint) bool { return e.Name == provider.System })
					if home == i {
						home = -1
					}
					add(chosen, i, home, provider)
				}
			}
		}
	}
	return tasks
}

// ask has the tasks performed while Ginkgo waits for each of them.
func (c Config) ask(ctx context.Context, tasks []*task) {
	var (
		mu   sync.Mutex
		done int
	)
	c.Progress(0, len(tasks))
	finished := func(t *task) {
		mu.Lock()
		defer mu.Unlock()
		done++
		if c.Ended != nil {
			c.Ended(t.check, t.result)
		}
		c.Progress(done, len(tasks))
	}
	var first, together, alone []*task
	for _, t := range tasks {
		switch {
		case t.check.First:
			first = append(first, t)
		case t.check.Exclusive:
			alone = append(alone, t)
		default:
			together = append(together, t)
		}
	}
	workers := max(4, c.Concurrency*len(c.Systems), runtime.NumCPU())
	var asking sync.WaitGroup
	asking.Go(func() {
		c.askAlone(ctx, first, finished)
		startPool(ctx, together, workers, c.Clock, c.CheckTimeout, finished)()
		c.askAlone(ctx, alone, finished)
	})
	if !c.withoutSpecs && !c.offline() {
		specs(ctx, "Concord", tasks)
	}
	asking.Wait()
}

// resetTimeout bounds how long undoing what a check did may take, also after the run was stopped.
const resetTimeout = 10 * time.Minute

// askAlone performs checks that change what systems say, one at a time, and undoes after each what it did. When that
// fails, nothing that is asked afterwards could be trusted.
func (c Config) askAlone(ctx context.Context, tasks []*task, finished func(*task)) {
	var spoilt error
	for _, t := range tasks {
		if spoilt != nil {
			t.refuse(spoilt)
		} else {
			t.env.Afresh()
			t.perform(ctx, c.Clock, c.CheckTimeout)
			spoilt = c.reset(ctx, t)
		}
		finished(t)
	}
}

// reset undoes what a check made happen. Nothing is undone where nothing happened.
func (c Config) reset(ctx context.Context, t *task) error {
	if !t.env.Happened() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), resetTimeout)
	defer cancel()
	for _, s := range c.Systems {
		if operator := c.Operators[s.Name]; operator != nil {
			if err := operator.Reset(ctx); err != nil {
				return fmt.Errorf("undo what %s did to %s: %w", t.check.ID, s.Name, err)
			}
		}
	}
	return nil
}
