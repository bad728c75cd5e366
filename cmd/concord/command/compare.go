package command

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/reports"
	runpair "concord.example/concord/reports/compare"
	"concord.example/concord/reports/history"
)

func newCompare(s streams) *cobra.Command {
	var (
		format string
		gate   bool
	)
	command := &cobra.Command{
		Use:   "compare A B",
		Short: "Say what is different between two runs, and who changed something in between",
		Long: "Compare an earlier run with a later one: what newly fails, what is fixed, what fails for another reason, what cannot be told\n" +
			"any more, what is answered in clearly another time, and what was changed in between: a supplier's build, a CapabilityStatement, the ledger, the contract, packages, Concord.",
		Args: cobra.ExactArgs(2),
		Example: `  concord compare runs/last-week runs/latest
  concord compare runs/last-week runs/latest --format html > change.html
  concord compare runs/main runs/branch --gate   # exit 1 only when something newly fails`,
		RunE: func(_ *cobra.Command, args []string) error {
			if formats := []string{"md", "json", "html"}; !slices.Contains(formats, format) {
				return fmt.Errorf("format %q is none of md, json and html%s", format, suggest.Meant(format, formats))
			}
			before, err := reports.Load(args[0])
			if err != nil {
				return err
			}
			after, err := reports.Load(args[1])
			if err != nil {
				return err
			}
			found := runpair.Runs(before, after)
			switch format {
			case "json":
				err = printJSON(s.out, found, nil)
			case "html":
				err = history.Compare(s.out, found)
			default:
				err = found.Markdown(s.out)
			}
			if err != nil {
				return undetermined(err)
			}
			if gate && len(found.NewFailures) > 0 {
				return &exitError{code: result.ExitNotConformant}
			}
			return nil
		},
	}
	command.Flags().StringVar(&format, "format", "md", "md, json or html")
	command.Flags().BoolVar(&gate, "gate", false, "exit 1 when something newly fails, and only then")
	return command
}
