package command

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"concord.example/concord/fixtures"
	"concord.example/concord/suites/contract"
	"concord.example/concord/suites/parity"
)

// planned is one search of a plan as JSON.
type planned struct {
	Requirements []string `json:"requirements"`
	Level        string   `json:"level"`
	Systems      []string `json:"systems"`
	Query        string   `json:"query"`
	Probe        string   `json:"probe"`
	// Must and May are the business identifiers of what an answer must and may hold.
	Must []string `json:"must"`
	May  []string `json:"may,omitempty"`
}

// control is a row about includes, result parameters or errors as JSON.
type control struct {
	Requirement string   `json:"requirement"`
	Level       string   `json:"level"`
	Resource    string   `json:"resource"`
	What        []string `json:"what"`
}

// unplanned is a row of the contract that nothing is asked for.
type unplanned struct {
	Requirement string `json:"requirement"`
	Why         string `json:"why"`
}

func newPlan(s streams) *cobra.Command {
	var (
		system, own string
		out         output
		seed        uint64
		people      int
	)
	command := &cobra.Command{
		Use:   "plan",
		Short: "Print the searches that a run asks for the search contract, and send nothing",
		Long: "Print the searches that a run asks for the search contract: which row each shows something about, what it tries\n" +
			"out, and how many records an answer must hold. {id of ...} stands for an id that only the system knows.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			asJSON, err := out.json()
			if err != nil {
				return err
			}
			systems := fixtures.Systems()
			if system != "" {
				if !slices.Contains(systems, system) {
					return fmt.Errorf("there is no system %q: the systems are %s", system, strings.Join(systems, " and "))
				}
				systems = []string{system}
			}
			agreed, err := contract.Read(own)
			if err != nil {
				return err
			}
			ledger, err := fixtures.New(fixtures.Options{Seed: seed, PeoplePerProvider: people})
			if err != nil {
				return fmt.Errorf("make the golden ledger: %w", err)
			}
			plan, err := parity.NewPlan(agreed, parity.LedgerValues(ledger), seed)
			if err != nil {
				return err
			}
			if asJSON {
				return planJSON(s, plan, systems)
			}
			return planText(s, plan, parity.PlanGrid(agreed, parity.LedgerValues(ledger), seed, plan), systems)
		},
	}
	f := command.Flags()
	f.StringVar(&system, "system", "", "the system to plan for: ccr or ohc (default both)")
	f.StringVar(&own, "contract", "", "YAML file that adds or overrides rows of the search contract")
	out.flags(command)
	f.Uint64Var(&seed, "seed", 1, "seed of the golden ledger and of every choice")
	f.IntVar(&people, "people", 5, "synthetic people per provider")
	return command
}

func planText(s streams, plan *parity.Plan, grid []parity.Query, systems []string) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, q := range plan.Queries {
		holds := fmt.Sprint(len(q.Must))
		if len(q.May) > 0 {
			holds = fmt.Sprintf("%d to %d", len(q.Must), len(q.Must)+len(q.May))
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", q.Rows[0].ID, contract.Word(q.Level()), holds, q.Probe, q)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, c := range plan.Controls {
		if _, err := fmt.Fprintf(s.out, "held against the system's own answers: %s (%s, %s: %s)\n", c.Row.ID, contract.Word(c.Row.Level), c.Row.Resource, strings.Join(c.What, ", ")); err != nil {
			return err
		}
	}
	for _, u := range plan.Unplanned {
		if _, err := fmt.Fprintf(s.out, "not planned: %s (%s)\n", u.Row.ID, u.Why); err != nil {
			return err
		}
	}
	for _, u := range plan.Untried {
		if _, err := fmt.Fprintf(s.out, "not tried: %s (%s)\n", u.Row.ID, u.Why); err != nil {
			return err
		}
	}
	kinds := map[string]int{}
	for _, q := range grid {
		kinds[strings.ToLower(strings.TrimPrefix(q.Rows[0].ID, "GRID-"))]++
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		if _, err := fmt.Fprintf(s.out, "held against what the system shows: %d forms of parameters of type %s\n", kinds[kind], kind); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.out, "%d searches of each of %s, and %d more about the parameters that the contract names; nothing was sent\n", len(plan.Queries), strings.Join(systems, ", "), len(grid))
	return err
}

func planJSON(s streams, plan *parity.Plan, systems []string) error {
	out := struct {
		Queries   []planned   `json:"queries"`
		Controls  []control   `json:"controls"`
		Unplanned []unplanned `json:"unplanned"`
		Untried   []unplanned `json:"untried"`
	}{[]planned{}, []control{}, []unplanned{}, []unplanned{}}
	for _, q := range plan.Queries {
		out.Queries = append(out.Queries, planned{
			Requirements: q.Requirements(), Level: contract.Word(q.Level()), Systems: systems, Query: q.String(), Probe: q.Probe, Must: q.Must, May: q.May,
		})
	}
	for _, c := range plan.Controls {
		out.Controls = append(out.Controls, control{c.Row.ID, contract.Word(c.Row.Level), c.Row.Resource, c.What})
	}
	for _, u := range plan.Unplanned {
		out.Unplanned = append(out.Unplanned, unplanned{u.Row.ID, u.Why})
	}
	for _, u := range plan.Untried {
		out.Untried = append(out.Untried, unplanned{u.Row.ID, u.Why})
	}
	return printJSON(s.out, out, nil)
}
