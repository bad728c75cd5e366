package parity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
)

// statusParameter names the status parameter of a type.
func statusParameter(resourceType string) string {
	if resourceType == "AllergyIntolerance" || resourceType == "Condition" {
		return "clinical-status"
	}
	return "status"
}

// partition: what has a status and what does not have it are everything, and nothing is both.
func partition(ctx context.Context, g ground) ([]result.Finding, error) {
	code := statusParameter(g.resourceType)
	statuses := g.values(code)
	if codes := g.values("code"); len(statuses) < 2 && len(codes) > 1 {
		code, statuses = "code", codes // one status divides nothing
	}
	if len(statuses) == 0 {
		return nil, g.lacks([]string{code}, "no %s has a value of %s", g.resourceType, code)
	}
	with, err := g.ask(ctx, code, statuses[0])
	if err != nil {
		return nil, err
	}
	without, err := g.ask(ctx, code+":not", statuses[0])
	if err != nil {
		return nil, orNotOffered(err)
	}
	g.tells(with)
	g.tells(without)
	says := fmt.Sprintf("%s?%s=%s and %s:not=%s divide all", g.resourceType, code, statuses[0], code, statuses[0])
	findings := relation{
		rule: "meta-partition", says: says, answer: without, got: found(with, without), want: found(g.whole), exchanges: exchangesOf(g.whole, with, without),
	}.findings()
	if twice := both(found(with), found(without)); len(twice) > 0 {
		findings = append(findings, result.Finding{
			Rule: "meta-partition", Severity: result.SeverityError, Message: says + ", and " + first(twice) + " is in both",
			Cause:    cmp.Or(is(result.IgnoredParameter, with, g.whole, without)(nil, twice), is(result.IgnoredParameter, without, g.whole)(nil, twice), result.CauseExtra),
			Expected: "nothing in both", Actual: "in both: " + first(twice), Query: with.Curl(), Exchanges: exchangesOf(with, without),
		})
	}
	return findings, nil
}

// subset: a filter finds nothing that is not found without it.
func subset(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	filters := g.filters()
	if len(filters) == 0 {
		return nil, g.noFilters()
	}
	for _, filter := range filters {
		narrow, err := g.ask(ctx, filter...)
		if err != nil {
			return findings, err
		}
		g.tells(narrow)
		all, some := found(g.whole), found(narrow)
		if short := g.short(ctx, narrow); short != nil {
			findings = append(findings, *short)
			continue
		}
		findings = append(findings, relation{
			rule: "meta-subset", says: fmt.Sprintf("%s?%s finds only what is found without it", g.resourceType, strings.Join(filter, "=")),
			answer: narrow, got: some, want: both(some, all), exchanges: exchangesOf(g.whole, narrow),
		}.findings()...)
	}
	return findings, nil
}

// short is what is wrong where a narrower question shows records of the person that the answer about everything of theirs leaves out, whatever
// the narrower question was: it is the whole answer that lacks them. It is nil where all that is shown besides is somebody else's, or nothing.
func (g ground) short(ctx context.Context, narrow *check.Answer) *result.Finding {
	theirs := map[string]bool{g.patient.Resource.Reference(): true}
	for _, resource := range g.whole.Resources() {
		for _, subject := range whom(resource) {
			theirs[subject] = true
		}
	}
	extra := less(found(narrow), found(g.whole))
	for _, resource := range narrow.Resources() {
		if slices.Contains(extra, resource.Reference()) && !slices.ContainsFunc(whom(resource), func(subject string) bool { return theirs[subject] }) {
			return nil
		}
	}
	if len(extra) == 0 {
		return nil
	}
	cause := result.CauseMissing
	if more, err := g.larger(ctx)(); err == nil && len(less(extra, found(more))) == 0 {
		cause = result.PagingTruncation
	}
	return &result.Finding{
		Rule: "meta-whole", Severity: result.SeverityError, Cause: cause,
		Message:  fmt.Sprintf("%s?patient=... leaves out %s of that person, which %s shows", g.resourceType, first(extra), narrow.Query),
		Expected: "at least what a narrower search finds: " + fmt.Sprint(len(found(g.whole, narrow))), Actual: fmt.Sprint(len(found(g.whole))),
		Query: g.whole.Curl(), Exchanges: exchangesOf(g.whole, narrow),
	}
}

// whom are the references to whom a record is about.
func whom(resource fhir.Resource) []string {
	var references []string
	for _, element := range []string{"subject", "patient", "for"} {
		if reference := resource.Text(element, "reference"); reference != "" {
			references = append(references, reference)
		}
	}
	return references
}

// filters are filters that the records have values for: by status, code and date.
func (g ground) filters() [][]string {
	var filters [][]string
	for _, code := range []string{statusParameter(g.resourceType), "code"} {
		if values := g.values(code); len(values) > 0 {
			filters = append(filters, []string{code, values[len(values)-1]})
		}
	}
	if at, ok := g.middle(); ok {
		filters = append(filters, []string{"date", "le" + at})
	}
	return filters
}

// noFilters is the error of a relation that needs a filter where there is none.
func (g ground) noFilters() error {
	return g.lacks([]string{statusParameter(g.resourceType), "code", "date"}, "records of type %s have no values to filter by", g.resourceType)
}

// fewFilters is the error of a relation between two filters where there are not two.
func (g ground) fewFilters() error {
	offered := 0
	for _, code := range []string{statusParameter(g.resourceType), "code", "date"} {
		if g.declared.Parameter(g.resourceType, code) {
			offered++
		}
	}
	if offered < 2 {
		return errNotOffered
	}
	return check.NoData("records of type %s have too few values to filter by two of them", g.resourceType)
}

// union: a comma list finds what each of its values finds.
func union(ctx context.Context, g ground) ([]result.Finding, error) {
	codes := g.values("code")
	if len(codes) < 2 {
		return nil, g.lacks([]string{"code"}, "all records of type %s have one code", g.resourceType)
	}
	a, b := codes[0], codes[len(codes)-1]
	answers, err := g.askAll(ctx, []string{"code", a}, []string{"code", b}, []string{"code", a + "," + b})
	if err != nil {
		return nil, err
	}
	g.tells(answers[0], answers[1])
	return relation{
		rule: "meta-union", says: fmt.Sprintf("%s?code=%s,%s finds what either of them finds", g.resourceType, a, b),
		answer: answers[2], got: found(answers[2]), want: found(answers[0], answers[1]), exchanges: exchangesOf(answers...),
		why: func(missing, extra []string) result.Cause {
			if len(found(answers[2])) == 0 && len(found(answers[0])) > 0 && len(found(answers[1])) > 0 {
				return result.ValueList
			}
			return is(result.ValueList, answers[2], answers[0], answers[1])(missing, extra)
		},
	}.findings(), nil
}

// unions is union for codes, and for ids.
func unions(ctx context.Context, g ground) ([]result.Finding, error) {
	findings, err := union(ctx, g)
	if err != nil {
		return findings, err
	}
	byID, err := severalIDs(ctx, g)
	return append(findings, byID...), err
}

// severalIDs asks for two records by a list of their ids, as whoever follows several references at once does.
func severalIDs(ctx context.Context, g ground) ([]result.Finding, error) {
	all := g.whole.Resources()
	if len(all) < 2 || !g.declared.Parameter(g.resourceType, "_id") {
		return nil, nil
	}
	a, b := all[0], all[len(all)-1]
	answer, err := g.ask(ctx, "_id", a.ID()+","+b.ID())
	if errors.Is(orNotOffered(err), errNotOffered) {
		return nil, nil // that what is declared is refused is for the checks of the statement to say
	}
	if err != nil {
		return nil, err
	}
	return relation{
		rule: "meta-union", says: answer.Query + " finds the two records of these ids",
		answer: answer, got: found(answer), want: sortedOnce([]string{a.Reference(), b.Reference()}), exchanges: exchangesOf(g.whole, answer),
		why: func(missing, extra []string) result.Cause {
			if len(missing) > 0 && len(extra) == 0 {
				return result.ValueList
			}
			return is(result.IgnoredParameter, answer, g.whole)(missing, extra)
		},
	}.findings(), nil
}

// intersection: two filters together find what both of them find.
func intersection(ctx context.Context, g ground) ([]result.Finding, error) {
	filters := g.filters()
	if len(filters) < 2 {
		return nil, g.fewFilters()
	}
	var pairs [][2][]string
	for i := 1; i < len(filters); i++ {
		pairs = append(pairs, [2][]string{filters[i-1], filters[i]})
	}
	if codes := g.values("code"); len(codes) > 1 {
		// One parameter twice is AND as well (FHIR R4 3.1.1.4.2); only a comma is OR.
		pairs = append(pairs, [2][]string{{"code", codes[0]}, {"code", codes[len(codes)-1]}})
	}
	var findings []result.Finding
	for _, pair := range pairs {
		a, b := pair[0], pair[1]
		answers, err := g.askAll(ctx, a, b, slices.Concat(a, b))
		if a[0] == b[0] && errors.Is(orNotOffered(err), errNotOffered) {
			continue // a system that refuses a parameter twice misleads nobody
		}
		if err != nil {
			return findings, err
		}
		g.tells(answers[0], answers[1])
		cause := result.IgnoredParameter
		if a[0] == b[0] {
			cause = result.RepeatedParameter
		}
		findings = append(findings, relation{
			rule: "meta-intersection", says: fmt.Sprintf("%s?%s&%s finds what both find", g.resourceType, strings.Join(a, "="), strings.Join(b, "=")),
			answer: answers[2], got: found(answers[2]), want: both(found(answers[0]), found(answers[1])), exchanges: exchangesOf(answers...),
			why: is(cause, answers[2], answers[0], answers[1]),
		}.findings()...)
	}
	return findings, nil
}

// joint are filters that one record satisfies, so that they find something together: those of the record with the most of
// them, and among such the one with the rarest code.
func (g ground) joint() [][]string {
	at, dated := g.middle()
	until, _ := fhir.ParseDate(at, nil)
	first := func(code string, resource fhir.Resource) string {
		parameter, ok := search.Lookup(g.resourceType, code)
		if !ok || !g.declared.Parameter(g.resourceType, code) {
			return ""
		}
		for _, text := range texts(parameter, resource) {
			return text
		}
		return ""
	}
	often := map[string]int{}
	for _, resource := range g.whole.Resources() {
		often[first("code", resource)]++
	}
	var best [][]string
	rarest := 0
	for _, resource := range g.whole.Resources() {
		var filters [][]string
		for _, code := range []string{statusParameter(g.resourceType), "code"} {
			if value := first(code, resource); value != "" {
				filters = append(filters, []string{code, value})
			}
		}
		if date, err := fhir.ParseDate(first("date", resource), nil); dated && err == nil && date.Compare(until.Interval) <= 0 {
			filters = append(filters, []string{"date", "le" + at})
		}
		if n := often[first("code", resource)]; len(filters) > len(best) || len(filters) == len(best) && n < rarest {
			best, rarest = filters, n
		}
	}
	return best
}

// permutation: the order of the parameters changes nothing.
func permutation(ctx context.Context, g ground) ([]result.Finding, error) {
	filters := g.joint()
	if len(filters) < 2 {
		return nil, g.fewFilters()
	}
	pair := func(name, value string) string { return escapeQuery(name) + "=" + escapeQuery(value) }
	var findings []result.Finding
	for i := 1; i < len(filters); i++ {
		a, b := filters[i-1], filters[i]
		parts := []string{pair("patient", g.patient.Resource.ID()), pair(a[0], a[1]), pair(b[0], b[1])}
		forward, err := g.system.SearchAs(ctx, g.resourceType+"?"+strings.Join(parts, "&"))
		if err != nil {
			return findings, err
		}
		slices.Reverse(parts)
		backward, err := g.system.SearchAs(ctx, g.resourceType+"?"+strings.Join(parts, "&"))
		if err != nil {
			return findings, err
		}
		g.tells(forward)
		findings = append(findings, relation{
			rule: "meta-order", says: backward.Query + " finds what it finds with its parameters the other way round",
			answer: backward, got: found(backward), want: found(forward), exchanges: exchangesOf(forward, backward),
			why: func(missing, extra []string) result.Cause {
				alone, err := g.askAll(ctx, a, b)
				if err != nil {
					return result.NoCause
				}
				return cmp.Or(is(result.IgnoredParameter, backward, alone...)(missing, extra), is(result.IgnoredParameter, forward, alone...)(missing, extra))
			},
		}.findings()...)
	}
	return findings, nil
}

// tokenNesting: system|code finds a part of what code alone finds, and only records that carry that system.
func tokenNesting(ctx context.Context, g ground) ([]result.Finding, error) {
	parameter, _ := search.Lookup(g.resourceType, "code")
	var findings []result.Finding
	asked := map[string]bool{}
	for _, resource := range g.whole.Resources() {
		for _, t := range tokens(parameter, resource) {
			if !g.declared.Parameter(g.resourceType, "code") || t.system == "" || asked[t.system] || len(asked) == 2 {
				continue
			}
			asked[t.system] = true
			answers, err := g.askAll(ctx, []string{"code", t.text()}, []string{"code", escapeValue(t.code)}, []string{"code", "https://concord.test/none|" + escapeValue(t.code)})
			if err != nil {
				return findings, err
			}
			g.tells(answers[0])
			exact, loose := found(answers[0]), found(answers[1])
			says := fmt.Sprintf("%s?code=%s finds a part of what the code alone finds", g.resourceType, t.text())
			findings = append(findings, relation{
				rule: "meta-token", says: says, answer: answers[0], got: exact, want: both(exact, loose), exchanges: exchangesOf(answers[:2]...),
				why: func(_, _ []string) result.Cause {
					if len(loose) == 0 {
						return result.CodeSystem // the code is not found without its system
					}
					return result.NoCause
				},
			}.findings()...)
			findings = append(findings, relation{
				rule: "meta-token", says: fmt.Sprintf("%s?code=%s in a system that nothing is coded in finds nothing", g.resourceType, t.code),
				answer: answers[2], got: found(answers[2]), exchanges: answers[2].Exchanges,
				why: func(_, extra []string) result.Cause {
					system, parameter := slices.Equal(extra, loose), slices.Equal(extra, found(g.whole))
					switch {
					case system && !parameter:
						return result.CodeSystem
					case parameter && !system:
						return result.IgnoredParameter
					default:
						return result.NoCause
					}
				},
			}.findings()...)
		}
	}
	if len(asked) == 0 {
		return nil, g.lacks([]string{"code"}, "no %s is coded in a code system", g.resourceType)
	}
	return findings, nil
}

// dateHalves: what begins before an instant and what goes on from it are everything that is dated.
func dateHalves(ctx context.Context, g ground) ([]result.Finding, error) {
	at, ok := g.middle()
	if !ok {
		return nil, g.lacks([]string{"date"}, "no %s is dated to the second", g.resourceType)
	}
	parameter, _ := search.Lookup(g.resourceType, "date")
	var dated []fhir.Resource
	for _, resource := range g.whole.Resources() {
		if len(texts(parameter, resource)) > 0 {
			dated = append(dated, resource)
		}
	}
	var findings []result.Finding
	for _, halves := range [][2]string{{"ge", "lt"}, {"gt", "le"}} {
		answers, err := g.askAll(ctx, []string{"date", halves[0] + at}, []string{"date", halves[1] + at})
		if err != nil {
			return findings, err
		}
		g.tells(answers...)
		if short := cmp.Or(g.short(ctx, answers[0]), g.short(ctx, answers[1])); short != nil {
			findings = append(findings, *short)
			continue
		}
		findings = append(findings, relation{
			rule: "meta-date", says: fmt.Sprintf("%s?date=%s%s and date=%s%s together find everything that is dated", g.resourceType, halves[0], at, halves[1], at),
			answer: answers[0], got: found(answers...), want: references(dated), exchanges: exchangesOf(append(answers, g.whole)...),
			why: func(missing, extra []string) result.Cause {
				if len(less(slices.Concat(missing, extra), datedAt(at, append(answers, g.whole)...))) == 0 {
					return result.Boundary
				}
				return result.NoCause
			},
		}.findings()...)
	}
	return findings, nil
}

// datedAt are the references of what is dated at an instant, sorted.
func datedAt(at string, answers ...*check.Answer) []string {
	instant, err := fhir.ParseDate(at, nil)
	var exact []fhir.Resource
	for _, answer := range answers {
		for _, resource := range answer.Resources() {
			parameter, ok := search.Lookup(resource.Type(), "date")
			if !ok || err != nil {
				continue
			}
			if date, err := fhir.ParseDate(dateText(parameter, resource), nil); err == nil && date.Low.Equal(instant.Low) {
				exact = append(exact, resource)
			}
		}
	}
	return references(exact)
}
