package parity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"time"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// longAnswers finds the people of the "paging" story in the asked system: each has more observations than any page holds.
func longAnswers(ctx context.Context, env *check.Env) ([]fixtures.Person, []record.Person, error) {
	story, ok := env.Ledger.Story("paging")
	if !ok {
		return nil, nil, fmt.Errorf("the ledger has no story paging")
	}
	found := make([]record.Person, 0, len(story.People))
	for _, person := range story.People {
		p, err := record.MustFind(ctx, env.System, person.NHSNumber)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, p)
	}
	return story.People, found, nil
}

// paging reads the long answers page by page, in the system's own page size and in one that the question asks for, and
// adds the pages up.
func paging(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	people, found, err := longAnswers(ctx, env)
	if err != nil {
		return nil, err
	}
	var (
		findings []result.Finding
		oracle   = record.OracleOf(env)
	)
	for i, person := range people {
		why := newInquiry(env, person, found[i], oracle)
		expected := record.Facts(env.Ledger, person, fixtures.Observation)
		for _, count := range []string{"", "70"} {
			further := url.Values{}
			if count != "" {
				further.Set("_count", count)
			}
			part, repeats, cause, err := pages(ctx, env, found[i], further)
			if err != nil {
				return findings, err
			}
			findings = append(findings, part.Remarks...)
			q := question{fixtures.Observation, further}
			findings = append(findings, why.findings(ctx, []answered{{q, expected, part, "pages-complete"}})...)
			if len(repeats) > 0 {
				findings = append(findings, result.Finding{
					Rule: "pages-once", Severity: result.SeverityError, Cause: cause, Query: env.System.Curl("Observation", about(found[i].Patients, further)),
					Message:  fmt.Sprintf("the pages of the answer to %s repeat %s", q, first(repeats)),
					Expected: "every result on one page", Actual: "repeated: " + first(repeats), Exchanges: part.Exchanges,
				})
			}
		}
	}
	return findings, nil
}

// pages reads an answer for every Patient record and reports which resources came more than once in one answer, and why.
func pages(ctx context.Context, env *check.Env, person record.Person, further url.Values) (record.Part, []string, result.Cause, error) {
	part := record.Part{Type: "Observation"}
	var (
		repeats []string
		cause   result.Cause
	)
	for _, patient := range person.Patients {
		query := url.Values{"patient": {patient.ID()}}
		for name, values := range further {
			query[name] = values
		}
		answer, err := env.System.Search(ctx, "Observation", query)
		if err != nil {
			return part, repeats, cause, err
		}
		part.Exchanges = append(part.Exchanges, answer.Exchanges...)
		part.Remarks = append(part.Remarks, answer.Remarks...)
		part.Count(answer)
		seen := map[string]bool{}
		for _, resource := range answer.Resources() {
			if seen[resource.Reference()] {
				repeats, cause = append(repeats, resource.Reference()), repeatCause(answer)
				continue
			}
			seen[resource.Reference()] = true
			part.Resources = append(part.Resources, resource)
		}
	}
	return part, repeats, cause, nil
}

// totals asks for an accurate total and counts.
func totals(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	_, found, err := longAnswers(ctx, env)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	counted := 0
	for _, person := range found {
		for _, patient := range person.Patients {
			query := url.Values{"patient": {patient.ID()}, "_total": {"accurate"}}
			answer, err := env.System.Search(ctx, "Observation", query)
			if errors.Is(orNotOffered(err), errNotOffered) {
				return unaskedTotals(ctx, env, findings)
			}
			if err != nil {
				return findings, err
			}
			counted += len(answer.Matches)
			wrong, is := answer.Miscounted()
			if !is && answer.Total >= 0 {
				continue
			}
			actual, says := fmt.Sprintf("total %d", wrong), "says otherwise"
			if answer.Total < 0 {
				actual, says = totalText(answer)+", though _total=accurate asks for one", "states no number of them"
			}
			findings = append(findings, result.Finding{
				Rule: "total-accurate", Severity: result.SeverityError, Path: "Bundle.total",
				Message:  fmt.Sprintf("the answer to %s has %d matches and %s", answer.Query, len(answer.Matches), says),
				Expected: fmt.Sprintf("total %d", len(answer.Matches)), Actual: actual, Exchanges: answer.Exchanges,
				Cause: totalCause(ctx, env, query, answer), Query: env.System.Curl("Observation", query),
			})
		}
	}
	if counted == 0 {
		return findings, check.NoData("%s shows no observations of the people with long records", env.System.Name)
	}
	if len(findings) > 0 {
		return findings, nil
	}
	return statedTotals(ctx, env)
}

// unaskedTotals is what totals comes to where a system refuses _total: it need not take it, and that it does not ignore what it does not
// know PAR-GRID-LENIENT says. What totals it states are held against the matches all the same.
func unaskedTotals(ctx context.Context, env *check.Env, findings []result.Finding) ([]result.Finding, error) {
	stated, err := statedTotals(ctx, env)
	if findings = append(findings, stated...); err != nil || len(findings) > 0 {
		return findings, err
	}
	return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " refuses _total, which it need not offer, and the totals that it states of itself are right"}
}

// statedTotals holds the totals that a system states without being asked for one against the matches, over the records of all
// sampled people: R4 has Bundle.total be their number, and a system that counts otherwise leaves it out. It is said once for
// each kind of record.
func statedTotals(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	var findings []result.Finding
	declared := env.System.Declares(ctx)
	for _, kind := range fixtures.Kinds() {
		if !declared.Type(string(kind)) {
			continue
		}
		shown, err := look(ctx, env, env.System, kind)
		if ctx.Err() != nil {
			return findings, err
		}
		if err != nil {
			continue // what is not answered has no total, and the checks of its kind say so
		}
		for _, s := range shown {
			if len(s.miscounted) == 0 {
				continue
			}
			findings = append(findings, result.Finding{
				Rule: "total-stated", Severity: result.SeverityWarning, Path: "Bundle.total", Cause: result.WrongTotal, Exchanges: s.exchanges,
				Message:  fmt.Sprintf("the total of the answer about the %s of one person is not the number of matches", nouns()[kind]),
				Expected: "the number of matches, or no total", Actual: strings.Join(s.miscounted, "; "),
				Query: env.System.Curl(string(kind), about(s.record.Patients, nil)),
			})
			break
		}
	}
	of, err := miscountedPeople(ctx, env)
	return append(findings, of...), err
}

// miscountedPeople is statedTotals for the searches by which the sampled people are found. It says so of the first.
func miscountedPeople(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	for _, person := range record.TruthOf(env).Sample() {
		answer, err := env.System.Search(ctx, "Patient", url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}})
		if ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			continue
		}
		if wrong := miscounted(answer, "a search for a person by NHS number"); len(wrong) > 0 {
			return wrong, nil
		}
	}
	return nil, nil
}

// miscounted warns of a total that a page of an answer states and that is not the number of its matches.
func miscounted(answer *check.Answer, to string) []result.Finding {
	total, is := answer.Miscounted()
	if !is {
		return nil
	}
	return []result.Finding{{
		Rule: "total-stated", Severity: result.SeverityWarning, Path: "Bundle.total", Cause: result.WrongTotal, Exchanges: answer.Exchanges,
		Message:  fmt.Sprintf("the total of the answer to %s is not the number of matches", to),
		Expected: "the number of matches, or no total", Actual: fmt.Sprintf("total %d with %d matches", total, len(answer.Matches)), Query: answer.Curl(),
	}}
}

// totalCause explains why a total is not the number of matches.
func totalCause(ctx context.Context, env *check.Env, query url.Values, answer *check.Answer) result.Cause {
	if answer.Total < 0 {
		return result.IgnoredParameter
	}
	return numberCause(answer, func() (*check.Answer, error) {
		larger := url.Values{"_count": {"500"}}
		maps.Copy(larger, query)
		return env.System.Search(ctx, "Observation", larger)
	})
}

// sameBothWays holds the results in one order against those in the other: order decides nothing about what is found.
func sameBothWays(up, down *check.Answer, larger func() (*check.Answer, error)) []result.Finding {
	return relation{
		rule: "sort-same", says: down.Query + " finds what " + up.Query + " finds", answer: down, got: found(down), want: found(up), exchanges: exchangesOf(up, down),
		why: func([]string, []string) result.Cause {
			if up.Total > len(found(up)) || down.Total > len(found(down)) {
				return result.PagingTruncation
			}
			// Without a total a larger page shows it: it has what the same order has, and more than either.
			more, err := larger()
			if err == nil && len(less(found(up), found(more))) == 0 && len(found(more)) > max(len(found(up)), len(found(down))) {
				return result.PagingTruncation
			}
			return result.NoCause
		},
	}.findings()
}

// sorting asks for results in both orders of date and looks at neighbours.
func sorting(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	person, err := whoHas(env, "paging", fixtures.Observation, 2)
	if err != nil {
		return nil, err
	}
	found, err := record.MustFind(ctx, env.System, person.NHSNumber)
	if err != nil {
		return nil, err
	}
	var findings []result.Finding
	compared := 0
	for _, patient := range found.Patients {
		byOrder := map[string]*check.Answer{}
		for _, order := range []string{"date", "-date"} {
			answer, err := env.System.Search(ctx, "Observation", url.Values{"patient": {patient.ID()}, "_sort": {order}})
			if errors.Is(orNotOffered(err), errNotOffered) {
				return nil, &check.Inconclusive{Reason: result.NotOffered, Detail: env.System.Name + " refuses to sort, and need not offer it"}
			}
			if err != nil {
				return findings, err
			}
			byOrder[order] = answer
		}
		if plain, err := env.System.Search(ctx, "Observation", url.Values{"patient": {patient.ID()}}); err == nil && len(miscounted(plain, "")) == 0 {
			for _, answer := range []*check.Answer{byOrder["date"], byOrder["-date"]} {
				findings = append(findings, miscounted(answer, answer.Query)...)
			}
		}
		findings = append(findings, sameBothWays(byOrder["date"], byOrder["-date"], func() (*check.Answer, error) {
			return env.System.Search(ctx, "Observation", url.Values{"patient": {patient.ID()}, "_sort": {"date"}, "_count": {"500"}})
		})...)
		for _, order := range []string{"date", "-date"} {
			answer := byOrder[order]
			resources := answer.Resources()
			for i := 1; i < len(resources); i++ {
				if taken(resources[i-1]) != "" && taken(resources[i]) != "" {
					compared++
				}
				if inOrder(resources[i-1], resources[i], strings.HasPrefix(order, "-")) {
					continue
				}
				unsorted, err := env.System.Search(ctx, "Observation", url.Values{"patient": {patient.ID()}})
				if err != nil {
					return findings, err
				}
				findings = append(findings, result.Finding{
					Rule: "sort-monotone", Severity: result.SeverityError, Path: "Observation.effective", Query: answer.Curl(),
					Cause:    orderCause(unsorted, byOrder["date"], byOrder["-date"]),
					Message:  fmt.Sprintf("the answer to %s has %s before %s", answer.Query, name(resources[i-1]), name(resources[i])),
					Expected: "results ordered by _sort=" + order,
					Actual:   taken(resources[i-1]) + " before " + taken(resources[i]), Exchanges: answer.Exchanges,
				})
				break
			}
		}
	}
	if compared == 0 {
		return findings, check.NoData("%s shows too few observations of one person at a moment each to sort", env.System.Name)
	}
	return findings, nil
}

// taken is the moment of an observation, "" for one that has none: of a period FHIR does not say by which end it is sorted.
func taken(observation fhir.Resource) string {
	return cmp.Or(observation.Text("effectiveDateTime"), observation.Text("effectiveInstant"))
}

// inOrder reports whether two neighbours may stand in this order. Ties and dates that are no instants are not judged.
func inOrder(first, second fhir.Resource, descending bool) bool {
	a, errA := time.Parse(time.RFC3339, taken(first))
	b, errB := time.Parse(time.RFC3339, taken(second))
	if errA != nil || errB != nil {
		return true
	}
	if descending {
		return !a.Before(b)
	}
	return !a.After(b)
}
