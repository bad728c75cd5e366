package command

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord.example/concord/suites/contract"
)

func newContract(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "contract",
		Short: "Print or check the search contract: what an endpoint must let clients search by",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newContractList(s), newContractCheck(s))
	return command
}

func newContractList(s streams) *cobra.Command {
	var own string
	command := &cobra.Command{
		Use:   "list",
		Short: "List the rows: id, layer, resource, parameters, level, source",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := contract.Read(own)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, row := range c.Rows {
				_, _ = fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", row.ID, row.Layer, row.Resource, row.What(), contract.Word(row.Level), row.Source)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			for _, waiver := range c.Waivers {
				_, err := fmt.Fprintf(s.out, "\nwaiver %s (%s)\n  the sources: %s\n  instead:     %s\n", waiver.ID, strings.Join(waiver.Rows, ", "), waiver.Says, waiver.Instead)
				if err != nil {
					return err
				}
			}
			return nil
		},
	}
	command.Flags().StringVar(&own, "contract", "", "YAML file that adds or overrides rows")
	return command
}

func newContractCheck(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE...",
		Short: "Check files that add or override rows, each by itself",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, paths []string) error {
			var failed []error
			for _, path := range paths {
				c, err := contract.Read(path)
				if err != nil {
					failed = append(failed, err)
					continue
				}
				own := 0
				for _, row := range c.Rows {
					if row.Layer == contract.Programme {
						own++
					}
				}
				if _, err := fmt.Fprintf(s.out, "%s: %s %s, %d rows, %d of them its own\n", path, c.Name, c.Version, len(c.Rows), own); err != nil {
					return err
				}
			}
			return errors.Join(failed...)
		},
	}
}
