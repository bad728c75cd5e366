package exchange_test

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"concord.example/concord/internal/exchange"
)

// eager asks for so many things at once, and returns the errors.
func eager(t *testing.T, c *exchange.Client, n int) []error {
	t.Helper()
	failures := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			_, failures[i] = c.Do(t.Context(), exchange.Request{System: "ccr", URL: fmt.Sprintf("Type%d/1", i)})
		})
	}
	group.Wait()
	return failures
}

// waits answers nothing before the client has gone.
func waits(r *http.Request) { <-r.Context().Done() }

// TestASystemThatAnswersFewAtATimeIsAskedFewAtATime has a server that leaves everybody waiting of whom there are more than two.
func TestASystemThatAnswersFewAtATimeIsAskedFewAtATime(t *testing.T) {
	var under atomic.Int32
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		defer under.Add(-1)
		if under.Add(1) > 2 {
			waits(r)
			return
		}
		_, _ = io.WriteString(w, `{}`)
	}, exchange.Options{Timeout: 300 * time.Millisecond}, nil)
	for range 2 {
		for i, err := range eager(t, c, 40) {
			if err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		}
	}
	if traffic := c.Traffic("ccr"); traffic.Late > 0 && traffic.AtOnce > 2 {
		t.Errorf("%d requests were late, and %d are asked at once", traffic.Late, traffic.AtOnce)
	}
}

// TestASystemThatNeverAnswersIsGivenUpOn: that it is asked again with fewer others must not keep anybody for long.
func TestASystemThatNeverAnswersIsGivenUpOn(t *testing.T) {
	var asked atomic.Int32
	c, _ := client(t, func(_ http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		waits(r)
	}, exchange.Options{Timeout: 50 * time.Millisecond, GiveUpAfter: 1}, nil)
	for i, err := range eager(t, c, 60) {
		if kind := kindOf(t, err); kind != exchange.TimedOut {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if n := asked.Load(); n > 40 {
		t.Errorf("asked %d times", n)
	}
	if traffic := c.Traffic("ccr"); traffic.AtOnce < 2 {
		t.Errorf("it is asked %d at a time, and that changed nothing", traffic.AtOnce)
	}
}

// TestAnAnswerThatCameAtASecondTryTookAsLongAsBoth keeps a slow answer from passing for a quick one.
func TestAnAnswerThatCameAtASecondTryTookAsLongAsBoth(t *testing.T) {
	var first atomic.Bool
	other := make(chan struct{})
	c, _ := client(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/fhir/Type1/1" && first.CompareAndSwap(false, true):
			waits(r)
			close(other)
		case r.URL.Path == "/fhir/Type0/1":
			<-other
		}
		_, _ = io.WriteString(w, `{}`)
	}, exchange.Options{Timeout: 200 * time.Millisecond}, nil)
	eager(t, c, 2)
	got, err := c.Do(t.Context(), exchange.Request{System: "ccr", URL: "Type1/1"})
	if err != nil {
		return // the other had gone before it was late, so that nothing was sent again
	}
	if got.Repeated != 1 || got.Waited < 200*time.Millisecond {
		t.Errorf("sent again %d times, and waited for %v", got.Repeated, got.Waited)
	}
}
