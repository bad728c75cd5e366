package reports

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"concord.example/concord/internal/result"
)

// requirements are the requirements of a run. A run of an older build has those alone that its checks name.
func requirements(run result.Run) []result.Requirement {
	if len(run.Requirements) > 0 {
		return run.Requirements
	}
	at := map[result.Ref]int{}
	var all []result.Requirement
	for _, c := range run.Checks {
		for _, ref := range c.Requirement {
			i, known := at[ref]
			if !known {
				i = len(all)
				at[ref] = i
				all = append(all, result.Requirement{ID: ref.ID, Source: ref.Source, Kind: result.RequirementSource})
			}
			all[i].Checks = append(all[i].Checks, c.ID)
		}
	}
	slices.SortFunc(all, result.CompareRequirements)
	return all
}

// tested is what one check said about one requirement at one place, count times.
type tested struct {
	check, system, peer string
	status              result.Status
	count               int
	note                string
}

// tester looks up what the checks of a run said about requirements.
type tester struct {
	results    map[string][]result.Result
	parameters []result.Parameter
	selected   map[string]bool
}

func newTester(run result.Run) tester {
	t := tester{results: map[string][]result.Result{}, parameters: run.Parameters, selected: map[string]bool{}}
	for _, r := range run.Results {
		t.results[r.Check] = append(t.results[r.Check], r)
	}
	for _, c := range run.Checks {
		t.selected[c.ID] = true
	}
	return t
}

// of lists what the checks said about a requirement, by check, system, peer and status. A check that was not selected is told as
// skipped, one without a result as not run, so that neither is left out.
func (t tester) of(r result.Requirement) []tested {
	var all []tested
	for _, id := range r.Checks {
		switch {
		case !t.selected[id]:
			all = append(all, tested{check: id, status: result.Skipped, note: "the check was not selected for this run"})
			continue
		case len(t.results[id]) == 0:
			all = append(all, tested{check: id, status: result.NotRun, note: "the check has no result"})
			continue
		}
		for _, said := range t.results[id] {
			one := tested{check: id, system: said.Scope.System, peer: said.Scope.Peer, count: 1}
			one.status, one.note = t.about(r, said)
			at := slices.IndexFunc(all, func(other tested) bool {
				return other.check == id && other.system == one.system && other.peer == one.peer && other.status == one.status && other.note == one.note
			})
			if at < 0 {
				all = append(all, one)
			} else {
				all[at].count++
			}
		}
	}
	slices.SortStableFunc(all, func(a, b tested) int {
		return cmp.Or(strings.Compare(a.check, b.check), strings.Compare(a.system, b.system), strings.Compare(a.peer, b.peer), int(b.status)-int(a.status))
	})
	return all
}

// about is what a result says about a requirement. Most checks test one thing, and their status is that of the requirement. Those
// of the search contract ask what many rows ask for: of a row they say what the searches of the row said.
func (t tester) about(r result.Requirement, said result.Result) (status result.Status, note string) {
	if r.Kind != result.RequirementContract || !strings.HasPrefix(said.Check, "PAR-SEARCH-") {
		return said.Status, ""
	}
	if !said.Shown() && said.Status != result.Fail && said.Status != result.Waived {
		return said.Status, said.Message
	}
	for _, p := range t.parameters {
		if p.System != said.Scope.System || !slices.Contains(p.Requirements, r.ID) {
			continue
		}
		searches := strconv.Itoa(p.Wrong) + " of " + plural(p.Asked, "search", "searches") + " wrong"
		switch {
		case p.Asked == 0:
			return result.NotRun, p.Unasked
		case p.Wrong == 0:
			return result.Pass, searches
		case said.Status == result.Pass:
			return result.Warning, searches
		default:
			return said.Status, searches
		}
	}
	if named := slices.ContainsFunc(said.Findings, func(f result.Finding) bool { return f.Requirement == r.ID }); said.Status != result.Pass && !named && r.Level != result.May {
		if strings.HasPrefix(said.Check, "PAR-SEARCH-RESULTS") {
			return result.Pass, "what is wrong is about other rows"
		}
		return result.NotRun, "no search was asked for the row"
	}
	return said.Status, ""
}

// requirementRows are the rows of the table of requirements, in their order. What nothing tests has one row that says why.
func requirementRows(run result.Run) [][]string {
	t := newTester(run)
	var rows [][]string
	for _, r := range requirements(run) {
		start := []string{r.ID, r.Source, string(r.Kind), string(r.Level), r.Title}
		if len(r.Checks) == 0 {
			rows = append(rows, slices.Concat(start, []string{"", "", "", "untested", "0", r.Untested}))
		}
		for _, one := range t.of(r) {
			rows = append(rows, slices.Concat(start, []string{one.check, one.system, one.peer, one.status.String(), strconv.Itoa(one.count), cmp.Or(one.note, r.Untested)}))
		}
	}
	return rows
}

// traceView is a kind of requirement with the requirements of the kind.
type traceView struct {
	Title string
	// Said are how many of them are demonstrated, failed and so on, in words.
	Said string
	Rows []requirementView
}

type requirementView struct {
	result.Requirement
	// Lines are what each check said, worst first.
	Lines []testedView
}

type testedView struct {
	Check string
	// Selected says that the page has the check to link to.
	Selected bool
	Status   result.Status
	Counts   string
}

// trace lists the requirements by kind, with what the checks said about each.
func trace(run result.Run) []traceView {
	t := newTester(run)
	titles := map[result.RequirementKind]string{
		result.RequirementContract: "Rows of the search contract", result.RequirementProfile: "Profiles of UK Core", result.RequirementRule: "Rules for England",
		result.RequirementScenario: "Scenarios", result.RequirementSource: "Other sources that checks name",
	}
	all := requirements(run)
	var out []traceView
	for _, kind := range result.RequirementKinds() {
		v := traceView{Title: titles[kind]}
		var (
			statuses result.Counts
			untested int
		)
		for _, r := range all {
			if r.Kind != kind {
				continue
			}
			row := requirementView{Requirement: r}
			counts := map[string]*result.Counts{}
			var sum result.Counts
			for _, one := range t.of(r) {
				if counts[one.check] == nil {
					counts[one.check] = &result.Counts{}
				}
				for range max(one.count, 1) {
					counts[one.check].Add(one.status)
					sum.Add(one.status)
				}
			}
			for _, id := range r.Checks {
				line := testedView{Check: id, Selected: t.selected[id], Status: claimStatus(*counts[id])}
				if line.Selected {
					line.Counts = countsText(*counts[id])
				} else {
					line.Counts = "not selected"
				}
				row.Lines = append(row.Lines, line)
			}
			if len(r.Checks) == 0 {
				untested++
			} else {
				statuses.Add(claimStatus(sum))
			}
			v.Rows = append(v.Rows, row)
		}
		if len(v.Rows) == 0 {
			continue
		}
		v.Said = countsText(statuses)
		if untested > 0 {
			v.Said = strings.TrimPrefix(v.Said+", "+number(untested)+" that nothing tests", ", ")
		}
		out = append(out, v)
	}
	return out
}
