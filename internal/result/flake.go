package result

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Flake is a result that did not come out the same in each of several runs that asked the same.
type Flake struct {
	Check string
	Scope Scope
	// Statuses are the words for how it came out, in the order of the runs; "" where a run has no such result.
	Statuses []string
}

// Counts says how often each status came out, most first: "fail 2, pass 1".
func (f Flake) Counts() string {
	count := map[string]int{}
	for _, status := range f.Statuses {
		count[status]++
	}
	statuses := make([]string, 0, len(count))
	for status := range count {
		statuses = append(statuses, status)
	}
	slices.SortFunc(statuses, func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	parts := make([]string, 0, len(statuses))
	for _, status := range statuses {
		parts = append(parts, cmp.Or(status, "absent")+" "+strconv.Itoa(count[status]))
	}
	return strings.Join(parts, ", ")
}

// Flakes lists the results that differ between runs that asked the same, in the order of checks and scopes, and counts all that
// were compared. Causes and messages may differ: it is the status that a gate goes by.
func Flakes(runs []Run) (flakes []Flake, compared int) {
	type key struct {
		check string
		scope Scope
	}
	seen := map[key][]string{}
	for i, run := range runs {
		for _, r := range run.Results {
			at := key{r.Check, r.Scope}
			if seen[at] == nil {
				seen[at] = make([]string, len(runs))
			}
			seen[at][i] = r.Status.String()
		}
	}
	for at, statuses := range seen {
		if slices.ContainsFunc(statuses, func(status string) bool { return status != statuses[0] }) {
			flakes = append(flakes, Flake{at.check, at.scope, statuses})
		}
	}
	slices.SortFunc(flakes, func(a, b Flake) int {
		return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Scope.String(), b.Scope.String()))
	})
	return flakes, len(seen)
}
