package exchange

import (
	"testing"
	"time"
)

func TestWhatTheProcessWasHeldUpIsNotWaitedFor(t *testing.T) {
	now := time.Now()
	w := &wire{}
	if w.longer(time.Nanosecond, now, 0) {
		t.Error("a request that was not sent is waited for")
	}
	w.sent(now.Add(-3*time.Second), time.Minute)
	for held, longer := range map[time.Duration]bool{time.Minute: true, time.Minute + 500*time.Millisecond: true, time.Minute + 1500*time.Millisecond: false} {
		if got := w.longer(2*time.Second, now, held); got != longer {
			t.Errorf("held up for %s of 3 s: longer than 2 s is %t", held-time.Minute, got)
		}
	}
}

func TestAPulseThatComesLateShowsForHowLong(t *testing.T) {
	p := &pulse{beat: true, last: time.Now().Add(-time.Minute)}
	if held := p.sum(); held < 59*time.Second || held > 2*time.Minute {
		t.Errorf("held up for %s, and the last beat was a minute ago", held)
	}
	end := p.ride()
	p.held += time.Second
	if held := end(); held < time.Second {
		t.Errorf("held up for %s", held)
	}
}
