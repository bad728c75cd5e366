package compare_test

import (
	"testing"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports/compare"
)

func TestATimeIsOtherOnlyWhenItIsClearlySoAndWasMeasuredInTheSameWay(t *testing.T) {
	run := func(class string, concurrency int, p95 int64) result.Run {
		return result.Run{Latency: &result.Latency{Host: "one", Rows: []result.LatencyRow{{System: "ccr", Class: class, Phase: "cold", Concurrency: concurrency, P95: p95}}}}
	}
	for name, c := range map[string]struct {
		before, after result.Run
		want          int
	}{
		"slower":             {run("a", 8, 100_000), run("a", 8, 200_000), 1},
		"faster":             {run("a", 8, 200_000), run("a", 8, 100_000), 1},
		"a little":           {run("a", 8, 100_000), run("a", 8, 130_000), 0},
		"of next to no time": {run("a", 8, 1_000), run("a", 8, 9_000), 0},
		"other questions":    {run("a", 8, 100_000), run("b", 8, 900_000), 0},
		"other concurrency":  {run("a", 8, 100_000), run("a", 64, 900_000), 0},
		"not measured":       {result.Run{}, run("a", 8, 900_000), 0},
	} {
		if got := compare.Runs(c.before, c.after).Timing; len(got) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
