package reports

import (
	"fmt"
	"time"

	"concord.example/concord/internal/result"
)

// latencyView is the table of how fast the systems answered.
type latencyView struct {
	Host, Corrected string
	Rows            []latencyRow
}

type latencyRow struct {
	result.LatencyRow
	Title string
	// Shown are the figures in milliseconds, with their unit.
	P50, P95, P99, Max string
	// Should and Shall say whether the budgets were kept.
	Should, Shall result.Status
}

const (
	// shouldBudget and shallBudget are what a query should and shall take less than (GP Connect, volume and performance).
	shouldBudget = time.Second
	shallBudget  = 3 * time.Second
)

// newLatency returns nil when nothing was measured.
func newLatency(run result.Run) *latencyView {
	if run.Latency == nil {
		return nil
	}
	titles := map[string]string{}
	for _, s := range run.Systems {
		titles[s.Name] = title(s)
	}
	v := &latencyView{Host: oneLine(run.Latency.Host), Corrected: oneLine(run.Latency.Corrected)}
	for _, row := range run.Latency.Rows {
		r := latencyRow{
			LatencyRow: row, Title: titles[row.System], P50: milliseconds(row.P50), P95: milliseconds(row.P95), P99: milliseconds(row.P99),
			Max: milliseconds(row.Max), Should: result.Pass, Shall: result.Pass,
		}
		if time.Duration(row.P95)*time.Microsecond >= shouldBudget {
			r.Should = result.Warning
		}
		if row.Late > 0 || time.Duration(row.Max)*time.Microsecond >= shallBudget {
			r.Shall = result.Fail
		}
		v.Rows = append(v.Rows, r)
	}
	return v
}

// milliseconds renders microseconds: "0.9 ms", "12.3 ms", "1,234 ms".
func milliseconds(us int64) string {
	if us >= 100_000 {
		return number(int(us/1000)) + " ms"
	}
	return fmt.Sprintf("%.1f ms", float64(us)/1000)
}
