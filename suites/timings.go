package suites

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"

	"concord.example/concord/internal/result"
)

// timings collects what checks measure.
type timings struct {
	mu   sync.Mutex
	rows []result.LatencyRow
}

func (t *timings) add(row result.LatencyRow) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rows = append(t.rows, row)
}

// latency returns what was measured, and on what host; nil when nothing was.
func (t *timings) latency() *result.Latency {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.rows) == 0 {
		return nil
	}
	return &result.Latency{
		Host: fmt.Sprintf("%s/%s, %d processors%s, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(), runtime.Version()),
		Corrected: "for coordinated omission: a slow answer counts also for the questions that it kept from being asked, " +
			"one for every median answer time of its class",
		Rows: t.rows,
	}
}

// processor names the processors in brackets, where the host says what they are.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return " (" + strings.TrimSpace(value) + ")"
		}
	}
	return ""
}
