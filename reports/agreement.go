package reports

import (
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
)

// agreementView is the matrix of three systems or more.
type agreementView struct {
	// Sentence says which systems say the same.
	Sentence string
	Systems  []string
	Rows     []agreementRow
}

type agreementRow struct {
	Name  string
	Cells []agreementCell
}

// agreementCell is how the row's system stands to another. Self is the cell of a system against itself.
type agreementCell struct {
	Self       bool
	With, Text string
	Status     result.Status
}

// newAgreement is the matrix of a run; nil where there is none.
func newAgreement(run result.Run) *agreementView {
	all := run.Accords()
	if len(all) == 0 {
		return nil
	}
	v := &agreementView{Sentence: agreementText(run)}
	status := map[result.Accord]result.Status{result.Agree: result.Pass, result.Differ: result.Fail, result.NotDemonstrated: result.NotRun}
	for _, row := range run.Systems {
		v.Systems = append(v.Systems, title(row))
		r := agreementRow{Name: title(row)}
		for _, column := range run.Systems {
			cell := agreementCell{Self: row.Name == column.Name, With: title(column)}
			for _, a := range all {
				if !cell.Self && slices.Contains(a.Systems[:], row.Name) && slices.Contains(a.Systems[:], column.Name) {
					cell.Text, cell.Status = a.Text(), status[a.Accord]
				}
			}
			r.Cells = append(r.Cells, cell)
		}
		v.Rows = append(v.Rows, r)
	}
	return v
}

// agreementText says which of three systems or more say the same; "" where that was not asked.
func agreementText(run result.Run) string {
	titles := make(map[string]string, len(run.Systems))
	for _, s := range run.Systems {
		titles[s.Name] = title(s)
	}
	return result.AgreementText(run.Accords(), func(system string) string { return titles[system] })
}

// agreementTable is the matrix as Markdown; "" where there is none.
func agreementTable(run result.Run) string {
	v := newAgreement(run)
	if v == nil {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n\n| The same as | %s |\n|---|%s\n", md(v.Sentence), strings.Join(mdAll(v.Systems), " | "), strings.Repeat("---|", len(v.Systems)))
	for _, row := range v.Rows {
		cells := make([]string, 0, len(row.Cells))
		for _, c := range row.Cells {
			if c.Self {
				c.Text = "–"
			}
			cells = append(cells, md(c.Text))
		}
		fmt.Fprintf(&b, "| %s | %s |\n", md(row.Name), strings.Join(cells, " | "))
	}
	return b.String()
}

// agreementLines says of each two systems how they stand to each other.
func agreementLines(run result.Run) string {
	var b strings.Builder
	for _, a := range run.Accords() {
		fmt.Fprintf(&b, "%s and %s: %s\n", a.Systems[0], a.Systems[1], a.Text())
	}
	return b.String()
}

func mdAll(texts []string) []string {
	all := make([]string, 0, len(texts))
	for _, text := range texts {
		all = append(all, md(text))
	}
	return all
}

// unplayedText names the systems with which scenes between two were not played, though they are played; "" where there are none.
func unplayedText(run result.Run) string {
	scenes, unplayed := map[string]bool{}, map[string]map[string]bool{}
	for _, c := range run.Checks {
		scenes[c.ID] = c.Peers == "neighbour"
	}
	for _, r := range run.Results {
		if scenes[r.Check] && r.Reason == result.NotClaimedReason && r.Scope.Peer == "" {
			if unplayed[r.Scope.System] == nil {
				unplayed[r.Scope.System] = map[string]bool{}
			}
			unplayed[r.Scope.System][r.Check] = true
		}
	}
	var parts []string
	for _, s := range run.Systems {
		if n := len(unplayed[s.Name]); n > 0 && len(run.Systems) > 2 {
			parts = append(parts, fmt.Sprintf("%s (%s)", title(s), plural(n, "scene", "scenes")))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Scenes between two systems were played with those that are the first to hold a part of the records, and not with " + strings.Join(parts, ", ") +
		": nothing is said of those."
}
