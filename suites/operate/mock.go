package operate

import (
	"context"
	"errors"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites/check"
)

// silence is how long a mock waits for a neighbour that a scenario has made silent, or for a provider that it has made slow,
// so that nobody waits in earnest.
const silence = 20 * time.Millisecond

// Switches are what can be done to a mock while it runs.
type Switches interface {
	// Happen makes an event happen.
	Happen(ctx context.Context, event mocks.Event) error
	// SetFault puts a fault in force.
	SetFault(ctx context.Context, fault mocks.Fault) error
}

// Mocks returns operators for mocks that are each other's neighbours.
func Mocks(switches map[string]Switches) map[string]check.Operator {
	operators := map[string]check.Operator{}
	for name, own := range switches {
		operator := &mock{own: own}
		for other, neighbour := range switches {
			if other != name {
				operator.neighbours = append(operator.neighbours, neighbour)
			}
		}
		operators[name] = operator
	}
	return operators
}

// Embedded returns operators for a pair of mocks in this process.
func Embedded(pair *mocks.Pair) map[string]check.Operator {
	switches := map[string]Switches{}
	for _, endpoint := range pair.Endpoints() {
		switches[endpoint.System] = inProcess{endpoint.Server}
	}
	return Mocks(switches)
}

// Inside returns operators for mocks in this process that are asked without connections.
func Inside(pair *mocks.InsidePair) map[string]check.Operator {
	switches := map[string]Switches{}
	for _, server := range pair.Servers {
		switches[server.System()] = inProcess{server}
	}
	return Mocks(switches)
}

type inProcess struct{ server *mocks.Server }

func (p inProcess) Happen(_ context.Context, event mocks.Event) error { return p.server.Happen(event) }

func (p inProcess) SetFault(_ context.Context, fault mocks.Fault) error {
	p.server.SetFault(fault)
	return nil
}

// mock operates one mock.
type mock struct {
	own        Switches
	neighbours []Switches
}

// Happen makes the event happen at once; nobody has to attest it.
func (m *mock) Happen(ctx context.Context, event check.Event) (*result.Attestation, error) {
	switch event.Type {
	case check.SystemDown:
		return nil, m.own.SetFault(ctx, mocks.Drop)
	case check.SystemUp:
		if err := m.own.SetFault(ctx, mocks.NoFault); err != nil {
			return nil, err
		}
		return nil, m.patience(ctx, "")
	case check.SystemSilent:
		if err := m.own.SetFault(ctx, mocks.Hang); err != nil {
			return nil, err
		}
		return nil, m.patience(ctx, silence.String())
	default:
		return nil, m.own.Happen(ctx, translate(event))
	}
}

// patience sets how long the neighbours wait for this mock.
func (m *mock) patience(ctx context.Context, delay string) error {
	for _, neighbour := range m.neighbours {
		if err := neighbour.Happen(ctx, mocks.Event{Type: "peer-budget", Delay: delay}); err != nil {
			return err
		}
	}
	return nil
}

// Reset undoes every event since the start of the mock. What SystemSilent did to its neighbours, their own operators undo.
func (m *mock) Reset(ctx context.Context) error { return m.own.Happen(ctx, mocks.Event{Type: "reset"}) }

// translate writes an event as the mocks take it.
func translate(event check.Event) mocks.Event {
	translated := mocks.Event{
		Type: string(event.Type), Reference: event.Reference, Survivor: event.Survivor, Change: event.Change, Person: event.Person,
		Provider: event.Provider,
	}
	if event.Type == check.ProviderSlow {
		translated.Budget = silence.String()
	}
	if event.Delay > 0 {
		translated.Delay = event.Delay.String()
	}
	return translated
}

// Network cuts a mock off from its neighbour and joins them again.
type Network interface {
	// Partition cuts the mock off from its neighbour, and not from the harness; Heal ends that.
	Partition(ctx context.Context) error
	Heal(ctx context.Context) error
}

// Networked makes the outage of whole systems real: the network between the mocks is cut, where it can be.
func Networked(operators map[string]check.Operator, networks map[string]Network) {
	for name, network := range networks {
		if m, ok := operators[name].(*mock); ok {
			operators[name] = &networked{mock: m, network: network}
		}
	}
}

// networked operates a mock whose network can be cut.
type networked struct {
	*mock
	network Network
	cut     bool
}

// Happen cuts the network where the system goes down, and leaves everything else to the mock.
func (n *networked) Happen(ctx context.Context, event check.Event) (*result.Attestation, error) {
	switch event.Type {
	case check.SystemDown:
		if err := n.network.Partition(ctx); err != nil {
			return nil, err
		}
		n.cut = true
		return nil, n.patience(ctx, silence.String())
	case check.SystemUp:
		if err := n.heal(ctx); err != nil {
			return nil, err
		}
	case check.SystemSilent:
		// A system that is cut off cannot be silent: it has to be reached first.
		if err := n.heal(ctx); err != nil {
			return nil, err
		}
	default:
	}
	return n.mock.Happen(ctx, event)
}

// Reset joins what was cut, and resets the mock.
func (n *networked) Reset(ctx context.Context) error {
	return errors.Join(n.heal(ctx), n.mock.Reset(ctx))
}

func (n *networked) heal(ctx context.Context) error {
	if !n.cut {
		return nil
	}
	if err := n.network.Heal(ctx); err != nil {
		return err
	}
	n.cut = false
	return nil
}
