package command

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/proof"
)

// generatedFile is what a self-test of generated defects leaves.
const generatedFile = "generated.json"

// wantedPercent is how many of a hundred generated defects must be caught.
const wantedPercent = 98

type generatedOptions struct {
	out   string
	count int
	seed  uint64
}

func newSelftestGenerated(s streams) *cobra.Command {
	var o generatedOptions
	command := &cobra.Command{
		Use:   "generated",
		Short: "Put defects that nobody thought of into the answers of Concord's own mocks, and count what is caught",
		Long: "Draw defects by seed (an element of a record altered, left out or taken from another record, a record dropped, doubled, stale or\n" +
			"another person's, a page or an entry lost from one answer, and so on), put each alone into what one of the two mocks answers, and ask the\n" +
			"checks that rest on it. Each change that no check complains of is listed, with why it is no defect, where it is none: by a reason\n" +
			"that Concord tests. It takes a quarter of an hour for 3,000.\n\n" +
			"Exit codes: 0 at least 98 % are caught, 1 fewer, 2 usage, 3 it could not be tried, or no defect was among what was drawn.",
		Args: cobra.NoArgs,
		Example: "  concord selftest generated --out proof\n" +
			"  concord selftest generated --count 200 --seed 7",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.count < 1 {
				return fmt.Errorf("--count: %d defects are none; 1 is the least", o.count)
			}
			if !cmd.Flags().Changed("seed") {
				o.seed = drawnSeed()
			}
			if o.out != "" {
				if err := os.MkdirAll(o.out, 0o750); err != nil {
					return fmt.Errorf("--out: %w", err)
				}
			}
			g, err := o.generate(cmd.Context(), s)
			if err != nil {
				g.Stopped = err.Error()
			}
			if o.out != "" {
				err = errors.Join(err, writeGenerated(o.out, g))
			}
			if err != nil {
				return undetermined(errors.Join(o.tell(s.out, g), err))
			}
			return o.tell(s.out, g)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.out, "out", "", "folder for "+generatedFile+"; without it nothing is written")
	flags.IntVar(&o.count, "count", 3000, "how many defects are drawn")
	flags.Uint64Var(&o.seed, "seed", 0, "draws the same defects again; without it they are drawn anew")
	return command
}

// drawnSeed is a seed that nobody knows before.
func drawnSeed() uint64 {
	var seed [4]byte
	_, _ = rand.Read(seed[:]) // it never fails
	return uint64(binary.BigEndian.Uint32(seed[:]))
}

func (o generatedOptions) generate(ctx context.Context, s streams) (result.Generated, error) {
	started := time.Now()
	progress := newProgress(s.err, time.Now)
	progress.doing, progress.what = "proving", "generated defects"
	progress.step("asking the clean mocks everything")
	hash, err := ownHash()
	if err != nil {
		return result.Generated{}, err
	}
	collectSeldom()
	rig, err := proof.NewRig(ctx, 0)
	if err != nil {
		return result.Generated{}, err
	}
	defer rig.Close()
	g, err := rig.Generate(ctx, o.seed, o.count, func(m result.Mutant) { progress.update(m.Number, o.count) })
	g.Harness, g.Binary, g.DurationMs = build(), hash, time.Since(started).Milliseconds()
	return g, err
}

func writeGenerated(dir string, g result.Generated) error {
	text, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		return fmt.Errorf("write the generated defects: %w", err)
	}
	write := func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	}
	if err := writeWhole(filepath.Join(dir, generatedFile), true, write); err != nil {
		return fmt.Errorf("write the generated defects: %w", err)
	}
	return nil
}

// tell prints every defect that passed, the rates, and what came out.
func (o generatedOptions) tell(w io.Writer, g result.Generated) error {
	var b strings.Builder
	for _, m := range g.Survivors {
		if !m.Open && m.Equivalent == "" {
			_, _ = fmt.Fprintf(&b, "not caught: %s: %s\n", m, m.Why)
		}
	}
	for _, m := range g.Misjudged {
		_, _ = fmt.Fprintf(&b, "blames the other system first: %s: %s\n", m, m.Why)
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, part := range []struct {
		name  string
		rates []result.Tally
	}{{"operator", g.Operators}, {"resource type", g.Types}} {
		_, _ = fmt.Fprintf(table, "%s\tdefects\tcaught\t%%\tcould not tell\tno defect\n", part.name)
		for _, t := range part.rates {
			_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%d\t%d\n", t.Name, t.Defects(), t.Caught(), t.Rate(), t.Open, t.Equivalent)
		}
		_, _ = fmt.Fprintln(table, "\t\t\t\t\t")
	}
	_ = table.Flush() // into memory
	_, _ = fmt.Fprintln(&b, g.Sentence())
	if _, err := io.WriteString(w, b.String()); err != nil {
		return undetermined(err)
	}
	switch {
	case g.Total().Defects() == 0:
		return undetermined(errors.New("no defect was tried, so nothing is shown: draw more with --count"))
	case g.Total().Percent() < wantedPercent:
		return &exitError{code: result.ExitNotConformant}
	}
	return nil
}
