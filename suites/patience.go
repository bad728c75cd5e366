package suites

import (
	"context"
	"fmt"
	"sync"
	"time"

	"concord.example/concord/internal/exchange"
)

// patient is a context with a deadline that leaves out how long systems asked to be left alone.
type patient struct {
	context.Context //nolint:containedctx // it is a context
	done            chan struct{}
	mu              sync.Mutex
	err             error
}

// Done is closed at the deadline, or when the context it comes from ends.
func (p *patient) Done() <-chan struct{} { return p.done }

// Err is context.DeadlineExceeded at the deadline.
func (p *patient) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Deadline is that of the context it comes from: its own moves.
func (p *patient) Deadline() (time.Time, bool) { return p.Context.Deadline() }

func (p *patient) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
		close(p.done)
	}
}

// A check whose system goes on answering is given its time again, so often; what counts as going on is so much for each
// request, on average. The time that a check is given is there for systems that stand still.
const (
	givenAgain = 5
	steadily   = 2 * time.Second
)

// patiently returns a context that ends after a time, to which is added what paused grows by meanwhile; sent is how many
// requests were sent so far. Neither may be nil, or both are.
func patiently(ctx context.Context, timeout time.Duration, paused func() time.Duration, sent func() int) (context.Context, context.CancelFunc) {
	if paused == nil {
		return context.WithTimeout(ctx, timeout)
	}
	p := &patient{Context: ctx, done: make(chan struct{})}
	counted, before, again := paused(), sent(), givenAgain
	unlink := context.AfterFunc(ctx, func() { p.end(ctx.Err()) })
	over := make(chan struct{})
	go func() {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		for {
			select {
			case <-over:
				return
			case <-p.done:
				return
			case <-timer.C:
				more := paused() - counted
				if now := sent(); more <= 0 && again > 0 && now-before >= max(1, int(timeout/steadily)) {
					again, before = again-1, now
					timer.Reset(timeout)
					continue
				}
				if more <= 0 {
					p.end(context.DeadlineExceeded)
					return
				}
				counted += more
				timer.Reset(more)
			}
		}
	}()
	var once sync.Once
	return p, func() {
		once.Do(func() { close(over) })
		unlink()
		p.end(context.Canceled)
	}
}

// sentTo returns how many requests a system was sent so far.
func sentTo(client *exchange.Client, system string) func() int {
	return func() int { return client.Traffic(system).Requests }
}

// remarks say what of the traffic with a system a reader must know to understand the run; nothing when it was smooth.
func remarks(t exchange.Traffic) []string {
	var said []string
	if t.Throttled > 0 {
		said = append(said, fmt.Sprintf("It asked %s to be left alone (429 or 503), and was.", times(t.Throttled)))
	}
	if t.Late > 0 {
		said = append(said, fmt.Sprintf("It left %s unanswered in time while it had others to answer, which were then sent again; it was asked %d at a time in the end.", requests(t.Late), t.AtOnce))
	}
	if more := t.Repeated - t.Throttled - t.Late; more > 0 {
		said = append(said, fmt.Sprintf("%d of %d requests were sent again because a connection broke or a token was refused.", more, t.Requests))
	}
	return said
}

func requests(n int) string {
	if n == 1 {
		return "1 request"
	}
	return fmt.Sprintf("%d requests", n)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
