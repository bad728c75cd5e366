package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/config"
)

// ledgerOptions are the flags that say which golden ledger is meant.
type ledgerOptions struct {
	seed   uint64
	people int
	stress bool
	swap   bool
}

func newFixtures(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "fixtures",
		Short: "Export the golden ledger, load it into an endpoint, list its stories",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("there is no command %q: want export, load or stories (\"%s --help\" shows them)", args[0], cmd.CommandPath())
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newExport(s), newLoad(s), newStories(s))
	return command
}

// flags adds the flags to a command.
func (o *ledgerOptions) flags(command *cobra.Command) {
	defaults := config.Default()
	f := command.Flags()
	f.Uint64Var(&o.seed, "seed", defaults.Seed, "seed of the golden ledger")
	f.IntVar(&o.people, "people", defaults.People, "synthetic people per provider")
	f.BoolVar(&o.stress, "stress", false, "add 600 pharmacies, which are never counted among the 848 providers")
	f.BoolVar(&o.swap, "swap", false, "give each system what the other one holds otherwise")
}

// ledger makes the ledger that the flags ask for.
func (o *ledgerOptions) ledger() (*fixtures.Ledger, error) {
	if o.people < 1 {
		return nil, fmt.Errorf("--people %d: want at least 1 per provider", o.people)
	}
	ledger, err := fixtures.New(fixtures.Options{Seed: o.seed, PeoplePerProvider: o.people, Stress: o.stress, Swapped: o.swap})
	if err != nil {
		return nil, fmt.Errorf("make the golden ledger: %w", err)
	}
	return ledger, nil
}

// checkSystem refuses what is not one of the two systems.
func checkSystem(system string) error {
	if !slices.Contains(fixtures.Systems(), system) {
		return fmt.Errorf("--system %q is not a system of the ledger; write %s", system, strings.Join(fixtures.Systems(), " or "))
	}
	return nil
}

func newStories(s streams) *cobra.Command {
	var which ledgerOptions
	command := &cobra.Command{
		Use:   "stories",
		Short: "List the stories of the ledger: id, title, NHS numbers of the people",
		Long: "List the people who were made for a scenario, one story on each line: id, title, NHS numbers, separated by tabs.\n" +
			"A person without an NHS number is shown by the ledger's own id. The numbers of story people are the same for every\n" +
			"ledger; a story about ordinary people names some of this one.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			ledger, err := which.ledger()
			if err != nil {
				return err
			}
			for _, story := range ledger.Stories() {
				people := make([]string, 0, len(story.People))
				for i := range story.People {
					name := story.People[i].NHSNumber
					if name == "" {
						name = story.People[i].ID
					}
					people = append(people, name)
				}
				if len(people) == 0 {
					people = []string{"nobody"}
				}
				if _, err := fmt.Fprintf(s.out, "%s\t%s\t%s\n", story.ID, story.Title, strings.Join(people, " ")); err != nil {
					return undetermined(fmt.Errorf("print the stories: %w", err))
				}
			}
			return nil
		},
	}
	which.flags(command)
	return command
}
