package parity

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
)

// reductionsAtMost is how many wrong answers of one check are made smaller; the questions that find the smallest are paid
// for by the system that is asked.
const reductionsAtMost = 2

// review finds out why answers to the questions of a plan are wrong.
type review struct {
	asker
	plan *Plan
	// contents says where what the system shows is not what was recorded.
	contents *contents
	// reductions is how many questions may still be made smaller.
	reductions int
	// unsteady says that the system was seen to answer a question in another way when it was asked again.
	unsteady bool
}

func newReview(env *check.Env, plan *Plan) *review {
	return &review{asker: asker{env.System, plan.values}, plan: plan, contents: newContents(env), reductions: reductionsAtMost}
}

// explained gives the wrong ones among the answers their causes; the causes are by the place of the query. What decides by
// itself comes first. All other answers about the same records are looked at together, because the right ones refute what
// could explain a wrong one. Of a system that answers differently each time, answers to different questions explain nothing.
func (r *review) explained(ctx context.Context, queries []Query, outcomes []outcome, judged []judgement) []result.Cause {
	causes := make([]result.Cause, len(queries))
	places := map[string][]int{}
	var order []string
	wrong := map[string]bool{}
	for i, q := range queries {
		if outcomes[i].absent || outcomes[i].refused != nil {
			continue
		}
		if judged[i].wrong() {
			wrong[q.place()] = true
			causes[i] = r.direct(ctx, q, outcomes[i], judged[i])
		}
		if len(q.May) > 0 || !q.explicable() {
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
			q := queries[i]
			all = append(all, explain.Asked{
				Parameters: q.literal(), Expected: q.Must, Actual: r.plan.keys(outcomes[i].resources), Cause: causes[i],
				Expect: func(parameters url.Values) ([]string, error) { return r.plan.expect(q, parameters) },
			})
		}
		for n, cause := range explain.Searches(all) {
			if i := places[name][n]; causes[i] == result.NoCause && judged[i].wrong() && !cause.Plain() {
				causes[i] = cause
			}
		}
	}
	for i := range causes {
		if judged[i].wrong() && (causes[i] == result.NoCause || r.unsteady && causes[i] != result.CauseError) {
			causes[i] = judged[i].plain()
		}
	}
	return causes
}

// plain is the cause of a wrong answer that nothing explains.
func (j judgement) plain() result.Cause {
	if len(j.missing) > 0 {
		return result.CauseMissing
	}
	return result.CauseExtra
}

// explicable reports whether everything but the person is in the query itself.
func (q Query) explicable() bool {
	return !slices.ContainsFunc(q.Terms, func(term Term) bool { return term.Code != "patient" && term.Of != nil })
}

// direct is the cause of a wrong answer when something else than the search itself decides it: the system says that it did
// not answer, the answer is cut off, the same question with its times in UTC is answered rightly, or the answer is right
// about what the system shows, and that is wrong.
func (r *review) direct(ctx context.Context, q Query, o outcome, j judgement) result.Cause {
	switch {
	case len(o.resources) == 0 && slices.ContainsFunc(o.outcomes, refuses):
		return result.CauseError
	case len(j.missing) > 0 && r.cutOff(ctx, q, o):
		return r.ifSteady(ctx, q, o, result.PagingTruncation, func(again *review) bool { return again.cutOff(ctx, q, o) })
	case r.rightInUTC(ctx, q):
		return r.ifSteady(ctx, q, o, result.TimeZone, func(again *review) bool { return again.rightInUTC(ctx, q) })
	case len(j.missing) > 0 && r.rightByType(ctx, q):
		return r.ifSteady(ctx, q, o, result.OwnAddress, func(again *review) bool { return again.rightByType(ctx, q) })
	case len(j.missing) > 0 && r.rightByID(ctx, q):
		return r.ifSteady(ctx, q, o, result.ReferenceForm, func(again *review) bool { return again.rightByID(ctx, q) })
	case len(j.extra) > 0 && r.sameWithout(ctx, q, o):
		return r.ifSteady(ctx, q, o, result.IgnoredParameter, func(again *review) bool { return again.sameWithout(ctx, q, o) })
	case len(j.extra) > 0 && q.chained() && r.sameForNobody(ctx, q, o):
		return r.ifSteady(ctx, q, o, result.IgnoredParameter, func(again *review) bool { return again.sameForNobody(ctx, q, o) })
	case q.Subject == nil:
		return result.NoCause
	}
	_, number, _ := strings.Cut(q.Subject.Key, "|")
	person, ok := r.contents.env.Ledger.Person(number)
	truthful := q.explicable() && r.truthful(ctx, q, o)
	if !ok || q.explicable() && !truthful {
		return result.NoCause
	}
	var codes []string
	for _, term := range q.Terms {
		codes = append(codes, term.Code)
	}
	cause := r.contents.cause(ctx, person, fixtures.Kind(q.Resource), codes, slices.Concat(j.lacks, j.holds))
	if cause == result.NoCause && truthful {
		return j.plain() // no misreading of the search can be why
	}
	return cause
}

// ifSteady is the cause that another question shows, unless the system answers one of the two differently when they are
// asked again.
func (r *review) ifSteady(ctx context.Context, q Query, o outcome, cause result.Cause, shows func(again *review) bool) result.Cause {
	same := func(ctx context.Context, system *check.Endpoint) bool {
		again := *r
		again.asker = asker{system, r.values}
		got, err := again.ask(ctx, q)
		return err == nil && slices.Equal(references(got.resources), references(o.resources)) && shows(&again)
	}
	if !r.unsteady && steady(ctx, r.system, same) {
		return cause
	}
	r.unsteady = true
	return result.NoCause
}

// refuses reports whether an OperationOutcome says that the question was not answered.
func refuses(outcome fhir.Resource) bool {
	return slices.ContainsFunc(outcome.Objects("issue"), func(issue map[string]any) bool {
		severity, code := fhir.Text(issue["severity"]), fhir.Text(issue["code"])
		return severity == "fatal" || severity == "error" || slices.Contains([]string{"too-costly", "too-long", "not-supported"}, code)
	})
}

// cutOff reports whether a larger page of the same answer shows more of it.
func (a asker) cutOff(ctx context.Context, q Query, o outcome) bool {
	q.Terms = append(slices.Clone(q.Terms), Term{Name: "_count", Code: "_count", Value: "500"})
	more, err := a.ask(ctx, q)
	return err == nil && len(more.resources) > len(o.resources)
}

// sameWithout reports whether a question that names another record, which no other reading of it explains, is answered as
// if it did not.
func (a asker) sameWithout(ctx context.Context, q Query, o outcome) bool {
	if q.explicable() {
		return false
	}
	all := len(q.Terms)
	q.Terms = slices.DeleteFunc(slices.Clone(q.Terms), func(term Term) bool { return term.Code != "patient" && term.Of != nil })
	whole, err := a.ask(ctx, q)
	return err == nil && len(q.Terms) < all && slices.Equal(references(whole.resources), references(o.resources))
}

// sameForNobody reports whether a chained question is answered as the same question about an identifier that nobody has.
func (a asker) sameForNobody(ctx context.Context, q Query, o outcome) bool {
	q.Terms = slices.Clone(q.Terms)
	for i, term := range q.Terms {
		if strings.Contains(term.Name, ".") {
			q.Terms[i] = Term{Name: term.Name, Code: term.Code, Value: nobodysIdentifier}
		}
	}
	nobody, err := a.ask(ctx, q)
	return err == nil && len(nobody.resources) > 0 && slices.Equal(references(nobody.resources), references(o.resources))
}

// nobodysIdentifier is a token that no resource has as an identifier.
const nobodysIdentifier = "https://concord.test/none|concord-no-such-identifier"

// rightInUTC reports whether a question that names a time with an offset is answered rightly when it names the same time
// in UTC.
func (r *review) rightInUTC(ctx context.Context, q Query) bool {
	q.Terms = slices.Clone(q.Terms)
	changed := false
	for i, term := range q.Terms {
		_, text := fhir.CutPrefix(term.Value)
		parameter, ok := search.Lookup(q.Resource, term.Code)
		at, err := time.Parse(time.RFC3339, text)
		if !ok || parameter.Kind != search.Date || err != nil || at.Location() == time.UTC {
			continue
		}
		q.Terms[i].Value = strings.TrimSuffix(term.Value, text) + at.UTC().Format(time.RFC3339)
		changed = true
	}
	if !changed {
		return false
	}
	wrong, err := r.wrong(ctx, q)
	return err == nil && !wrong
}

// rightByType reports whether a question that names records of the system by their absolute URLs is answered rightly when it
// names them by type and id.
func (r *review) rightByType(ctx context.Context, q Query) bool {
	q.Terms = slices.Clone(q.Terms)
	base, changed := strings.TrimSuffix(r.values.Base(), "/")+"/", false
	for i, term := range q.Terms {
		relative, absolute := strings.CutPrefix(term.Value, base)
		parameter, ok := search.Lookup(q.Resource, term.Code)
		switch {
		case term.Of != nil && term.Form == ByURL:
			q.Terms[i].Form = ByType
		case term.Of == nil && absolute && ok && parameter.Kind == search.Reference:
			q.Terms[i].Value = relative
		default:
			continue
		}
		changed = true
	}
	if !changed {
		return false
	}
	wrong, err := r.wrong(ctx, q)
	return err == nil && !wrong
}

// rightByID reports whether a question that names records by type and id, or by URL, is answered rightly when it names them by id alone.
func (r *review) rightByID(ctx context.Context, q Query) bool {
	q.Terms = slices.Clone(q.Terms)
	changed := false
	for i, term := range q.Terms {
		if term.Of != nil && (term.Form == ByType || term.Form == ByURL) {
			q.Terms[i].Form, changed = ByID, true
		}
	}
	if !changed {
		return false
	}
	wrong, err := r.wrong(ctx, q)
	return err == nil && !wrong
}

// wrong asks another question than those of the plan, and reports whether the answer is not what it must be. Nothing is
// asked that all records of a type could answer.
func (r *review) wrong(ctx context.Context, q Query) (bool, error) {
	one := []Query{q}
	if err := (&planner{values: r.plan.values, few: r.plan.few}).answer(one); err != nil {
		return false, err
	}
	q = one[0]
	if q.Subject == nil && len(q.Must)+len(q.May) > longAnswer {
		return false, nil
	}
	got, err := r.ask(ctx, q)
	return err == nil && q.hold(r.plan.values, got.resources).wrong(), err
}

// smallest is the smallest query that still shows the fault of one, as a curl line; "" when it is the query itself.
func (r *review) smallest(ctx context.Context, q Query) string {
	if text := q.literal().Encode(); r.reductions == 0 || !strings.Contains(text, "&") && !strings.Contains(text, "%2C") {
		return ""
	}
	r.reductions--
	var kept []Term
	codes := map[string]string{}
	for _, term := range q.Terms {
		if codes[term.Name] = term.Code; !term.literal() {
			kept = append(kept, term)
		}
	}
	with := func(parameters url.Values) Query {
		smaller := q
		smaller.Terms = slices.Clone(kept)
		for _, name := range slices.Sorted(maps.Keys(parameters)) {
			for _, value := range parameters[name] {
				smaller.Terms = append(smaller.Terms, Term{Name: name, Code: codes[name], Value: value})
			}
		}
		return smaller
	}
	found := explain.Reduce(ctx, q.literal(), explain.Budget, func(ctx context.Context, parameters url.Values) (bool, error) {
		return r.wrong(ctx, with(parameters))
	})
	got, err := r.ask(ctx, with(found))
	if err != nil {
		return ""
	}
	return got.line()
}

// truthful reports whether an answer is what the search should find by what the system itself shows of the person.
func (a asker) truthful(ctx context.Context, q Query, o outcome) bool {
	whole, err := a.ask(ctx, q.whole())
	if err != nil {
		return false
	}
	var own []fhir.Resource
	for _, resource := range whole.resources {
		if q.satisfies(resource) {
			own = append(own, resource)
		}
	}
	return slices.Equal(references(own), references(o.resources))
}

// whole is the query for everything of the type about the same person.
func (q Query) whole() Query {
	q.Terms, q.Post = []Term{{Name: "patient", Code: "patient", Of: q.Subject, Form: ByID}}, false
	return q
}

// inMedications reports whether an answer is wrong only in what it lacks, and all of that says in a Medication which medicine it is
// about. R4 has code read a concept in the record alone, so that a search by it does not find them. What is found and should not be
// is wrong wherever the medicine stands. A record under a number of the system's own, of which nobody knows which one it is as long as the
// medicine stands elsewhere, may be any of them.
func (a asker) inMedications(ctx context.Context, q Query, j judgement) bool {
	if len(j.missing) == 0 || len(j.extra) > 0 || q.Subject == nil || !strings.HasPrefix(q.Resource, "Medication") || !slices.ContainsFunc(q.Terms, func(t Term) bool { return t.Code == "code" }) {
		return false
	}
	whole, err := a.ask(ctx, q.whole())
	if err != nil {
		return false
	}
	unknown := 0
	for _, resource := range whole.resources {
		switch key := a.values.Key(resource); {
		case resource["medicationReference"] == nil:
		case slices.Contains(j.lacks, key):
			j.lacks = slices.DeleteFunc(slices.Clone(j.lacks), func(lacked string) bool { return lacked == key })
		case !a.values.Knows(key):
			unknown++
		}
	}
	return len(j.lacks) <= unknown
}

// expect returns the keys that a search with other parameters finds among the records that the query is about.
func (p *Plan) expect(q Query, parameters url.Values) ([]string, error) {
	query, err := search.Parse(q.Resource, parameters.Encode(), search.Options{Handling: search.Lenient, Base: p.values.Base(), Now: p.values.Now()})
	if err != nil {
		return nil, err
	}
	var found []fhir.Resource
	finds := query.Matcher(p.values.Store())
	scope := q.scope(p.values)
	if q.Subject == nil {
		scope = p.few.each(q.Resource)
	}
	for resource := range scope {
		if finds(resource) {
			found = append(found, resource)
		}
	}
	return p.keys(found), nil
}

// keys are the keys of records, sorted, each once.
func (p *Plan) keys(resources []fhir.Resource) []string {
	all := make([]string, 0, len(resources))
	for _, resource := range resources {
		if name := p.values.Key(resource); name != "" {
			all = append(all, name)
		}
	}
	return sortedOnce(all)
}
