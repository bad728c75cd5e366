package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/terminology/server"
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
type terminologyChoice struct {
	sources []string
	// remote is the server among them, once it is open; nil for none.
	remote *server.Client
}

func (c *terminologyChoice) flags(command *cobra.Command) {
	command.Flags().StringSliceVar(&c.sources, "terminology", nil, "what to check codes with besides the loaded definitions: an index made by concord "+
		"terminology import, or the base URL of a FHIR terminology server, which is told the codes (repeatable)")
}

// isServer says whether a source is a server.
func isServer(source string) bool {
	return strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://")
}

func (c *terminologyChoice) asksServer() bool { return slices.ContainsFunc(c.sources, isServer) }

// open makes a registry ask the sources. closeAll lets go of them.
func (c *terminologyChoice) open(registry *profiles.Registry) (with *profiles.Registry, closeAll func(), err error) {
	var opened []io.Closer
	closeAll = func() {
		for _, x := range opened {
			_ = x.Close() // what was read is read; what could not be kept is asked again
		}
	}
	for _, name := range c.sources {
		if isServer(name) {
			if c.remote != nil {
				closeAll()
				return nil, nil, errors.New("--terminology: name one server only")
			}
			if c.remote, err = server.New(name, server.Options{Cache: answersFolder()}); err != nil {
				closeAll()
				return nil, nil, fmt.Errorf("--terminology: %w", err)
			}
			opened = append(opened, c.remote)
			registry = registry.WithRemote(c.remote)
			continue
		}
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

// answersFolder is where answers of terminology servers are kept, beside the compiled packages.
func answersFolder() string {
	folder := compiledPackages().Folder
	if folder == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(folder), "terminology")
}

// resolved judges again until the server was asked everything that the judgement needs.
func (c *terminologyChoice) resolved(ctx context.Context, judge func() ([]result.Finding, error)) ([]result.Finding, error) {
	// An answer can bring up another question, but not without end.
	const mostRounds = 4
	if c.remote == nil {
		return judge()
	}
	for range mostRounds {
		mark := c.remote.Mark()
		findings, err := judge()
		if err != nil {
			return nil, err
		}
		more, err := c.remote.Resolve(ctx, mark)
		if err != nil {
			return nil, undetermined(err)
		}
		if !more {
			return findings, nil
		}
	}
	return judge()
}

// sayChecked tells which value sets codes were held against, and by what.
func (c *terminologyChoice) sayChecked(s streams, registry *profiles.Registry) {
	if len(c.sources) == 0 {
		return
	}
	var remote []string
	if c.remote != nil {
		remote = c.remote.Answered()
		if n, why := c.remote.Unanswered(); n > 0 {
			if why != "" {
				why = ": " + why
			}
			_, _ = fmt.Fprintf(s.err, "%d codes were not checked, as %s gave no answer%s\n", n, c.remote.Name(), why)
		}
	}
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
		case slices.Contains(remote, set.URL):
			count(c.remote.Name())
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
