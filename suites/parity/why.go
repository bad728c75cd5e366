package parity

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/explain"
	"concord.example/concord/suites/record"
)

// inquiry finds out why the answers to questions about one person are wrong. The system is asked about the whole of the
// person's record once, and everything else is worked out from that and the ledger.
type inquiry struct {
	env    *check.Env
	person fixtures.Person
	found  record.Person
	oracle *record.Oracle
	// contents says where what the system shows is not what was recorded.
	contents *contents
	// reductions is how many questions may still be made smaller.
	reductions int
	// unsteady says that the system was seen to answer a question in another way when it was asked again.
	unsteady bool
}

func newInquiry(env *check.Env, person fixtures.Person, found record.Person, oracle *record.Oracle) *inquiry {
	return &inquiry{env: env, person: person, found: found, oracle: oracle, contents: newContents(env), reductions: reductionsAtMost}
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
	wrong, truth := false, record.TruthOf(q.env)
	perAnswer := make([][]result.Finding, len(answers))
	for i, a := range answers {
		a.expected = withoutOpen(truth.Identities, a.question, a.expected, a.part)
		answers[i] = a
		perAnswer[i] = compare(truth.Identities, a.rule, a.question, a.expected, a.part)
		if len(perAnswer[i]) > 0 {
			known := truth.About(q.person)
			a.expected = settled(truth.Identities, a, known.Of(a.question.kind), known.Resource)
			answers[i], perAnswer[i] = a, compare(truth.Identities, a.rule, a.question, a.expected, a.part)
		}
		wrong = wrong || len(perAnswer[i]) > 0
	}
	if !wrong {
		return q.miscounted(ctx, answers)
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
		if q.unsteady {
			cause = explain.Plain(all[i].Expected, all[i].Actual)
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
			finding.Hazard = searchHazard(q.env.System, answers[i].question.kind, all[i].Expected, all[i].Actual)
			finding.Query = q.env.System.Curl(string(answers[i].question.kind), about(q.found.Patients, smallest))
			findings = append(findings, finding)
		}
	}
	return findings
}

// miscounted warns of the first answer whose total is not the number of its matches. Where that is so without a filter too, the check of
// totals says it.
func (q *inquiry) miscounted(ctx context.Context, answers []answered) []result.Finding {
	for _, a := range answers {
		if len(a.part.Miscounted) == 0 {
			continue
		}
		plain, err := q.found.Resources(ctx, q.env.System, string(a.question.kind), nil)
		if err != nil || len(plain.Miscounted) > 0 {
			return nil
		}
		return []result.Finding{{
			Rule: "total-stated", Severity: result.SeverityWarning, Path: "Bundle.total", Cause: result.WrongTotal, Exchanges: a.part.Exchanges,
			Message:  fmt.Sprintf("the total of the answer to %s is not the number of matches, and that of the same search without a filter is", a.question),
			Expected: "the number of matches, or no total", Actual: strings.Join(a.part.Miscounted, "; "),
			Query: q.env.System.Curl(string(a.question.kind), about(q.found.Patients, a.question.parameters)),
		}}
	}
	return nil
}

// asked prepares one answer for explanation; for a wrong one it looks for what decides without any hypothesis.
func (q *inquiry) asked(ctx context.Context, a answered, wrong bool) explain.Asked {
	kind := a.question.kind
	asked := explain.Asked{
		Parameters: withoutControls(a.question.parameters), Expected: factKeys(a.expected), Actual: q.keys(a.part.Resources),
		Expect: func(parameters url.Values) ([]string, error) {
			facts, err := q.oracle.Expect(q.person, kind, parameters)
			return factKeys(facts), err
		},
	}
	if !wrong {
		return asked
	}
	if truncated(ctx, q.env.System, q.found, kind, a.question.parameters, len(a.part.Resources)) {
		same := func(ctx context.Context, system *check.Endpoint) bool {
			again, err := q.found.Resources(ctx, system, string(kind), a.question.parameters)
			return err == nil && slices.Equal(references(again.Resources), references(a.part.Resources)) &&
				truncated(ctx, system, q.found, kind, a.question.parameters, len(a.part.Resources))
		}
		if q.unsteady = q.unsteady || !steady(ctx, q.env.System, same); !q.unsteady {
			asked.Cause = result.PagingTruncation
		}
		return asked
	}
	whole, err := q.found.Resources(ctx, q.env.System, string(kind), nil)
	if err != nil {
		return asked
	}
	own, known := q.own(a.question, whole.Resources)
	if known && sameKeys(own, asked.Actual) {
		// The search is right about what the system shows; what it shows is not right.
		asked.Cause = q.contents.cause(ctx, q.person, kind, slices.Sorted(maps.Keys(asked.Parameters)), unlike(asked.Expected, asked.Actual))
		if asked.Cause == result.NoCause {
			asked.Cause = explain.Plain(asked.Expected, asked.Actual) // no misreading of the search can be why
		}
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
	expected, err := q.oracle.Expect(q.person, asked.kind, asked.parameters)
	if err != nil {
		return false, err
	}
	return !sameKeys(factKeys(expected), q.keys(part.Resources)), nil
}

// about adds a person, who may have several Patients, to the parameters of a question.
func about(patients []fhir.Resource, parameters url.Values) url.Values {
	query := url.Values{}
	maps.Copy(query, parameters)
	ids := make([]string, 0, len(patients))
	for _, patient := range patients {
		ids = append(ids, patient.ID())
	}
	query.Set("patient", strings.Join(ids, ","))
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

// unlike is what is in one list of keys and not in the other.
func unlike(a, b []string) []string {
	a, b = sortedOnce(slices.Clone(a)), sortedOnce(slices.Clone(b))
	return slices.Concat(less(a, b), less(b, a))
}

// keys name resources by the business identifier that the ledger knows, else by their own reference.
func (q *inquiry) keys(resources []fhir.Resource) []string {
	keys := make([]string, 0, len(resources))
	for _, resource := range resources {
		key := resource.Reference()
		if identifiers := record.TruthOf(q.env).Identities(resource); len(identifiers) > 0 {
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
		return fact.Identifier.Token() == key
	})
}

// factKeys are the business identifiers of facts.
func factKeys(facts []fixtures.Fact) []string {
	keys := make([]string, 0, len(facts))
	for _, fact := range facts {
		keys = append(keys, fact.Identifier.Token())
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
