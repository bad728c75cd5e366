package suites

import (
	"context"
	"sync"
	"time"
)

// startPool performs the tasks with a fixed number of workers and returns a function that waits for the last of them.
// Tasks are taken in order, so that the earliest Ginkgo specs are the first to have their answer.
func startPool(ctx context.Context, tasks []*task, workers int, clock func() time.Time, timeout time.Duration, finished func(*task)) (wait func()) {
	queue := make(chan *task)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for t := range queue {
				t.perform(ctx, clock, timeout)
				finished(t)
			}
		})
	}
	group.Go(func() {
		defer close(queue)
		for _, t := range tasks {
			queue <- t
		}
	})
	return group.Wait
}
