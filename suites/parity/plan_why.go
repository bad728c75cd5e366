package parity

import (
	"context"
	"net/url"
	"slices"

	"concord/internal/fhir"
	"concord/internal/result"
	"concord/internal/search"
	"concord/suites/explain"
)

// explained gives the wrong ones among the answers their causes; the causes are by the place of the query. All answers
// about the same records are looked at together, because the right ones refute what could explain a wrong one.
func (a asker) explained(ctx context.Context, plan *Plan, queries []Query, outcomes []outcome, judged []judgement) []result.Cause {
	causes := make([]result.Cause, len(queries))
	places := map[string][]int{}
	var order []string
	wrong := map[string]bool{}
	for i, q := range queries {
		if judged[i].wrong() {
			wrong[q.place()] = true
			causes[i] = result.CauseMissing
			switch {
			case len(judged[i].missing) == 0:
				causes[i] = result.CauseExtra
			case outcomes[i].total > len(outcomes[i].resources):
				causes[i] = result.PagingTruncation
			case len(outcomes[i].resources) == 0 && len(outcomes[i].outcomes) > 0:
				causes[i] = result.CauseError
			}
		}
		if outcomes[i].absent || outcomes[i].refused != nil || len(q.May) > 0 || !q.explicable() {
			continue
		}
		if places[q.place()] == nil {
			order = append(order, q.place())
		}
		places[q.place()] = append(places[q.place()], i)
	}
	for _, name := range order {
		if !wrong[name] {
			continue
		}
		var all []explain.Asked
		for _, i := range places[name] {
			all = append(all, a.evidence(ctx, plan, queries[i], outcomes[i], judged[i]))
		}
		for n, cause := range explain.Searches(all) {
			i := places[name][n]
			if plain := cause == result.NoCause || cause == result.CauseMissing || cause == result.CauseExtra; judged[i].wrong() && !plain {
				causes[i] = cause
			}
		}
	}
	return causes
}

// explicable reports whether everything but the person is in the query itself.
func (q Query) explicable() bool {
	return !slices.ContainsFunc(q.Terms, func(term Term) bool { return term.Code != "patient" && term.Of != nil })
}

// evidence is one answer as explanations want it.
func (a asker) evidence(ctx context.Context, plan *Plan, q Query, o outcome, j judgement) explain.Asked {
	asked := explain.Asked{
		Parameters: q.literal(), Expected: q.Must, Actual: keys(o.resources),
		Expect: func(parameters url.Values) ([]string, error) { return plan.expect(q, parameters) }, //nolint:contextcheck // it looks at records in memory
	}
	if !j.wrong() || q.Subject == nil || len(asked.Parameters) == 0 {
		return asked
	}
	bare := q
	bare.Terms, bare.Post = []Term{{Name: "patient", Code: "patient", Of: q.Subject, Form: ByID}}, false
	whole, err := a.ask(ctx, bare)
	if err != nil {
		return asked
	}
	var own []fhir.Resource
	for _, resource := range whole.resources {
		if q.satisfies(resource) { //nolint:contextcheck // it looks at one record in memory
			own = append(own, resource)
		}
	}
	if slices.Equal(keys(own), asked.Actual) {
		// The search is right about what the system shows; what it shows is not right.
		asked.Cause = content(q, j)
	}
	return asked
}

// content is the cause of an answer that is right about what is shown.
func content(q Query, j judgement) result.Cause {
	for _, term := range q.Terms {
		parameter, ok := search.Lookup(q.Resource, term.Code)
		switch {
		case !ok || term.Of != nil:
		case term.Code == "status" || term.Code == "clinical-status" || term.Code == "verification-status":
			return result.StatusMapping
		case parameter.Kind == search.Token:
			return result.CodeSystem
		}
	}
	if len(j.missing) > 0 {
		return result.CauseMissing
	}
	return result.CauseExtra
}

// expect returns the keys that a search with other parameters finds among the records that the query is about.
func (p *Plan) expect(q Query, parameters url.Values) ([]string, error) {
	query, err := search.Parse(q.Resource, parameters.Encode(), search.Options{Handling: search.Lenient, Base: oracleBase, Now: p.values.Now()})
	if err != nil {
		return nil, err
	}
	var found []fhir.Resource
	finds := query.Matcher(p.values.Store())
	for resource := range q.scope(p.values) {
		if finds(resource) {
			found = append(found, resource)
		}
	}
	return keys(found), nil
}

// keys are the keys of records, sorted, each once.
func keys(resources []fhir.Resource) []string {
	all := make([]string, 0, len(resources))
	for _, resource := range resources {
		if name := key(resource); name != "" {
			all = append(all, name)
		}
	}
	return sortedOnce(all)
}
