// Command cluster runs the manifests of Concord for real: it builds a Kubernetes control plane, a kubelet and what they need from modules of
// fixed versions, starts them in network, mount and process namespaces of their own, lets the Job controller run the shards, kills one and
// evicts another half-way, and holds the merged run against the run of a single pod, byte for byte.
//
//	go run . [-work DIR] [-checks LIST] [-providers LIST] [-keep]
//
// It needs Linux, root, containerd and runc, and a network for the first time. Nothing of it can be reached from outside its own namespaces, and
// all of it ends with the first process in them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// kubernetesVersion is what the binaries say of themselves; go.mod holds the same.
const kubernetesVersion = "v1.34.4"

// options are what the flags say. A process in the new namespaces gets them again.
type options struct {
	work, checks, providers string
	keep, inside            bool
	rate                    float64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		_, _ = fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string, out, says io.Writer) error {
	var o options
	flags := flag.NewFlagSet("cluster", flag.ContinueOnError)
	flags.SetOutput(says)
	flags.StringVar(&o.work, "work", "", "new folder for binaries, logs and run folders (default a temporary one)")
	flags.StringVar(&o.checks, "checks", "CAP-*,PAR-FACTS-*,SCN-P08-FRESH", "checks to run, with commas between them; SCN-P12 says how many questions at once its shard may ask, and so is never the same")
	flags.StringVar(&o.providers, "providers", "RRK,RXK", "ODS codes that the sweep asks about, with commas between them; all means all")
	flags.Float64Var(&o.rate, "rate", 200, "most requests a second to one system, over all shards together")
	flags.BoolVar(&o.keep, "keep", false, "keep the folder")
	flags.BoolVar(&o.inside, "inside", false, "is the process in the new namespaces")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if o.inside {
		return inside(ctx, o, out, says)
	}
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		return errors.New("a kubelet needs Linux and root")
	}
	for _, program := range []string{"containerd", "ctr", "runc"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("containers need containerd and runc: %w", err)
		}
	}
	if err := o.makeFolder(); err != nil {
		return err
	}
	if !o.keep {
		defer func() { _ = os.RemoveAll(o.work) }()
	}
	_, _ = fmt.Fprintln(says, "building Kubernetes", kubernetesVersion, "and Concord in", o.work)
	begun := time.Now()
	if err := build(ctx, o.work, says); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(says, "built in %s\n", time.Since(begun).Round(time.Second))
	return apart(ctx, o, out, says)
}

func (o *options) makeFolder() (err error) {
	if o.work == "" {
		o.work, err = os.MkdirTemp("", "concord-cluster-")
		return err
	}
	if o.work, err = filepath.Abs(o.work); err != nil {
		return err
	}
	return os.MkdirAll(o.work, 0o755)
}

// build builds all that is started: what go.mod names as tools, Concord and the pause container.
func build(ctx context.Context, work string, says io.Writer) error {
	bin := filepath.Join(work, "bin")
	top, err := output(ctx, "", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	for _, b := range []struct {
		dir    string
		static bool // for an image that has nothing else in it
		args   []string
	}{
		{".", false, []string{"-ldflags", "-s -w -X k8s.io/component-base/version.gitVersion=" + kubernetesVersion, "-o", bin + "/", "tool"}},
		{".", true, []string{"-o", filepath.Join(bin, "pause"), "./pause"}},
		{strings.TrimSpace(top), true, []string{"-ldflags", "-s -w", "-o", filepath.Join(bin, "concord"), "./cmd/concord"}},
	} {
		// #nosec G204 -- the arguments are those above
		command := exec.CommandContext(ctx, "go", append([]string{"build", "-trimpath", "-p", "2"}, b.args...)...)
		command.Dir, command.Stdout, command.Stderr = b.dir, says, says
		if b.static {
			command.Env = append(os.Environ(), "CGO_ENABLED=0")
		}
		if err := command.Run(); err != nil {
			return fmt.Errorf("build %s: %w", b.args[len(b.args)-1], err)
		}
	}
	return nil
}

// output runs a program that ends, and returns what it printed.
func output(ctx context.Context, stdin, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...) // #nosec G204 -- programs and arguments are ours
	command.Stdin = strings.NewReader(stdin)
	var failed strings.Builder
	command.Stderr = &failed
	text, err := command.Output()
	if err != nil {
		return string(text), fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args, " "), err, failed.String())
	}
	return string(text), nil
}
