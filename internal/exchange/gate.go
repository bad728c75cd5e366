package exchange

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// longestPause bounds what one answer can ask for; a system that asks for more is given up on.
	longestPause = 2 * time.Minute
	// firstPause is how long a system is left alone that does not say how long.
	firstPause = time.Second
	// mostBusy is how often in a row a 503 is waited for that does not say how long: it may be a limit, and may as well be a
	// gateway whose server is gone. 15 s are enough for the one, and few for the other. Each time in vain makes it one less.
	mostBusy = 4
	// rare is of how many answers at least one must be a 429 or 503 that does not say how long, for it to be more than chance: fewer have the
	// one request sent again, as after a broken connection, and hold up no other. Of fewer than known answers nobody can tell.
	rare, known = 8, 24
	// calm is how long nobody must have asked to be left alone before the pace is raised again.
	calm = 10 * time.Second
	// slowest is the lowest pace, in requests a second.
	slowest = 0.5
)

// gate keeps the pace of requests to one system: no faster than the limit, not at all while the system asks to be left
// alone, and slower after it did.
type gate struct {
	mu      sync.Mutex
	options Options
	chance  *rand.Rand
	// limit is the pace now, requests a second; 0 is none.
	limit float64
	// next is when the next request may be sent, closed until when none may.
	next, closed time.Time
	// since is when the system first asked to be left alone after it last answered, times how often.
	since time.Time
	times int
	// vain is how often waiting for the end of a 503 was in vain.
	vain int
	// alone is what came of the parts of the system (the first part of a path) that ask to be left alone and do not say how long, while others
	// answer; answers counts those of all parts.
	alone   map[string]lone
	answers int
	// heard is when the last of those came.
	heard time.Time
	// fine and busy count other answers, and those that ask to be left alone and do not say how long, of late.
	fine, busy int
	// eased is when the pace was changed last; answered counts answers since windowFrom, pace is their rate in the window before.
	eased, windowFrom time.Time
	answered          int
	pace              float64
	// waiting counts those who wait; waited is how long anybody did, waitFrom since when somebody does.
	waiting  int
	waited   time.Duration
	waitFrom time.Time
	sent     int
	throttle int
	repeated int
	// dated says that an answer carried a Date, and ahead how far the last one was ahead of this machine's clock; limits is
	// what an answer said of limits.
	dated  bool
	ahead  time.Duration
	limits string
}

// lone is a part of a system that asked to be left alone so many times in a row, each time with an answer of another part since the last; at is
// how many answers there were then, and limit the pace before.
type lone struct {
	times, at int
	limit     float64
}

// mostLone is how often a part is asked to be waited for while the others answer, before it is taken to be so for good: a 503 is seldom a limit
// of one part, a 429 may be.
func mostLone(status int) int {
	if status == http.StatusTooManyRequests {
		return mostAsked
	}
	return 2 * mostBroken
}

// isGone reports whether a part of the system asks to be left alone for good, after another such answer: then it was no limit on the pace.
func (g *gate) isGone(part string, status int) bool {
	l, before := g.alone[part]
	if !before {
		l.limit = g.limit
	}
	if !before || l.at != g.answers {
		l.times, l.at = l.times+1, g.answers
	}
	g.alone[part] = l
	if l.times == mostLone(status) {
		g.limit = l.limit
	}
	return l.times >= mostLone(status)
}

// giveUp takes note that a part was waited for in vain as long as anybody is waited for. When it asks for that again although others were answered
// meanwhile, it is gone.
func (g *gate) giveUp(part string, status int) {
	l := g.alone[part]
	l.times, l.at = mostLone(status)-1, g.answers
	g.alone[part] = l
}

// isLone reports whether a part of the system asked to be left alone again and again while others are answered: what is limited is that part, and
// nobody else needs to wait.
func (g *gate) isLone(part string, now time.Time) bool {
	return g.alone[part].times > mostBroken && now.Sub(g.heard) < calm
}

func newGate(o Options) *gate {
	return &gate{options: o, limit: o.Rate, alone: map[string]lone{}, chance: rand.New(rand.NewPCG(o.Seed, 0))} //nolint:gosec // it spreads requests in time
}

// pass waits until a request may be sent.
func (g *gate) pass(ctx context.Context) error {
	for {
		g.mu.Lock()
		now := g.options.Now()
		if g.limit == 0 && g.closed.IsZero() {
			g.sent++
			g.mu.Unlock()
			return nil
		}
		at := now
		if g.closed.After(at) {
			at = g.closed
		} else if g.limit > 0 {
			if g.next.After(at) {
				at = g.next
			}
			g.next = at.Add(time.Duration(float64(time.Second) / g.limit))
		}
		pause := at.Sub(now)
		closed := g.closed.After(now)
		if pause <= 0 {
			g.sent++
			g.mu.Unlock()
			return nil
		}
		if closed {
			// Those who wait do not all come at once.
			pause += time.Duration(g.chance.Int64N(int64(firstPause / 4)))
		}
		g.begin(now)
		g.mu.Unlock()
		err := g.options.Wait(ctx, pause)
		g.mu.Lock()
		g.end()
		if err == nil && !closed {
			g.sent++
		}
		g.mu.Unlock()
		if err != nil || !closed {
			return err
		}
	}
}

func (g *gate) begin(now time.Time) {
	if g.waiting++; g.waiting == 1 {
		g.waitFrom = now
	}
}

func (g *gate) end() {
	if g.waiting--; g.waiting == 0 {
		g.waited += g.options.Now().Sub(g.waitFrom)
	}
}

// pausedFor is how long anybody has waited at the gate, those who still do included.
func (g *gate) pausedFor() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.waiting > 0 {
		return g.waited + g.options.Now().Sub(g.waitFrom)
	}
	return g.waited
}

// throttled reports whether an answer asks to be left alone.
func throttled(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable
}

// hear takes in an answer of a part of the system to a request that was sent a number of times before. It reports whether the request is to be
// sent again, once the gate lets it, or after a pause of its own alone.
func (g *gate) hear(part string, status int, header http.Header, times int) (again, alone bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.options.Now()
	g.note(header, now)
	if !throttled(status) {
		g.answer(now)
		g.answers, g.heard = g.answers+1, now
		delete(g.alone, part)
		if pause, ok := usedUp(header, now); ok {
			g.close(now, min(pause, longestPause))
		}
		g.tally(&g.fine)
		return false, false
	}
	g.throttle++
	pause, said := asked(header, now)
	if !said {
		if g.isGone(part, status) {
			return false, false
		}
		if status == http.StatusTooManyRequests && g.isLone(part, now) {
			return true, true
		}
		chance := g.vain == 0 && g.fine >= known && g.fine >= rare*g.busy
		if g.tally(&g.busy); chance && times+1 < mostBroken {
			return true, true
		}
	}
	if g.since.IsZero() {
		g.since, g.times = now, 0
	}
	switch {
	case said && pause > longestPause:
		return false, false
	case !said && status == http.StatusServiceUnavailable && g.times >= mostBusy-g.vain:
		g.vain = min(g.vain+1, mostBusy)
		return false, false
	case !said:
		pause = min(firstPause<<min(g.times, 6), longestPause)
		if g.vain == 0 && g.alone[part].times <= 1 {
			g.slow(now) // a part that is refused again while others are answered says nothing of the pace of all
		}
	case pause <= 0:
		pause = min(firstPause/10<<min(g.times, 6), 2*time.Second)
	}
	if !g.closed.After(now) {
		// Of several that were under way together, one counts.
		g.times++
	}
	if now.Add(pause).Sub(g.since) > g.options.Patience {
		if !said {
			g.giveUp(part, status)
		}
		return false, false
	}
	g.close(now, pause)
	return true, false
}

// tally adds an answer to those of late.
func (g *gate) tally(to *int) {
	if *to++; g.fine+g.busy > 10*known {
		g.fine, g.busy = g.fine/2, g.busy/2
	}
}

// note keeps what the header of an answer says of the system's clock and of its limits.
func (g *gate) note(header http.Header, now time.Time) {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		g.dated, g.ahead = true, date.Sub(now)
	}
	for _, name := range []string{"RateLimit", "RateLimit-Policy", "RateLimit-Limit", "X-RateLimit-Limit", "X-Rate-Limit-Limit"} {
		if said := header.Get(name); said != "" {
			g.limits = name + ": " + Clip(said, longestLimit)
			return
		}
	}
}

// longestLimit bounds what is kept of a header about limits.
const longestLimit = 100

func (g *gate) close(now time.Time, pause time.Duration) {
	if until := now.Add(pause); until.After(g.closed) {
		g.closed = until
	}
}

// answer counts an answer, and raises the pace when nobody has asked to be left alone for a while.
func (g *gate) answer(now time.Time) {
	g.since, g.times = time.Time{}, 0
	if now.Sub(g.windowFrom) >= time.Second {
		g.pace = 0
		if now.Sub(g.windowFrom) < 2*time.Second {
			g.pace = float64(g.answered)
		}
		g.windowFrom, g.answered = now, 0
	}
	g.answered++
	if g.limit > 0 && g.limit != g.options.Rate && now.Sub(g.eased) > calm {
		g.eased = now
		if g.limit *= 1.1; g.options.Rate > 0 && g.limit > g.options.Rate {
			g.limit = g.options.Rate
		}
	}
}

// slow lowers the pace to four fifths of what was answered lately, once for all that were under way together. Of fewer than known answers nobody
// can tell the pace.
func (g *gate) slow(now time.Time) {
	if now.Sub(g.eased) < time.Second || g.answers < known {
		return
	}
	g.eased = now
	pace := max(g.pace, float64(g.answered))
	if g.limit > 0 {
		pace = min(pace, g.limit)
	}
	g.limit = max(slowest, pace*4/5)
}

// asked is how long an answer of 429 or 503 asks to be left alone: by Retry-After (RFC 9110, 10.2.3), or by a header about
// the limit.
func asked(header http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds >= 0 {
		return time.Duration(min(seconds, 1e6) * float64(time.Second)), true
	}
	if at, err := http.ParseTime(text); err == nil {
		if said, err := http.ParseTime(header.Get("Date")); err == nil {
			// By the endpoint's own clock, which may be another.
			now = said
		}
		return max(0, at.Sub(now)), true
	}
	return resetIn(header, now)
}

// usedUp is how long to wait after an answer that says that it was the last of its time window.
func usedUp(header http.Header, now time.Time) (time.Duration, bool) {
	remaining, ok := number(header, "remaining", "r")
	if !ok || remaining > 0 {
		return 0, false
	}
	return resetIn(header, now)
}

// resetIn is when a limit begins anew, as RateLimit and X-RateLimit headers say it: in seconds, or as a time in seconds or
// milliseconds since 1970.
func resetIn(header http.Header, now time.Time) (time.Duration, bool) {
	reset, ok := number(header, "reset", "t")
	switch {
	case !ok || reset < 0:
		return 0, false
	case reset > 1e12:
		return max(0, time.UnixMilli(int64(reset)).Sub(now)), true
	case reset > 1e9:
		return max(0, time.Unix(int64(reset), 0).Sub(now)), true
	default:
		return time.Duration(min(reset, 1e6) * float64(time.Second)), true
	}
}

// number reads a number about a limit: RateLimit-Remaining, X-RateLimit-Remaining and the like, or a parameter of RateLimit
// in its older (remaining=5) and newer form (r=5).
func number(header http.Header, word, letter string) (float64, bool) {
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-", "X-Rate-Limit-"} {
		if value, err := strconv.ParseFloat(strings.TrimSpace(header.Get(prefix+word)), 64); err == nil {
			return value, true
		}
	}
	for part := range strings.FieldsFuncSeq(header.Get("RateLimit"), func(r rune) bool { return r == ',' || r == ';' }) {
		name, text, _ := strings.Cut(strings.TrimSpace(part), "=")
		if value, err := strconv.ParseFloat(text, 64); err == nil && (name == word || name == letter) {
			return value, true
		}
	}
	return 0, false
}
