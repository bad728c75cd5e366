package suites_test

import (
	"context"
	"testing"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
)

func TestASystemThatHangsOrDropsGivesErrorNeverFailNeverPass(t *testing.T) {
	for name, fault := range map[string]mocks.Fault{"hangs": mocks.Hang, "drops connections": mocks.Drop} {
		t.Run(name, func(t *testing.T) {
			b := newBenchOfItsOwn(t)
			b.pair.OHC.Server.SetFault(fault)
			// The way out for requests that are still waiting when the test ends.
			t.Cleanup(func() { b.pair.OHC.Server.SetFault(mocks.NoFault) })
			run := b.run(t.Context(), t, func(c *suites.Config) {
				c.Timeout = 300 * time.Millisecond
				c.Selection.Providers = b.someProviders()
			})
			errors := 0
			for _, r := range run.Results {
				// The neighbour answers for itself in the directory, so those questions it can answer; everything else
				// needs the system that is down. SCN-P36 is about what Concord itself refuses to send.
				if r.Scope.System == "ohc" && r.Check != "SCN-P36" && r.Status != result.Error &&
					(r.Status != result.NotRun || r.Reason != result.Unreachable) {
					t.Errorf("%s for %s: %s (%s) %s", r.Check, r.Scope, r.Status, r.Reason, r.Message)
				}
				if r.Status == result.Fail {
					t.Errorf("%s for %s fails: %+v", r.Check, r.Scope, r.Findings)
				}
				if r.Status == result.Error {
					errors++
					if r.Reason != result.Unreachable {
						t.Errorf("%s for %s: reason %q", r.Check, r.Scope, r.Reason)
					}
				}
			}
			if errors == 0 || run.Verdict.Outcome != result.Undetermined {
				t.Errorf("%d errors, verdict %s", errors, run.Verdict.Outcome)
			}
		})
	}
}

func TestAnInterruptedRunHasAResultForEverythingAndPassesNothingItDidNotAsk(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	run := b.run(ctx, t, func(c *suites.Config) {
		c.Selection.Providers = b.someProviders()
		c.Progress = func(done, _ int) {
			if done >= 3 {
				cancel()
			}
		}
	})
	interrupted := 0
	for _, r := range run.Results {
		if (r.Status == result.NotRun || r.Status == result.Error) && r.Reason == result.Interrupted {
			interrupted++
		} else if r.Status != result.Pass {
			t.Errorf("%s for %s: %s (%s) %s", r.Check, r.Scope, r.Status, r.Reason, r.Message)
		}
	}
	if interrupted == 0 || run.Verdict.Outcome != result.Undetermined {
		t.Errorf("%d interrupted, verdict %s", interrupted, run.Verdict.Outcome)
	}
}
