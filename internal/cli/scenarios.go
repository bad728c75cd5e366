package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/config"
	"concord/profiles"
	"concord/suites"
	"concord/suites/scenario"
	"concord/suites/scenario/script"
)

func newScenarios(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "scenarios",
		Short: "Check scenario files, list the built-in ones, print their JSON Schema",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no command %q: want check, list or schema (\"%s --help\" shows them)", args[0], cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newScenariosCheck(s), newScenariosList(s), newScenariosSchema(s))
	return command
}

func newScenariosCheck(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "check DIR",
		Short: "Read every scenario of a folder and say what is wrong, with line and column",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			registry, err := profiles.Embedded("stu3")
			if err != nil {
				return fmt.Errorf("read the embedded definitions: %w", err)
			}
			ledger, err := fixtures.New(fixtures.Options{PeoplePerProvider: 1})
			if err != nil {
				return fmt.Errorf("make the golden ledger: %w", err)
			}
			read, err := readScenarios(args[0], ledger, suites.NewUKCore(registry, ledger))
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%d scenarios can be told\n", len(read))
			return err
		},
	}
}

func newScenariosList(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the built-in scenarios that are written as files: id, story, steps, title",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, one := range scenario.Scripts() {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%s\n", one.ID, one.Story, len(one.Sentences()), one.Title)
			}
			return w.Flush()
		},
	}
}

func newScenariosSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a scenario file, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := s.out.Write(script.Schema())
			return err
		},
	}
}

// furtherChecks are those of the folder that the configuration names.
func furtherChecks(conf config.Config, ledger *fixtures.Ledger, judge *suites.UKCore) (check.Catalogue, error) {
	if conf.Scenarios == "" {
		return nil, nil
	}
	read, err := readScenarios(conf.Scenarios, ledger, judge)
	if err != nil {
		return nil, err
	}
	var further check.Catalogue
	for _, one := range read {
		further = append(further, one.Check())
	}
	all := slices.Concat(suites.Catalogue(), further)
	if err := all.Validate(); err != nil {
		return nil, fmt.Errorf("scenarios %s: %w; give it another id", conf.Scenarios, err)
	}
	if _, err := (suites.Selection{Suites: conf.Suites, Checks: conf.Checks}).Select(all); err != nil {
		return nil, err
	}
	return further, nil
}

// readScenarios reads the scenarios of a folder. A folder without any is a mistake: nothing would be asked.
func readScenarios(folder string, ledger *fixtures.Ledger, judge *suites.UKCore) ([]*script.Script, error) {
	info, err := os.Stat(folder)
	if err != nil {
		var failed *fs.PathError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return nil, fmt.Errorf("scenarios %s: %w", folder, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("scenarios %s: it is a file; name the folder that it is in", folder)
	}
	read, err := script.Load(os.DirFS(folder), folder, script.Vocabulary{Ledger: ledger, Compile: judge.Compile})
	if err != nil {
		return nil, err
	}
	if len(read) == 0 {
		return nil, fmt.Errorf("scenarios %s: no .yaml file is in it", folder)
	}
	return read, nil
}
