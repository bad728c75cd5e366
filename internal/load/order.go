package load

import (
	"context"
	"slices"

	"concord/internal/fhir"
)

// needs returns the other resources that a resource refers to, sorted, each once.
func needs(resource fhir.Resource) []string {
	var keys []string
	self := resource.Reference()
	renamed(map[string]any(resource), func(reference string) string {
		if parsed, ok := fhir.ParseReference(reference); ok && parsed.Type != "" && parsed.Relative() != self {
			keys = append(keys, parsed.Relative())
		}
		return reference
	})
	slices.Sort(keys)
	return slices.Compact(keys)
}

// renamed returns a copy of a part of a resource with every literal reference replaced by what rename makes of it. The
// ledger's resources share parts, so they are never changed in place.
func renamed(value any, rename func(string) string) any {
	switch value := value.(type) {
	case fhir.Resource:
		return renamed(map[string]any(value), rename)
	case map[string]any:
		same := make(map[string]any, len(value))
		for name, part := range value {
			if reference, ok := part.(string); ok && name == "reference" {
				same[name] = rename(reference)
			} else {
				same[name] = renamed(part, rename)
			}
		}
		return same
	case []any:
		same := make([]any, len(value))
		for i, part := range value {
			same[i] = renamed(part, rename)
		}
		return same
	default:
		return value
	}
}

// flush sends the queue.
func (l *Loader) flush(ctx context.Context) error {
	queue := l.withoutBlocked(l.queue)
	l.queue = nil
	for len(queue) > 0 {
		var requests [][]item
		mode := l.options.Mode
		if mode == Transaction {
			requests, queue = [][]item{queue}, nil
		} else if ready := l.ready(queue); len(ready) > 0 {
			size := 1
			if mode == Batch {
				size = l.options.PerBundle
			}
			requests, queue = slices.Collect(slices.Chunk(ready, size)), without(queue, ready)
		} else {
			// Resources that refer to each other in a circle have no right order: each circle is one transaction.
			mode = Transaction
			requests = circles(queue)
			queue = without(queue, slices.Concat(requests...))
		}
		for _, together := range requests {
			if err := l.send(ctx, mode, together); err != nil {
				return err
			}
		}
		queue = l.withoutBlocked(queue)
	}
	return nil
}

// ready returns what refers only to loaded resources.
func (l *Loader) ready(queue []item) []item {
	var ready []item
	for _, it := range queue {
		if !slices.ContainsFunc(it.needs, func(key string) bool { return l.mapping.server(key) == "" }) {
			ready = append(ready, it)
		}
	}
	return ready
}

// without returns the queue without the items.
func without(queue, items []item) []item {
	gone := make(map[string]bool, len(items))
	for _, it := range items {
		gone[it.key] = true
	}
	return slices.DeleteFunc(slices.Clone(queue), func(it item) bool { return gone[it.key] })
}

// circles returns the groups of items that all lead to each other and to nothing else in the queue. There is at least
// one, because every item of the queue waits for another.
func circles(queue []item) [][]item {
	byKey := make(map[string]item, len(queue))
	for _, it := range queue {
		byKey[it.key] = it
	}
	reach := make(map[string]map[string]bool, len(queue))
	for _, it := range queue {
		reach[it.key] = reachable(it.key, byKey)
	}
	var found [][]item
	taken := map[string]bool{}
	for _, it := range queue {
		closed := !taken[it.key]
		for key := range reach[it.key] {
			closed = closed && reach[key][it.key]
		}
		if !closed {
			continue
		}
		var circle []item
		for _, other := range queue {
			if reach[it.key][other.key] {
				taken[other.key] = true
				circle = append(circle, other)
			}
		}
		found = append(found, circle)
	}
	return found
}

// reachable returns the keys that an item leads to, its own among them.
func reachable(from string, byKey map[string]item) map[string]bool {
	seen := map[string]bool{from: true}
	for next := []string{from}; len(next) > 0; {
		key := next[len(next)-1]
		next = next[:len(next)-1]
		for _, need := range byKey[key].needs {
			if _, waiting := byKey[need]; waiting && !seen[need] {
				seen[need] = true
				next = append(next, need)
			}
		}
	}
	return seen
}

// withoutBlocked takes out what refers to something that is neither loaded nor in the queue, until nothing does.
func (l *Loader) withoutBlocked(queue []item) []item {
	waiting := make(map[string]bool, len(queue))
	for _, it := range queue {
		waiting[it.key] = true
	}
	for blocked := true; blocked; {
		blocked = false
		queue = slices.DeleteFunc(queue, func(it item) bool {
			i := slices.IndexFunc(it.needs, func(key string) bool { return !waiting[key] && l.mapping.server(key) == "" })
			if i < 0 {
				return false
			}
			l.missing(Failure{What: it.key, Resources: 1, Text: "not sent, because it refers to " + it.needs[i] + ", which is not loaded"})
			delete(waiting, it.key)
			blocked = true
			return true
		})
	}
	return queue
}
