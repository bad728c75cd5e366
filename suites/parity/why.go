package parity

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"concord/fixtures"
	"concord/internal/check"
	"concord/internal/fhir"
	"concord/internal/result"
	"concord/internal/search"
	"concord/suites/explain"
	"concord/suites/record"
)

// inquiry finds out why the answers to questions about one person are wrong. The system is asked about the whole of the
// person's record once, and everything else is worked out from that and the ledger.
type inquiry struct {
	env    *check.Env
	person fixtures.Person
	found  record.Person
	oracle *record.Oracle
	// reductions is how many questions may still be made smaller.
	reductions int
}

func newInquiry(env *check.Env, person fixtures.Person, found record.Person, oracle *record.Oracle) *inquiry {
	return &inquiry{env: env, person: person, found: found, oracle: oracle, reductions: 2}
}

// answered is a question with what should have been found and what was.
type answered struct {
	question question
	expected []fixtures.Fact
	part     record.Part
	rule     string
}

// findings words what is wrong with the answers, and adds to each finding its cause and the smallest question that shows
// it.
func (q *inquiry) findings(ctx context.Context, answers []answered) []result.Finding {
	wrong := false
	perAnswer := make([][]result.Finding, len(answers))
	for i, a := range answers {
		perAnswer[i] = compare(a.rule, a.question, a.expected, a.part)
		wrong = wrong || len(perAnswer[i]) > 0
	}
	if !wrong {
		return nil
	}
	all := make([]explain.Asked, len(answers))
	for i, a := range answers {
		all[i] = q.asked(ctx, a, len(perAnswer[i]) > 0)
	}
	var findings []result.Finding
	for i, cause := range explain.Searches(all) {
		if len(perAnswer[i]) == 0 {
			continue
		}
		smallest := answers[i].question.parameters
		if q.reductions > 0 {
			q.reductions--
			smallest = explain.Reduce(ctx, smallest, explain.Budget, func(ctx context.Context, parameters url.Values) (bool, error) {
				return q.wrong(ctx, question{answers[i].question.kind, parameters})
			})
		}
		for _, finding := range perAnswer[i] {
			finding.Cause = cause
			finding.Hazard = q.hazard(answers[i].question, all[i])
			finding.Query = q.env.System.Curl(string(answers[i].question.kind), q.about(smallest))
			findings = append(findings, finding)
		}
	}
	return findings
}

// hazard counts what a clinician who asks so would not see, or would see wrongly.
func (q *inquiry) hazard(asked question, answer explain.Asked) string {
	lacking, wrong := 0, 0
	for _, key := range answer.Expected {
		if !slices.Contains(answer.Actual, key) {
			lacking++
		}
	}
	for _, key := range answer.Actual {
		if !slices.Contains(answer.Expected, key) {
			wrong++
		}
	}
	if lacking > 0 {
		return fmt.Sprintf("%d of %d %s that the search asks for are not found in %s.", lacking, len(answer.Expected), noun(asked.kind), title(q.env.System))
	}
	return fmt.Sprintf("%d of %d %s that the search finds in %s are not what it asks for.", wrong, len(answer.Actual), noun(asked.kind), title(q.env.System))
}

// asked prepares one answer for explanation; for a wrong one it looks for what decides without any hypothesis.
func (q *inquiry) asked(ctx context.Context, a answered, wrong bool) explain.Asked {
	kind := a.question.kind
	asked := explain.Asked{
		Parameters: withoutControls(a.question.parameters), Expected: factKeys(a.expected), Actual: q.keys(a.part.Resources),
		Expect: func(parameters url.Values) ([]string, error) { //nolint:contextcheck // it looks at a few facts in memory
			facts, err := q.oracle.Expect(q.person, kind, parameters)
			return factKeys(facts), err
		},
	}
	if !wrong {
		return asked
	}
	if truncated(ctx, q.env.System, q.found, kind, a.question.parameters, len(a.part.Resources)) {
		asked.Cause = result.PagingTruncation
		return asked
	}
	whole, err := q.found.Resources(ctx, q.env.System, string(kind), nil)
	if err != nil {
		return asked
	}
	own, known := q.own(a.question, whole.Resources) //nolint:contextcheck // it looks at a few resources in memory
	if known && sameKeys(own, asked.Actual) {
		// The search is right about what the system shows; what it shows is not right.
		asked.Cause = q.content(ctx, a.question, asked, whole)
	}
	return asked
}

// truncated reports whether a larger page of the same answer shows more of it.
func truncated(ctx context.Context, system *check.Endpoint, person record.Person, kind fixtures.Kind, parameters url.Values, shown int) bool {
	larger := url.Values{}
	for name, values := range parameters {
		larger[name] = values
	}
	larger.Set("_count", "500")
	more, err := person.Resources(ctx, system, string(kind), larger)
	return err == nil && len(more.Resources) > shown
}

func sameKeys(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// wrong reports whether the answer to a question is not what the ledger says.
func (q *inquiry) wrong(ctx context.Context, asked question) (bool, error) {
	part, err := q.found.Resources(ctx, q.env.System, string(asked.kind), asked.parameters)
	if err != nil {
		return false, err
	}
	expected, err := q.oracle.Expect(q.person, asked.kind, asked.parameters) //nolint:contextcheck // it looks at a few facts in memory
	if err != nil {
		return false, err
	}
	return !sameKeys(factKeys(expected), q.keys(part.Resources)), nil
}

// about adds the person to the parameters of a question.
func (q *inquiry) about(parameters url.Values) url.Values {
	query := url.Values{}
	for name, values := range parameters {
		query[name] = values
	}
	ids := ""
	for i, patient := range q.found.Patients {
		if i > 0 {
			ids += ","
		}
		ids += patient.ID()
	}
	query.Set("patient", ids)
	return query
}

// own says what the search should find by what the system itself shows of the person.
func (q *inquiry) own(asked question, whole []fhir.Resource) ([]string, bool) {
	query, err := search.Parse(string(asked.kind), withoutControls(asked.parameters).Encode(), search.Options{Handling: search.Strict, Now: q.env.Ledger.Now()})
	if err != nil {
		return nil, false
	}
	var matching []fhir.Resource
	for _, resource := range whole {
		if query.Match(resource, nil) {
			matching = append(matching, resource)
		}
	}
	return q.keys(matching), true
}

// content explains why what the system shows differs from the ledger, for the first that is wrong in the answer.
func (q *inquiry) content(ctx context.Context, asked question, wrong explain.Asked, whole record.Part) result.Cause {
	b := newBlame(q.env, asked.kind)
	s := see(q.person, q.found, whole, b.truth.Reader(), nil)
	for _, d := range b.oracle.Compare(q.person, b.truth.About(q.person).Of(asked.kind), whole.Resources, nil) {
		keys := slices.Concat(d.Want.Keys, d.Got.Keys, []string{d.Got.Reference})
		if slices.ContainsFunc(keys, func(key string) bool {
			return slices.Contains(wrong.Expected, key) != slices.Contains(wrong.Actual, key)
		}) {
			return explain.Content(d, b.evidence(ctx, &placed{seen: s, difference: d}))
		}
	}
	return result.NoCause
}

// keys name resources by the business identifier that the ledger knows, else by their own reference.
func (q *inquiry) keys(resources []fhir.Resource) []string {
	keys := make([]string, 0, len(resources))
	for _, resource := range resources {
		key := resource.Reference()
		if identifiers := record.Identifiers(resource); len(identifiers) > 0 {
			key = identifiers[0]
			for _, identifier := range identifiers {
				if q.knows(identifier) {
					key = identifier
				}
			}
		}
		keys = append(keys, key)
	}
	return keys
}

func (q *inquiry) knows(key string) bool {
	return slices.ContainsFunc(record.TruthOf(q.env).About(q.person).Facts, func(fact fixtures.Fact) bool {
		return fact.Identifier.System+"|"+fact.Identifier.Value == key
	})
}

// factKeys are the business identifiers of facts.
func factKeys(facts []fixtures.Fact) []string {
	keys := make([]string, 0, len(facts))
	for _, fact := range facts {
		keys = append(keys, fact.Identifier.System+"|"+fact.Identifier.Value)
	}
	return keys
}

// withoutControls leaves out the parameters that say how an answer is given and not what is in it.
func withoutControls(parameters url.Values) url.Values {
	left := url.Values{}
	for name, values := range parameters {
		if !slices.Contains([]string{"_count", "_sort", "_total"}, name) {
			left[name] = values
		}
	}
	return left
}
