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
	var (
		own string
		out output
	)
	command := &cobra.Command{
		Use:   "list",
		Short: "List the rows: id, layer, resource, parameters, level, source",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c, err := contract.Read(own)
			if err != nil {
				return err
			}
			if asJSON, err := out.json(); err != nil || asJSON {
				return printJSON(s.out, contractJSON(c), err)
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
	out.flags(command)
	return command
}

// contractRow is a row of the contract as JSON.
type contractRow struct {
	ID          string   `json:"id"`
	Layer       int      `json:"layer"`
	Resource    string   `json:"resource"`
	Parameters  []string `json:"parameters"`
	Comparators []string `json:"comparators,omitempty"`
	Modifiers   []string `json:"modifiers,omitempty"`
	Includes    []string `json:"includes,omitempty"`
	Results     []string `json:"results,omitempty"`
	Level       string   `json:"level"`
	Source      string   `json:"source"`
}

// contractWaiver says how a contradiction of the sources is decided, as JSON.
type contractWaiver struct {
	ID      string   `json:"id"`
	Rows    []string `json:"rows"`
	Says    string   `json:"says"`
	Instead string   `json:"instead"`
}

// contractJSON is the contract for programs.
func contractJSON(c *contract.Contract) any {
	out := struct {
		Name    string           `json:"name"`
		Version string           `json:"version"`
		Rows    []contractRow    `json:"rows"`
		Waivers []contractWaiver `json:"waivers"`
	}{c.Name, c.Version, []contractRow{}, []contractWaiver{}}
	for _, r := range c.Rows {
		out.Rows = append(out.Rows, contractRow{
			r.ID, r.Layer, r.Resource, append([]string{}, r.Parameters...), r.Comparators, r.Modifiers, r.Includes, r.Results, contract.Word(r.Level), r.Source,
		})
	}
	for _, w := range c.Waivers {
		out.Waivers = append(out.Waivers, contractWaiver{w.ID, append([]string{}, w.Rows...), w.Says, w.Instead})
	}
	return out
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
