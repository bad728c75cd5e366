package console

import (
	"net/http"
	"slices"
	"strings"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/causes"
	"concord.example/concord/reports/compare"
)

type compareView struct {
	// Earlier and Later are the names that were asked for.
	Earlier, Later string
	Names          []string
	// Ready says that both runs were named and read.
	Ready    bool
	Old, New Row
	Problem  string
	compare.Comparison
	// Parts are the results that are not as they were, by how they changed.
	Parts                 []changedPart
	NewCauses, GoneCauses []string
}

// changedPart is one way in which results changed.
type changedPart struct {
	ID, Title string
	Changes   []compare.Change
	// More is how many are not listed.
	More int
}

// mostChanged is how many changed results of a kind are listed.
const mostChanged = 200

// compare shows what differs between two runs.
func (c *Console) compare(w http.ResponseWriter, r *http.Request) {
	c.store.look(patience)
	rows, _ := c.store.list()
	v := compareView{Earlier: r.URL.Query().Get("before"), Later: r.URL.Query().Get("after")}
	for _, row := range rows {
		if row.Problem == "" && len(v.Names) < 500 {
			v.Names = append(v.Names, row.Name)
		}
	}
	if v.Earlier == "" || v.Later == "" {
		c.render(w, r, http.StatusOK, "compare", "Compare two runs", v)
		return
	}
	var before, after result.Run
	var err error
	if v.Old, before, err = c.find(v.Earlier); err == nil {
		v.New, after, err = c.find(v.Later)
	}
	if err != nil {
		v.Problem = err.Error()
		c.render(w, r, http.StatusUnprocessableEntity, "compare", "Compare two runs", v)
		return
	}
	v.Ready = true
	title := v.Earlier + " and " + v.Later
	v.fill(before, after)
	c.render(w, r, http.StatusOK, "compare", title, v)
}

func (v *compareView) fill(before, after result.Run) {
	v.Comparison = compare.Runs(before, after)
	for _, part := range []changedPart{
		{ID: "newly", Title: "Newly fails", Changes: v.NewFailures},
		{ID: "cause", Title: "Fails for another reason", Changes: v.OtherCause},
		{ID: "lost", Title: "Was demonstrated, and is not now", Changes: v.Lost},
		{ID: "untold", Title: "Failed, and cannot be told now", Changes: v.Untold},
		{ID: "fixed", Title: "Fixed", Changes: v.Fixed},
	} {
		shown := part.Changes[:min(len(part.Changes), mostChanged)]
		part.Changes, part.More = shown, len(part.Changes)-len(shown)
		v.Parts = append(v.Parts, part)
	}
	old, now := sentences(before), sentences(after)
	for _, s := range now {
		if !slices.Contains(old, s) {
			v.NewCauses = append(v.NewCauses, s)
		}
	}
	for _, s := range old {
		if !slices.Contains(now, s) {
			v.GoneCauses = append(v.GoneCauses, s)
		}
	}
}

func sentences(run result.Run) []string {
	explained, names := causes.Explain(run), causes.NewNames(run)
	var all []string
	for _, one := range explained.Causes {
		all = append(all, names.Sentence(one))
	}
	return all
}

type systemView struct {
	System string
	Rows   []trendRow
	Pager  pager
}

// trendRow is a run in the history of a system, with what changed since the one before.
type trendRow struct {
	Row
	Bars []trendBar
	// Before is the run before, by name; Changed says what is not as it was in it.
	Before  string
	Changed []string
}

// trendBar is a part of a bar that is 1000 wide.
type trendBar struct {
	Status   result.Status
	X, Width int
}

// system is the history of one system over all runs.
func (c *Console) system(w http.ResponseWriter, r *http.Request) {
	c.store.look(patience)
	rows, _ := c.store.list()
	v := systemView{System: r.PathValue("system")}
	var mine []Row
	for _, row := range rows {
		if row.Problem == "" && slices.Contains(row.Systems, v.System) {
			mine = append(mine, row)
		}
	}
	if len(mine) == 0 {
		c.problem(w, r, http.StatusNotFound, "No run asked a system of this name", "The list of runs names the systems that were asked.")
		return
	}
	all := make([]trendRow, len(mine))
	for i, row := range mine {
		all[i] = trendRow{Row: row, Bars: bars(row.Counts)}
		if i+1 == len(mine) {
			continue
		}
		old := mine[i+1]
		all[i].Before = old.Name
		if row.Outcome != old.Outcome {
			all[i].Changed = append(all[i].Changed, "the verdict, from "+strings.ToLower(reports.OutcomeWord(old.Outcome)))
		}
		if row.Harness != old.Harness {
			all[i].Changed = append(all[i].Changed, "the harness, from "+old.Harness)
		}
		if !slices.Equal(row.Packages, old.Packages) {
			all[i].Changed = append(all[i].Changed, "the FHIR packages")
		}
		if row.LeftOut != old.LeftOut {
			all[i].Changed = append(all[i].Changed, "what was asked")
		}
	}
	v.Rows, v.Pager = paged(r, all)
	c.render(w, r, http.StatusOK, "system", "History of "+v.System, v)
}

func bars(counts result.Counts) []trendBar {
	total, x := counts.Total(), 0
	if total <= 0 {
		return nil
	}
	var all []trendBar
	done := 0
	for _, s := range slices.Backward(result.Statuses()) {
		n := counts.Of(s)
		if n <= 0 {
			continue
		}
		done += n
		to := done * 1000 / total
		all = append(all, trendBar{s, x, max(to-x, 4)})
		x = to
	}
	return all
}
