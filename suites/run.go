package suites

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/mocks"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/declared"
	"concord.example/concord/suites/parity"
)

// System is one endpoint under test.
type System struct {
	Name, Title, Supplier string
	BaseURL, ConnectTo    string
	Header                http.Header
	// Auth proves who asks, TLS is how the system's certificate is judged; nil means none, and the machine's authorities.
	Auth exchange.Authorizer
	TLS  *tls.Config
	// Transport carries requests instead of a connection; nil means one.
	Transport http.RoundTripper
	// Roles are further headers that make the system take who asks for somebody in a role, by the name of the role.
	Roles map[string]http.Header
	// Authorized and Operated say, where recorded exchanges are judged again, that a proof of who asks was sent with them, and
	// that events were made to happen.
	Authorized, Operated bool
	// Mock says that the endpoint was started as a mock, with Defects switched on. What answers decides whether it is one, when
	// it answers.
	Mock    bool
	Defects []string
}

// Target is the system as it is asked.
func (s System) Target() exchange.Target {
	return exchange.Target{Name: s.Name, BaseURL: s.BaseURL, Header: s.Header, Auth: s.Auth, TLS: s.TLS, ConnectTo: s.ConnectTo, Transport: s.Transport}
}

// Manners are how much a system is asked of; zero values mean no limit, and five minutes of Patience.
type Manners struct {
	// Rate is the most requests a second to one system.
	Rate float64
	// Patience is how long a system may go on asking to be left alone.
	Patience time.Duration
	// MaxRequests and MaxTime are how many requests one system is sent at most, and for how long.
	MaxRequests int
	MaxTime     time.Duration
	// Now and Wait are the time by which a system is left alone, and how it passes; nil means the real one.
	Now  func() time.Time
	Wait func(context.Context, time.Duration) error
}

// Config is what a run needs. Systems and Judge are required, and one of Ledger and Discovery; everything else has a
// default.
type Config struct {
	Systems []System
	Ledger  *fixtures.Ledger
	Judge   check.Judge
	// Discovery makes it a run about whatever people the systems hold; only the checks that need no golden ledger are asked.
	Discovery *Discovery
	Packages  []result.Artefact
	// Contract says what to search by; nil is the contract that Concord brings.
	Contract  *contract.Contract
	Harness   result.Harness
	Seed      uint64
	Selection Selection
	// Further are checks that come on top of the built-in ones, such as scenarios that were read from files.
	Further check.Catalogue
	// Timeout is the deadline of one request, CheckTimeout that of one check. Defaults 10 s and 2 min.
	Timeout, CheckTimeout time.Duration
	// Concurrency bounds the requests under way at one system. Default 8.
	Concurrency int
	// Cached lets caches answer: no question is sent with Cache-Control: no-cache.
	Cached bool
	// Manners bound what is asked of a system.
	Manners Manners
	// Started is when the run began, if it goes on where it was stopped; zero means now.
	Started time.Time
	// Clock is the run's clock. Default time.Now; a frozen clock gives byte-identical runs.
	Clock func() time.Time
	// Recorder keeps the exchanges; nil keeps none.
	Recorder exchange.Recorder
	// Replay gives recorded answers instead of asking the systems again; nil asks for everything.
	Replay *exchange.Replay
	// Policy is what the parties have decided where no rule says.
	Policy policy.Policy
	// Questions is how many questions of a clinician are timed at each system. Default 240.
	Questions int
	// Shard makes it one share of a run; the zero value is all of it. What Manners and Concurrency allow holds over all shards
	// together.
	Shard Shard
	// Declared are the differences that people have declared to be lawful; nil means none.
	Declared *declared.Register
	// Operators make events happen at the systems, by name. A check that needs one which is not there is not run.
	Operators map[string]check.Operator
	// Progress is told how many of how many results are in; it is called from one goroutine at a time.
	Progress func(done, total int)
	// Ended is told each result when it is in, in no order, from one goroutine at a time; nil tells nobody. What a run says
	// in the end may differ: waivers and declared differences are applied when all are in.
	Ended func(check.Check, result.Result)

	// withoutSpecs leaves Ginkgo out; only tests set it.
	withoutSpecs bool
}

// GCPercent is how much the heap may grow between two collections of garbage, as GOGC says it, in a process that runs the
// suites. A run is short and makes much that it needs once: at Go's own 100, a fifth of its processor time was collecting.
const GCPercent = 200

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
	targets := make([]exchange.Target, 0, len(config.Systems))
	for _, s := range config.Systems {
		targets = append(targets, s.Target())
	}
	client, err := exchange.NewClient(targets, exchange.Options{
		Timeout: config.Timeout, Concurrency: config.Concurrency, Cached: config.Cached, Seed: config.Seed, Clock: config.Clock, Recorder: config.Recorder,
		Rate: config.Manners.Rate, Patience: config.Manners.Patience, MaxRequests: config.Manners.MaxRequests, MaxTime: config.Manners.MaxTime,
		Now: config.Manners.Now, Wait: config.Manners.Wait,
		UserAgent: "concord/" + config.Harness.Version, Replay: config.Replay, MaxKept: config.kept(),
	})
	if err != nil {
		return result.Run{}, err
	}
	defer client.Close()

	started := config.started()
	endpoints := make([]*check.Endpoint, len(config.Systems))
	for i, s := range config.Systems {
		endpoints[i] = check.NewEndpoint(client, s.Name, s.Title)
		endpoints[i].Roles, endpoints[i].Owed, endpoints[i].Most = s.Roles, owed(config.Contract), plausible(config.Ledger)
	}
	if config.Discovery != nil {
		if config.Ledger, err = config.Discovery.roll(ctx, endpoints, started); err != nil {
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
	offered := make([]offers, len(config.Systems))
	for i, endpoint := range endpoints {
		offered[i] = readCapability(ctx, endpoint)
		offered[i].describe(&run.Systems[i])
	}
	config.describeData(&run)
	measured, observed := &measurements{}, &observations{}
	tasks := config.share(&run, config.plan(selected, providers, endpoints, offered, shares, started))
	var timed timings
	for _, t := range tasks {
		t.env.Measure, t.env.Timed, t.env.Observed = measured.add, timed.add, observed.add
		t.paused = client.Paused
	}
	config.ask(ctx, tasks)
	run.Latency = timed.latency()
	for _, t := range tasks {
		run.Results = append(run.Results, t.result)
	}
	for i := range run.Systems {
		run.Systems[i].Remarks = remarks(client.Traffic(run.Systems[i].Name))
	}
	config.closeDeclared(&run)
	run.Parameters, run.Capabilities = measured.sum(), observed.sorted()
	for i := range run.Parameters {
		p := &run.Parameters[i]
		p.Declared = offered[slices.IndexFunc(config.Systems, func(s System) bool { return s.Name == p.System })].declares(p.Resource, p.Parameter)
	}
	run.DurationMs = config.Clock().Sub(started).Milliseconds()
	run.Normalise()
	run.Verdict = run.Judge()
	return run, nil
}

// started is when the run began.
func (c Config) started() time.Time {
	if !c.Started.IsZero() {
		return c.Started.UTC()
	}
	return c.Clock().UTC()
}

// AtOneGo returns the ids of the selected checks whose questions are about one moment: where a run goes on after it was stopped,
// they are asked from their beginning.
func (c Config) AtOneGo() ([]string, error) {
	_, selected, err := c.chosen()
	var ids []string
	for _, one := range selected {
		if one.First || one.Exclusive {
			ids = append(ids, one.ID)
		}
	}
	return ids, err
}

// chosen returns the catalogue of a run and the checks of it that were selected and can be asked.
func (c Config) chosen() (all, selected check.Catalogue, err error) {
	all = slices.Concat(catalogue(parity.NewQuestions(c.Contract, c.Seed)), c.Further)
	if err := all.Validate(); err != nil {
		return nil, nil, err
	}
	if err := c.resolveDeclared(all); err != nil {
		return nil, nil, err
	}
	if selected, err = c.Selection.Select(all); err != nil {
		return nil, nil, err
	}
	selected, err = c.answerable(selected)
	return all, selected, err
}

// plausible is how many resources of a type a system that was filled with the ledger may hold about one person: what it was
// given, as often as a careless load repeats it, and a hundred of its own.
func plausible(ledger *fixtures.Ledger) int {
	if ledger == nil {
		return 0
	}
	most := 0
	for _, story := range ledger.Stories() {
		for _, person := range story.People {
			of := map[fixtures.Kind]int{}
			for _, fact := range ledger.FactsOf(person) {
				of[fact.Kind]++
				most = max(most, of[fact.Kind])
			}
		}
	}
	if most == 0 {
		return 0
	}
	return 3*most + 100
}

// owed are the search parameters that a contract requires of every system, by type. What is only for parity binds whoever
// declares it, but for the search by patient.
func owed(c *contract.Contract) map[string][]string {
	parameters := map[string][]string{}
	for _, row := range c.Rows {
		if row.Layer == contract.Parity && !slices.Equal(row.Parameters, []string{"patient"}) || row.Layer != contract.Parity && row.Level != result.Must {
			continue
		}
		for _, code := range row.Parameters {
			if !slices.Contains(parameters[row.Resource], code) {
				parameters[row.Resource] = append(parameters[row.Resource], code)
			}
		}
	}
	return parameters
}

// resolveDeclared sees to it that the declared differences name checks and systems that there are.
func (c Config) resolveDeclared(catalogue check.Catalogue) error {
	var checks, systems []string
	for _, row := range catalogue {
		checks = append(checks, row.ID)
	}
	for _, s := range c.Systems {
		systems = append(systems, s.Name)
	}
	return c.Declared.Resolve(checks, systems)
}

// measurements collects what checks measure of parameters, in whatever order they come.
type measurements struct {
	mu  sync.Mutex
	all []result.Parameter
}

func (m *measurements) add(p result.Parameter) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.all = append(m.all, p)
}

// sum adds them up, in an order of their own.
func (m *measurements) sum() []result.Parameter {
	m.mu.Lock()
	defer m.mu.Unlock()
	return result.AddParameters(m.all)
}

// observations collects what became of what systems declare, in whatever order it comes.
type observations struct {
	mu  sync.Mutex
	all []result.Capability
}

func (o *observations) add(row result.Capability) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.all = append(o.all, row)
}

// sorted puts the rows in an order of their own, each once.
func (o *observations) sorted() []result.Capability {
	o.mu.Lock()
	defer o.mu.Unlock()
	slices.SortFunc(o.all, result.CompareCapabilities)
	return slices.Compact(o.all)
}

func (c Config) withDefaults() Config {
	if c.CheckTimeout <= 0 {
		c.CheckTimeout = 2 * time.Minute
	}
	if c.Concurrency <= 0 {
		c.Concurrency = 8
	}
	if c.Questions <= 0 {
		c.Questions = 240
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Progress == nil {
		c.Progress = func(int, int) {}
	}
	return c
}

// FindProviders returns the selected providers of the ledger in the order of their ODS codes: all of them when none is
// named, and an error that names one that does not exist.
func (s Selection) FindProviders(ledger *fixtures.Ledger) ([]fixtures.Provider, error) {
	if len(s.Providers) == 0 {
		return ledger.Providers(), nil
	}
	var selected []fixtures.Provider
	for _, ods := range s.Providers {
		provider, ok := ledger.Provider(ods)
		if !ok {
			return nil, fmt.Errorf("there is no provider with ODS code %q in the ledger%s", ods, meantProvider(ods, ledger))
		}
		selected = append(selected, provider)
	}
	slices.SortFunc(selected, func(a, b fixtures.Provider) int { return strings.Compare(a.ODS, b.ODS) })
	return slices.CompactFunc(selected, func(a, b fixtures.Provider) bool { return a.ODS == b.ODS }), nil
}

// meantProvider suggests providers whose code or name is near to what was typed.
func meantProvider(typed string, ledger *fixtures.Ledger) string {
	var codes []string
	for _, p := range ledger.Providers() {
		if strings.EqualFold(p.Name, typed) {
			return fmt.Sprintf(" (did you mean %q, %s?)", p.ODS, p.Name)
		}
		codes = append(codes, p.ODS)
	}
	return suggest.Meant(typed, codes)
}

// describe fills in everything about the run that is known before it starts.
func (c Config) describe(started time.Time, catalogue, selected check.Catalogue, providers []fixtures.Provider) result.Run {
	run := result.Run{
		Schema: result.Schema, ID: c.id(started), Seed: c.Seed, StartedAt: started, Harness: c.Harness, Contract: c.Contract.Artefact(),
		Packages: c.Packages,
		Data: result.Data{
			Synthetic:   true,
			Description: "Every person and every record in this run is synthetic: invented by Concord's golden ledger, with NHS numbers that are never issued.",
			Providers:   len(c.Ledger.Providers()), People: c.Ledger.PeopleCount(), Facts: c.Ledger.FactCount(),
		},
		Selection: result.Selection{
			Suites: c.Selection.Suites, Checks: c.Selection.Checks, NotSelected: len(catalogue) - len(selected), Of: len(catalogue), Found: c.Discovery != nil,
		},
	}
	if left := len(c.Ledger.Providers()) - len(providers); len(c.Selection.Providers) > 0 && left > 0 {
		run.Selection.ProvidersNotSelected = left
		for _, p := range providers {
			run.Selection.Providers = append(run.Selection.Providers, p.ODS)
		}
	}
	for _, s := range c.Systems {
		run.Systems = append(run.Systems, result.System{
			Name: s.Name, Title: s.Title, Supplier: s.Supplier, BaseURL: s.BaseURL, Mock: s.Mock, Defects: s.Defects,
		})
	}
	run.Unclaimed = c.unclaimed()
	for _, s := range c.Systems {
		for _, line := range c.Policy.For(s.Name).Lines() {
			run.Decisions = append(run.Decisions, result.Decision{System: s.Name, Name: line.Decision, Value: line.Value, Meaning: line.Meaning})
		}
	}
	harm := harms()
	for _, chosen := range selected {
		info := chosen.Info()
		info.Harm = harm[info.ID]
		run.Checks = append(run.Checks, info)
	}
	for _, p := range providers {
		run.Providers = append(run.Providers, result.Provider{
			ODS: p.ODS, Name: p.Name, Type: string(p.Type), ICB: p.ICB, ICS: p.ICS, System: p.System, Apart: p.Type == fixtures.Pharmacy,
		})
	}
	return run
}

// describeData says what the data is, which takes knowing what answers.
func (c Config) describeData(run *result.Run) {
	if slices.ContainsFunc(run.Systems, func(s result.System) bool { return !s.Mock }) {
		run.Data.Description = "The people asked about are synthetic: invented by Concord's golden ledger, with NHS numbers that are never issued. " +
			"What else the endpoints hold was not looked at."
	}
	c.describeFound(run)
}

// id digests what makes the run what it is, so that equal inputs give equal ids.
func (c Config) id(started time.Time) string {
	h := sha256.New()
	_, _ = fmt.Fprintln(h, c.Seed, c.Selection.Suites, c.Selection.Checks, c.Selection.Providers)
	for _, s := range c.Systems {
		_, _ = fmt.Fprintln(h, s.Name, s.BaseURL, s.Defects)
	}
	return started.Format("20060102T150405Z") + "-" + hex.EncodeToString(h.Sum(nil)[:4])
}

// longestName bounds what a system can put into every report, in bytes.
const longestName = 200

// offers is what a system says of itself.
type offers struct {
	statement fhir.Resource
	hash      string
	// answered says that something answered, mock that it was a mock.
	answered, mock bool
}

func readCapability(ctx context.Context, endpoint *check.Endpoint) offers {
	statement, got, err := endpoint.Capabilities(ctx)
	if err != nil {
		// The checks that ask this system will say so, each for itself.
		return offers{answered: got != nil, mock: got != nil && mocks.Is(got.Header, "")}
	}
	sum := sha256.Sum256([]byte(got.Body))
	return offers{statement: statement, hash: hex.EncodeToString(sum[:]), answered: true, mock: mocks.Is(got.Header, statement.Text("software", "name"))}
}

func (c offers) describe(system *result.System) {
	short := func(path ...any) string { return exchange.Clip(c.statement.Text(path...), longestName) }
	system.Software = result.Artefact{Name: short("software", "name"), Version: short("software", "version")}
	system.FHIRVersion = short("fhirVersion")
	system.CapabilityHash = c.hash
	if c.answered {
		system.Mock = c.mock
	}
}

// declares reports whether a CapabilityStatement names search parameters of a type, joined by "+"; nil when it could not be read.
func (c offers) declares(resourceType, parameters string) *bool {
	if c.statement == nil {
		return nil
	}
	named := true
	for _, code := range strings.Split(parameters, "+") {
		named = named && slices.ContainsFunc(c.statement.Objects("rest", "resource"), func(resource map[string]any) bool {
			return fhir.Text(resource["type"]) == resourceType && slices.ContainsFunc(fhir.Objects(resource["searchParam"]), func(p map[string]any) bool {
				return fhir.Text(p["name"]) == code
			})
		})
	}
	return &named
}

// unmet returns the first feature that the system does not declare. A system whose CapabilityStatement could not be read
// is asked anyway: that is not the same as not offering.
func (c offers) unmet(needs []check.Feature) check.Feature {
	if c.statement == nil {
		return check.Feature{}
	}
	for _, need := range needs {
		offered := slices.ContainsFunc(c.statement.Objects("rest", "resource"), func(resource map[string]any) bool {
			return fhir.Text(resource["type"]) == need.Resource &&
				slices.ContainsFunc(fhir.Objects(resource["interaction"]), func(interaction map[string]any) bool {
					return fhir.Text(interaction["code"]) == "search-type"
				})
		})
		if !offered {
			return need
		}
	}
	return check.Feature{}
}

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

// offline reports whether recorded exchanges are judged again and nothing is asked.
func (c Config) offline() bool { return c.Replay != nil && c.Replay.Offline }

// keptOffline is how many bytes of answers are kept in memory when they can be had from the log again at any time.
const keptOffline = 32 << 20

// kept is how many bytes of answers are kept in memory; 0 is the default.
func (c Config) kept() int64 {
	if c.offline() {
		return keptOffline
	}
	return 0
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
