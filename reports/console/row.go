package console

import (
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
)

// Row is what the list says of one run folder.
type Row struct {
	// Name is the path of the folder in the directory, with slashes: what links name.
	Name string `json:"name"`
	// Size and Modified are those of its run.json, by which a change is noticed; Modified is in nanoseconds since 1970.
	Size     int64 `json:"size"`
	Modified int64 `json:"modified"`
	// Problem says why the folder cannot be read as a run; the other fields are then empty.
	Problem string `json:"problem,omitempty"`

	RunID      string         `json:"run,omitempty"`
	Started    time.Time      `json:"started"`
	DurationMs int64          `json:"durationMs,omitempty"`
	Systems    []string       `json:"systems,omitempty"`
	Outcome    result.Outcome `json:"outcome,omitempty"`
	Counts     result.Counts  `json:"counts"`
	Harness    string         `json:"harness,omitempty"`
	Packages   []string       `json:"packages,omitempty"`
	// LeftOut says what a person chose not to ask; empty for a run over everything.
	LeftOut string `json:"leftOut,omitempty"`
	// Mock says that no system but Concord's own mocks was asked.
	Mock bool `json:"mock,omitempty"`
}

// rowOf sums a run up.
func rowOf(run result.Run) Row {
	r := Row{
		RunID: run.ID, Started: run.StartedAt.UTC(), DurationMs: run.DurationMs, Outcome: run.Verdict.Outcome, Counts: run.Verdict.Counts,
		Harness: versioned(run.Harness.Name, run.Harness.Version), LeftOut: run.LeftOut(), Mock: len(run.Systems) > 0,
	}
	for _, s := range run.Systems {
		r.Systems = append(r.Systems, s.Name)
		r.Mock = r.Mock && s.Mock
	}
	for _, p := range run.Packages {
		r.Packages = append(r.Packages, versioned(p.Name, p.Version))
	}
	return r
}

func versioned(name, version string) string { return strings.TrimSpace(name + " " + version) }

// filter says which runs a list is about. Empty fields do not narrow it.
type filter struct {
	System, Outcome, Harness, Package string
	// Selection is "all" for runs over everything, "part" for the others.
	Selection string
	// From and To are days, such as 2026-03-02; both are included.
	From, To string
}

// takes reports whether a run belongs on the list.
func (f filter) takes(r Row) bool {
	day := r.Started.Format(time.DateOnly)
	return (f.System == "" || slices.Contains(r.Systems, f.System)) &&
		(f.Outcome == "" || string(r.Outcome) == f.Outcome) &&
		(f.Harness == "" || r.Harness == f.Harness) &&
		(f.Package == "" || slices.Contains(r.Packages, f.Package)) &&
		(f.Selection == "" || (f.Selection == "all") == (r.LeftOut == "")) &&
		(f.From == "" || day >= f.From) && (f.To == "" || day <= f.To)
}

// newest sorts runs by when they began, the last first, and runs of one instant by name.
func newest(a, b Row) int {
	if c := b.Started.Compare(a.Started); c != 0 {
		return c
	}
	return strings.Compare(a.Name, b.Name)
}
