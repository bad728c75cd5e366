package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// packages measures what two packages of definitions add to a first verdict, when they are read for the first time and when
// their compiled form is in the cache.
func (b *bench) packages(ctx context.Context) ([]figure, error) {
	b.say("two further packages")
	const (
		first, again = "two further packages: more until the first verdict, first time", "the same, from the cache"
		target       = "<= 0.19 s of processor time and 45 MB more"
		mostTime     = 190 * time.Millisecond
		mostMemory   = 45
	)
	args := []string{"validate"}
	for _, name := range []string{"hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1.tgz", "hl7.terminology.r4-7.0.1.tgz"} {
		file := filepath.Join(b.shared, "data", "packages", name)
		if _, err := os.Stat(file); err != nil {
			return []figure{skipped(first, "-", "the packages are not at hand"), skipped(again, target, "the packages are not at hand")}, nil
		}
		args = append(args, "--package", file)
	}
	name := filepath.Join(b.folder, "patient.json")
	if err := os.WriteFile(name, fmt.Appendf(nil, patient, 1), 0o600); err != nil {
		return nil, fmt.Errorf("write a resource: %w", err)
	}
	b.environment = append(os.Environ(), "XDG_CACHE_HOME="+filepath.Join(b.folder, "cache"))
	alone, err := b.middle(ctx, "validate", name)
	if err != nil {
		return nil, err
	}
	args = append(args, name)
	cold, err := b.start(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	warm, err := b.middle(ctx, args...)
	if err != nil {
		return nil, err
	}
	more := func(p process) string {
		return fmt.Sprintf("%.2f s, %.0f MB", (p.spent - alone.spent).Seconds(), p.resident-alone.resident)
	}
	return []figure{
		{what: first, target: "-", ours: more(cold)},
		measured(again, target, more(warm), warm.spent-alone.spent <= mostTime && warm.resident-alone.resident <= mostMemory),
	}, nil
}

// middle runs the binary several times and returns the medians.
func (b *bench) middle(ctx context.Context, args ...string) (process, error) {
	const times = 9
	var list []process
	for range times {
		p, err := b.start(ctx, nil, args...)
		if err != nil {
			return process{}, err
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b process) int { return int(a.spent - b.spent) })
	p := list[times/2]
	slices.SortFunc(list, func(a, b process) int { return int(a.resident - b.resident) })
	p.resident = list[times/2].resident
	return p, nil
}

// beside measures the binary and another validator on the same resources, both warm: the examples of UK Core, each against
// the profile of its type.
func (b *bench) beside(ctx context.Context) ([]figure, error) {
	const (
		spent, memory = "processor time a resource, of the other validator's", "memory, of the other validator's"
		leastTimes    = 300
		leastMemory   = 16
	)
	targets := [2]string{fmt.Sprintf("<= 1/%d", leastTimes), fmt.Sprintf("<= 1/%d", leastMemory)}
	examples, err := b.requests()
	switch {
	case err != nil:
		return nil, err
	case b.oracle == "" || len(examples) == 0:
		why := "it takes the command of another validator in CONCORD_ORACLE, and the examples of UK Core"
		return []figure{skipped(spent, targets[0], why), skipped(memory, targets[1], why)}, nil
	}
	b.say("beside the other validator")
	ours, err := b.warm(ctx, b.binary, []string{"validate", "--ndjson"}, examples, 21)
	if err != nil {
		return nil, err
	}
	other := strings.Fields(b.oracle)
	theirs, err := b.warm(ctx, other[0], other[1:], examples, 3)
	if err != nil {
		return nil, err
	}
	times, memories := float64(theirs.spent)/float64(ours.spent), theirs.resident/ours.resident
	return []figure{
		measured(spent, targets[0], fmt.Sprintf("1/%.0f (%.3f ms, %.1f ms)", times, ours.spent.Seconds()*1000, theirs.spent.Seconds()*1000), times >= leastTimes),
		measured(memory, targets[1], fmt.Sprintf("1/%.1f (%.0f MB, %.0f MB)", memories, ours.resident, theirs.resident), memories >= leastMemory),
	}, nil
}

// requests returns a line for each example of UK Core; none when they are not at hand.
func (b *bench) requests() ([][]byte, error) {
	folder := filepath.Join(b.shared, "data", "ukcore")
	names, err := filepath.Glob(filepath.Join(folder, "examples", "*.json"))
	if err != nil {
		return nil, fmt.Errorf("find the examples of UK Core: %w", err)
	}
	var lines [][]byte
	for _, name := range names {
		data, err := os.ReadFile(name) //nolint:gosec // in the folder of official material
		if err != nil {
			return nil, fmt.Errorf("read an example of UK Core: %w", err)
		}
		request := map[string]any{"id": filepath.Base(name), "resourceText": string(data)}
		typ, _, _ := strings.Cut(filepath.Base(name), "-")
		if _, err := os.Stat(filepath.Join(folder, "package", "StructureDefinition-UKCore-"+typ+".json")); err == nil {
			request["profiles"] = []string{"https://fhir.hl7.org.uk/StructureDefinition/UKCore-" + typ}
		}
		line, err := json.Marshal(request)
		if err != nil {
			return nil, fmt.Errorf("write a request: %w", err)
		}
		lines = append(lines, append(line, '\n'))
	}
	return lines, nil
}

// warm returns what a validator takes for a resource once it is warm, and the most memory that it held: what further rounds
// over all of them add to the first.
func (b *bench) warm(ctx context.Context, command string, args []string, lines [][]byte, rounds int) (process, error) {
	once, err := b.run(ctx, command, repeated(lines, 1), args...)
	if err != nil {
		return process{}, err
	}
	often, err := b.run(ctx, command, repeated(lines, rounds), args...)
	if err != nil {
		return process{}, err
	}
	often.spent = max(1, (often.spent-once.spent)/time.Duration(len(lines)*(rounds-1)))
	return often, nil
}

// repeated reads the lines several times over. They are not put together, as what this process holds when it starts another
// counts as memory of that one.
func repeated(lines [][]byte, rounds int) io.Reader {
	var readers []io.Reader
	for range rounds {
		for _, line := range lines {
			readers = append(readers, bytes.NewReader(line))
		}
	}
	return io.MultiReader(readers...)
}
