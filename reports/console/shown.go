package console

import (
	"sync"
	"sync/atomic"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
)

// mostShown is how many runs are remembered as they are printed, mostRead how many as they were read.
const mostShown, mostRead = 4, 2

// shownRuns remembers the runs that were looked at last, so that many readers of one run cost one. A run folder that
// changes is read again.
type shownRuns struct {
	store *store
	mu    sync.Mutex
	read  []readRun
	parts []printedRun
	// ahead counts what is printed before anybody asks, busy is set while something is.
	ahead sync.WaitGroup
	busy  atomic.Bool
}

type readRun struct {
	row Row
	run reports.Recorded
}

type printedRun struct {
	row   Row
	parts reports.Parts
}

func newShownRuns(s *store) *shownRuns { return &shownRuns{store: s} }

func same(a, b Row) bool {
	return a.Name == b.Name && a.Size == b.Size && a.Modified == b.Modified
}

// run reads a run. One is read at a time, which bounds the memory.
func (s *shownRuns) run(row Row) (result.Run, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	run, err := s.readLocked(row)
	return run.Run(), err
}

func (s *shownRuns) readLocked(row Row) (reports.Recorded, error) {
	for _, one := range s.read {
		if same(one.row, row) {
			return one.run, nil
		}
	}
	run, err := s.store.load(row.Name)
	if err != nil {
		return run, err
	}
	s.read = append([]readRun{{row, run}}, s.read[:min(len(s.read), mostRead-1)]...)
	return run, nil
}

// printAhead prints a run that somebody is about to open, unless another is being printed so.
func (s *shownRuns) printAhead(row Row) {
	if !s.busy.CompareAndSwap(false, true) {
		return
	}
	s.ahead.Go(func() {
		defer s.busy.Store(false)
		_, _ = s.print(row) // whoever opens it is told what is wrong
	})
}

// print prints the parts of a report.
func (s *shownRuns) print(row Row) (reports.Parts, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.parts {
		if same(one.row, row) {
			return one.parts, nil
		}
	}
	run, err := s.readLocked(row)
	if err != nil {
		return reports.Parts{}, err
	}
	parts, err := reports.Apart(run, reports.Options{Link: func(id string) string { return runURL(row.Name, "exchange", id) }})
	if err != nil {
		return parts, err
	}
	s.parts = append([]printedRun{{row, parts}}, s.parts[:min(len(s.parts), mostShown-1)]...)
	return parts, nil
}
