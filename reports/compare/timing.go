package compare

import (
	"fmt"

	"concord.example/concord/internal/result"
)

// Timing is a class of questions that a system answers in clearly another time than before.
type Timing struct {
	System string `json:"system"`
	Class  string `json:"class"`
	Phase  string `json:"phase"`
	// Before and After are the 95th percentiles in microseconds.
	Before int64 `json:"beforeP95Us"`
	After  int64 `json:"afterP95Us"`
}

// A change of time counts when it is by half or more and by 20 ms or more: less is what one machine shows of one system from run
// to run.
const (
	clearlyOther = 1.5
	clearlyUs    = 20_000
)

// timing lists the classes that both runs measured in the same way, and whose times are clearly other.
func timing(before, after *result.Latency) []Timing {
	all := []Timing{}
	if before == nil || after == nil {
		return all
	}
	for _, is := range after.Rows {
		for _, was := range before.Rows {
			if was.System != is.System || was.Class != is.Class || was.Phase != is.Phase || was.Concurrency != is.Concurrency {
				continue
			}
			low, high := min(was.P95, is.P95), max(was.P95, is.P95)
			if high-low >= clearlyUs && float64(high) >= clearlyOther*float64(low) {
				all = append(all, Timing{is.System, is.Class, is.Phase, was.P95, is.P95})
			}
		}
	}
	return all
}

// Milliseconds writes microseconds for people.
func Milliseconds(us int64) string { return fmt.Sprintf("%.1f ms", float64(us)/1000) }
