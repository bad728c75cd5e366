package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// event is one line of "go test -json" (go doc test2json).
type event struct {
	Action, Package, Test, Output string
	ImportPath                    string // of a package that is being built
	Elapsed                       float64
}

// name says which test or package an event is about. Those of packages sort before those of their tests.
func (e event) name() string {
	switch {
	case e.Package == "":
		return e.ImportPath
	case e.Test == "":
		return e.Package
	default:
		return e.Package + " " + e.Test
	}
}

// report prints one line for each package while tests run, and what failed when they have.
type report struct {
	out io.Writer
	// output is what was printed by whom, as long as it may be wanted; running is who has begun and not ended.
	output  map[string][]string
	running map[string]bool
	failed  []string
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[string][]string{}, running: map[string]bool{}}
}

// mostLines is how many of the first and of the last lines of what one test printed are shown: they say why it failed.
const mostLines = 30

// read takes in events to the end, and calls heard for each.
func (r *report) read(events io.Reader, heard func()) error {
	lines := bufio.NewReader(events)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			heard()
			var e event
			if json.Unmarshal(line, &e) != nil {
				r.print("%s", line) // not an event: a word of go test itself
			} else {
				r.take(e)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what go test says: %w", err)
		}
	}
}

func (r *report) take(e event) {
	name := e.name()
	switch e.Action {
	case "run", "start":
		r.running[name] = true
	case "output", "build-output":
		r.keep(name, e)
	case "pass", "skip":
		delete(r.running, name)
		delete(r.output, name)
	case "fail", "build-fail":
		delete(r.running, name)
		r.failed = append(r.failed, name)
		if e.Test == "" {
			r.crashed(name)
		}
	default:
	}
}

// keep keeps what was printed. What go test says of a whole package is printed at once.
func (r *report) keep(name string, e event) {
	if e.Test == "" && e.Package != "" && (strings.HasPrefix(e.Output, "ok ") || strings.HasPrefix(e.Output, "FAIL\t")) {
		r.print("%s", e.Output)
		return
	}
	for _, noise := range []string{"=== RUN", "=== PAUSE", "=== CONT", "=== NAME", "PASS\n", "FAIL\n", "exit status"} {
		if strings.HasPrefix(e.Output, noise) {
			return
		}
	}
	lines := append(r.output[name], e.Output)
	if len(lines) > 2*mostLines {
		lines = slices.Delete(lines, mostLines, mostLines+1)
	}
	r.output[name] = lines
}

// crashed counts the tests of a package that neither passed nor failed when it ended as failed.
func (r *report) crashed(name string) {
	for other := range r.running {
		if strings.HasPrefix(other, name+" ") {
			delete(r.running, other)
			r.failed = append(r.failed, other)
		}
	}
}

// close prints what failed, in the order of names, and who stood still.
func (r *report) close(silent bool, still time.Duration) {
	slices.Sort(r.failed)
	for _, name := range slices.Compact(r.failed) {
		if text := strings.Join(r.output[name], ""); strings.TrimSpace(text) != "" || !r.belowFailed(name) {
			r.print("\n--- failed: %s\n%s", name, text)
		}
	}
	if silent {
		r.print("\nStopped: for %s nothing began, ended or was printed. Under way were:\n", still)
		for _, name := range slices.Sorted(maps.Keys(r.running)) {
			r.print("  %s\n", name)
		}
	}
}

// belowFailed reports whether something inside a package or test failed, so that it has nothing to say of its own.
func (r *report) belowFailed(name string) bool {
	return slices.ContainsFunc(r.failed, func(other string) bool {
		return strings.HasPrefix(other, name+" ") || strings.HasPrefix(other, name+"/")
	})
}

func (r *report) print(format string, args ...any) { _, _ = fmt.Fprintf(r.out, format, args...) }
