package command

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
	"concord.example/concord/internal/redact"
	"concord.example/concord/mocks"
	"concord.example/concord/mocks/container"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/operate"
)

// underTest are the systems under test, who makes events happen at them, and how to stop what was started for them.
type underTest struct {
	systems   []suites.System
	operators map[string]check.Operator
	stop      func()
}

// startSystems returns the systems under test: those of the configuration, or the mocks, which it starts.
func startSystems(ctx context.Context, s streams, says *progress, conf config.Config, ledger *fixtures.Ledger) (underTest, error) {
	if len(conf.Systems) > 0 {
		asked, err := configured(conf, s.secrets) //nolint:contextcheck // a fixed proof is read without asking anybody
		if err != nil || conf.Against == "" {
			return asked, err
		}
		return withReference(ctx, says, asked, ledger)
	}
	further, err := conf.Further()
	if err != nil {
		return underTest{}, err
	}
	beside := make([]mocks.Further, 0, len(further))
	names := fixtures.Systems()
	for _, one := range further {
		beside, names = append(beside, mocks.Further(one)), append(names, one.Name)
	}
	defects, err := readDefects(conf.Defects, names)
	if err != nil {
		return underTest{}, err
	}
	if conf.Mocks == "container" {
		return startContainers(ctx, says, conf, defects)
	}
	says.step("starting the mock systems on loopback")
	// Their stores stay, and would be walked a dozen times while they are made if they were collected as often as usual.
	usual := debug.SetGCPercent(400)
	defer debug.SetGCPercent(usual)
	// Mocks of this process outlive the questions: one that stops while it answers would be recorded as one that lacks something.
	ctx = context.WithoutCancel(ctx)
	pair, err := mocks.StartPair(ctx, mocks.Options{Ledger: ledger, PeerBudget: peerBudget}, func(system string, o *mocks.Options) {
		for _, w := range defects {
			if w.of(system) {
				o.Defects = append(o.Defects, w.setting)
			}
		}
	}, beside...)
	if err != nil {
		return underTest{}, fmt.Errorf("start the mock systems: %w", err)
	}
	started := underTest{operators: operate.Embedded(pair), stop: pair.Stop}
	for _, endpoint := range pair.Endpoints() {
		started.systems = append(started.systems, mockSystem(endpoint.Part, endpoint.System, endpoint.BaseURL, endpoint.Address, defects))
	}
	if !asksSecurity(conf) {
		return started, nil
	}
	servers := make([]*mocks.Server, 0, len(names))
	for _, endpoint := range pair.Endpoints() {
		servers = append(servers, endpoint.Server)
	}
	guarded, unguard, err := suites.GuardMocks(ctx, ledger, servers...)
	if err != nil {
		pair.Stop()
		return underTest{}, err
	}
	for i := range started.systems {
		started.systems[i].Security = guarded[started.systems[i].Name]
	}
	started.stop = func() {
		unguard()
		pair.Stop()
	}
	return started, nil
}

// asksSecurity reports whether a check about security is among those that are selected.
func asksSecurity(conf config.Config) bool {
	selected, err := suites.Selection{Suites: conf.Suites, Checks: conf.Checks}.Select(suites.Catalogue())
	return err == nil && slices.ContainsFunc(selected, func(c check.Check) bool { return c.Topic != "" })
}

// configured returns the systems of the configuration. Those with an admin URL are mocks that can be switched; events at
// the others need a witness.
func configured(conf config.Config, secrets *redact.Redactor) (underTest, error) {
	c := underTest{stop: func() {}}
	admin := map[string]string{}
	for _, s := range conf.Systems {
		proof, secure, err := admission(s, secrets)
		if err != nil {
			return underTest{}, err
		}
		asked, err := securityOf(s, proof, secure)
		if err != nil {
			return underTest{}, err
		}
		c.systems = append(c.systems, suites.System{
			Security: asked, Name: s.Name, Title: s.Title, Supplier: s.Supplier, Share: s.Share, BaseURL: s.BaseURL, ConnectTo: s.ConnectTo, Header: s.Header(), Auth: proof, TLS: secure,
			Roles: s.RoleHeaders(), Mock: s.AdminURL != "", Writes: s.Writes == config.Scratch,
		})
		if s.AdminURL != "" {
			admin[s.Name] = s.AdminURL
		}
	}
	c.operators = operate.Admin(admin)
	return c, nil
}

// withWitness lets a person make events happen at the systems that nothing else can operate.
func (u underTest) withWitness(s streams, conf config.Config, file *progressFile, clock func() time.Time) {
	witness := operate.NewWitness(s.in, s.err, conf.WitnessTimeout, clock)
	for _, system := range u.systems {
		if !system.Reference && u.operators[system.Name] == nil {
			title := system.Title
			if title == "" {
				title = system.Name
			}
			u.operators[system.Name] = waitingFor{witness.Operator(title), file, title}
		}
	}
}

// unguarded says why the security of mocks in containers is not asked.
const unguarded = "a mock in a container has no guarded way in; with --mocks embedded it has"

func startContainers(ctx context.Context, says *progress, conf config.Config, defects []wantedDefect) (underTest, error) {
	says.step("starting the mock systems as containers")
	arguments := map[string][]string{}
	for _, name := range container.Names() {
		arguments[name] = []string{"--seed", strconv.FormatUint(conf.Seed, 10), "--people", strconv.Itoa(conf.People)}
		if conf.Stress {
			arguments[name] = append(arguments[name], "--stress")
		}
		if conf.Swap {
			arguments[name] = append(arguments[name], "--swap")
		}
		for _, text := range textsOf(defects, name) {
			arguments[name] = append(arguments[name], "--defect", text)
		}
	}
	pair, err := container.Start(ctx, container.Options{Binary: conf.MockBinary, Arguments: arguments})
	if err != nil {
		return underTest{}, undetermined(err)
	}
	started := underTest{stop: func() {
		if err := pair.Stop(context.WithoutCancel(ctx)); err != nil {
			says.step("%v", err)
		}
	}}
	admin := map[string]string{}
	for _, s := range pair.Systems() {
		system := mockSystem(s.Name, s.Name, s.BaseURL, s.ConnectTo, defects)
		system.NoSecurity = unguarded
		started.systems = append(started.systems, system)
		admin[s.Name] = s.AdminURL
	}
	started.operators = operate.Admin(admin)
	networks := map[string]operate.Network{}
	for _, s := range pair.Systems() {
		networks[s.Name] = mesh{pair, s.Name}
	}
	operate.Networked(started.operators, networks)
	return started, nil
}

// mesh is the network between the mocks' containers.
type mesh struct {
	pair *container.Pair
	name string
}

// Partition cuts the system off from its peer.
func (m mesh) Partition(ctx context.Context) error { return m.pair.Partition(ctx, m.name) }

// Heal undoes Partition.
func (m mesh) Heal(ctx context.Context) error { return m.pair.Heal(ctx, m.name) }

func mockSystem(part, name, baseURL, address string, defects []wantedDefect) suites.System {
	title, supplier := mocks.Describe(part, name)
	share := part
	if part == name {
		share = ""
	}
	return suites.System{
		Share: share, Name: name, Title: title, Supplier: supplier, BaseURL: baseURL, ConnectTo: address, Roles: mocks.Roles(), Mock: true, Defects: textsOf(defects, name),
		Writes: true, // it is Concord's own, and started for this run
	}
}

func headers(systems []suites.System) []http.Header {
	all := make([]http.Header, 0, len(systems))
	for _, s := range systems {
		all = append(all, s.Header)
		for _, role := range s.Roles {
			all = append(all, role)
		}
	}
	return all
}
