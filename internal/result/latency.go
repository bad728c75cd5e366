package result

import (
	"cmp"
	"slices"
)

// Latency is how fast the systems answered what a clinician asks, measured from the host that the harness ran on.
type Latency struct {
	// Host says what that host is: operating system, processors, Go version.
	Host string `json:"host"`
	// Corrected says how coordinated omission was corrected for.
	Corrected string `json:"corrected"`
	// Rows are ordered by system, class and phase.
	Rows []LatencyRow `json:"rows"`
}

// LatencyRow is the answers to one class of questions. Durations are in microseconds.
type LatencyRow struct {
	// System is the name of the system that was asked.
	System string `json:"system"`
	// Class is what was asked, in words; Phase is cold for the first time and warm for the second.
	Class string `json:"class"`
	Phase string `json:"phase"`
	// Concurrency is how many questions were under way at once.
	Concurrency int `json:"concurrency"`
	// Asked is how many questions were asked, Late how many of them had no answer within the limit that must be kept.
	Asked int `json:"asked"`
	Late  int `json:"late"`
	// P50, P95 and P99 are percentiles after correction, Max the slowest answer.
	P50 int64 `json:"p50Us"`
	P95 int64 `json:"p95Us"`
	P99 int64 `json:"p99Us"`
	Max int64 `json:"maxUs"`
}

// Sort puts the rows in order.
func (l *Latency) Sort() {
	slices.SortFunc(l.Rows, func(a, b LatencyRow) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Phase, b.Phase))
	})
}
