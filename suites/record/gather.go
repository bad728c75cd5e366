package record

import (
	"context"
	"errors"
	"sync"

	"concord.example/concord/suites/check"
)

// together is how many people are asked about at once. The endpoint's own limit still bounds the requests under way.
const together = 8

// Gather calls ask for every item, several at once, and returns the answers in the order of the items. When some fail, it
// returns the error of the first of them in that order, so that the same faults give the same error every time; an answer
// that is wrong comes before one that was not had, which may be for want of the other: what was seen is said.
func Gather[In, Out any](ctx context.Context, items []In, ask func(context.Context, In) (Out, error)) ([]Out, error) {
	answers, failures := make([]Out, len(items)), make([]error, len(items))
	next := make(chan int)
	var group sync.WaitGroup
	for range min(together, len(items)) {
		group.Go(func() {
			for i := range next {
				answers[i], failures[i] = ask(ctx, items[i])
			}
		})
	}
	for i := range items {
		next <- i
	}
	close(next)
	group.Wait()
	if err := foremost(failures); err != nil {
		return nil, err
	}
	return answers, nil
}

// foremost is the first error that blames an answer, or else the first error.
func foremost(failures []error) (first error) {
	for _, err := range failures {
		if wrong := (*check.BrokenAnswer)(nil); errors.As(err, &wrong) {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}
