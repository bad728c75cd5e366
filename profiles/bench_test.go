package profiles_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/profiles"
)

// document is a resource with the profiles that it is judged against.
type document struct {
	data []byte
	tree any
	opts profiles.Options
}

// The sets of documents that a verdict is measured on. The examples of HL7 are not part of this project.
const (
	ukCoreExamples = "UKCore" // those of UK Core, each against its profile
	hl7Examples    = "R4"     // those of FHIR R4, against their types
	goldenLedger   = "Ledger" // the people of one provider of the golden ledger, each resource against its profile
)

func benchDocuments(b *testing.B, r *profiles.Registry, set string) []document {
	b.Helper()
	var list []document
	add := func(name string, data []byte) {
		tree, err := fhir.DecodeObject(data)
		if err != nil {
			return
		}
		var compact []byte
		if compact, err = json.Marshal(tree); err != nil {
			b.Fatal(err)
		}
		d := document{data: compact, tree: tree}
		if set == ukCoreExamples {
			resourceType, _ := tree["resourceType"].(string)
			d.opts.Profiles = ukCoreProfile(r, name, resourceType)
		}
		list = append(list, d)
	}
	switch set {
	case hl7Examples:
		r4Examples(b, add)
		return list
	case goldenLedger:
		ledgerResources(b, add)
		return list
	}
	dir := sharedData(b, "ukcore", "examples")
	files, err := os.ReadDir(dir)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			b.Fatal(err)
		}
		add(f.Name(), data)
	}
	return list
}

// ledgerResources adds the resources of some people of the golden ledger, which claim their UK Core profiles.
func ledgerResources(b *testing.B, add func(name string, data []byte)) {
	b.Helper()
	ledger, err := fixtures.New(fixtures.Options{Seed: 1, PeoplePerProvider: 1})
	if err != nil {
		b.Fatal(err)
	}
	const most = 400
	renderer, added := ledger.Renderer(fixtures.CCR, fixtures.Style{}), 0
	for person := range ledger.People() {
		for _, resource := range renderer.Person(person) {
			data, err := json.Marshal(resource)
			if err != nil {
				b.Fatal(err)
			}
			add("", data)
			added++
		}
		if added >= most {
			return
		}
	}
}

// BenchmarkVerdict compares what it takes from bytes to verdict, profile and invariants included, with what encoding/json
// takes to decode the same bytes. The two alternate in one run, so that a noisy machine disturbs both; the median of the
// ratios of neighbours is reported.
func BenchmarkVerdict(b *testing.B) {
	for _, set := range []struct {
		name     string
		sequence profiles.Sequence
	}{{ukCoreExamples, profiles.STU3}, {hl7Examples, profiles.BaseOnly}, {goldenLedger, profiles.STU3}} {
		b.Run(set.name, func(b *testing.B) {
			r, err := profiles.Embedded(set.sequence)
			if err != nil {
				b.Fatal(err)
			}
			documents := benchDocuments(b, r, set.name)
			validate := func() {
				for _, d := range documents {
					if _, err := r.Validate(context.Background(), d.data, d.opts); err != nil {
						b.Fatal(err)
					}
				}
			}
			decode := func() {
				for _, d := range documents {
					var v map[string]any
					if err := json.Unmarshal(d.data, &v); err != nil {
						b.Fatal(err)
					}
				}
			}
			own := func() {
				for _, d := range documents {
					if _, err := fhir.Decode(d.data); err != nil {
						b.Fatal(err)
					}
				}
			}
			validate()
			var ratios, ownRatios []float64
			var spent time.Duration
			for b.Loop() {
				base := timed(decode)
				verdict := timed(validate)
				ratios = append(ratios, float64(verdict)/float64(base))
				ownRatios = append(ownRatios, float64(timed(own))/float64(timed(decode)))
				spent += verdict
			}
			slices.Sort(ratios)
			slices.Sort(ownRatios)
			b.ReportMetric(ratios[len(ratios)/2], "x-decode")
			b.ReportMetric(ownRatios[len(ownRatios)/2], "own-decode-x")
			b.ReportMetric(float64(len(documents))*float64(len(ratios))/spent.Seconds(), "resources/s")
			if count, clean := allocations(r, documents); clean > 0 {
				b.ReportMetric(count, "allocs/resource")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkScaling compares what one goroutine and two judge in the same time. The two alternate in one run; the median of
// the ratios of neighbours is reported.
func BenchmarkScaling(b *testing.B) {
	const cores = 2
	if runtime.GOMAXPROCS(0) < cores {
		b.Skipf("it takes %d processors, and -cpu allows %d", cores, runtime.GOMAXPROCS(0))
	}
	r, err := profiles.Embedded(profiles.STU3)
	if err != nil {
		b.Fatal(err)
	}
	documents := benchDocuments(b, r, goldenLedger)
	validate := func() {
		for _, d := range documents {
			if _, err := r.Validate(context.Background(), d.data, d.opts); err != nil {
				b.Error(err)
			}
		}
	}
	validate()
	var ratios []float64
	for b.Loop() {
		alone := timed(validate)
		together := timed(func() {
			var all sync.WaitGroup
			for range cores {
				all.Go(validate)
			}
			all.Wait()
		})
		ratios = append(ratios, cores*float64(alone)/float64(together))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-of-one-core")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkContained compares what a list of n contained resources, each referred to, takes with one of half as many. The two
// alternate in one run; the median of the ratios of neighbours is reported, which is 2 when the time grows as their number and
// 4 when it grows as its square.
func BenchmarkContained(b *testing.B) {
	r, err := profiles.Embedded(profiles.STU3)
	if err != nil {
		b.Fatal(err)
	}
	list := func(n int) func() {
		var contained, entries []string
		for i := range n {
			contained = append(contained, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d","link":[{"other":{"reference":"#p%d"},"type":"seealso"}]}`, i, (i+1)%n))
			entries = append(entries, fmt.Sprintf(`{"item":{"reference":"#p%d"}}`, i))
		}
		text := `{"resourceType":"List","status":"current","mode":"working","contained":[` + strings.Join(contained, ",") + `],"entry":[` + strings.Join(entries, ",") + `]}`
		return func() {
			if _, err := r.ValidateText(context.Background(), text, profiles.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	const many = 8000
	half, whole := list(many/2), list(many)
	half()
	var ratios []float64
	for b.Loop() {
		base := timed(half)
		ratios = append(ratios, float64(timed(whole))/float64(base))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "x-of-half")
	b.ReportMetric(0, "ns/op")
}

func timed(work func()) time.Duration {
	start := time.Now()
	work()
	return time.Since(start)
}

// allocations counts what a verdict on a clean resource, one without any finding, allocates after its decoding. It also
// returns how many of the documents are clean.
func allocations(r *profiles.Registry, documents []document) (each float64, count int) {
	clean := slices.DeleteFunc(slices.Clone(documents), func(d document) bool {
		findings, err := r.ValidateTree(context.Background(), d.tree, d.opts)
		return err != nil || len(findings) > 0
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, d := range clean {
		if _, err := r.ValidateTree(context.Background(), d.tree, d.opts); err != nil {
			return -1, len(clean)
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(max(len(clean), 1)), len(clean)
}
