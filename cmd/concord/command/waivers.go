package command

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	"concord.example/concord/profiles/waiver"
)

// waiverChoice are the flags that say which findings are excused.
type waiverChoice struct{ names []string }

func (c *waiverChoice) flags(command *cobra.Command) {
	command.Flags().StringSliceVar(&c.names, "waivers", nil,
		"a file of waivers besides those for published defects (repeatable), or none to excuse nothing (default none with --ndjson)")
}

// choose returns the waivers that count for the definitions that are loaded, or nil for none.
func (c *waiverChoice) choose(registry *profiles.Registry, lines bool, day time.Time) (*waiver.List, error) {
	if len(c.names) == 0 && lines {
		return nil, nil //nolint:nilnil // no waivers are not an error
	}
	if slices.Contains(c.names, "none") {
		if len(c.names) > 1 {
			return nil, errors.New("--waivers none and --waivers FILE do not go together")
		}
		return nil, nil //nolint:nilnil // no waivers are not an error
	}
	all, err := waivers(c.names)
	if err != nil {
		return nil, err
	}
	return all.InForce(registry.Packages(), day), nil
}

// waivers returns those for published defects and those of the files.
func waivers(files []string) (*waiver.List, error) {
	all, err := waiver.Published()
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		own, err := waiver.Read(name)
		if err != nil {
			return nil, err
		}
		if all, err = all.With(own); err != nil {
			return nil, fmt.Errorf("read waivers %s: %w", name, err)
		}
	}
	return all, nil
}

// excused counts the findings that waivers excuse, by waiver.
type excused map[string]int

func (e excused) count(findings []result.Finding) {
	for _, f := range findings {
		if f.Waiver != "" {
			e[f.Waiver]++
		}
	}
}

// say tells which waivers excused what, so that nobody takes waived for right.
func (e excused) say(s streams) {
	if len(e) == 0 {
		return
	}
	list := make([]string, 0, len(e))
	for id, n := range e {
		list = append(list, fmt.Sprintf("%s (%d)", id, n))
	}
	slices.Sort(list)
	_, _ = fmt.Fprintf(s.err, "waived, not counted as errors: %s; concord explain ID says why\n", strings.Join(list, ", "))
}

func newProfilesWaivers(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "waivers",
		Short: "List the defects of published material that resources are not blamed for: id, package, rule, why",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			all, err := waiver.Published()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, one := range all.All() {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", one.ID, orDash(one.Package), one.Rule, one.Why)
			}
			return w.Flush()
		},
	}
}
