//go:build unix

package suites_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/peak"
	"concord.example/concord/internal/result"
	"concord.example/concord/mocks"
	"concord.example/concord/suites"
)

// sweepChecks are the checks that are asked about every provider at both systems.
func sweepChecks() []string {
	var ids []string
	for _, c := range suites.Catalogue() {
		if strings.HasPrefix(c.ID, "SCN-P08-") {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// sweep is what sweeps took: for how many providers, in real time, and in processor time of harness and mocks together.
type sweep struct {
	providers       int
	real, processor time.Duration
}

// add asks a fresh pair of mocks in this process about all providers of a ledger, in both directions.
func (s *sweep) add(b *testing.B, options fixtures.Options) {
	b.Helper()
	h, err := newHouse(options)
	if err != nil {
		b.Fatal(err)
	}
	pair, err := mocks.StartPair(b.Context(), mocks.Options{Ledger: h.ledger, PeerBudget: 8 * time.Second}, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer pair.Stop()
	config := suites.Config{
		Ledger: h.ledger, Judge: h.judge, Seed: 1, Timeout: 20 * time.Second,
		Selection: suites.Selection{Checks: sweepChecks()},
	}
	for _, e := range pair.Endpoints() {
		config.Systems = append(config.Systems, suites.System{Name: e.System, Title: e.System, Supplier: e.System, BaseURL: e.BaseURL, ConnectTo: e.Address, Mock: true})
	}
	peak.Reset() // what the pair before has left behind is no part of this
	before, started := spent(b, os.Getpid()), time.Now()
	run, err := suites.Run(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	s.real, s.processor = s.real+time.Since(started), s.processor+spent(b, os.Getpid())-before
	s.providers += len(run.Providers)
	for _, r := range run.Results {
		if r.Status != result.Pass {
			b.Fatalf("%s for %s: %s %s", r.Check, r.Scope, r.Status, r.Message)
		}
	}
}

// BenchmarkSweep asks about all 848 providers in both directions, and about the 1,448 of the stress profile: as many
// seconds for each provider, or the sweep does not scale.
func BenchmarkSweep(b *testing.B) {
	onLinux(b)
	// The tests of this package let the heap grow more than the program does.
	before := debug.SetGCPercent(suites.GCPercent)
	b.Cleanup(func() { debug.SetGCPercent(before) })
	var few, many sweep
	for b.Loop() {
		// In turns, so that what else the machine does weighs on both alike.
		few.add(b, fixtures.Options{Seed: 1})
		many.add(b, fixtures.Options{Seed: 1, Stress: true})
	}
	each := func(total time.Duration) float64 { return total.Seconds() / float64(b.N) }
	grows := func(less, more time.Duration) float64 {
		return more.Seconds() / float64(many.providers) / (less.Seconds() / float64(few.providers))
	}
	b.ReportMetric(0, "ns/op") // a round of both says nothing
	b.ReportMetric(float64(few.providers)/float64(b.N), "providers")
	b.ReportMetric(each(few.real), "s")
	b.ReportMetric(15, "s-wanted")
	b.ReportMetric(each(few.processor), "cpu-s")
	b.ReportMetric(float64(many.providers)/float64(b.N), "providers-stress")
	b.ReportMetric(each(many.real), "s-stress")
	b.ReportMetric(each(many.processor), "cpu-s-stress")
	b.ReportMetric(grows(few.real, many.real), "ratio-per-provider")
	b.ReportMetric(grows(few.processor, many.processor), "cpu-ratio-per-provider")
	b.ReportMetric(1.1, "ratio-per-provider-wanted")
}

// BenchmarkDefaultRun runs the program as "make run" does, mocks, reports and recorded exchanges included.
func BenchmarkDefaultRun(b *testing.B) {
	program := build(b)
	folder := filepath.Join(b.TempDir(), "run")
	var processor time.Duration
	var megabytes float64
	for b.Loop() {
		command := exec.CommandContext(b.Context(), program, "run", "--out", folder)
		if output, err := command.CombinedOutput(); err != nil {
			b.Fatalf("concord run: %v\n%s", err, output)
		}
		processor += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
		if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
			megabytes = max(megabytes, float64(usage.Maxrss)*1024/1e6)
		}
	}
	files, bytes := 0, int64(0)
	if err := filepath.WalkDir(folder, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			files, bytes = files+1, bytes+info.Size()
		}
		return err
	}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op") // the same as s/run
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/run")
	b.ReportMetric(60, "s/run-wanted")
	b.ReportMetric(processor.Seconds()/float64(b.N), "cpu-s/run")
	b.ReportMetric(megabytes, "peak-MB")
	b.ReportMetric(float64(files), "files")
	b.ReportMetric(float64(bytes)/1e6, "MB-written")
}
