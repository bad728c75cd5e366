package check

import "sync"

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
}

// Do returns what is kept under the key, or works it out and keeps it. Callers with the same key wait for the first of them. What
// ends in an error is not kept, so that one interrupted check does not decide for the others.
func (s *Shared) Do(key any, work func() (any, error)) (any, error) {
	if s == nil {
		return work()
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
	if entry.done {
		return entry.value, nil
	}
	value, err := work()
	if err == nil {
		entry.done, entry.value = true, value
	}
	return value, err
}
