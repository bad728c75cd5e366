package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// parametersView is what was measured of search parameters, those that a system answers wrongly first.
type parametersView struct {
	Systems []string
	Totals  []parameterTotal
	// Wrong and Right are parameters that somebody was asked about, Unasked those that nobody was.
	Wrong, Right parameterTable
	Unasked      []parameterRow
}

type parameterTable struct {
	ID, Caption string
	Systems     []string
	Rows        []parameterRow
}

// parameterTotal adds up what was measured in one system.
type parameterTotal struct {
	System            string
	Asked, Wrong      int
	Recall, Precision string
}

type parameterRow struct {
	Resource, Parameter, Level, Requirements string
	// Why says why nobody was asked.
	Why string
	// Cells are one for each system, in the order of parametersView.Systems.
	Cells []parameterCell
}

type parameterCell struct {
	Asked, Wrong      int
	Recall, Precision string
	Status            result.Status
	Unasked           string
}

// newParameters arranges the measurements of a run; nil when there are none.
func newParameters(run result.Run) *parametersView {
	if len(run.Parameters) == 0 {
		return nil
	}
	v := &parametersView{}
	sums := map[string]*result.Parameter{}
	var rows []parameterRow
	at := map[[2]string]int{}
	for _, p := range run.Parameters {
		if sums[p.System] == nil {
			sums[p.System] = &result.Parameter{}
			v.Systems = append(v.Systems, p.System)
		}
		sum := sums[p.System]
		sum.Asked, sum.Wrong = sum.Asked+p.Asked, sum.Wrong+p.Wrong
		sum.Expected, sum.Returned, sum.Right = sum.Expected+p.Expected, sum.Returned+p.Returned, sum.Right+p.Right
	}
	for _, p := range run.Parameters {
		name := [2]string{p.Resource, p.Parameter}
		i, known := at[name]
		if !known {
			i = len(rows)
			at[name] = i
			row := parameterRow{Resource: p.Resource, Parameter: p.Parameter, Level: levelWord(p.Level), Requirements: strings.Join(p.Requirements, ", "), Why: p.Unasked}
			for range v.Systems {
				row.Cells = append(row.Cells, parameterCell{Unasked: "nothing was measured"})
			}
			rows = append(rows, row)
		}
		rows[i].Cells[slices.Index(v.Systems, p.System)] = cellOf(p)
	}
	v.Wrong = parameterTable{ID: "parameters-wrong", Caption: "Parameters that a system answers wrongly", Systems: v.Systems}
	v.Right = parameterTable{ID: "parameters-right", Caption: "Parameters that every system that was asked answers rightly", Systems: v.Systems}
	for _, name := range v.Systems {
		sum := sums[name]
		v.Totals = append(v.Totals, parameterTotal{
			System: name, Asked: sum.Asked, Wrong: sum.Wrong, Recall: shareText(sum.Right, sum.Expected), Precision: shareText(sum.Right, sum.Returned),
		})
	}
	slices.SortStableFunc(rows, func(a, b parameterRow) int {
		return strings.Compare(a.Resource+" "+a.Parameter, b.Resource+" "+b.Parameter)
	})
	for _, row := range rows {
		switch {
		case slices.ContainsFunc(row.Cells, func(c parameterCell) bool { return c.Wrong > 0 }):
			v.Wrong.Rows = append(v.Wrong.Rows, row)
		case slices.ContainsFunc(row.Cells, func(c parameterCell) bool { return c.Asked > 0 }):
			v.Right.Rows = append(v.Right.Rows, row)
		default:
			v.Unasked = append(v.Unasked, row)
		}
	}
	return v
}

func cellOf(p result.Parameter) parameterCell {
	status := result.Fail
	if p.Level != result.Must {
		status = result.Warning
	}
	return parameterCell{
		Asked: p.Asked, Wrong: p.Wrong, Status: status, Unasked: p.Unasked,
		Recall: shareText(p.Right, p.Expected), Precision: shareText(p.Right, p.Returned),
	}
}

// shareText writes a share as its two counts with the interval, and says so when there was nothing to count.
func shareText(part, whole int) string {
	if whole == 0 {
		return "nothing to count"
	}
	share := result.ShareOf(part, whole)
	decimal := func(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
	return fmt.Sprintf("%s of %s (%s to %s)", number(part), number(whole), decimal(share.Low), decimal(share.High))
}

// levelWord is a level as the sources write it.
func levelWord(level result.Level) string {
	switch level {
	case result.Must:
		return "SHALL"
	case result.Should:
		return "SHOULD"
	default:
		return "MAY"
	}
}
