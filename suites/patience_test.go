package suites

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
)

func TestADeadlineLeavesOutHowLongASystemAskedToBeLeftAlone(t *testing.T) {
	var asked atomic.Int32
	ctx, cancel := patiently(t.Context(), time.Nanosecond, func() time.Duration {
		// The system asks three times for another moment.
		return time.Duration(min(asked.Add(1), 4))
	})
	defer cancel()
	child, stop := context.WithCancel(ctx)
	defer stop()
	<-child.Done()
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(child.Err(), context.DeadlineExceeded) || asked.Load() != 5 {
		t.Errorf("%v, %v, asked %d times", ctx.Err(), child.Err(), asked.Load())
	}
}

func TestADeadlineEndsWithTheRun(t *testing.T) {
	run, stop := context.WithCancel(t.Context())
	ctx, cancel := patiently(run, time.Hour, func() time.Duration { return 0 })
	defer cancel()
	stop()
	<-ctx.Done()
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error(ctx.Err())
	}
}

func TestSmoothTrafficIsNotRemarkedOn(t *testing.T) {
	if got := remarks(exchange.Traffic{Requests: 7}); got != nil {
		t.Errorf("%q", got)
	}
	if got := remarks(exchange.Traffic{Requests: 9, Repeated: 3, Throttled: 1}); len(got) != 2 {
		t.Errorf("%q", got)
	}
}
