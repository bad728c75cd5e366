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
	see := exchange.Watcher(ctx)
	return s.once(key, see, func(asked func(id string)) (any, error) {
		if see != nil {
			ctx = exchange.Watch(ctx, asked)
		}
		return work(ctx)
	})
}

// Know is Do for what nobody is asked about.
func (s *Shared) Know(key any, work func() any) any {
	if s == nil {
		return work()
	}
	value, _ := s.once(key, nil, func(func(string)) (any, error) { return work(), nil }) // work has no error
	return value
}

// once has the first caller work out what is kept under the key; see is told the ids of the exchanges that it was worked out from.
func (s *Shared) once(key any, see func(id string), work func(asked func(id string)) (any, error)) (any, error) {
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
	value, err := work(entry.asked.add)
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
