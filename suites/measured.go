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
