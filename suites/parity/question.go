package parity

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// question is one search about one person, with a ledger answer.
type question struct {
	kind       fixtures.Kind
	parameters url.Values
}

// String writes the question as a query.
func (q question) String() string {
	text, err := url.QueryUnescape(q.parameters.Encode())
	if err != nil {
		text = q.parameters.Encode()
	}
	return string(q.kind) + "?" + text
}

// offered reports whether a system declares all parameters of the question. What it leaves undeclared although it must not
// is the business of the checks for the search contract.
func (q question) offered(declared check.Declared) bool {
	for name := range q.parameters {
		code, _, _ := strings.Cut(name, ":")
		if !strings.HasPrefix(code, "_") && !declared.Parameter(string(q.kind), code) {
			return false
		}
	}
	return true
}

// observations asks for observations with alternating parameter names and values.
func observations(pairs ...string) question {
	parameters := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		parameters.Add(pairs[i], pairs[i+1])
	}
	return question{fixtures.Observation, parameters}
}

// storyPerson returns the first person of a story.
func storyPerson(env *check.Env, id string) (fixtures.Person, error) {
	story, ok := env.Ledger.Story(id)
	if !ok || len(story.People) == 0 {
		return fixtures.Person{}, fmt.Errorf("the ledger has no story %s", id)
	}
	return story.People[0], nil
}

// judge puts every question about one story's person and compares the answers with the ledger: nothing missing, nothing
// too many. A set of questions to which the ledger knows no answer at all would prove nothing, so it is an error.
func judge(ctx context.Context, env *check.Env, story, rule string, questions []question) ([]result.Finding, error) {
	person, err := storyPerson(env, story)
	if err != nil {
		return nil, err
	}
	declared := env.System.Offers(ctx)
	questions = slices.DeleteFunc(questions, func(q question) bool { return !q.offered(declared) })
	if len(questions) == 0 {
		return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " declares none of the search parameters that the question is about"}
	}
	found, err := record.MustFind(ctx, env.System, person.NHSNumber)
	if err != nil {
		return nil, err
	}
	var (
		answers int
		oracle  = record.OracleOf(env)
	)
	parts, err := record.Gather(ctx, questions, func(ctx context.Context, q question) (record.Part, error) {
		return found.Resources(ctx, env.System, string(q.kind), q.parameters)
	})
	if err != nil {
		return nil, err
	}
	all := make([]answered, len(questions))
	for i, q := range questions {
		expected, err := oracle.Expect(person, q.kind, q.parameters)
		if err != nil {
			return nil, err
		}
		answers += len(expected)
		all[i] = answered{q, expected, parts[i], rule}
	}
	if answers == 0 {
		return nil, fmt.Errorf("the questions about story %s have no answer in the ledger, so they prove nothing", story)
	}
	return newInquiry(env, person, found, oracle).findings(ctx, all), nil
}

// identities are the business identifiers by which a resource is known, as record.Truth gives them.
type identities func(fhir.Resource) []string

// compare says which facts an answer lacks and which resources it should not hold: also those under numbers of the system's own that say the
// same as a fact, where there are more of them than such facts.
func compare(known identities, rule string, q question, expected []fixtures.Fact, part record.Part) []result.Finding {
	var missing, extra []string
	asked, shown := map[string]bool{}, map[string]bool{}
	for _, fact := range expected {
		asked[fact.Identifier.Token()] = true
	}
	wanted, carried := make([][]string, len(part.Resources)), map[string]bool{}
	for i, resource := range part.Resources {
		for _, key := range known(resource) {
			if asked[key] {
				wanted[i], shown[key] = append(wanted[i], key), true
				carried[key] = carried[key] || slices.Contains(record.Identifiers(resource), key)
			}
		}
	}
	for i, resource := range part.Resources {
		if len(wanted[i]) == 0 || oneTooMany(wanted[:i+1], carried, record.Identifiers(resource)) {
			extra = append(extra, name(resource))
		}
	}
	for _, fact := range expected {
		if !shown[fact.Identifier.Token()] {
			missing = append(missing, described([]fixtures.Fact{fact})...)
		}
	}
	if len(missing) == 0 && len(extra) == 0 {
		return nil
	}
	var wrong []string
	if len(missing) > 0 {
		wrong = append(wrong, "lacks "+first(missing))
	}
	if len(extra) > 0 {
		wrong = append(wrong, "should not hold "+first(extra))
	}
	return []result.Finding{{
		Rule: rule, Severity: result.SeverityError, Message: fmt.Sprintf("the answer to %s %s", q, strings.Join(wrong, " and ")),
		Expected: results(described(expected), missing), Actual: results(names(part.Resources), extra), Exchanges: part.Exchanges,
	}}
}

// oneTooMany reports whether the last of some resources, each given by the facts that it may be, is none of its own, since others that may be no
// other facts, or that carry their numbers, are all of them. Who carries such a number itself is that fact.
func oneTooMany(wanted [][]string, carried map[string]bool, own []string) bool {
	last := wanted[len(wanted)-1]
	if slices.ContainsFunc(last, func(key string) bool { return slices.Contains(own, key) }) {
		return false
	}
	free := func(may []string) []string {
		return slices.DeleteFunc(slices.Clone(may), func(key string) bool { return carried[key] })
	}
	mine, rivals := free(last), 0
	for _, may := range wanted {
		if theirs := free(may); len(theirs) > 0 && !slices.ContainsFunc(theirs, func(key string) bool { return !slices.Contains(mine, key) }) {
			rivals++
		}
	}
	return rivals > len(mine) || len(mine) == 0
}

// results counts results and names them: all when they are few, else those that make the difference.
func results(all, different []string) string {
	count := fmt.Sprintf("%d results", len(all))
	switch {
	case len(all) == 0:
		return "no results"
	case len(all) == 1:
		return "1 result: " + all[0]
	case len(all) <= 3:
		return count + ": " + strings.Join(all, ", ")
	case len(different) > 0:
		return count + ", among them " + first(different)
	default:
		return count
	}
}

// described names facts, each with its business identifier.
func described(facts []fixtures.Fact) []string {
	texts := make([]string, 0, len(facts))
	for _, fact := range facts {
		texts = append(texts, record.Describe(fact)+" ("+fact.Identifier.Value+")")
	}
	return texts
}

// names are the names of resources.
func names(resources []fhir.Resource) []string {
	texts := make([]string, 0, len(resources))
	for _, resource := range resources {
		texts = append(texts, name(resource))
	}
	return texts
}

// first names up to three of many.
func first(names []string) string {
	if len(names) <= 3 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
}

func name(resource fhir.Resource) string {
	identifiers := record.Identifiers(resource)
	if len(identifiers) == 0 {
		return resource.Reference()
	}
	// What its source called a record says more than a number that the system gave it besides.
	of := max(0, slices.IndexFunc(identifiers, func(token string) bool { return strings.HasPrefix(token, fixtures.RecordSystem+"|") }))
	return named(resource.Reference(), identifiers[of])
}

// whoHas returns the person of a story, or whoever of the sample has most records of a kind when the story's person has fewer
// than so many that the system is to show, as in the part of the ledger that one system holds.
func whoHas(env *check.Env, story string, kind fixtures.Kind, least int) (fixtures.Person, error) {
	person, err := storyPerson(env, story)
	if err != nil {
		return person, err
	}
	truth := record.TruthOf(env)
	if most := len(truth.About(person).Of(kind)); most < least {
		for _, other := range truth.Sample() {
			if n := len(truth.About(other).Of(kind)); n > most {
				person, most = other, n
			}
		}
	}
	return person, nil
}
