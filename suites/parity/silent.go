package parity

import (
	"fmt"
	"strings"

	"concord.example/concord/internal/result"
)

// formsAtLeast is how many forms of a question about a parameter find nothing before it is the parameter that finds nothing.
const formsAtLeast = 2

// withoutSilent puts one finding in the place of those about a declared parameter that finds nothing in whatever form it is asked. No
// form is read wrongly there, and whoever looks for what is wrong with one looks in vain: the parameter was never read from what
// is stored, or its index is empty. about is which query each finding is about.
func withoutSilent(system string, queries []Query, outcomes []outcome, findings []result.Finding, about []int) []result.Finding {
	type parameter struct{ of, code string }
	of := func(q Query) parameter {
		if !q.Free || len(q.Terms) == 0 {
			return parameter{}
		}
		return parameter{q.place(), q.Terms[len(q.Terms)-1].Code}
	}
	forms, finds := map[parameter]int{}, map[parameter]bool{}
	for i, q := range queries {
		name := q.lastName()
		o := outcomes[i]
		// Without an index, :missing and :not find what has no entry there, which is everything.
		if of(q) == (parameter{}) || len(q.Must) == 0 || o.absent || o.refused != nil || strings.HasSuffix(name, ":missing") || strings.HasSuffix(name, ":not") {
			continue
		}
		forms[of(q)]++
		finds[of(q)] = finds[of(q)] || len(o.resources) > 0
	}
	told := map[parameter]int{}
	var left []result.Finding
	for i, f := range findings {
		p := of(queries[about[i]])
		if forms[p] < formsAtLeast || finds[p] || outcomes[about[i]].refused != nil {
			left = append(left, f)
			continue
		}
		if at, is := told[p]; is {
			left[at].Exchanges = append(left[at].Exchanges, f.Exchanges...)
			continue
		}
		q := queries[about[i]]
		f.Rule, f.Cause = "parameter-silent", result.CauseSilent
		f.Message = fmt.Sprintf("%s declares the search parameter %s of %s, and none of %d forms of a question by it finds the record that the system shows with such a value (%s)",
			system, p.code, q.Resource, forms[p], first(shortAll(q.Must)))
		told[p] = len(left)
		left = append(left, f)
	}
	return left
}

// lastName is the name of the last term of a query with its modifier, "" where it has none.
func (q Query) lastName() string {
	if len(q.Terms) == 0 {
		return ""
	}
	return q.Terms[len(q.Terms)-1].Name
}

func shortAll(names []string) []string {
	all := make([]string, 0, len(names))
	for _, name := range names {
		all = append(all, short(name))
	}
	return all
}
