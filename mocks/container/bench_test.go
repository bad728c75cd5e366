package container_test

import (
	"context"
	"testing"
	"time"

	"concord.example/concord/internal/need"
	"concord.example/concord/mocks/container"
)

// BenchmarkPairUp starts both mocks over the default ledger as containers, from a binary that is built already, until
// each has answered a question that it must ask the other about. It needs a container engine.
func BenchmarkPairUp(b *testing.B) {
	need.Docker(b)
	options := container.Options{Binary: binary(b)}
	for b.Loop() {
		pair, err := container.Start(b.Context(), options)
		if err != nil {
			b.Fatal(err)
		}
		for _, system := range pair.Systems() {
			status, bundle, err := ask(b, system, "Encounter?_count=5", 10*time.Second)
			if said, matches := outcomes(bundle); err != nil || said != 0 || matches == 0 {
				b.Fatalf("%s: %d, %v, %d outcomes, %d matches", system.Name, status, err, said, matches)
			}
		}
		b.StopTimer()
		if err := pair.Stop(context.WithoutCancel(b.Context())); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s")
	b.ReportMetric(5, "s-wanted")
}
