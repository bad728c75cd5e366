//go:build unix

package record_test

import (
	"sync"
	"syscall"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/peak"
	"concord.example/concord/suites/record"
)

// resourcesPerSide is the size of the parity figure: so many resources of one system against so many of the other.
const resourcesPerSide = 100_000

// sides yields the facts of so many people that there are enough, each as both systems write it.
func sides(b *testing.B, ledger *fixtures.Ledger, yield func(ccr, ohc []fhir.Resource)) int {
	b.Helper()
	write := func(style fixtures.Style) map[string]*fixtures.Renderer {
		renderers := map[string]*fixtures.Renderer{}
		for _, system := range fixtures.Systems() {
			renderers[system] = ledger.Renderer(system, style)
		}
		return renderers
	}
	here, there := write(fixtures.CCRStyle()), write(fixtures.OHCStyle("https://ohc.test/fhir"))
	n := 0
	for person := range ledger.People() {
		var ccr, ohc []fhir.Resource
		for _, fact := range ledger.Visible(person) {
			system := ledger.System(fact.Source)
			ccr, ohc = append(ccr, here[system].Fact(fact)), append(ohc, there[system].Fact(fact))
		}
		yield(ccr, ohc)
		if n += len(ccr); n >= resourcesPerSide {
			break
		}
	}
	return n
}

// watch adds up the real time and the processor time of what it is held to, the garbage collector's included.
type watch struct{ real, processor time.Duration }

// time does the work and adds what it took.
func (w *watch) time(b *testing.B, work func()) {
	b.Helper()
	started, before := time.Now(), used(b)
	work()
	w.real += time.Since(started)
	w.processor += used(b) - before
}

// used is the processor time that this process has used.
func used(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkParityOf100000Against100000 reads 100,000 resources of each of two systems into sets and compares them. The
// resources are written as they are needed, as they come page by page in a run, and that is no part of the time. The answers
// of the two systems are read at the same time, as they are in a run.
func BenchmarkParityOf100000Against100000(b *testing.B) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 20})
	if err != nil {
		b.Fatal(err)
	}
	measured := peak.Reset()
	var w watch
	for b.Loop() {
		reader := record.NewReader()
		left, right := record.NewSet(reader), record.NewSet(reader)
		n := sides(b, ledger, func(ccr, ohc []fhir.Resource) {
			w.time(b, func() {
				var both sync.WaitGroup
				for _, side := range []struct {
					set       *record.Set
					resources []fhir.Resource
				}{{left, ccr}, {right, ohc}} {
					both.Go(func() {
						names := record.Names{}
						names.Learn(side.resources)
						for _, resource := range side.resources {
							side.set.Add(resource, names)
						}
					})
				}
				both.Wait()
			})
		})
		w.time(b, func() {
			if differences := left.Against(right); len(differences) > 0 {
				b.Fatalf("%d differences, the first of them %+v", len(differences), differences[0])
			}
		})
		b.ReportMetric(float64(n), "resources/side")
	}
	b.ReportMetric(0, "ns/op") // the greater part of it is writing the resources
	b.ReportMetric(w.real.Seconds()/float64(b.N), "s")
	b.ReportMetric(w.processor.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(5, "s-wanted")
	if megabytes, ok := peak.Megabytes(); ok && measured {
		b.ReportMetric(megabytes, "peak-MB")
		b.ReportMetric(500, "peak-MB-wanted")
	}
}
