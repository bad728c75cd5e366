package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
	tcnetwork "github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"
)

// port is where a mock listens inside its container, adminPort where its admin API does.
const (
	port      = "8080/tcp"
	adminPort = "8081/tcp"
)

// Options say which pair of mocks to run.
type Options struct {
	// Binary is a static Linux build of concord; empty means the running program.
	Binary string
	// Arguments are further arguments of "concord mock" for each system, by name, on top of those that make it listen
	// and know its peer.
	Arguments map[string][]string
	// StartTimeout bounds how long a mock may take to answer. Default 60 s.
	StartTimeout time.Duration
}

// System is one mock in its container.
type System struct {
	// Name is "ccr" or "ohc"; BaseURL is what the mock believes itself to be called; ConnectTo is where it is reached, and
	// AdminURL where its admin API is.
	Name, BaseURL, ConnectTo, AdminURL string
	container                          *testcontainers.DockerContainer
}

// Pair is the two mocks, federating over a network of their own.
type Pair struct {
	systems    []*System
	edge, mesh *testcontainers.DockerNetwork
	engine     *testcontainers.DockerClient
	// image is the name of the image that both run from.
	image string
}

// Names lists the two systems in the order in which they are started.
func Names() []string { return []string{"ccr", "ohc"} }

// Start builds the image, starts both mocks and waits until they answer. What it started is removed again when it fails.
func Start(ctx context.Context, options Options) (*Pair, error) {
	if options.Binary == "" {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find the running program for the mock image: %w", err)
		}
		options.Binary = self
	}
	if options.StartTimeout <= 0 {
		options.StartTimeout = time.Minute
	}
	if err := prepare(); err != nil {
		return nil, err
	}
	engine, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, fmt.Errorf("reach the Docker engine: %w; start it, or use the embedded mocks", err)
	}
	if err := sweep(ctx, engine); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	p := &Pair{engine: engine}
	if err := p.start(ctx, options); err != nil {
		return nil, errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	return p, nil
}

// prepare sets what testcontainers reads from the environment: no reaper container, which would have to be pulled (we
// clean up by label), and loopback as the host.
func prepare() error {
	for name, value := range map[string]string{"TESTCONTAINERS_RYUK_DISABLED": "true", "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1"} {
		if err := os.Setenv(name, value); err != nil {
			return fmt.Errorf("prepare for containers: %w", err)
		}
	}
	tclog.SetDefault(discard{})
	return nil
}

func (p *Pair) start(ctx context.Context, options Options) error {
	var err error
	// Two networks: edge carries the published port, mesh the federation. Cutting mesh is a partition.
	if p.edge, err = tcnetwork.New(ctx, tcnetwork.WithLabels(labels())); err != nil {
		return fmt.Errorf("make the edge network: %w", err)
	}
	if p.mesh, err = tcnetwork.New(ctx, tcnetwork.WithLabels(labels()), tcnetwork.WithInternal()); err != nil {
		return fmt.Errorf("make the mesh network: %w", err)
	}
	if p.image, err = buildImage(ctx, p.engine, options.Binary); err != nil {
		return err
	}
	// Side by side: each makes the ledger before it answers.
	systems, failed := make([]*System, len(Names())), make([]error, len(Names()))
	var starting sync.WaitGroup
	for i, name := range Names() {
		starting.Go(func() {
			system, err := p.startOne(ctx, name, options)
			systems[i] = system
			if err != nil {
				failed[i] = fmt.Errorf("start the %s mock: %w", name, err)
			}
		})
	}
	starting.Wait()
	for _, system := range systems {
		if system != nil {
			p.systems = append(p.systems, system)
		}
	}
	return errors.Join(failed...)
}

func (p *Pair) startOne(ctx context.Context, name string, options Options) (*System, error) {
	peer := Names()[0]
	if peer == name {
		peer = Names()[1]
	}
	system := &System{Name: name, BaseURL: "http://" + name + ".mock.test/fhir"}
	arguments := append([]string{
		"--system", name, "--listen", "0.0.0.0:8080", "--admin", "0.0.0.0:8081", "--base-url", system.BaseURL, "--peer", "http://" + peer + ":8080/fhir",
	}, options.Arguments[name]...)
	var err error
	system.container, err = testcontainers.Run(ctx, p.image,
		testcontainers.WithExposedPorts(port, adminPort),
		testcontainers.WithCmd(arguments...),
		testcontainers.WithLabels(labels()),
		testcontainers.WithLogger(discard{}),
		tcnetwork.WithNetwork(nil, p.edge),
		tcnetwork.WithNetwork([]string{name}, p.mesh),
		testcontainers.WithWaitStrategyAndDeadline(options.StartTimeout,
			wait.ForHTTP("/fhir/metadata").WithPort(port).WithPollInterval(10*time.Millisecond)),
	)
	if err != nil {
		if system.container == nil {
			return nil, err
		}
		return system, err
	}
	if system.ConnectTo, err = system.container.PortEndpoint(ctx, port, ""); err != nil {
		return system, err
	}
	system.AdminURL, err = system.container.PortEndpoint(ctx, adminPort, "http")
	return system, err
}

// Systems returns the two mocks.
func (p *Pair) Systems() []*System { return p.systems }

func (p *Pair) find(name string) (*System, error) {
	for _, s := range p.systems {
		if s.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("there is no mock %q: the mocks are %s", name, strings.Join(Names(), " and "))
}

// Pause stops a system's clock: it accepts connections and never answers.
func (p *Pair) Pause(ctx context.Context, name string) error {
	return p.on(name, "pause", func(s *System) error {
		_, err := p.engine.ContainerPause(ctx, s.container.GetContainerID(), client.ContainerPauseOptions{})
		return err
	})
}

// Resume undoes Pause.
func (p *Pair) Resume(ctx context.Context, name string) error {
	return p.on(name, "resume", func(s *System) error {
		_, err := p.engine.ContainerUnpause(ctx, s.container.GetContainerID(), client.ContainerUnpauseOptions{})
		return err
	})
}

// Kill ends a system without warning.
func (p *Pair) Kill(ctx context.Context, name string) error {
	return p.on(name, "kill", func(s *System) error {
		_, err := p.engine.ContainerKill(ctx, s.container.GetContainerID(), client.ContainerKillOptions{Signal: "KILL"})
		return err
	})
}

// Partition cuts a system off from its peer, but not from the harness.
func (p *Pair) Partition(ctx context.Context, name string) error {
	return p.on(name, "partition", func(s *System) error {
		_, err := p.engine.NetworkDisconnect(ctx, p.mesh.ID, client.NetworkDisconnectOptions{Container: s.container.GetContainerID(), Force: true})
		return err
	})
}

// Heal undoes Partition.
func (p *Pair) Heal(ctx context.Context, name string) error {
	return p.on(name, "heal", func(s *System) error {
		_, err := p.engine.NetworkConnect(ctx, p.mesh.ID, client.NetworkConnectOptions{
			Container: s.container.GetContainerID(), EndpointConfig: &network.EndpointSettings{Aliases: []string{name}},
		})
		return err
	})
}

func (p *Pair) on(name, verb string, act func(*System) error) error {
	s, err := p.find(name)
	if err == nil {
		err = act(s)
	}
	if err != nil {
		return fmt.Errorf("%s the %s mock: %w", verb, name, err)
	}
	return nil
}

// Stop removes containers, networks and image. It removes as much as it can and returns everything that went wrong.
func (p *Pair) Stop(ctx context.Context) error {
	var failed []error
	for _, s := range p.systems {
		failed = append(failed, s.container.Terminate(ctx, testcontainers.StopTimeout(0)))
	}
	for _, n := range []*testcontainers.DockerNetwork{p.mesh, p.edge} {
		if n != nil {
			failed = append(failed, n.Remove(ctx))
		}
	}
	if p.image != "" {
		_, err := p.engine.ImageRemove(ctx, p.image, client.ImageRemoveOptions{Force: true, PruneChildren: true})
		failed = append(failed, err)
	}
	failed = append(failed, p.engine.Close())
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("remove the mock containers: %w", err)
	}
	return nil
}

// discard swallows what testcontainers says while it works; its errors say enough.
type discard struct{}

// Printf drops the line.
func (discard) Printf(string, ...any) {}
