package suites

import (
	"context"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/parity"
)

// Baseline is a run with all it was told, kept so that it can be had again after the systems changed at the cost of what
// changed: a check is asked again only where an answer that it rests on is not the one that it was. It is for proofs about
// Concord itself, whose systems answer in no time and stay as they are while they are asked. It is not safe for concurrent use.
type Baseline struct {
	config    Config
	client    *exchange.Client
	endpoints []*check.Endpoint
	providers []fixtures.Provider
	selected  check.Catalogue
	started   time.Time
	offered   []offers
	results   []result.Result
	// rests are the ids of the exchanges that each task rests on, in the order of the plan; stated are those of what the
	// systems declare.
	rests  []map[string]bool
	stated map[string]bool
	// shares are the ledgers that the systems are held to.
	shares map[string]*fixtures.Ledger
	shared *check.Shared
	memory exchange.Memory
	// traces are the ids of exchanges that ask for the audit trail, which grows with every question.
	traces map[string]bool
	// leaning are the tasks that rest on each answer, without those that depend on more than how the systems are.
	leaning map[string][]int
}

// Change is what is known of a change of the systems.
type Change struct {
	// Checks are those that are to be asked; none are all of them.
	Checks []string
	// Reaches reports whether the change can change the answer to a request; nil means that it can change every answer.
	Reaches func(exchange.Request) bool
}

// Outcome is what a run says after the systems changed.
type Outcome struct {
	// Results are those of all checks that were to be asked, in the order of the plan.
	Results []result.Result
	// Answers is how many answers the checks rest on, Reached how many of them were asked for again, Changed how many of those
	// were not what they had been. Asked is how many checks were asked again.
	Answers, Reached, Changed, Asked int
}

// keepsAll lets a client forget nothing: 4 GiB.
const keepsAll = 4 << 30

// NewBaseline asks every selected check and keeps the answers.
func NewBaseline(ctx context.Context, config Config) (*Baseline, error) {
	config = config.withDefaults()
	config.withoutSpecs = true
	if config.Contract == nil {
		agreed, err := contract.Embedded()
		if err != nil {
			return nil, err
		}
		config.Contract = agreed
	}
	b := &Baseline{config: config, started: config.Clock().UTC()}
	all := slices.Concat(catalogue(parity.NewQuestions(config.Contract, config.Seed)), config.Further)
	var err error
	if b.selected, err = config.Selection.Select(all); err != nil {
		return nil, err
	}
	if b.providers, err = config.Selection.FindProviders(config.Ledger); err != nil {
		return nil, err
	}
	if b.shares, err = config.shares(); err != nil {
		return nil, err
	}
	b.client, err = exchange.NewClient(config.targets(b.started), exchange.Options{
		Timeout: config.Timeout, Concurrency: config.Concurrency, Seed: config.Seed, Clock: config.Clock, MaxKept: keepsAll, MaxHeld: keepsAll,
		Now: config.Manners.Now, Wait: config.Manners.Wait,
	})
	if err != nil {
		return nil, err
	}
	for _, s := range config.Systems {
		endpoint := check.NewEndpoint(b.client, s.Name, s.Title)
		endpoint.Part = check.PartOf(s.Name, s.Share)
		endpoint.Doors, endpoint.Scratch, endpoint.Mark = s.Security.doors(b.client, s), s.scratch(b.client), config.mark(s, b.started)
		endpoint.Roles, endpoint.Owed = s.Roles, owed(config.Contract)
		b.endpoints = append(b.endpoints, endpoint)
	}
	b.stated = map[string]bool{}
	b.offered = b.capabilities(exchange.Watch(ctx, func(id string) { b.stated[id] = true }))
	tasks := b.tasks()
	if len(tasks) == 0 {
		return nil, fmt.Errorf("keep a baseline: no check was selected")
	}
	b.shared = tasks[0].env.Shared
	var mu sync.Mutex
	for i, t := range tasks {
		b.rests = append(b.rests, map[string]bool{})
		t.watch = func(id string) {
			mu.Lock()
			defer mu.Unlock()
			b.rests[i][id] = true
		}
	}
	config.ask(ctx, tasks)
	for _, t := range tasks {
		b.results = append(b.results, t.result)
	}
	b.memory = b.client.Remember()
	b.traces = b.memory.About("AuditEvent")
	return b, nil
}

// Results are those of the baseline.
func (b *Baseline) Results() []result.Result { return b.results }

// Close lets go of connections.
func (b *Baseline) Close() { b.client.Close() }

func (b *Baseline) capabilities(ctx context.Context) []offers {
	offered := make([]offers, len(b.endpoints))
	for i, endpoint := range b.endpoints {
		offered[i] = readCapability(ctx, endpoint)
	}
	return offered
}

func (b *Baseline) tasks() []*task {
	tasks := b.config.plan(b.selected, b.providers, b.endpoints, b.offered, b.shares, b.started)
	for _, t := range tasks {
		t.paused, t.sent = b.client.Paused, sentTo(b.client, t.scope.System)
	}
	return tasks
}

// Again returns what the run says now that the systems changed.
//
// What changes the systems itself, what measures them and what looks for the traces of its own questions is asked again
// wherever the change reaches one of its questions.
func (b *Baseline) Again(ctx context.Context, change Change) Outcome {
	defer b.client.Recall(b.memory)
	offered := b.offered
	defer func() { b.offered = offered }()
	wanted := func(t *task) bool { return len(change.Checks) == 0 || slices.Contains(change.Checks, t.check.ID) }
	reached := b.reached(change)
	touched := func(i int) bool {
		for id := range b.rests[i] {
			if reached(id) {
				return true
			}
		}
		return len(b.rests[i]) == 0 // nothing is known of what it rests on
	}
	tasks := b.tasks()

	// What is asked by whoever changes the systems says nothing when nobody does.
	steady, restless := maps.Clone(b.stated), map[string]bool{}
	for i, t := range tasks {
		switch {
		case b.live(i, t):
			if wanted(t) && touched(i) {
				maps.Copy(restless, b.rests[i])
			}
		case wanted(t):
			maps.Copy(steady, b.rests[i])
		}
	}
	maps.DeleteFunc(restless, func(id string, _ bool) bool { return steady[id] })
	b.client.Forget(slices.Collect(maps.Keys(restless)))
	outcome := Outcome{Answers: len(steady)}
	maps.DeleteFunc(steady, func(id string, _ bool) bool { return !reached(id) })
	outcome.Reached = len(steady)
	changed := map[string]bool{}
	for _, id := range b.client.Refresh(ctx, slices.Sorted(maps.Keys(steady)), runtime.NumCPU()) {
		changed[id] = true
		if _, known := b.memory.Request(id); known {
			outcome.Changed++ // of one that was not kept, as a request for a token is not, nothing can be told
		}
	}
	b.offered = b.capabilities(ctx)
	shared := b.shared.Without(func(id string) bool { return changed[id] || restless[id] })

	var again, answered []*task
	stay := map[*task]result.Result{}
	tasks = b.tasks()
	for i, t := range tasks {
		t.env.Shared = shared
		if !wanted(t) {
			continue
		}
		stale := b.live(i, t) && touched(i) || t.unmet != offeredBefore(offered, b.endpoints, t)
		for id := range b.rests[i] {
			stale = stale || changed[id]
		}
		if stale {
			again = append(again, t)
		} else {
			stay[t] = b.results[i]
		}
		answered = append(answered, t)
	}
	outcome.Asked = len(again)
	b.config.ask(ctx, again)
	for _, t := range answered {
		if before, same := stay[t]; same {
			outcome.Results = append(outcome.Results, before)
		} else {
			outcome.Results = append(outcome.Results, t.result)
		}
	}
	return outcome
}

// reached tells of exchanges whether a change can reach them. What is not known is reached.
func (b *Baseline) reached(change Change) func(id string) bool {
	if change.Reaches == nil {
		return func(string) bool { return true }
	}
	known := map[string]bool{}
	return func(id string) bool {
		is, asked := known[id]
		if !asked {
			request, ok := b.memory.Request(id)
			is = !ok || change.Reaches(request)
			known[id] = is
		}
		return is
	}
}

// live reports whether the answers that a task rests on depend on more than how the systems are: it makes something happen,
// or comes before everything, or reads what is written down about its own questions, or lets a cache answer.
func (b *Baseline) live(i int, t *task) bool {
	if t.check.Exclusive || t.check.First {
		return true
	}
	for id := range b.rests[i] {
		if request, _ := b.memory.Request(id); b.traces[id] || request.Cached {
			return true
		}
	}
	return false
}

// offeredBefore is what the system of a task did not declare before.
func offeredBefore(offered []offers, endpoints []*check.Endpoint, t *task) check.Feature {
	i := slices.Index(endpoints, t.env.System)
	if i < 0 {
		return check.Feature{}
	}
	return offered[i].unmet(t.check.Needs)
}
