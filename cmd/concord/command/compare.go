package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/result"
	"concord.example/concord/internal/suggest"
	"concord.example/concord/reports"
	runpair "concord.example/concord/reports/compare"
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
			"any more, and what was changed in between: a supplier's build, a CapabilityStatement, the ledger, the contract, packages, Concord.",
		Args: cobra.ExactArgs(2),
		Example: `  concord compare runs/last-week runs/latest
  concord compare runs/main runs/branch --gate   # exit 1 only when something newly fails`,
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "md" && format != "json" {
				return fmt.Errorf("format %q is neither md nor json%s", format, suggest.Meant(format, []string{"md", "json"}))
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
			if format == "json" {
				err = printJSON(s.out, found, nil)
			} else {
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
	command.Flags().StringVar(&format, "format", "md", "md or json")
	command.Flags().BoolVar(&gate, "gate", false, "exit 1 when something newly fails, and only then")
	return command
}
