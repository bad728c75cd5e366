package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/suggest"
	"concord.example/concord/reports/history"
)

func newHistory(s streams) *cobra.Command {
	var format string
	command := &cobra.Command{
		Use:   "history DIR",
		Short: "Print one page about many runs: the trend of each system and each integrated care system",
		Long: "Print one page about the runs in a directory: the trend of each system and of each integrated care system as charts, each\n" +
			"verdict, and what was changed since the run before. A run that cannot be read is named on the page.",
		Args: cobra.ExactArgs(1),
		Example: `  concord history runs > history.html
  concord history runs --format json`,
		RunE: func(_ *cobra.Command, args []string) error {
			if format != "html" && format != "json" {
				return fmt.Errorf("format %q is neither html nor json%s", format, suggest.Meant(format, []string{"html", "json"}))
			}
			read, err := history.Read(args[0])
			if err != nil {
				return err
			}
			if format == "json" {
				err = read.JSON(s.out)
			} else {
				err = read.Page(s.out)
			}
			if err != nil {
				return undetermined(err)
			}
			return nil
		},
	}
	command.Flags().StringVar(&format, "format", "html", "html or json")
	return command
}
