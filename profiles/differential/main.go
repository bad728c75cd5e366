// Command differential holds Validate against another validator on inputs that it makes, or that lie in folders, and prints
// where the two differ.
//
//	go run ./profiles/differential -oracle 'COMMAND ARG...' [-seed 1] [-rounds 5] [-profiles 100] [-packages a.tgz,b.tgz] [DIR...]
//
// It is a tool for development: nothing that is shipped, tested or run by CI needs it. The other validator answers a line of
// JSON with a line of JSON. A request is {"id", "resourceText", "profiles", "definitions"}, an answer {"id", "issues":
// [{"severity", "expression", "messageId", "invariant", "message"}]} or {"id", "error"}.
//
// Without folders it makes, from the definitions of R4: for each type of resource minimal and maximal instances, each choice
// and each optional element alone, and each datatype where a choice allows it; then mutants of those that both pass, one
// mutation each; then random profiles with instances around their borders. What differs is grouped by kind, each with its
// count and the smallest input that still shows it. DISAGREEMENTS.md in the folder above says who is right.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"

	"concord.example/concord/profiles"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) //nolint:forbidigo // this is a main function
}

// settings are the flags.
type settings struct {
	oracle, packages, types, out string
	seed                         uint64
	rounds, profiles, reduce     int
	// valid bounds the valid instances of a type, drawn from all of them; 0 is all.
	valid   int
	folders []string
}

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("differential", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var s settings
	flags.StringVar(&s.oracle, "oracle", "", "command, with arguments, that answers for the other validator")
	flags.StringVar(&s.packages, "packages", "", "packages that the other validator holds besides R4, parted by commas")
	flags.StringVar(&s.types, "types", "", "types of resource to make, parted by commas; all when empty")
	flags.StringVar(&s.out, "out", "", "file that every disagreement is written to, a line of JSON each")
	flags.Uint64Var(&s.seed, "seed", 1, "seed of everything that is drawn")
	flags.IntVar(&s.rounds, "rounds", 5, "mutants of each kind for each type of resource")
	flags.IntVar(&s.valid, "valid", 0, "most valid instances of a type of resource, drawn from all of them; 0 for all")
	flags.IntVar(&s.profiles, "profiles", 100, "random profiles")
	flags.IntVar(&s.reduce, "reduce", 40, "kinds of disagreement whose input is made small, the most frequent first")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	s.folders = flags.Args()
	if s.oracle == "" {
		_, _ = fmt.Fprintln(stderr, "differential: name the command of the other validator with -oracle")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx, s, stdout, stderr); err != nil {
		_, _ = fmt.Fprintln(stderr, "differential:", err)
		return 1
	}
	return 0
}

// compare makes the pairs, asks for both judgements and prints what differs.
func compare(ctx context.Context, s settings, stdout, stderr io.Writer) error {
	registry, err := profiles.Embedded(profiles.BaseOnly)
	if err != nil {
		return err
	}
	if s.packages != "" {
		if registry, err = registry.With(strings.Split(s.packages, ",")...); err != nil {
			return err
		}
	}
	types, err := readTypes(registry)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "differential")
	if err != nil {
		return fmt.Errorf("make a folder for the random profiles: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	o, err := startOracle(ctx, strings.Fields(s.oracle), stderr)
	if err != nil {
		return err
	}
	defer o.stop()
	b := &bench{
		oracle: o, ours: ours{base: registry, with: map[string]*profiles.Registry{}}, names: types.choices,
		says: stderr, tally: newTally(),
	}
	g := &generator{types: types, random: rand.New(rand.NewPCG(s.seed, s.seed)), codes: map[string][]coded{}} //nolint:gosec // what is drawn must be the same again
	if len(s.folders) > 0 {
		err = b.folders(ctx, s.folders)
	} else {
		err = b.generated(ctx, g, s, work)
	}
	if err != nil && ctx.Err() == nil {
		return err
	}
	if s.out != "" {
		if err := b.tally.write(s.out); err != nil {
			return err
		}
	}
	b.shrink(ctx, s.reduce)
	b.tally.print(stdout, s)
	return nil
}

// bundles names, among the types, the Bundles that are made by the rules of their own types.
const bundles = "bundles"

// generated judges what the definitions of R4 give rise to.
func (b *bench) generated(ctx context.Context, g *generator, s settings, work string) error {
	names := append(slices.Clone(g.types.resources), bundles)
	if s.types != "" {
		names = strings.Split(s.types, ",")
	}
	for _, name := range names {
		if name == bundles {
			if _, err := b.judge(ctx, g.bundles(s.rounds)); err != nil {
				return err
			}
			continue
		}
		valid := g.instances(name)
		if s.valid > 0 && len(valid) > s.valid {
			g.random.Shuffle(len(valid), func(i, j int) { valid[i], valid[j] = valid[j], valid[i] })
			valid = valid[:s.valid]
		}
		agreed, err := b.judge(ctx, valid)
		if err != nil {
			return err
		}
		if len(agreed) == 0 {
			b.say("%s: no instance is clean, so none is mutated", name)
			continue
		}
		if _, err := b.judge(ctx, g.mutants(name, agreed, s.rounds)); err != nil {
			return err
		}
	}
	if s.profiles == 0 {
		return nil
	}
	pairs, err := g.profiled(s.profiles, work)
	if err != nil {
		return err
	}
	_, err = b.judge(ctx, pairs)
	return err
}
