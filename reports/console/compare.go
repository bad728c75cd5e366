package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"concord.example/concord/internal/result"
	"concord.example/concord/reports"
	"concord.example/concord/reports/causes"
)

type compareView struct {
	Before, After string
	Names         []string
	// Ready says that both runs were named and read.
	Ready    bool
	Old, New Row
	Problem  string
	// Differs are the conditions that differ, so that a reader knows what else may explain a change.
	Differs []difference
	// Worse and Better are results that changed their status, Gone and Come those of one run alone.
	Worse, Better            []changedResult
	MoreWorse, MoreBetter    int
	Gone, Come, Same         int
	NewCauses, GoneCauses    []string
	OldSentence, NewSentence string
}

type difference struct{ What, Before, After string }

type changedResult struct {
	Check, Title, Scope string
	Before, After       result.Status
	Message             string
}

// mostChanged is how many changed results of a kind are listed.
const mostChanged = 200

// compare shows what differs between two runs.
func (c *Console) compare(w http.ResponseWriter, r *http.Request) {
	c.store.look(250 * time.Millisecond)
	rows, _ := c.store.list()
	v := compareView{Before: r.URL.Query().Get("before"), After: r.URL.Query().Get("after")}
	for _, row := range rows {
		if row.Problem == "" && len(v.Names) < 500 {
			v.Names = append(v.Names, row.Name)
		}
	}
	if v.Before == "" || v.After == "" {
		c.render(w, r, http.StatusOK, "compare", "Compare two runs", v)
		return
	}
	var before, after result.Run
	var err error
	if v.Old, before, err = c.find(v.Before); err == nil {
		v.New, after, err = c.find(v.After)
	}
	if err != nil {
		v.Problem = err.Error()
		c.render(w, r, http.StatusUnprocessableEntity, "compare", "Compare two runs", v)
		return
	}
	v.Ready = true
	v.fill(before, after)
	c.render(w, r, http.StatusOK, "compare", v.Before+" and "+v.After, v)
}

func (v *compareView) fill(before, after result.Run) {
	v.OldSentence, v.NewSentence = before.Verdict.Sentence, after.Verdict.Sentence
	v.Differs = conditions(before, after)
	type key struct {
		check string
		scope result.Scope
	}
	was := make(map[key]result.Result, len(before.Results))
	for _, one := range before.Results {
		was[key{one.Check, one.Scope}] = one
	}
	titles := map[string]string{}
	for _, check := range after.Checks {
		titles[check.ID] = check.Title
	}
	for _, now := range after.Results {
		k := key{now.Check, now.Scope}
		old, ok := was[k]
		delete(was, k)
		switch {
		case !ok:
			v.Come++
		case old.Status == now.Status:
			v.Same++
		default:
			changed := changedResult{Check: now.Check, Title: titles[now.Check], Scope: now.Scope.String(), Before: old.Status, After: now.Status, Message: says(now)}
			if now.Status.Worse(old.Status) {
				v.Worse = append(v.Worse, changed)
			} else {
				v.Better = append(v.Better, changed)
			}
		}
	}
	v.Gone = len(was)
	v.Worse, v.MoreWorse = cut(v.Worse)
	v.Better, v.MoreBetter = cut(v.Better)
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

func cut(all []changedResult) ([]changedResult, int) {
	slices.SortStableFunc(all, func(a, b changedResult) int { return cmp.Compare(b.After, a.After) })
	shown := all[:min(len(all), mostChanged)]
	return shown, len(all) - len(shown)
}

// says is why a result is what it is, in a line.
func says(r result.Result) string {
	if len(r.Findings) > 0 {
		return r.Findings[0].Message
	}
	return r.Message
}

func sentences(run result.Run) []string {
	explained, names := causes.Explain(run), causes.NewNames(run)
	var all []string
	for _, one := range explained.Causes {
		all = append(all, names.Sentence(one))
	}
	return all
}

// conditions are what differs between two runs besides their results: a change in any of them may explain a change of a
// result that is no change of a system.
func conditions(before, after result.Run) []difference {
	var all []difference
	add := func(what, old, now string) {
		if old != now {
			all = append(all, difference{what, cmp.Or(old, "none"), cmp.Or(now, "none")})
		}
	}
	add("Harness", versioned(before.Harness.Name, before.Harness.Version)+" "+before.Harness.Commit, versioned(after.Harness.Name, after.Harness.Version)+" "+after.Harness.Commit)
	add("FHIR packages", packagesOf(before), packagesOf(after))
	add("Search contract", versioned(before.Contract.Name, before.Contract.Version)+" "+before.Contract.Hash, versioned(after.Contract.Name, after.Contract.Version)+" "+after.Contract.Hash)
	add("Left out by choice", before.Selection.LeftOut(), after.Selection.LeftOut())
	add("Data", before.Data.Description, after.Data.Description)
	add("Asked with", arguments(before), arguments(after))
	systems := map[string]result.System{}
	for _, s := range before.Systems {
		systems[s.Name] = s
	}
	for _, s := range after.Systems {
		old := systems[s.Name]
		delete(systems, s.Name)
		add("Address of "+s.Name, old.BaseURL, s.BaseURL)
		add("Software of "+s.Name, versioned(old.Software.Name, old.Software.Version), versioned(s.Software.Name, s.Software.Version))
		add("CapabilityStatement of "+s.Name, old.CapabilityHash, s.CapabilityHash)
		add("Defects switched on in "+s.Name, strings.Join(old.Defects, ", "), strings.Join(s.Defects, ", "))
	}
	for _, s := range before.Systems {
		if _, gone := systems[s.Name]; gone {
			add("System "+s.Name, s.BaseURL, "")
		}
	}
	return all
}

func packagesOf(run result.Run) string { return strings.Join(rowOf(run).Packages, ", ") }

func arguments(run result.Run) string {
	if run.Invocation == nil {
		return ""
	}
	return strings.Join(run.Invocation.Arguments, " ")
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
	c.store.look(250 * time.Millisecond)
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
