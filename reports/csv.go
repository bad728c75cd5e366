package reports

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// Tables lists the names of what CSV prints: each check with its outcome for each scope, each finding, each requirement with the
// checks that are about it, each hazard with the control test that would show it, and each provider with what each check of the
// sweep showed of it.
func Tables() []string { return []string{"checks", "findings", "requirements", "hazards", "providers"} }

// CSV prints a table of a run as RFC 4180 has it, with a line of names first. Rows are in the order of run.json.
func CSV(w io.Writer, run result.Run, table string) error {
	run, err := prepare(run)
	if err != nil {
		return err
	}
	checks := map[string]result.Check{}
	for _, c := range run.Checks {
		checks[c.ID] = c
	}
	var rows [][]string
	switch table {
	case "checks":
		rows = append(rows, []string{"check", "title", "suite", "area", "level", "system", "peer", "provider", "status", "reason", "message", "findings"})
		for _, r := range run.Results {
			c := checks[r.Check]
			rows = append(rows, []string{r.Check, c.Title, r.Suite, string(c.Area), string(r.Level), r.Scope.System, r.Scope.Peer, r.Scope.Provider, r.Status.String(), string(r.Reason), r.Message, strconv.Itoa(len(r.Findings))})
		}
	case "findings":
		rows = append(rows, []string{"check", "system", "peer", "provider", "status", "rule", "severity", "message", "expected", "actual", "exchanges"})
		for _, r := range run.Results {
			for _, f := range r.Findings {
				rows = append(rows, []string{r.Check, r.Scope.System, r.Scope.Peer, r.Scope.Provider, r.Status.String(), f.Rule, string(f.Severity), f.Message, f.Expected, f.Actual, strings.Join(f.Exchanges, " ")})
			}
		}
	case "requirements":
		rows = append(rows, []string{"requirement", "source", "kind", "level", "title", "check", "system", "peer", "status", "count", "note"})
		rows = append(rows, requirementRows(run)...)
	case "hazards":
		rows = append(rows, []string{"hazard", "harm", "cause", "control test", "system", "peer", "provider", "result", "reason"})
		for _, r := range run.Results {
			c := checks[r.Check]
			rows = append(rows, []string{c.Hazard, c.Harm, c.Title + ": not so", r.Check, r.Scope.System, r.Scope.Peer, r.Scope.Provider, r.Status.String(), string(r.Reason)})
		}
	case "providers":
		rows = providerRows(run)
	default:
		return fmt.Errorf("there is no table %q; there are %s", table, strings.Join(Tables(), ", "))
	}
	out := csv.NewWriter(w)
	for _, row := range rows {
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

// inert keeps a spreadsheet from taking a text for a formula, as what a system sent could be, and takes control characters out.
func inert(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if start := strings.TrimLeft(text, " \n"); start != "" && strings.ContainsRune("=+-@", rune(start[0])) {
		return "'" + text
	}
	return text
}
