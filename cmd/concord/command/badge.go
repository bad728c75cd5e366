package command

import (
	"github.com/spf13/cobra"

	"concord.example/concord/reports"
)

func newBadge(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "badge RUN [SYSTEM]",
		Short: "Print the verdict of a run, or of one system in it, as an SVG badge",
		Long: "Print the verdict of a run, or of one system in it, as an SVG badge that needs nothing from elsewhere. It says the day of the\n" +
			"run and whether the system is a mock. A badge is no certificate: what was shown stands in the report.",
		Args:    cobra.RangeArgs(1, 2),
		Example: "  concord badge runs/latest ccr > ccr.svg",
		RunE: func(_ *cobra.Command, args []string) error {
			run, err := reports.Load(args[0])
			if err != nil {
				return err
			}
			return reports.Badge(s.out, run, append(args, "")[1])
		},
	}
}

func newTestReport(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "testreport RUN",
		Short: "Print a run as a FHIR R4 TestReport",
		Long: "Print a run as a FHIR R4 TestReport: a test for each check, and an assert for each system, pair and provider that it was put to.\n" +
			"Its result is pass for a conformant run and fail for one that is not; everything else, a selection too, is pending.",
		Args:    cobra.ExactArgs(1),
		Example: "  concord testreport runs/latest > testreport.json\n  concord validate testreport.json",
		RunE: func(_ *cobra.Command, args []string) error {
			run, err := reports.Load(args[0])
			if err != nil {
				return err
			}
			return reports.TestReport(s.out, run)
		},
	}
}
