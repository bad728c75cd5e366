package command

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/result"
	"concord.example/concord/profiles"
	runpair "concord.example/concord/reports/compare"
	"concord.example/concord/suites/rejudge"
)

func newRejudge(s streams) *cobra.Command {
	var (
		defined          definitions
		contract, policy string
		o                output
	)
	command := &cobra.Command{
		Use:   "rejudge DIR",
		Short: "Say what of a recorded run would fail under another UK Core, contract or policy, without asking a system",
		Long: "Judge the recorded exchanges of a run with other definitions, another search contract or other decisions, and say which results\n" +
			"would newly fail and which would no longer. What the new contract would ask and the run did not is counted, and never a pass.\n\n" +
			"Exit codes: 0 nothing would newly fail, 1 something would, 2 usage, 3 nothing would, but something could not be told.",
		Args: cobra.ExactArgs(1),
		Example: `  concord rejudge runs/latest --package stu2
  concord rejudge runs/latest --package new-uk-core.tgz --contract next.yaml --policy decided.yaml`,
		RunE: func(cmd *cobra.Command, args []string) error {
			asJSON, err := o.json()
			if err != nil {
				return err
			}
			instead := changed{contract: contract, policy: policy}
			given := cmd.Flags().Changed
			if given("package") || given("ukcore") {
				if instead.registry, err = defined.load(); err != nil {
					return err
				}
			}
			if instead == (changed{}) {
				return fmt.Errorf("nothing is to be other than it was: give --package, --contract or --policy (\"concord verify %s\" judges it as it was)", args[0])
			}
			opened, err := openRecorded(args[0], instead)
			if err != nil {
				return err
			}
			defer opened.close()
			again, replay, err := rejudge.Replay(cmd.Context(), opened.run, opened.log, opened.config)
			if err != nil {
				return undetermined(fmt.Errorf("judge %s again: %w", args[0], err))
			}
			found := runpair.Runs(opened.run, again)
			if asJSON {
				err = printJSON(s.out, struct {
					runpair.Comparison
					NotRecorded int `json:"notRecorded"`
				}{found, replay.Missing()}, nil)
			} else {
				err = printRehearsal(s.out, found, replay.Missing())
			}
			switch {
			case err != nil:
				return undetermined(err)
			case len(found.NewFailures) > 0:
				return &exitError{code: result.ExitNotConformant}
			case replay.Missing() > 0 || len(found.Lost)+len(found.Untold) > 0:
				return &exitError{code: result.ExitUndetermined}
			default:
				return nil
			}
		},
	}
	command.Flags().StringVar(&defined.ukcore, "ukcore", string(profiles.STU3), "UK Core sequence that further packages come on top of: stu3, stu2, or r4 for none")
	command.Flags().StringSliceVar(&defined.packages, "package", nil, "definitions to judge with: "+packageForms+" (repeatable)")
	command.Flags().StringVar(&contract, "contract", "", "YAML file that adds or overrides rows of the search contract")
	command.Flags().StringVar(&policy, "policy", "", "YAML file with decisions about data sharing")
	o.flags(command)
	return command
}

// printRehearsal says for people what would change.
func printRehearsal(w io.Writer, found runpair.Comparison, missing int) error {
	var b strings.Builder
	for _, part := range []struct {
		what    string
		changes []runpair.Change
	}{{"would newly fail", found.NewFailures}, {"would no longer fail", found.Fixed}, {"would fail for another reason", found.OtherCause}} {
		for _, c := range part.changes {
			fmt.Fprintf(&b, "%s: %s %s: %s\n", part.what, c.Check, c.Scope, visible(c.Why))
		}
	}
	for _, c := range slices.Concat(found.Lost, found.Untold) {
		fmt.Fprintf(&b, "cannot be told: %s %s: %s\n", c.Check, c.Scope, visible(c.Why))
	}
	fmt.Fprintf(&b, "%d would newly fail, %d would no longer fail, %d cannot be told, %d stay as they are; %d questions were not among those recorded\n",
		len(found.NewFailures), len(found.Fixed), len(found.Lost)+len(found.Untold), found.Same+len(found.OtherCause), missing)
	_, err := io.WriteString(w, b.String())
	return err
}
