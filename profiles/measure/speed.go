package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// speed runs the benchmarks of package profiles.
func (b *bench) speed(ctx context.Context) ([]figure, error) {
	b.say("benchmarks: bytes to verdict, one core")
	verdicts, err := benchmark(ctx, "Verdict", 1)
	if err != nil {
		return nil, err
	}
	b.say("benchmarks: contained resources")
	contained, err := benchmark(ctx, "Contained", 1)
	if err != nil {
		return nil, err
	}
	b.say("benchmarks: two cores")
	scaling, err := benchmark(ctx, "Scaling", 2)
	if err != nil {
		return nil, err
	}
	const noShared = "the examples of HL7 are not at hand"
	var figures []figure
	for _, set := range []struct {
		name, what string
		most       float64
	}{
		{"Verdict/UKCore", "bytes to verdict, UK Core examples, of encoding/json decode", 1.5},
		{"Verdict/R4", "bytes to verdict, R4 examples, of encoding/json decode", 3},
		{"Verdict/Ledger", "bytes to verdict, golden ledger, of encoding/json decode", 1.5},
	} {
		figures = append(figures, atMost(verdicts[set.name], "x-decode", set.what, "x", set.most, noShared))
	}
	for _, set := range []struct{ name, what string }{
		{"Verdict/UKCore", "allocations per clean UK Core example after decode"},
		{"Verdict/R4", "allocations per clean R4 example after decode"},
	} {
		figures = append(figures, atMost(verdicts[set.name], "allocs/resource", set.what, "", 40, noShared))
	}
	figures = append(figures, atMost(contained["Contained"], "x-of-half", "8,000 contained resources with references, of 4,000", "x", 2.6, "the benchmark did not run"))
	const what, least = "verdicts on two cores, of one core", 1.7
	value, known := scaling["Scaling"]["x-of-one-core"]
	target := fmt.Sprintf(">= %.1fx", least)
	if !known || runtime.NumCPU() < 2 {
		return append(figures, skipped(what, target, "this machine has one core")), nil
	}
	return append(figures, measured(what, target, fmt.Sprintf("%.2fx", value), value >= least)), nil
}

func atMost(metrics map[string]float64, metric, what, unit string, most float64, why string) figure {
	target := fmt.Sprintf("<= %g%s", most, unit)
	value, known := metrics[metric]
	if !known {
		return skipped(what, target, why)
	}
	return measured(what, target, fmt.Sprintf("%.2f%s", value, unit), value <= most)
}

// benchmark runs benchmarks of package profiles and returns their metrics by the names of benchmark and unit.
func benchmark(ctx context.Context, name string, cores int) (map[string]map[string]float64, error) {
	command := exec.CommandContext(ctx, "go", "test", "./profiles", "-run", "^$", "-bench", "^Benchmark"+name+"$", //nolint:gosec // constants
		"-benchtime", "3s", "-cpu", strconv.Itoa(cores))
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("run benchmark %s: %w\n%s", name, err, out)
	}
	metrics := map[string]map[string]float64{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(fields[0], "Benchmark"), "-"+strconv.Itoa(cores))
		metrics[name] = map[string]float64{}
		for i := 2; i+1 < len(fields); i += 2 {
			if value, err := strconv.ParseFloat(fields[i], 64); err == nil {
				metrics[name][fields[i+1]] = value
			}
		}
	}
	return metrics, nil
}
