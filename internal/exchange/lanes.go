package exchange

import "sync"

// lanes bound how many requests are under way at one system: fewer once it has left one unanswered in time while it had others to
// answer, and an answer came when it had fewer. Many a server answers one thing after the other, and is not gone for being slow.
type lanes struct {
	slots chan struct{}

	mu sync.Mutex
	// width is how many may be under way, goal how many are wanted; the difference is given up as requests end.
	width, goal int
	// round counts how often the goal was lowered. Requests of one round that are late lower it once.
	round int
	// late is how many requests were late in a crowd; helped says that one of this round was answered when there were fewer, vain
	// counts those that were not.
	late, vain int
	helped     bool
}

// narrower is by how much fewer requests are under way after one was late; inVain is how many may be late again before there are as
// many as at first, because the system is late whoever else asks.
const narrower, inVain = 4, 3

func newLanes(n int) *lanes { return &lanes{slots: make(chan struct{}, n), width: n, goal: n} }

// enter waits for a turn, and returns the round that it is of.
func (l *lanes) enter() int {
	l.slots <- struct{}{}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.round
}

// leave ends a turn. Its place is given up where fewer are wanted.
func (l *lanes) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.width > l.goal {
		l.width--
		return
	}
	<-l.slots
}

// crowded reports whether others are under way besides the one that asks.
func (l *lanes) crowded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.slots)-(cap(l.slots)-l.width) > 1
}

// wasLate has fewer requests under way from now on, because one of the round was late in a crowd.
func (l *lanes) wasLate(round int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.late++
	if round == l.round {
		l.round, l.helped, l.vain = l.round+1, false, 0
		l.goal = max(1, l.goal/narrower)
	}
}

// tried takes note whether a request that had been late was answered when there were fewer. Where that changes nothing, there may be
// as many as before.
func (l *lanes) tried(answered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if answered {
		l.helped = true
		return
	}
	if l.vain++; !l.helped && l.vain >= inVain {
		l.goal = cap(l.slots)
		for ; l.width < l.goal; l.width++ {
			<-l.slots
		}
	}
}

// slowed returns how many requests were late in a crowd, and how many were asked at once in the end.
func (l *lanes) slowed() (late, atOnce int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.late, l.goal
}
