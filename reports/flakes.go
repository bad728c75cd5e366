package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"concord.example/concord/internal/result"
)

// FlakesFile is where a repeated run lists what did not come out the same each time.
const FlakesFile = "flakes.csv"

// mostFlakes is how many results that did not come out the same are printed; all are in the file.
const mostFlakes = 20

// Flakes says for a terminal what did not come out the same in several runs. compared counts all results; file is where all are listed.
func Flakes(flakes []result.Flake, compared, runs int, file string) string {
	if len(flakes) == 0 {
		return fmt.Sprintf("%d runs: all of %s results came out the same each time\n", runs, number(compared))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d runs: %s of %s results (%.2f %%) did not come out the same each time\n", runs, number(len(flakes)), number(compared),
		100*float64(len(flakes))/float64(compared))
	for i, f := range flakes {
		if i == mostFlakes {
			fmt.Fprintf(&b, "and %s more, see %s\n", number(len(flakes)-i), file)
			break
		}
		fmt.Fprintf(&b, "%s (%s): %s\n", f.Check, f.Scope, f.Counts())
	}
	return b.String()
}

// FlakesCSV lists what did not come out the same: check, system, peer, provider, and how it came out in each run.
func FlakesCSV(w io.Writer, flakes []result.Flake, runs int) error {
	out := csv.NewWriter(w)
	head := []string{"check", "system", "peer", "provider"}
	for i := range runs {
		head = append(head, fmt.Sprintf("run %d", i+1))
	}
	if err := out.Write(head); err != nil {
		return err
	}
	for _, f := range flakes {
		row := []string{f.Check, f.Scope.System, f.Scope.Peer, f.Scope.Provider}
		row = append(row, f.Statuses...)
		for i := range row {
			row[i] = inert(row[i])
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
