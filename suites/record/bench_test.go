package record_test

import (
	"testing"
	"time"

	"concord/fixtures"
	"concord/internal/fhir"
	"concord/internal/peak"
	"concord/suites/record"
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

// BenchmarkParityOf100000Against100000 reads 100,000 resources of each of two systems into sets and compares them. The
// resources are written as they are needed, as they come page by page in a run; parity-s/op is the time without that.
func BenchmarkParityOf100000Against100000(b *testing.B) {
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 20})
	if err != nil {
		b.Fatal(err)
	}
	measured := peak.Reset()
	var spent time.Duration
	for b.Loop() {
		reader := record.NewReader()
		left, right := record.NewSet(reader), record.NewSet(reader)
		n := sides(b, ledger, func(ccr, ohc []fhir.Resource) {
			started := time.Now()
			for _, side := range []struct {
				set       *record.Set
				resources []fhir.Resource
			}{{left, ccr}, {right, ohc}} {
				names := record.Names{}
				names.Learn(side.resources)
				for _, resource := range side.resources {
					side.set.Add(resource, names)
				}
			}
			spent += time.Since(started)
		})
		started := time.Now()
		if differences := left.Against(right); len(differences) > 0 {
			b.Fatalf("%d differences, the first of them %+v", len(differences), differences[0])
		}
		spent += time.Since(started)
		b.ReportMetric(float64(n), "resources/side")
	}
	b.ReportMetric(spent.Seconds()/float64(b.N), "parity-s/op")
	if megabytes, ok := peak.Megabytes(); ok && measured {
		b.ReportMetric(megabytes, "peak-MB")
	}
}
