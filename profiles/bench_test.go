package profiles_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"concord/internal/fhir"
	"concord/profiles"
)

// document is a resource with the profiles that it is judged against.
type document struct {
	data []byte
	tree any
	opts profiles.Options
}

func benchDocuments(b *testing.B, r *profiles.Registry, uk bool) []document {
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
		if uk {
			resourceType, _ := tree["resourceType"].(string)
			d.opts.Profiles = ukCoreProfile(r, name, resourceType)
		}
		list = append(list, d)
	}
	if !uk {
		r4Examples(b, add)
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

// BenchmarkVerdict compares what it takes from bytes to verdict, profile and invariants included, with what encoding/json
// takes to decode the same bytes. The two alternate in one run, so that a noisy machine disturbs both; the median of the
// ratios of neighbours is reported.
func BenchmarkVerdict(b *testing.B) {
	for _, set := range []struct {
		name     string
		sequence profiles.Sequence
	}{{"UKCore", profiles.STU3}, {"R4", profiles.BaseOnly}} {
		b.Run(set.name, func(b *testing.B) {
			r, err := profiles.Embedded(set.sequence)
			if err != nil {
				b.Fatal(err)
			}
			documents := benchDocuments(b, r, set.sequence == profiles.STU3)
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
			b.ReportMetric(allocations(r, documents), "allocs/resource")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func timed(work func()) time.Duration {
	start := time.Now()
	work()
	return time.Since(start)
}

// allocations counts what a verdict on a clean resource allocates after its decoding.
func allocations(r *profiles.Registry, documents []document) float64 {
	clean := slices.DeleteFunc(slices.Clone(documents), func(d document) bool {
		findings, err := r.ValidateTree(context.Background(), d.tree, d.opts)
		return err != nil || len(findings) > 0
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, d := range clean {
		if _, err := r.ValidateTree(context.Background(), d.tree, d.opts); err != nil {
			return -1
		}
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(max(len(clean), 1))
}
