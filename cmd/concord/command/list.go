package command

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
)

func newList(s streams) *cobra.Command {
	var out output
	command := &cobra.Command{
		Use:   "list",
		Short: "List every check: id, level, suite, scope, title, source",
		Args:  cobra.NoArgs,
		Example: `  concord list
  concord list --json`,
		RunE: func(*cobra.Command, []string) error {
			if asJSON, err := out.json(); err != nil || asJSON {
				return printJSON(s.out, listed(suites.Catalogue()), err)
			}
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, c := range suites.Catalogue() {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Level, c.Suite, c.Scope, c.Title, c.Sources())
			}
			return w.Flush()
		},
	}
	out.flags(command)
	return command
}

// listed is the catalogue as run.json has it.
func listed(catalogue check.Catalogue) []result.Check {
	rows := make([]result.Check, 0, len(catalogue))
	for _, c := range catalogue {
		rows = append(rows, c.Info())
	}
	return rows
}
