package suites

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

func TestADeadlineLeavesOutHowLongASystemAskedToBeLeftAlone(t *testing.T) {
	var asked atomic.Int32
	ctx, cancel := patiently(t.Context(), time.Nanosecond, func() time.Duration {
		// The system asks three times for another moment.
		return time.Duration(min(asked.Add(1), 4))
	}, func() int { return 0 })
	defer cancel()
	child, stop := context.WithCancel(ctx)
	defer stop()
	<-child.Done()
	if !errors.Is(ctx.Err(), context.DeadlineExceeded) || !errors.Is(child.Err(), context.DeadlineExceeded) || asked.Load() != 5 {
		t.Errorf("%v, %v, asked %d times", ctx.Err(), child.Err(), asked.Load())
	}
}

func TestACheckWhoseSystemGoesOnAnsweringIsGivenItsTimeAgainAndNotForEver(t *testing.T) {
	var asked atomic.Int32
	ctx, cancel := patiently(t.Context(), time.Nanosecond, func() time.Duration { return 0 }, func() int { return int(asked.Add(1)) })
	defer cancel()
	<-ctx.Done()
	if want := int32(1 + givenAgain + 1); !errors.Is(ctx.Err(), context.DeadlineExceeded) || asked.Load() != want {
		t.Errorf("%v, looked %d times at what was sent, want %d", ctx.Err(), asked.Load(), want)
	}
}

func TestASystemIsNotChargedWithTheTimeThatConcordGivesACheck(t *testing.T) {
	last := &exchange.Error{Kind: exchange.TimedOut, System: "ccr", Method: "GET", URL: "http://ccr.test/Patient/1", Err: context.DeadlineExceeded}
	for _, c := range []struct {
		name string
		over bool
		err  error
		want result.Reason
	}{
		{"the time of the check was over while the system was asked", true, last, result.NotAsked},
		{"the system did not answer one question", false, last, result.Unreachable},
		{"the time was over, and the system was wrong before", true, &check.Inconclusive{Reason: result.NoData, Detail: "nobody"}, result.NoData},
	} {
		t.Run(c.name, func(t *testing.T) {
			timeout := time.Hour
			if c.over {
				timeout = time.Nanosecond
			}
			asked := &task{scope: result.Scope{System: "ccr"}, env: &check.Env{}, done: make(chan struct{}), check: check.Check{ID: "X", Level: result.Must, Run: func(ctx context.Context, _ *check.Env) ([]result.Finding, error) {
				if c.over {
					<-ctx.Done()
				}
				return nil, c.err
			}}}
			asked.perform(t.Context(), time.Now, timeout)
			if asked.result.Reason != c.want || asked.result.Status == result.Fail || asked.result.Status == result.Pass {
				t.Errorf("%s, %s: %s", asked.result.Status, asked.result.Reason, asked.result.Message)
			}
		})
	}
}

func TestADeadlineEndsWithTheRun(t *testing.T) {
	run, stop := context.WithCancel(t.Context())
	ctx, cancel := patiently(run, time.Hour, func() time.Duration { return 0 }, func() int { return 0 })
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
