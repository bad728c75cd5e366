package command

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/evidence"
	"concord.example/concord/reports"
)

func newReport(s streams) *cobra.Command {
	var (
		before string
		quiet  bool
		offers bool
	)
	command := &cobra.Command{
		Use:   "report DIR",
		Short: "Print the reports of a run folder again from its run.json",
		Long:  "Print the reports of a run folder again from its run.json, which stays as it is, to the byte: what is sealed or signed stays so.",
		Args:  cobra.ExactArgs(1),
		Example: `  concord report runs/latest
  concord report runs/latest --before runs/last-month
  concord report runs/latest --capabilities > capabilities.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			run, err := reports.Load(args[0])
			if err != nil {
				return err
			}
			if offers {
				return reports.Offerings(s.out, run)
			}
			dir := args[0]
			if info, err := os.Stat(dir); err == nil && !info.IsDir() {
				dir = filepath.Dir(dir) // run.json itself was named
			}
			options := recorded(dir)
			options.Kept = true
			if before != "" {
				earlier, err := reports.Load(before)
				if err != nil {
					return err
				}
				options.Before = &earlier
			}
			if options.Decisions, err = decisionsAbout(cmd.Context(), dir, besideOf(dir)); err != nil {
				return err
			}
			if err := reports.Write(dir, run, options); err != nil {
				return undetermined(err)
			}
			if err := reports.Terminal(s.out, run, screenOf(s.out, quiet), filepath.Join(dir, reports.HTMLFile)); err != nil {
				return undetermined(fmt.Errorf("print the verdict: %w", err))
			}
			return nil
		},
	}
	command.Flags().StringVar(&before, "before", "", "an earlier run folder: the page says what has changed since")
	command.Flags().BoolVar(&quiet, "quiet", false, "print the verdict and the path of the report alone")
	command.Flags().BoolVar(&offers, "capabilities", false, "write nothing, and print as CSV what the contract asks for, what is declared and what was observed")
	return command
}

// recorded says how a run folder holds its exchanges, if it does.
func recorded(dir string) reports.Options {
	info, err := os.Stat(filepath.Join(dir, reports.ExchangesFolder))
	if err != nil || !info.IsDir() {
		return reports.Options{}
	}
	if _, err := os.Stat(filepath.Join(dir, reports.ExchangesFolder, evidence.RecordsFile)); err != nil {
		return reports.Options{Exchanges: true}
	}
	return reports.Options{Packed: true}
}
