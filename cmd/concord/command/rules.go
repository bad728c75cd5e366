package command

import (
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord.example/concord/profiles"
	"concord.example/concord/profiles/ukrules"
)

// ruleChoice are the flags that say which rules besides those of the profiles are applied.
type ruleChoice struct {
	name      string
	synthetic bool
}

func (c *ruleChoice) flags(command *cobra.Command) {
	command.Flags().StringVar(&c.name, "rules", "", "rules besides those of the profiles: uk, or none (default uk where UK Core is loaded, none with --ndjson)")
	command.Flags().BoolVar(&c.synthetic, "synthetic", false, "the data is made up: an NHS number outside 999 000 0000 to 999 999 9999 is an error")
}

// validate says what is wrong with the flags.
func (c *ruleChoice) validate() error {
	switch c.name {
	case "", "uk":
		return nil
	case "none":
		if c.synthetic {
			return errors.New("--synthetic is one of the rules that --rules none leaves out")
		}
		return nil
	default:
		return fmt.Errorf("--rules %q is neither uk nor none", c.name)
	}
}

// choose returns the rules to apply, or nil for none.
func (c *ruleChoice) choose(registry *profiles.Registry, lines bool) *ukrules.Set {
	_, isUKCore := registry.DefaultProfile("Patient")
	wanted := c.name == "uk" || c.name == "" && (c.synthetic || isUKCore && !lines)
	if !wanted {
		return nil
	}
	return ukrules.New(ukrules.Options{Synthetic: c.synthetic})
}

func newProfilesRules(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "rules",
		Short: "List the rules for England that profiles cannot say: id, severity, title, source",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, r := range ukrules.Rules() {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Severity, r.Title, r.Source)
			}
			return w.Flush()
		},
	}
}
