package exchange

import (
	"context"
	"sync"
	"time"
)

// beat is how often a pulse is taken.
const beat = 10 * time.Millisecond

// pulse is a control that runs beside whatever is under way: what should wake every 10 ms and wakes later shows for how long
// this process was kept from working, by other processes on the machine or by its own. That time is no system's.
type pulse struct {
	mu    sync.Mutex
	users int
	// held is how long the process was held up in all, while anybody looked.
	held time.Duration
	// last is when the pulse was taken last.
	last time.Time
	beat bool
}

// ride begins to look. What it returns ends that, and says for how long the process was held up meanwhile.
func (p *pulse) ride() func() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users++; !p.beat {
		p.beat, p.last = true, time.Now()
		go p.keep()
	}
	before := p.now()
	return func() time.Duration {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.users--
		return p.now() - before
	}
}

// sum is how long the process was held up while anybody looked.
func (p *pulse) sum() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now()
}

// now is the sum with what is overdue at this moment.
func (p *pulse) now() time.Duration { return p.held + max(time.Since(p.last)-2*beat, 0) }

// keep takes the pulse until nobody looks any more.
func (p *pulse) keep() {
	ticker := time.NewTicker(beat)
	defer ticker.Stop()
	for range ticker.C {
		p.mu.Lock()
		p.held, p.last = p.now(), time.Now()
		if p.users == 0 {
			p.beat = false
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
	}
}

// wire is what is known of a request that is under way.
type wire struct {
	mu sync.Mutex
	// since is when it was sent, the zero time while it waits for its turn; before is the sum of the pulse then.
	since  time.Time
	before time.Duration
}

func (w *wire) sent(at time.Time, held time.Duration) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.since, w.before = at, held
}

// longer reports whether the answer has been waited for longer than that, not counting what the process was held up.
func (w *wire) longer(than time.Duration, now time.Time, held time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.since.IsZero() && now.Sub(w.since)-(held-w.before) > than
}

type withinKey struct{}

// Within gives up on an answer that takes longer than that, counted from when its request is sent and without what this
// process is held up: its turn at an endpoint that is asked slowly costs nothing. The error is then one of kind TimedOut.
// The request itself goes on, because others may wait for it.
func Within(ctx context.Context, limit time.Duration) context.Context {
	return context.WithValue(ctx, withinKey{}, limit)
}

// patience is how long an answer is waited for, 0 for as long as the client waits.
func patience(ctx context.Context) time.Duration {
	limit, _ := ctx.Value(withinKey{}).(time.Duration)
	return limit
}
