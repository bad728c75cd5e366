package command

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"concord.example/concord/internal/suggest"
)

// topic is what there is to say about one id that Concord prints.
type topic struct {
	// Kind says what the id is of: a check, rule, waiver, defect, row, cause, reason, status...
	Kind  string `json:"kind"`
	ID    string `json:"id"`
	Title string `json:"title"`
	// Rows are named sentences, in the order a reader wants them; a name is empty where a row goes on with the one before.
	Rows []topicRow `json:"rows,omitempty"`
}

type topicRow struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// row adds a sentence, and nothing for an empty one.
func (t *topic) row(name, text string) {
	if text != "" {
		t.Rows = append(t.Rows, topicRow{name, text})
	}
}

// rows adds several sentences under one name.
func (t *topic) rows(name string, texts ...string) {
	for i, text := range texts {
		if i > 0 {
			name = ""
		}
		t.row(name, text)
	}
}

// print writes the topic for people.
func (t *topic) print() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", t.ID, t.Title)
	for i, row := range t.Rows {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%-13s %s\n", row.Name, row.Text)
	}
	return b.String()
}

func newExplain(s streams) *cobra.Command {
	var (
		out     output
		defined definitions
	)
	command := &cobra.Command{
		Use:   "explain ID",
		Short: "Explain an id that Concord prints: a check, rule, invariant, waiver, defect, row of the contract, cause, reason or term",
		Args:  cobra.ExactArgs(1),
		Example: `  concord explain PAR-DATE-001       # a check: source, hazard, what to do, what proves it
  concord explain dom-6              # an invariant of the loaded definitions: its words, its expression, where it holds
  concord explain time-zone          # a cause
  concord explain D13                # a defect of the mocks`,
		ValidArgsFunction: func(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			topics, err := topics()
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			var ids []string
			for _, t := range topics {
				if strings.HasPrefix(strings.ToUpper(t.ID), strings.ToUpper(begun)) {
					ids = append(ids, t.ID)
				}
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			asJSON, err := out.json()
			if err != nil {
				return err
			}
			found, err := explained(args[0], defined)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(s.out, found, nil)
			}
			texts := make([]string, 0, len(found))
			for _, t := range found {
				texts = append(texts, t.print())
			}
			_, err = fmt.Fprint(s.out, strings.Join(texts, "\n"))
			return err
		},
	}
	out.flags(command)
	defined.flags(command)
	return command
}

// explained returns what there is to say about an id, in whatever case it is written: more than one topic where a word stands
// for more than one thing. What is no id of Concord's own is looked for among the invariants of the definitions.
func explained(id string, defined definitions) ([]topic, error) {
	all, err := topics()
	if err != nil {
		return nil, err
	}
	var found []topic
	ids := make([]string, 0, len(all))
	for _, t := range all {
		ids = append(ids, t.ID)
		if strings.EqualFold(t.ID, id) {
			found = append(found, t)
		}
	}
	if len(found) > 0 {
		return found, nil
	}
	registry, err := defined.load()
	if err != nil {
		return nil, err
	}
	invariants, err := registry.Invariants(id)
	if err != nil {
		return nil, fmt.Errorf("look for an invariant %s: %w", id, err)
	}
	for _, inv := range invariants {
		found = append(found, invariantTopic(inv))
	}
	if len(found) > 0 {
		return found, nil
	}
	near := suggest.Nearest(id, ids, 4)
	if len(near) == 0 {
		return nil, fmt.Errorf("there is nothing with the id %q: \"concord list\" prints the checks, \"concord profiles rules\" the rules for England, "+
			"\"concord contract list\" the rows of the contract, \"concord mock --list-defects\" the defects", id)
	}
	return nil, fmt.Errorf("there is nothing with the id %q: did you mean %s?", id, strings.Join(near, ", "))
}
