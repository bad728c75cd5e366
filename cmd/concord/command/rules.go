package command

import (
	"errors"
	"fmt"
	"strings"
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

// explainRule prints one rule in full.
func explainRule(s streams, r ukrules.Rule) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n", r.ID, r.Title)
	row := func(name, text string) { fmt.Fprintf(&b, "%-13s %s\n", name, text) }
	row("severity", string(r.Severity))
	row("source", r.Source)
	if r.Unverified {
		row("", "No published source was seen for this, so it only warns.")
	}
	row("looks at", r.Looks)
	row("fix", r.Fix)
	row("applied by", "concord validate, unless --rules none")
	_, err := fmt.Fprint(s.out, b.String())
	return err
}
