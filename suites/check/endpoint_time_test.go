package check

import (
	"testing"
	"time"
)

func TestALimitIsTooCloseToCallWhereOnlyTheDelayOfConcordItselfBreaksIt(t *testing.T) {
	for _, c := range []struct {
		waited, held time.Duration
		want         bool
	}{{2 * time.Second, 0, false}, {2 * time.Second, time.Second, false}, {2 * time.Second, 2 * time.Second, true}, {4 * time.Second, 2 * time.Second, false}} {
		if got := (&Answer{Waited: c.waited, HeldUp: c.held}).TooClose(3 * time.Second); got != c.want {
			t.Errorf("waited %s, held up %s: %t", c.waited, c.held, got)
		}
	}
}
