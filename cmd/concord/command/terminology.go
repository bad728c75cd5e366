package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/terminology/snomed"
)

func newTerminology(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "terminology",
		Short: "Bring code systems that Concord cannot hold itself",
	}
	command.AddCommand(newTerminologyImport(s))
	return command
}

func newTerminologyImport(s streams) *cobra.Command {
	var out string
	command := &cobra.Command{
		Use:   "import RELEASE.zip...",
		Short: "Compile a release of SNOMED CT (RF2) of your own into an index for --terminology",
		Long: "Compile the snapshot of a release of SNOMED CT in Release Format 2, which you have under a licence of your own, into an index:\n" +
			"concepts, terms, the hierarchy, relationships, reference sets and what replaces inactive concepts. Name all archives that\n" +
			"belong together, for example the International Edition and an extension. Nothing of the release leaves this machine.\n" +
			"A damaged, cut or mixed archive is refused with file and line.\n" +
			"Then: concord validate --terminology FILE ...",
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return errors.New("say with --out where the index is to be written")
			}
			meta, err := snomed.Import(cmd.Context(), out, args...)
			if err != nil {
				return err
			}
			_, _ = fmt.Fprintf(s.out, "%s\n%d concepts (%d active), %d terms, %d relationships, %d reference sets with %d members\n",
				meta.Version, meta.Concepts, meta.Active, meta.Terms, meta.Relationships, meta.Refsets, meta.Members)
			return nil
		},
	}
	command.Flags().StringVar(&out, "out", "", "file to write the index to")
	return command
}

// terminologyChoice is the flag that says what terminology is asked besides the loaded definitions.
type terminologyChoice struct{ indexes []string }

func (c *terminologyChoice) flags(command *cobra.Command) {
	command.Flags().StringSliceVar(&c.indexes, "terminology", nil, "index of SNOMED CT to check codes with, made by concord terminology import")
}

// open makes a registry ask the indexes. close unmaps them.
func (c *terminologyChoice) open(registry *profiles.Registry) (with *profiles.Registry, closeAll func(), err error) {
	var opened []*snomed.Index
	closeAll = func() {
		for _, x := range opened {
			_ = x.Close() // it was only read
		}
	}
	for _, name := range c.indexes {
		x, err := snomed.Open(name)
		if err != nil {
			closeAll()
			return nil, nil, fmt.Errorf("--terminology: %w", err)
		}
		opened = append(opened, x)
		registry = registry.WithTerminology(snomed.Source{Index: x})
	}
	return registry, closeAll, nil
}

// sayChecked tells which value sets codes were held against, and by what.
func sayChecked(s streams, registry *profiles.Registry) {
	by := map[string]int{}
	var order, dark []string
	count := func(name string) {
		if by[name] == 0 {
			order = append(order, name)
		}
		by[name]++
	}
	for _, set := range registry.CheckedSets() {
		switch {
		case set.Reason != "":
			dark = append(dark, set.URL)
		case len(set.By) > 0:
			count(strings.Join(set.By, " and "))
		default:
			count("the loaded definitions")
		}
	}
	if len(order) == 0 && len(dark) == 0 {
		return
	}
	var parts []string
	for _, name := range order {
		parts = append(parts, fmt.Sprintf("%d by %s", by[name], name))
	}
	if len(dark) > 0 {
		parts = append(parts, fmt.Sprintf("%d not or in part (%s)", len(dark), strings.Join(dark, ", ")))
	}
	_, _ = fmt.Fprintf(s.err, "value sets checked: %s\n", strings.Join(parts, ", "))
}
