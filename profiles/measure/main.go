// Command measure prints the figures of the validator beside what they should be.
//
//	go run ./profiles/measure -binary bin/concord [-shared ../shared] [-oracle COMMAND]
//
// It is run from the root of the module, with the binary built. Speed comes from the benchmarks of package profiles, memory
// and start-up from runs of the binary on documents that it makes, and scores from the scoreboard in the folder of official
// material. What cannot be measured on a machine is printed as skipped, with the reason.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) //nolint:forbidigo // this is a main function
}

// figure is one line of the table.
type figure struct {
	what, target, ours string
	// met says whether ours reaches the target; nil when that was not measured.
	met *bool
}

// measured returns a figure with its value.
func measured(what, target, ours string, met bool) figure { return figure{what, target, ours, &met} }

// skipped returns a figure that was not measured, and why.
func skipped(what, target, why string) figure {
	return figure{what: what, target: target, ours: "skipped: " + why}
}

// bench is what the measurements need to know.
type bench struct {
	binary, shared string
	// oracle is the command of another validator, for a comparison; empty for none.
	oracle string
	// only names the parts to measure, parted by commas; empty for all.
	only string
	// environment is that of the processes; nil is the own.
	environment []string
	// folder holds the documents that are made; says is told what is being measured.
	folder string
	says   io.Writer
}

func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.says, format+"\n", args...) }

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("measure", flag.ContinueOnError)
	flags.SetOutput(stderr)
	b := bench{says: stderr}
	flags.StringVar(&b.binary, "binary", filepath.Join("bin", "concord"), "the concord binary to measure")
	flags.StringVar(&b.shared, "shared", sharedFolder(), "folder of official material, which holds tools/scoreboard and data/packages")
	flags.StringVar(&b.oracle, "oracle", os.Getenv("CONCORD_ORACLE"), "command, with arguments, of another validator that answers lines of JSON, to measure beside it")
	flags.StringVar(&b.only, "only", "", "parts to measure, parted by commas: speed, start-up, packages, streams, large, beside, tables, scores")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	figures, err := b.measure(ctx)
	if err != nil {
		b.say("measure: %v", err)
		return 1
	}
	if err := printTable(stdout, figures); err != nil {
		return 1
	}
	return 0
}

func sharedFolder() string {
	if folder := os.Getenv("CONCORD_SHARED"); folder != "" {
		return folder
	}
	return filepath.Join("..", "shared")
}

// measure measures everything, in the order of the table.
func (b *bench) measure(ctx context.Context) ([]figure, error) {
	var err error
	// The processes that are started have folders of their own.
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return nil, fmt.Errorf("find the binary: %w", err)
	}
	if b.shared, err = filepath.Abs(b.shared); err != nil {
		return nil, fmt.Errorf("find the official material: %w", err)
	}
	if _, err := os.Stat(b.binary); err != nil {
		return nil, fmt.Errorf("find the binary: %w; build it with \"make build\"", err)
	}
	if b.folder, err = os.MkdirTemp("", "concord-measure-"); err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(b.folder) //nolint:errcheck // the system clears its folder for temporary files
	var figures []figure
	for _, part := range []struct {
		name    string
		measure func(context.Context) ([]figure, error)
	}{
		{"speed", b.speed},
		{"start-up", b.startUp},
		{"packages", b.packages},
		{"streams", b.streams},
		{"large", b.large},
		{"beside", b.beside},
		{"tables", b.tables},
		{"scores", b.scores},
	} {
		if b.only != "" && !slices.Contains(strings.Split(b.only, ","), part.name) {
			continue
		}
		list, err := part.measure(ctx)
		if err != nil {
			return nil, err
		}
		figures = append(figures, list...)
	}
	return figures, nil
}

func printTable(w io.Writer, figures []figure) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "figure\ttarget\tmeasured\t")
	for _, f := range figures {
		verdict := "-"
		if f.met != nil {
			verdict = map[bool]string{true: "met", false: "NOT MET"}[*f.met]
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.what, f.target, f.ours, verdict)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return nil
}
