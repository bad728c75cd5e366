package command

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
)

// workers is how many goroutines judge at once.
func workers() int { return runtime.GOMAXPROCS(0) }

// turns lets several goroutines judge small texts at once, and a large one by itself.
type turns struct{ room sync.RWMutex }

// largeText is the size in bytes from which a text is judged by itself, as its tree takes several times as much memory.
const largeText = 16 << 20

// largeGCPercent is how much the heap may grow between two collections of garbage, as GOGC says it, while a large text is judged.
const largeGCPercent = 25

// take waits for the turn of a text of a size in bytes and returns the function that ends it.
func (t *turns) take(size int64) func() {
	if size > largeText {
		t.room.Lock()
		if os.Getenv("GOGC") != "" {
			return t.room.Unlock
		}
		// Nearly all memory is the text then, which is never collected; the rest must not grow to its size.
		before := debug.SetGCPercent(largeGCPercent)
		return func() {
			debug.SetGCPercent(before)
			t.room.Unlock()
		}
	}
	t.room.RLock()
	return t.room.RUnlock
}

// inOrder works on items with several goroutines and hands the results on one by one, in the order of the items. next
// gives the items and says when there are no more. No more than twice as many items as there are workers are on the way at
// a time, so memory does not grow with their number. It ends early, without waiting for next, when done returns an error
// or the context ends; the error is that of done, or of the context.
func inOrder[T, R any](ctx context.Context, workers int, next func() (T, bool), work func(T) R, done func(R) error) error {
	type job struct {
		item   T
		result chan R
	}
	queue, jobs := make(chan *job, workers), make(chan *job)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(queue)
		defer close(jobs)
		for {
			item, more := next()
			if !more {
				return
			}
			j := &job{item, make(chan R, 1)}
			for _, to := range []chan *job{queue, jobs} {
				select {
				case to <- j:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	for range workers {
		go func() {
			for j := range jobs {
				j.result <- work(j.item)
			}
		}()
	}
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case j, more := <-queue:
			if !more {
				return nil
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case r := <-j.result:
				if err := done(r); err != nil {
					return err
				}
			}
		}
	}
}
