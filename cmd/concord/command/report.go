package command

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"concord.example/concord/reports"
)

func newReport(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "report DIR",
		Short: "Print the reports of a run folder again from its run.json",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			run, err := reports.Load(args[0])
			if err != nil {
				return err
			}
			info, err := os.Stat(filepath.Join(args[0], reports.ExchangesFolder))
			recorded := err == nil && info.IsDir()
			if err := reports.Write(args[0], run, reports.Options{Exchanges: recorded}); err != nil {
				return undetermined(err)
			}
			if err := reports.Terminal(s.out, run, isTerminal(s.out), filepath.Join(args[0], reports.HTMLFile)); err != nil {
				return undetermined(fmt.Errorf("print the verdict: %w", err))
			}
			return nil
		},
	}
}
