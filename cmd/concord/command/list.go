package command

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord.example/concord/mocks"
	"concord.example/concord/profiles/ukrules"
	"concord.example/concord/profiles/waiver"
	"concord.example/concord/suites"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/scenario"
)

func newList(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List every check: id, level, suite, scope, title, source",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
			for _, c := range suites.Catalogue() {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", c.ID, c.Level, c.Suite, c.Scope, c.Title, c.Sources())
			}
			return w.Flush()
		},
	}
}

func newExplain(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "explain ID",
		Short: "Explain one check, or one rule or waiver of concord profiles, in full",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if rule, isRule := ukrules.Find(strings.ToUpper(args[0])); isRule {
				return explainRule(s, rule)
			}
			published, err := waiver.Published()
			if err != nil {
				return err
			}
			if w, isWaiver := published.Find(args[0]); isWaiver {
				return explainWaiver(s, w)
			}
			catalogue := suites.Catalogue()
			c, ok := catalogue.Find(strings.ToUpper(args[0]))
			if !ok {
				return fmt.Errorf("there is no check or rule %q%s", args[0], nearest(args[0], catalogue))
			}
			return explain(s, c)
		},
	}
}

func explain(s streams, c check.Check) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n", c.ID, c.Title)
	row := func(name, text string) { fmt.Fprintf(&b, "%-13s %s\n", name, text) }
	row("suite", c.Suite)
	row("level", string(c.Level))
	row("asked per", string(c.Scope))
	for i, ref := range c.Requirement {
		name := ""
		if i == 0 {
			name = "source"
		}
		row(name, ref.ID+": "+ref.Source)
	}
	for _, need := range c.Needs {
		row("needs", need.String()+" (otherwise the check does not apply)")
	}
	row("hazard", c.Hazard)
	row("fix", c.Fix)
	for _, d := range mocks.Defects() {
		for _, id := range d.Checks {
			if id == c.ID {
				row("proved by", d.ID+": "+d.Title)
			}
		}
	}
	for i, sentence := range sentences(c.ID) {
		name := ""
		if i == 0 {
			name = "steps"
		}
		row(name, sentence)
	}
	row("run alone", "concord run --checks "+c.ID)
	_, err := fmt.Fprint(s.out, b.String())
	return err
}

// nearest suggests ids that share the longest beginning with a mistyped one.
func nearest(id string, catalogue check.Catalogue) string {
	id = strings.ToUpper(id)
	ids := make([]string, 0, len(catalogue))
	for _, c := range catalogue {
		ids = append(ids, c.ID)
	}
	for _, r := range ukrules.Rules() {
		ids = append(ids, r.ID)
	}
	for n := len(id); n >= 3; n-- {
		var found []string
		for _, known := range ids {
			if strings.HasPrefix(known, id[:n]) {
				found = append(found, known)
			}
		}
		if len(found) > 0 {
			return ": did you mean " + strings.Join(found[:min(4, len(found))], ", ") + "?"
		}
	}
	return ": run \"concord list\" to see the checks and \"concord profiles rules\" to see the rules"
}

// sentences are the steps of a scenario that is written as a file.
func sentences(id string) []string {
	for _, s := range scenario.Scripts() {
		if s.ID == id {
			return s.Sentences()
		}
	}
	return nil
}
