package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/fixtures"
)

func newExport(s streams) *cobra.Command {
	var (
		which               ledgerOptions
		format, system, out string
		provenance          bool
		federated           bool
	)
	command := &cobra.Command{
		Use:   "export --system ccr|ohc --out DIR",
		Short: "Write what one system holds of the golden ledger as files",
		Long: "Write what one system holds of the golden ledger into a new folder: ndjson (one file for each resource type),\n" +
			"transaction (Bundles of PUT entries, to be loaded in the order of their names) or summary (counts only).\n" +
			"The same seed gives the same bytes. The folder takes its name only when it is whole.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(fixtures.ExportFormats(), fixtures.ExportFormat(format)) {
				return fmt.Errorf("--format %q is none of %s", format, strings.Join(formatNames(), ", "))
			}
			if err := checkSystem(system); err != nil {
				return err
			}
			if out == "" {
				return errors.New("name a new folder to write with --out DIR")
			}
			ledger, err := which.ledger()
			if err != nil {
				return err
			}
			return export(cmd.Context(), s, ledger, fixtures.ExportOptions{
				System: system, Format: fixtures.ExportFormat(format), Dir: out, Provenance: provenance, Federated: federated,
			})
		},
	}
	f := command.Flags()
	f.StringVar(&format, "format", string(fixtures.NDJSON), "format: "+strings.Join(formatNames(), ", "))
	f.StringVar(&system, "system", "", "system whose part of the ledger is written: ccr or ohc")
	f.StringVar(&out, "out", "", "folder to make; it must not exist yet, or be empty")
	f.BoolVar(&provenance, "provenance", false, "write the Provenance of each Patient and record too, for a server that makes none itself")
	f.BoolVar(&federated, "federated", false, "write what the system shows that shows its neighbour's records too, so that an ordinary server can stand for it")
	which.flags(command)
	return command
}

func formatNames() []string {
	var names []string
	for _, format := range fixtures.ExportFormats() {
		names = append(names, string(format))
	}
	return names
}

// export writes the files and says what they hold.
func export(ctx context.Context, s streams, ledger *fixtures.Ledger, options fixtures.ExportOptions) error {
	if isTerminal(s.err) {
		says := newProgress(s.err, time.Now)
		says.doing, says.what = "writing", "people"
		options.Progress = says.update
	}
	manifest, err := ledger.Export(ctx, options)
	if ctx.Err() != nil {
		return undetermined(fmt.Errorf("interrupted: nothing was left in %s", options.Dir))
	}
	if err != nil {
		return fmt.Errorf("%w; choose another --out", err)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	part := manifest.System
	if manifest.Federated {
		part += " and what its neighbour holds"
	}
	_, _ = fmt.Fprintf(s.out, "%s of %s in %s: %d providers, %d people, %d resources\n",
		manifest.Format, part, options.Dir, manifest.Providers, manifest.People, manifest.Resources)
	for _, kind := range slices.Sorted(maps.Keys(manifest.ByType)) {
		_, _ = fmt.Fprintf(w, "%d\t  %s\n", manifest.ByType[kind], kind)
	}
	if err := w.Flush(); err != nil {
		return undetermined(fmt.Errorf("print the counts: %w", err))
	}
	_, err = fmt.Fprintf(s.out, "sha256 %s  %s\n", manifest.SHA256, filepath.Join(options.Dir, fixtures.SumsFile))
	if err != nil {
		return undetermined(fmt.Errorf("print the hash: %w", err))
	}
	return nil
}
