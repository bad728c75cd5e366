package command

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord.example/concord/profiles"
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
	var (
		loaded definitions
		out    output
	)
	command := &cobra.Command{
		Use:   "list",
		Short: "List every loaded profile: canonical, version, type, status",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			registry, err := loaded.load()
			if err != nil {
				return err
			}
			if asJSON, err := out.json(); err != nil || asJSON {
				return printJSON(s.out, profilesJSON(registry), err)
			}
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, p := range registry.Profiles() {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Canonical, orDash(p.Version), orDash(p.Type), orDash(p.Status))
			}
			return w.Flush()
		},
	}
	loaded.flags(command)
	out.flags(command)
	return command
}

// loadedProfile is a profile as JSON.
type loadedProfile struct {
	Canonical string `json:"canonical"`
	Version   string `json:"version,omitempty"`
	Type      string `json:"type,omitempty"`
	Status    string `json:"status,omitempty"`
}

// profilesJSON is the loaded profiles for programs.
func profilesJSON(registry *profiles.Registry) []loadedProfile {
	out := []loadedProfile{}
	for _, p := range registry.Profiles() {
		out = append(out, loadedProfile{p.Canonical, p.Version, p.Type, p.Status})
	}
	return out
}

// orDash keeps the columns of a table apart where there is nothing to print.
func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
