package parity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/contract"
)

// The grid is everything that FHIR R4 lets a client write into a search parameter: modifier x prefix x precision x form, for
// each type of parameter. A system is asked what the grid has for each parameter that it declares, about records that it
// shows itself, and every answer is worked out from those records. So nobody needs to know what is true, and an ordinary
// server that holds a part of the ledger is judged by that part.

// The element types of a parameter share how they are read. The first parameter of each is asked everything, and all others
// the questions that a system gets wrong for one element and not for another.

// grid plans the questions of the grid about values: those of the kinds, for the parameters that are declared.
func (p *planner) grid(declared check.Declared, kinds []search.Kind) []Query {
	var (
		queries []Query
		asked   = map[string]bool{}
	)
	for _, resourceType := range gridTypes(p.contract, declared) {
		for _, parameter := range search.Parameters(resourceType) {
			if parameter.Unsupported != "" || !slices.Contains(kinds, parameter.Kind) || !p.offers(declared, resourceType, parameter.Code) {
				continue
			}
			if strings.HasPrefix(parameter.Code, "_") && (parameter.Code == "_id" || asked[parameter.Code]) {
				continue
			}
			best, ok := p.best(resourceType, []*search.Parameter{parameter})
			narrow := Term{Name: "patient", Code: "patient", Of: best.subject, Form: ByID}
			if directory(resourceType) {
				best, narrow, ok = p.few.held(resourceType, parameter)
			}
			if !ok {
				continue
			}
			asked[parameter.Code] = true
			form := string(parameter.Kind) + " " + forms(parameter)
			row := contract.Row{
				ID: "GRID-" + strings.ToUpper(string(parameter.Kind)), Resource: resourceType, Parameters: []string{parameter.Code},
				Level: result.Must, Layer: contract.Parity, Source: "FHIR R4 3.1.1.4",
			}
			for _, pr := range cells(parameter, best, p.values.Base(), !asked[form]) {
				queries = append(queries, Query{
					Rows: []contract.Row{row}, Resource: resourceType, Terms: append([]Term{narrow}, pr.terms...), Subject: best.subject, Probe: pr.why, Free: true,
				})
			}
			asked[form] = true
			if parameter.Kind != search.Date || directory(resourceType) {
				continue
			}
			for _, e := range p.dayEdges(resourceType, parameter, func(string) bool { return true }) {
				narrow.Of = e.subject
				queries = append(queries, Query{
					Rows: []contract.Row{row}, Resource: resourceType, Terms: append([]Term{narrow}, e.probe.terms...), Subject: e.subject, Probe: e.probe.why, Free: true,
				})
			}
		}
	}
	return merge(queries)
}

// offers reports whether a parameter is declared. Where the statement cannot be read, what the contract asks for is asked.
func (p *planner) offers(declared check.Declared, resourceType, code string) bool {
	if declared != nil {
		return declared.Parameter(resourceType, code)
	}
	return slices.ContainsFunc(p.contract.Rows, func(row contract.Row) bool {
		return row.Resource == resourceType && slices.Contains(row.Parameters, code)
	})
}

// gridTypes are the types that the grid is asked about, sorted.
func gridTypes(c *contract.Contract, declared check.Declared) []string {
	types := append(personalTypes(declared), "Patient", "Organization", "Location", "Practitioner", "PractitionerRole")
	for _, row := range c.Rows {
		types = append(types, row.Resource)
	}
	return slices.DeleteFunc(sortedOnce(types), func(resourceType string) bool {
		return !declared.Type(resourceType) || resourceType == "AuditEvent" || resourceType == "Provenance"
	})
}

// forms are the types of the elements that a parameter is read from, which decide what can be asked.
func forms(parameter *search.Parameter) string {
	var types []string
	for _, definition := range parameter.Definition() {
		_, elementType, _ := strings.Cut(definition, ":")
		types = append(types, elementType)
	}
	return strings.Join(sortedOnce(types), " ")
}

// held are the records of a directory that a system was seen to hold, as what a question about them stands on: the search is
// narrowed to them by their ids, because nobody knows what else there is.
func (f *few) held(resourceType string, parameter *search.Parameter) (holder, Term, bool) {
	var (
		h   holder
		ids []string
	)
	accented, all := false, 0
	for resource := range f.each(resourceType) {
		all++
		telling := !accented && parameter.Kind == search.String && hasAccents(parameter, resource)
		if len(ids) == atOnce && !telling {
			continue
		}
		if len(ids) == atOnce {
			ids, h.among = ids[:atOnce-1], h.among[:atOnce-1]
		}
		ids = append(ids, resource.ID())
		h.among = append(h.among, resource)
		if len(texts(parameter, resource)) > 0 && (h.record == nil || telling) {
			h.record = resource
		}
		accented = accented || telling
	}
	if n := len(ids); n == all && n > 2 && h.record != nil && h.record.ID() != ids[n-1] {
		// Whoever passes over the ids shows the one that is left out.
		ids, h.among = ids[:n-1], h.among[:n-1]
	}
	return h, Term{Name: "_id", Code: "_id", Value: strings.Join(ids, ",")}, h.record != nil
}

// hasAccents reports whether a text that a parameter looks at has letters with accents, which show more than others.
func hasAccents(parameter *search.Parameter, resource fhir.Resource) bool {
	found := words(parameter, resource)
	return len(found) > 0 && withoutAccents(found[0]) != found[0]
}

// atOnce is how many records of a directory a question is about.
const atOnce = 8

// gridPlan plans the questions of some kinds over what a system shows of a few people, and what their answers are. It is
// made once for all kinds.
func (q *Questions) gridPlan(ctx context.Context, env *check.Env, kinds []search.Kind) (*Plan, error) {
	values, err := held(ctx, env)
	if err != nil {
		return nil, err
	}
	plan := &Plan{values: values, few: newFew(values)}
	p := &planner{contract: q.contract, values: values, seed: q.seed, plan: plan, shares: map[string]*shares{}, few: plan.few}
	plan.Queries = p.grid(env.System.Declares(ctx), kinds)
	return plan, p.answer(plan.Queries)
}

// PlanGrid plans what the grid has for the parameters that a contract names, over any values: what a run asks of a system that
// declares exactly those. A run takes the values from the system, and asks what it declares besides.
//
// What the plan asks already is left out: nothing is asked twice.
func PlanGrid(c *contract.Contract, values Values, seed uint64, plan *Plan) []Query {
	few := newFew(values)
	p := &planner{contract: c, values: values, seed: seed, plan: &Plan{values: values, few: few}, shares: map[string]*shares{}, few: few}
	asked := map[string]bool{}
	for _, q := range plan.Queries {
		asked[q.String()] = true
	}
	return slices.DeleteFunc(p.grid(nil, gridKinds()), func(q Query) bool { return asked[q.String()] })
}

// gridKinds are the types of parameter that the grid has.
func gridKinds() []search.Kind {
	return []search.Kind{search.Date, search.Token, search.String, search.Reference, search.Quantity, search.Number, search.URI, search.Composite}
}

// grid returns a check that asks what the grid has for parameters of some kinds.
func grid(questions *Questions, kinds ...search.Kind) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		plan, err := questions.gridPlan(ctx, env, kinds)
		if err != nil {
			return nil, err
		}
		var lost []result.Finding
		queries := slices.DeleteFunc(plan.Queries, func(q Query) bool {
			if q.Subject != nil {
				return false
			}
			narrow, lacks := narrows(ctx, env.System, q)
			// Of the checks that are about a directory one says so.
			if lacks != nil && kinds[0] == search.Token && !slices.ContainsFunc(lost, func(f result.Finding) bool { return f.Query == lacks.Query }) {
				lost = append(lost, *lacks)
			}
			return !narrow
		})
		if len(lost) > 0 {
			return lost, nil
		}
		if len(queries) == 0 {
			return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " declares no search parameter of type " + string(kinds[0]) + " that a record it shows has a value of"}
		}
		var refused []Query
		next := 0
		findings, err := put(ctx, env, plan, queries, func(m result.Parameter) {
			if m.Unasked == refusedForm {
				refused = append(refused, queries[next])
			}
			next++
		})
		if err != nil {
			return folded(findings, queries), err
		}
		return append(folded(findings, queries), notTaken(ctx, env, plan, refused)...), nil
	}
}

// refusedForm is why a question of the grid was not asked that the system refuses.
const refusedForm = "the system refuses it, and nothing requires it"

// notTaken tells of each form of a question that the system refuses: no fault, and not shown to work either.
func notTaken(ctx context.Context, env *check.Env, plan *Plan, refused []Query) []result.Finding {
	var told []result.Finding
	a, at, count := asker{env.System, plan.values}, map[string]int{}, map[string]int{}
	for _, q := range refused {
		if count[q.Probe]++; count[q.Probe] > 1 {
			continue
		}
		got, err := a.ask(ctx, q)
		var said *check.BrokenAnswer
		if !errors.As(err, &said) {
			continue
		}
		at[q.Probe] = len(told)
		told = append(told, result.Finding{
			Rule: "form-refused", Severity: result.Information, Query: cmp.Or(got.line(), said.Finding.Query), Exchanges: said.Finding.Exchanges,
			Message:  fmt.Sprintf("%s refuses a form of a search that FHIR R4 defines and does not require (%s), so it was not shown to work: %s", env.System.Name, q.Probe, said.Finding.Message),
			Expected: "status 200, or a refusal", Actual: said.Finding.Actual,
		})
	}
	for probe, i := range at {
		if count[probe] > 1 {
			told[i].Message += fmt.Sprintf("; %d further questions of this form are refused", count[probe]-1)
		}
	}
	return told
}

// folded leaves of the findings about one place of the grid the first few, the last of which says how many more there are:
// who reads a form wrongly does so for every parameter.
func folded(findings []result.Finding, queries []Query) []result.Finding {
	var left []result.Finding
	count, last := map[string]int{}, map[string]int{}
	for _, f := range findings {
		place := f.Message
		for _, q := range queries {
			if strings.Contains(f.Message, " ("+q.Probe+") ") {
				place = q.Probe
				break
			}
		}
		if count[place]++; count[place] <= shownOfOne {
			left = append(left, f)
			last[place] = len(left) - 1
		}
	}
	for place, n := range count {
		if n > shownOfOne {
			left[last[place]].Message += fmt.Sprintf("; %d further answers to such questions (%s) are wrong", n-shownOfOne, place)
		}
	}
	return left
}

// shownOfOne is how many findings about one place of the grid are shown.
const shownOfOne = 2

// narrows reports whether a system applies _id with several ids, without which a question about a directory would be about
// all of it. Where it finds some of the entries that it showed, or one alone and not that one, it also says what is lacking; and where it says that it applied
// the ids and finds others, which.
func narrows(ctx context.Context, system *check.Endpoint, q Query) (bool, *result.Finding) {
	i := slices.IndexFunc(q.Terms, func(term Term) bool { return term.Code == "_id" })
	if i < 0 {
		return true, nil
	}
	ids := strings.Split(q.Terms[i].Value, ",")
	answer, err := system.UpTo(atOnce+1).Search(ctx, q.Resource, url.Values{"_id": {q.Terms[i].Value}})
	if err != nil || len(answer.Matches) == len(ids) && len(notAmong(answer, q.Resource, ids)) == 0 {
		return err == nil, nil
	}
	if len(answer.Matches) == 0 {
		// Who takes a list of ids for one id finds an entry by its own.
		ids = ids[:1]
		if answer, err = system.UpTo(atOnce+1).Search(ctx, q.Resource, url.Values{"_id": {ids[0]}}); err != nil {
			return false, nil
		}
	}
	var lacks []string
	for _, id := range ids {
		if name := q.Resource + "/" + id; !slices.Contains(found(answer), name) {
			lacks = append(lacks, name)
		}
	}
	if others := notAmong(answer, q.Resource, ids); len(others) > 0 && linkHas(answer.Self, "_id") {
		return false, &result.Finding{
			Rule: "grid-by-id", Severity: result.SeverityError, Path: q.Resource + ".id", Cause: result.IgnoredParameter, Query: answer.Curl(), Exchanges: answer.Exchanges,
			Message:  fmt.Sprintf("%s says that it applied _id, and the answer to %s holds entries of its directory that were not asked for: %s", system.Name, answer.Query, first(others)),
			Expected: "the entries with these ids", Actual: orNone(strings.Join(found(answer), ", ")),
		}
	}
	if len(lacks) == 0 || len(answer.Matches) > len(ids) {
		return false, nil
	}
	lost := &result.Finding{
		Rule: "grid-by-id", Severity: result.SeverityError, Path: q.Resource + ".id", Cause: result.CauseMissing, Query: answer.Curl(), Exchanges: answer.Exchanges,
		Message:  fmt.Sprintf("%s does not find entries of its directory by their ids: the answer to %s lacks %s", system.Name, answer.Query, first(lacks)),
		Expected: "the entries that it showed", Actual: orNone(strings.Join(found(answer), ", ")),
	}
	if len(answer.Matches) == 1 && len(lacks) == len(ids)-1 {
		// It finds an entry by its id, and what a list of values asks for nowhere else was asked of it.
		lost.Severity = result.SeverityWarning
		lost.Message += ", as if one of the ids alone were asked for: a list of values asks for what any of them finds (FHIR R4, 3.1.1.3)"
	}
	return false, lost
}

// notAmong are the matches of an answer that have none of some ids.
func notAmong(answer *check.Answer, resourceType string, ids []string) []string {
	return slices.DeleteFunc(found(answer), func(name string) bool {
		kind, id, _ := strings.Cut(name, "/")
		return kind == resourceType && slices.Contains(ids, id)
	})
}
