package command

import (
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/reports"
)

func newCSV(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "csv RUN " + strings.Join(reports.Tables(), "|"),
		Short: "Print a table of a run for a spreadsheet",
		Long: "Print a table of a run as CSV: each check with its outcome, each finding, each requirement with the checks that test it and what\n" +
			"they said of it, or why nothing tests it, each hazard with the control test that would show it, or each\n" +
			"provider with what each check showed of it. Concord assigns no clinical risk: the hazard log is the supplier's.",
		Args:    cobra.ExactArgs(2),
		Example: "  concord csv runs/latest findings > findings.csv\n  concord csv runs/latest providers > providers.csv",
		RunE: func(_ *cobra.Command, args []string) error {
			run, err := reports.Load(args[0])
			if err != nil {
				return err
			}
			return reports.CSV(s.out, run, args[1])
		},
	}
}
