// Command mutate changes Concord's own code in one place after the other, runs the tests of its package, and lists the changes that
// no test notices.
//
//	go run ./suites/proof/mutate [-each N -seed S] [-timeout 60s] [-tests REGEXP] PACKAGE[:FILE,FILE]...
//
// All changes of a package are built into one test binary, and the environment says which of them is in force, so a change
// costs one run of the short tests and no build. It is run from the root of the module, and changes no file of it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"concord.example/concord/internal/peak"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) //nolint:forbidigo // this is a main function
}

type options struct {
	each    int
	seed    uint64
	timeout time.Duration
	tests   string
}

func run(arguments []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.SetOutput(errs)
	var o options
	flags.IntVar(&o.each, "each", 0, "how many changes of each package are tried, drawn by seed; 0 tries all")
	flags.Uint64Var(&o.seed, "seed", 1, "draws the changes")
	flags.DurationVar(&o.timeout, "timeout", time.Minute, "how long the tests may take; those that do not end have noticed the change")
	flags.StringVar(&o.tests, "tests", "", "which tests are run; all short ones by default")
	if err := flags.Parse(arguments); err != nil {
		return 2
	}
	if flags.NArg() == 0 {
		_, _ = fmt.Fprintln(errs, "mutate: name a package, such as ./internal/result, or some of its files: ./internal/result:status.go,verdict.go")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	killed, tried := 0, 0
	for _, argument := range flags.Args() {
		k, n, err := o.try(ctx, argument, out)
		killed, tried = killed+k, tried+n
		if err != nil {
			_, _ = fmt.Fprintf(errs, "mutate %s: %v\n", argument, err)
			return 3
		}
	}
	_, _ = fmt.Fprintf(out, "%d of %d changes are noticed (%.1f %%)\n", killed, tried, percent(killed, tried))
	return 0
}

// percent is rounded down to a tenth.
func percent(some, all int) float64 {
	if all == 0 {
		return 100
	}
	return float64(1000*some/all) / 10
}

// try tries the changes of one package, or of some of its files.
func (o options) try(ctx context.Context, argument string, out io.Writer) (killed, tried int, err error) {
	pkg, names, _ := strings.Cut(argument, ":")
	work, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return 0, 0, err
	}
	defer os.RemoveAll(work) //nolint:errcheck // it is in the folder for what may be lost
	files, err := sources(pkg, names)
	if err != nil {
		return 0, 0, err
	}
	mutants, binary, err := build(ctx, pkg, files, work)
	if err != nil {
		return 0, 0, err
	}
	if noticed, _ := o.noticed(ctx, binary, pkg, 0); noticed {
		return 0, 0, errors.New("the tests fail without any change")
	}
	some := mutants
	if o.each > 0 && len(mutants) > o.each {
		order := rand.New(rand.NewPCG(o.seed, 19)).Perm(len(mutants))[:o.each] //nolint:gosec // the same seed is to draw the same
		slices.Sort(order)
		some = nil
		for _, i := range order {
			some = append(some, mutants[i])
		}
	}
	for _, m := range some {
		noticed, err := o.noticed(ctx, binary, pkg, m.number)
		if err != nil {
			return killed, tried, err
		}
		tried++
		if noticed {
			killed++
		} else {
			_, _ = fmt.Fprintf(out, "not noticed: %s:%d: %s\n", m.file, m.line, m.what)
		}
	}
	_, _ = fmt.Fprintf(out, "%s: %d of %d changes are noticed (%.1f %%), of %d that can be made\n", argument, killed, tried, percent(killed, tried), len(mutants))
	return killed, tried, nil
}

// sources are the files of a package that are changed.
func sources(pkg, names string) ([]string, error) {
	if names != "" {
		var files []string
		for _, name := range strings.Split(names, ",") {
			files = append(files, filepath.Join(pkg, name))
		}
		return files, nil
	}
	files, err := filepath.Glob(filepath.Join(pkg, "*.go"))
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(file string) bool {
		return strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "doc.go")
	})
	if len(files) == 0 {
		return nil, errors.New("there is no Go file")
	}
	return files, nil
}

// build makes a test binary that has all changes of the files. A file whose changes do not compile is left as it is.
func build(ctx context.Context, pkg string, files []string, work string) ([]mutant, string, error) {
	binary := filepath.Join(work, "changed.test")
	left := slices.Clone(files)
	for {
		mutants, replaced, err := mutate(left, work)
		if err != nil {
			return nil, "", err
		}
		overlay, err := json.Marshal(map[string]any{"Replace": replaced})
		if err != nil {
			return nil, "", err
		}
		path := filepath.Join(work, "overlay.json")
		if err := os.WriteFile(path, overlay, 0o600); err != nil {
			return nil, "", err
		}
		command := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", path, "-o", binary, pkg) //nolint:gosec // a developer names the package
		said, err := command.CombinedOutput()
		if err == nil {
			return mutants, binary, nil
		}
		before := len(left)
		left = slices.DeleteFunc(left, func(file string) bool { return strings.Contains(string(said), filepath.Base(file)+":") })
		if len(left) == before || len(left) == 0 {
			return nil, "", fmt.Errorf("build: %w\n%s", err, said)
		}
		_, _ = fmt.Fprintf(os.Stderr, "left as it is, because its changes do not compile:\n%s", said)
	}
}

// mostMemory is how many 10^6 bytes the tests may take, and looks how often it is looked: a change can make a loop keep what it reads for ever.
const (
	mostMemory = 4000
	looks      = 100 * time.Millisecond
)

// noticed runs the tests with a change in force, 0 for none, and reports whether one fails, or they do not end, or take memory without end.
func (o options) noticed(ctx context.Context, binary, pkg string, number int) (bool, error) {
	limited, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	arguments := []string{"-test.short", "-test.failfast"}
	if o.tests != "" {
		arguments = append(arguments, "-test.run", o.tests)
	}
	command := exec.CommandContext(limited, binary, arguments...)
	command.Dir = pkg
	command.Env = append(os.Environ(), variable+"="+strconv.Itoa(number))
	if err := command.Start(); err != nil {
		return false, err
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	look := time.NewTicker(looks)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			return err != nil, ctx.Err()
		case <-look.C:
			if held, known := peak.MegabytesOf(command.Process.Pid); known && held > mostMemory {
				cancel()
			}
		}
	}
}
