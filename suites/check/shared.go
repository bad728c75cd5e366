package check

import (
	"context"
	"sync"

	"concord.example/concord/internal/exchange"
)

// Shared keeps what the checks of one run have in common, so that it is worked out once: what a system shows of a person,
// what the ledger expects. Nobody may change what it gives. A nil Shared keeps nothing. It is safe for concurrent use.
type Shared struct {
	mu   sync.Mutex
	kept map[any]*once
}

type once struct {
	mu    sync.Mutex
	done  bool
	value any
	asked answers
}

// answers are the ids of the exchanges that something was worked out from.
type answers struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (a *answers) add(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ids == nil {
		a.ids = map[string]bool{}
	}
	a.ids[id] = true
}

// Do returns what is kept under the key, or works it out and keeps it. Callers with the same key wait for the first of them. What
// ends in an error is not kept, so that one interrupted check does not decide for the others. Whoever watches what is asked
// under ctx (exchange.Watch) is told of what the value was worked out from, whoever asked for it.
func (s *Shared) Do(ctx context.Context, key any, work func(context.Context) (any, error)) (any, error) {
	if s == nil {
		return work(ctx)
	}
	s.mu.Lock()
	if s.kept == nil {
		s.kept = map[any]*once{}
	}
	entry := s.kept[key]
	if entry == nil {
		entry = &once{}
		s.kept[key] = entry
	}
	s.mu.Unlock()
	entry.mu.Lock()
	defer entry.mu.Unlock()
	see := exchange.Watcher(ctx)
	if see != nil && !entry.done {
		ctx = exchange.Watch(ctx, entry.asked.add)
	}
	if see != nil {
		defer func() {
			for id := range entry.asked.ids {
				see(id)
			}
		}()
	}
	if entry.done {
		return entry.value, nil
	}
	value, err := work(ctx)
	if err == nil {
		entry.done, entry.value = true, value
	}
	return value, err
}

// Without returns what is kept and was not worked out from the answer of an exchange that changed says has changed. It knows
// only of what was worked out for callers that watched. Nothing may be under way.
func (s *Shared) Without(changed func(id string) bool) *Shared {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := &Shared{kept: map[any]*once{}}
	for key, entry := range s.kept {
		stale := !entry.done
		for id := range entry.asked.ids {
			stale = stale || changed(id)
		}
		if !stale {
			left.kept[key] = entry
		}
	}
	return left
}
