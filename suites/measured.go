package suites

import (
	"slices"
	"sync"

	"concord.example/concord/internal/result"
)

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

// notes collects what is to be remarked of systems, in whatever order it comes.
type notes struct {
	mu  sync.Mutex
	all map[string][]string
}

// of takes down what is remarked of one system.
func (n *notes) of(system string) func(text string) {
	return func(text string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.all == nil {
			n.all = map[string][]string{}
		}
		n.all[system] = append(n.all[system], text)
	}
}

// about are the remarks of a system, in an order of their own, each once.
func (n *notes) about(system string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	slices.Sort(n.all[system])
	return slices.Compact(n.all[system])
}
