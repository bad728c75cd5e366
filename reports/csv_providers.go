package reports

import (
	"slices"

	"concord.example/concord/internal/result"
)

// providerRows are a matrix: a row for each provider and each system that was asked, and a column for each check that is asked
// about providers. A cell is the status; where there is no result it is not-run. The column "worst" is the roll-up of the row,
// in which what was not run is never a pass.
func providerRows(run result.Run) [][]string {
	header := []string{"provider", "name", "type", "icb", "ics", "holder", "apart", "system asked", "worst"}
	type key struct{ provider, system, check string }
	cells := map[key][]result.Status{}
	var checks []string
	for _, r := range run.Results {
		if r.Scope.Provider == "" {
			continue
		}
		k := key{r.Scope.Provider, r.Scope.System, r.Check}
		cells[k] = append(cells[k], r.Status)
		if !slices.Contains(checks, r.Check) {
			checks = append(checks, r.Check)
		}
	}
	slices.Sort(checks)
	rows := [][]string{append(header, checks...)}
	for _, p := range run.Providers {
		apart := ""
		if p.Apart {
			apart = "apart"
		}
		for _, s := range run.Systems {
			var all []result.Status
			row := []string{p.ODS, p.Name, p.Type, p.ICB, p.ICS, p.System, apart, s.Name, ""}
			for _, check := range checks {
				status := result.RollUp(cells[key{p.ODS, s.Name, check}]...)
				all = append(all, status)
				row = append(row, status.String())
			}
			row[8] = result.RollUp(all...).String()
			rows = append(rows, row)
		}
	}
	return rows
}
