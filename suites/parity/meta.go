package parity

import (
	"context"
	"errors"
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
	"concord.example/concord/suites/record"
)

// A metamorphic check needs nobody to know the right answer: it asks a system several questions whose answers must stand
// in a relation to each other, whatever data there is.

// ground is what the relations are looked at on: the records of one type about one Patient of a system.
type ground struct {
	system       *check.Endpoint
	resourceType string
	// declared is what the system declares: what it does not offer is no relation's business.
	declared check.Declared
	// patient is the Patient's entry; whole is the answer to patient=[id] alone.
	patient fhir.Entry
	whole   *check.Answer
	// odd are complaints about answers that show a record otherwise than the search by patient alone, or twice; nil keeps none.
	odd *[]result.Finding
	// counts says that totals are held against the number of matches: of a search that finds what is looked at the total is right.
	counts bool
	// judge validates what is sent along; nil judges nothing.
	judge check.Judge
	// told is set when an answer showed that what was asked made a difference.
	told *bool
}

// errNotOffered says that the system refuses a kind of search that it need not offer.
var errNotOffered = errors.New("the system does not offer it")

// stand finds the Patient of a story's person that has the most records of the type; where there is no golden ledger, the
// Patient of all who were found.
func stand(ctx context.Context, env *check.Env, story, resourceType string) (ground, error) {
	return standOn(ctx, env, story, resourceType, 2)
}

// standOn is stand for what needs at least so many records.
func standOn(ctx context.Context, env *check.Env, story, resourceType string, least int) (ground, error) {
	if env.Found {
		story = fixtures.FoundStory
	}
	person, err := whoHas(env, story, fixtures.Kind(resourceType), least)
	if err != nil {
		return ground{}, err
	}
	people, whom := []fixtures.Person{person}, "NHS number "+person.NHSNumber
	if env.Found {
		people, whom = record.Sample(env.Ledger), "any of the people who were found"
	}
	perPerson, err := record.Gather(ctx, people, patientsOf(env.System))
	if err != nil {
		return ground{}, err
	}
	entries := slices.Concat(perPerson...)
	if len(entries) == 0 {
		return ground{}, check.NoData("%s shows no Patient with %s. %s", env.System.Name, whom, env.Remedy())
	}
	best := ground{system: env.System, resourceType: resourceType, declared: env.System.Offers(ctx), told: new(bool), odd: new([]result.Finding), judge: env.Judge}
	for _, entry := range entries {
		answer, err := env.System.Search(ctx, resourceType, url.Values{"patient": {entry.Resource.ID()}})
		if errors.Is(orNotOffered(err), errNotOffered) {
			return ground{}, &check.Inconclusive{Reason: result.NotOffered, Owed: true, Detail: fmt.Sprintf("%s refuses %s?patient=, which it must offer: %v", env.System.Name, resourceType, err)}
		}
		if err != nil {
			return ground{}, err
		}
		if best.whole == nil || len(answer.Matches) > len(best.whole.Matches) {
			best.patient, best.whole = entry, answer
		}
	}
	if len(best.whole.Matches) < least {
		return ground{}, check.NoData("%s shows too few records of type %s about %s to compare answers. %s", env.System.Name, resourceType, whom, env.Remedy())
	}
	// Where the search by patient alone is counted wrong, the check of totals says so, and nobody else need.
	_, wrong := best.whole.Miscounted()
	best.counts = !wrong
	return best, nil
}

// apart reports whether the search for the patient's records is one: whether somebody else's records are another answer,
// and neither is empty. A system that leaves the patient out of account satisfies every relation between its own answers.
func (g *ground) apart(ctx context.Context, env *check.Env) (bool, error) {
	for _, person := range record.Sample(env.Ledger) {
		somebody, err := record.Find(ctx, g.system, person.NHSNumber)
		if err != nil {
			return false, err
		}
		for _, patient := range somebody.Patients {
			if patient.ID() == g.patient.Resource.ID() {
				continue
			}
			other, err := g.system.Search(ctx, g.resourceType, url.Values{"patient": {patient.ID()}})
			if err != nil {
				return false, err
			}
			if len(other.Matches) > 0 && len(both(found(other), found(g.whole))) == 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// tells notes whether answers show that what was asked made a difference: none of them is empty or the whole, and no two
// are the same.
func (g ground) tells(answers ...*check.Answer) {
	for i, answer := range answers {
		if len(answer.Matches) == 0 || slices.Equal(found(answer), found(g.whole)) {
			return
		}
		for _, other := range answers[:i] {
			if slices.Equal(found(answer), found(other)) {
				return
			}
		}
	}
	*g.told = true
}

// ask searches the ground with further parameters, written name, value, name, value.
func (g ground) ask(ctx context.Context, pairs ...string) (*check.Answer, error) {
	parameters := url.Values{"patient": {g.patient.Resource.ID()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		parameters.Add(pairs[i], pairs[i+1])
	}
	answer, err := g.system.Search(ctx, g.resourceType, parameters)
	if err == nil {
		noted := g.same(answer)
		if total, is := answer.Miscounted(); is && !noted && g.odd != nil && g.countable(answer) && !parameters.Has("_count") && !g.cut(ctx, parameters, answer) {
			*g.odd = append(*g.odd, miscount(answer, total))
		}
	}
	return answer, err
}

// countable reports whether the total of an answer is held against its matches.
func (g ground) countable(answer *check.Answer) bool {
	return g.counts && g.whole != nil && !strings.Contains(answer.Query, "_summary=count") && !strings.Contains(answer.Query, "_total=")
}

// cut reports whether a larger page holds more than an answer that states more than it shows: then it is cut off, which those say who ask
// for pages.
func (g ground) cut(ctx context.Context, parameters url.Values, answer *check.Answer) bool {
	larger := maps.Clone(parameters)
	larger["_count"] = []string{"500"}
	more, err := g.system.Search(ctx, g.resourceType, larger)
	return err != nil || !slices.Equal(found(more), found(answer))
}

// miscount warns of a total that a page of an answer states.
func miscount(answer *check.Answer, total int) result.Finding {
	return result.Finding{
		Rule: "search-total", Severity: result.SeverityWarning, Path: "Bundle.total", Cause: result.WrongTotal, Query: answer.Curl(), Exchanges: answer.Exchanges,
		Message:  fmt.Sprintf("a page of the answer to %s states a total that is not the number of its matches", answer.Query),
		Expected: fmt.Sprintf("total %d, or none", len(answer.Matches)), Actual: fmt.Sprintf("total %d", total),
	}
}

// same notes where an answer shows a record otherwise than the search by patient alone does, or shows one twice. It notes the first
// of each answer, and reports whether it did.
func (g ground) same(answer *check.Answer) bool {
	if g.odd == nil || g.whole == nil {
		return false
	}
	for _, remark := range answer.Remarks {
		if remark.Rule == check.RuleRepeated {
			remark.Cause = result.Duplicate
			*g.odd = append(*g.odd, remark)
			return true
		}
	}
	if g.countable(answer) {
		// One that states more than it shows may be cut off.
		if total, is := answer.Miscounted(); is && (total < len(answer.Matches) || slices.ContainsFunc(answer.Totals, func(other int) bool { return other != answer.Totals[0] })) {
			*g.odd = append(*g.odd, miscount(answer, total))
			return true
		}
	}
	shown := make(map[string]fhir.Resource, len(g.whole.Matches))
	for _, resource := range g.whole.Resources() {
		shown[resource.Reference()] = resource
	}
	for _, resource := range answer.Resources() {
		before := shown[resource.Reference()]
		if before == nil || partial(resource) || partial(before) {
			continue
		}
		if path, was, is, differs := record.Contradiction(before, resource); differs {
			*g.odd = append(*g.odd, otherwise(answer.Query, g.whole.Query, path, was, is, before, resource, answer.Curl(), exchangesOf(answer, g.whole)))
			return true
		}
	}
	return false
}

// askAll asks several searches, each as ask takes it.
func (g ground) askAll(ctx context.Context, searches ...[]string) ([]*check.Answer, error) {
	answers := make([]*check.Answer, len(searches))
	for i, pairs := range searches {
		answer, err := g.ask(ctx, pairs...)
		if err != nil {
			return nil, err
		}
		answers[i] = answer
	}
	return answers, nil
}

// orNotOffered turns a refusal of something that need not be offered into errNotOffered.
func orNotOffered(err error) error {
	var refused *check.BrokenAnswer
	if errors.As(err, &refused) && unoffered(refused) {
		return errNotOffered
	}
	return err
}

// values returns the distinct values of a parameter among the records, in their order; none of a parameter that the system
// does not offer.
func (g ground) values(code string) []string {
	parameter, ok := search.Lookup(g.resourceType, code)
	if !ok || !g.declared.Parameter(g.resourceType, code) {
		return nil
	}
	var values []string
	for _, resource := range g.whole.Resources() {
		for _, text := range texts(parameter, resource) {
			if !slices.Contains(values, text) {
				values = append(values, text)
			}
		}
	}
	return values
}

// lacks is the error of a relation that finds no values of parameters to look at: the system does not offer any of them, or
// it has no data for them.
func (g ground) lacks(codes []string, format string, args ...any) error {
	if !slices.ContainsFunc(codes, func(code string) bool { return g.declared.Parameter(g.resourceType, code) }) {
		return errNotOffered
	}
	return check.NoData(format, args...)
}

// middle returns the instant that lies in the middle of those that the records are dated by.
func (g ground) middle() (string, bool) {
	dates := g.values("date")
	instants := slices.DeleteFunc(dates, func(text string) bool {
		date, err := fhir.ParseDate(text, nil)
		return err != nil || date.Precision < fhir.Second || !date.Zoned
	})
	if len(instants) == 0 {
		return "", false
	}
	slices.SortFunc(instants, func(a, b string) int {
		x, _ := fhir.ParseDate(a, nil)
		y, _ := fhir.ParseDate(b, nil)
		return x.Compare(y.Interval)
	})
	return instants[len(instants)/2], true
}

// relation is a set that a search must find, worked out from other answers of the same system.
type relation struct {
	rule string
	// says is the relation as a sentence.
	says string
	// answer is what the search found that is judged by it.
	answer *check.Answer
	// got is what of it counts, want what the other answers say it must be.
	got, want []string
	// why says why something is missing or too much, where the answers show it. It is asked only when the relation is broken.
	why       func(missing, extra []string) result.Cause
	exchanges []string
}

// findings says how a relation is broken; none when it holds.
func (r relation) findings() []result.Finding {
	if slices.Equal(r.got, r.want) {
		return nil
	}
	missing, extra := less(r.want, r.got), less(r.got, r.want)
	cause := result.NoCause
	if r.why != nil {
		cause = r.why(missing, extra)
	}
	if cause == result.NoCause {
		cause = result.CauseMissing
		if len(missing) == 0 {
			cause = result.CauseExtra
		}
	}
	wrong := ""
	if len(missing) > 0 {
		wrong += " lacks " + first(missing)
	}
	if len(extra) > 0 {
		if wrong != "" {
			wrong += " and"
		}
		wrong += " has " + first(extra) + " too many"
	}
	return []result.Finding{{
		Rule: r.rule, Severity: result.SeverityError, Cause: cause, Message: r.says + ", and the answer" + wrong,
		Expected: results(r.want, missing), Actual: results(r.got, extra), Query: r.answer.Curl(), Exchanges: r.exchanges,
	}}
}

// is returns what names a cause when an answer is the same as one of others, because a part of the question was not applied.
func is(cause result.Cause, answer *check.Answer, others ...*check.Answer) func(missing, extra []string) result.Cause {
	return func([]string, []string) result.Cause {
		if slices.ContainsFunc(others, func(other *check.Answer) bool { return slices.Equal(found(answer), found(other)) }) {
			return cause
		}
		return result.NoCause
	}
}

// found are the references of an answer, sorted, each once.
func found(answers ...*check.Answer) []string {
	var all []fhir.Resource
	for _, answer := range answers {
		all = append(all, answer.Resources()...)
	}
	return references(all)
}

func exchangesOf(answers ...*check.Answer) []string {
	var all []string
	for _, answer := range answers {
		all = append(all, answer.Exchanges...)
	}
	return all
}

// less is a without what is in b; both are sorted.
func less(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(name string) bool {
		_, in := slices.BinarySearch(b, name)
		return in
	})
}

// both is what is in a and in b; both are sorted.
func both(a, b []string) []string { return less(a, less(a, b)) }

// on returns a check that looks at a relation on the records of some stories' people.
//
// A relation that holds counts only where what was asked made a difference. filters says that the relation is between
// filters, which must tell; otherwise it is enough that the records of one patient are told from another's.
func on(grounds []place, filters bool, look func(context.Context, ground) ([]result.Finding, error)) func(context.Context, *check.Env) ([]result.Finding, error) {
	return func(ctx context.Context, env *check.Env) ([]result.Finding, error) {
		var (
			all          []result.Finding
			looked, told int
			lacks        error
		)
		for _, p := range grounds {
			g, err := stand(ctx, env, p.story, p.resourceType)
			var findings []result.Finding
			if err == nil {
				findings, err = look(ctx, g)
				findings = append(findings, *g.odd...)
			}
			switch {
			case errors.Is(err, errNotOffered):
				continue
			case env.Found && lacking(err):
				// Any data will do, so one kind of record is enough to look at.
				lacks = err
				continue
			case err != nil:
				return all, err
			}
			looked++
			all = append(all, findings...)
			if !filters && len(findings) == 0 {
				*g.told, err = g.apart(ctx, env)
				if err != nil {
					return all, err
				}
			}
			if *g.told {
				told++
			}
		}
		if looked > 0 && told == 0 && len(all) == 0 {
			return nil, &check.Inconclusive{Reason: result.NoDifference, Detail: fmt.Sprintf(
				"%s answers alike whatever is asked, as far as could be seen, so that the relation holds of itself and shows nothing. %s", env.System.Name, env.Remedy())}
		}
		if looked == 0 && lacks != nil {
			return nil, lacks
		}
		if looked == 0 {
			return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " refuses the search, and need not offer it"}
		}
		return all, nil
	}
}

// lacking reports whether an error says that there is no data to look at, or none that tells anything.
func lacking(err error) bool {
	var unsure *check.Inconclusive
	return errors.As(err, &unsure) && (unsure.Reason == result.NoData || unsure.Reason == result.NoDifference || unsure.Owed)
}

// owed reports whether an error says that a system refuses what it must offer.
func owed(err error) bool {
	var unsure *check.Inconclusive
	return errors.As(err, &unsure) && unsure.Owed
}

// place names a ground.
type place struct{ story, resourceType string }
