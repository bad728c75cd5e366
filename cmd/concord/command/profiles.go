package command

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func newProfiles(s streams) *cobra.Command {
	command := &cobra.Command{
		Use:   "profiles",
		Short: "List, export and fetch the profiles, rules and waivers that resources are judged by",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	command.AddCommand(newProfilesList(s), newProfilesExport(s), newProfilesFetch(s), newProfilesRules(s), newProfilesWaivers(s))
	return command
}

func newProfilesList(s streams) *cobra.Command {
	var loaded definitions
	command := &cobra.Command{
		Use:   "list",
		Short: "List every loaded profile: canonical, version, type, status",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			registry, err := loaded.load()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, p := range registry.Profiles() {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Canonical, orDash(p.Version), orDash(p.Type), orDash(p.Status))
			}
			return w.Flush()
		},
	}
	loaded.flags(command)
	return command
}

// orDash keeps the columns of a table apart where there is nothing to print.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
