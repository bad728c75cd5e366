package suites

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// plan makes one task per check and scope, in catalogue order.
func (c Config) plan(selected check.Catalogue, providers []fixtures.Provider, endpoints []*check.Endpoint, offered []offers, shares map[string]*fixtures.Ledger, now time.Time) []*task {
	var tasks []*task
	shared := &check.Shared{}
	var group []*check.Endpoint
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
			t.env.Group = group
			t.env.Peer, t.scope.Peer = endpoints[peer], endpoints[peer].Name
		}
		t.unclaimedBy = c.unclaimedBy(chosen, t.scope.System, t.scope.Peer, provider)
		if why := c.outOfScope(chosen, t.scope.System); why != "" {
			t.unclaimedBy, t.unclaimedWhy = t.scope.System, why
		}
		if why := c.unwritten(chosen, t.scope.System); why != "" {
			t.unclaimedBy, t.unclaimedWhy = t.scope.System, why
		}
		if why := c.unlinked(chosen, t.scope.Peer); why != "" {
			t.unclaimedBy, t.unclaimedWhy = t.scope.System, why
		}
		t.refused, t.reference = c.refused(t), c.isReference(t.scope.Peer)
		if t.refused == nil && t.unclaimedBy == "" && chosen.Peers != check.NoOther && c.oneServer(t.scope.System, t.scope.Peer) {
			t.refused = &result.Result{
				Check: chosen.ID, Suite: chosen.Suite, Level: chosen.Level, Scope: t.scope, Status: result.NotRun, Reason: result.NotConfigured,
				Message: fmt.Sprintf("not asked: %s and %s are one server, as far as could be seen, and what is compared with itself agrees; correct baseURL of one of them", t.scope.System, t.scope.Peer),
			}
		}
		t.env.Label = chosen.ID + " " + t.scope.String()
		tasks = append(tasks, t)
	}
	parts := make([]string, len(endpoints))
	for i, e := range endpoints {
		parts[i] = e.Part
	}
	group = slices.DeleteFunc(slices.Clone(endpoints), func(e *check.Endpoint) bool { return c.alone(e.Name) })
	group = c.present(group)
	for _, chosen := range selected {
		switch chosen.Scope {
		case check.PerRun:
			add(chosen, -1, -1, fixtures.Provider{})
		case check.PerSystem:
			for i := range c.Systems {
				if !c.Systems[i].Reference {
					add(chosen, i, -1, fixtures.Provider{})
				}
			}
		case check.PerPair:
			for i := range endpoints {
				if c.Systems[i].Reference {
					continue // nothing is said about it
				}
				if c.alone(endpoints[i].Name) {
					// About its own records, whoever is there besides.
					add(chosen, i, -1, fixtures.Provider{})
					continue
				}
				peers := chosen.Peers.Of(parts, i)
				for _, j := range peers {
					add(chosen, i, j, fixtures.Provider{})
				}
				if len(peers) == 0 && len(endpoints) > 1 {
					add(friendless(chosen, endpoints, parts, i), i, check.Nobody, fixtures.Provider{})
				}
			}
		case check.PerProvider:
			for i := range endpoints {
				if c.Systems[i].Reference {
					continue
				}
				for _, provider := range providers {
					home := check.Nobody
					if endpoints[i].Part != provider.System {
						home = slices.Index(parts, provider.System)
					}
					add(chosen, i, home, provider)
				}
			}
		}
	}
	return tasks
}

// several reports whether it has to be said about which of the others checks of pairs are put.
func (c Config) several() bool {
	return len(c.Systems) > 2 || slices.ContainsFunc(c.Systems, func(s System) bool { return s.Share != "" })
}

// friendless is a check about a system and those that hold other records, of a system to which it cannot be put: it says why, and
// asks nothing. parts are what the systems hold, and at is the place of this one.
func friendless(chosen check.Check, endpoints []*check.Endpoint, parts []string, at int) check.Check {
	name, unclaimed := endpoints[at].Name, func(format string, args ...any) error {
		return &check.Inconclusive{Reason: result.NotClaimedReason, Detail: fmt.Sprintf(format, args...)}
	}
	var why error
	switch first := slices.Index(parts, parts[at]); {
	case parts[at] == "" || len(parts) == 2 && slices.Contains(parts, ""):
		unknown := endpoints[slices.Index(parts, "")].Name
		if parts[at] == "" {
			unknown = name
		}
		why = check.UnknownPart(unknown)
	case parts[at] == check.None:
		why = unclaimed("it is about two systems that each hold a part of the golden ledger, and %s holds none (share: %s)", name, check.None)
	case first != at:
		why = unclaimed("it is about two systems that ask each other, and %s shows the part of the golden ledger (%s) for which %s is asked", name, parts[at], endpoints[first].Name)
	default:
		why = check.NoData("no system holds another part of the golden ledger than %s (%s), so there is nobody that it could be about", name, parts[at])
	}
	chosen.Run = func(context.Context, *check.Env) ([]result.Finding, error) { return nil, why }
	return chosen
}

// ask has the tasks performed while Ginkgo waits for each of them, and returns what the other shards of a run must know.
func (c Config) ask(ctx context.Context, tasks []*task) *result.Strangers {
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
	return c.chargeStrangers(ctx, tasks)
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
