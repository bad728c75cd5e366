package parity

import (
	"context"
	"fmt"
	"slices"

	"concord/internal/check"
	"concord/internal/fhir"
	"concord/internal/result"
	"concord/internal/search"
)

// countInvariance: the size of a page changes nothing about what is found, and no page repeats what another has.
func countInvariance(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	for _, size := range []int{len(g.whole.Matches)/3 + 1, len(g.whole.Matches) + 1} {
		answer, err := g.ask(ctx, "_count", fmt.Sprint(size))
		if err != nil {
			return findings, err
		}
		findings = append(findings, relation{
			rule: "meta-count", says: fmt.Sprintf("%s?_count=%d finds what is found without it", g.resourceType, size),
			got: found(answer), want: found(g.whole), cause: result.PagingTruncation, exchanges: exchangesOf(g.whole, answer),
		}.findings()...)
		if repeated := len(answer.Matches) - len(found(answer)); repeated > 0 {
			findings = append(findings, result.Finding{
				Rule: "meta-pages", Severity: result.SeverityError, Cause: result.Duplicate,
				Message:  fmt.Sprintf("the pages of %s repeat %d results", answer.Query, repeated),
				Expected: "every result on one page", Actual: fmt.Sprintf("%d repeated", repeated), Exchanges: answer.Exchanges,
			})
		}
	}
	return findings, nil
}

// pageSum: the pages of an answer add up to the number that _summary=count states.
func pageSum(ctx context.Context, g ground) ([]result.Finding, error) {
	counted, err := g.ask(ctx, "_summary", "count")
	if err != nil {
		return nil, orNotOffered(err)
	}
	return sameNumber("meta-pages", g.whole, counted), nil
}

// summaryCount: _summary=count states the number of what the same search with a filter finds.
func summaryCount(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	filters := g.filters()
	if len(filters) == 0 {
		return nil, g.noFilters()
	}
	for _, filter := range filters {
		answer, err := g.ask(ctx, filter...)
		if err != nil {
			return findings, err
		}
		counted, err := g.ask(ctx, append(slices.Clone(filter), "_summary", "count")...)
		if err != nil {
			return findings, orNotOffered(err)
		}
		findings = append(findings, sameNumber("meta-summary", answer, counted)...)
	}
	return findings, nil
}

// sameNumber compares the total of one answer with the number of results in another.
func sameNumber(rule string, answer, counted *check.Answer) []result.Finding {
	n := len(found(answer))
	if counted.Total == n && len(counted.Matches) == 0 {
		return nil
	}
	cause := result.CauseMissing
	if n < counted.Total {
		cause = result.PagingTruncation
	}
	return []result.Finding{{
		Rule: rule, Severity: result.SeverityError, Path: "Bundle.total", Cause: cause,
		Message:  fmt.Sprintf("the answer to %s has %d results, and %s states another number", answer.Query, n, counted.Query),
		Expected: fmt.Sprintf("total %d and no results", n), Actual: fmt.Sprintf("total %d and %d results", counted.Total, len(counted.Matches)),
		Exchanges: exchangesOf(answer, counted),
	}}
}

// sortOrder: _sort orders neighbours on all pages, both ways, and equal ones stand in the same order whatever the size of
// the page.
func sortOrder(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	size := fmt.Sprint(len(g.whole.Matches)/2 + 1)
	for _, order := range []string{"date", "-date"} {
		answers, err := g.askAll(ctx, []string{"_sort", order}, []string{"_sort", order, "_count", size})
		if err != nil {
			return findings, orNotOffered(err)
		}
		rule, err := search.Parse(g.resourceType, "_sort="+order, search.Options{})
		if err != nil {
			return findings, fmt.Errorf("compare neighbours by _sort=%s: %w", order, err)
		}
		for _, answer := range answers {
			resources := answer.Resources()
			for i := 1; i < len(resources); i++ {
				if rule.Compare(resources[i-1], resources[i]) <= 0 {
					continue
				}
				findings = append(findings, result.Finding{
					Rule: "meta-sort", Severity: result.SeverityError,
					Message:  fmt.Sprintf("the answer to %s has %s before %s", answer.Query, name(resources[i-1]), name(resources[i])),
					Expected: "results ordered by _sort=" + order, Actual: "another order", Exchanges: answer.Exchanges,
				})
				break
			}
		}
		if a, b := sequence(answers[0]), sequence(answers[1]); len(a) == len(b) && !slices.Equal(a, b) {
			findings = append(findings, result.Finding{
				Rule: "meta-sort", Severity: result.SeverityError, Cause: result.PageDrift,
				Message:  fmt.Sprintf("%s and %s order the same results differently", answers[0].Query, answers[1].Query),
				Expected: "one order of equal results", Actual: "two orders", Exchanges: exchangesOf(answers...),
			})
		}
	}
	return findings, nil
}

// sequence are the references of an answer in its order.
func sequence(answer *check.Answer) []string {
	var all []string
	for _, resource := range answer.Resources() {
		all = append(all, resource.Reference())
	}
	return all
}

// repetition: the same question has the same answer when it is asked again.
func repetition(ctx context.Context, g ground) ([]result.Finding, error) {
	again := g
	again.system = g.system.Afresh("the same question again")
	var findings []result.Finding
	for range 2 {
		answer, err := again.ask(ctx)
		if err != nil {
			return findings, err
		}
		findings = append(findings, relation{
			rule: "meta-repeat", says: answer.Query + " finds what it found before",
			got: found(answer), want: found(g.whole), exchanges: exchangesOf(g.whole, answer),
		}.findings()...)
		again.system = g.system.Afresh("the same question a third time")
	}
	return findings, nil
}

// subsetted: a resource that was cut by _elements or _summary says so.
func subsetted(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	offered := 0
	for _, cut := range [][]string{{"_elements", "status,code"}, {"_summary", "true"}} {
		answer, err := g.ask(ctx, cut...)
		if err = orNotOffered(err); err != nil {
			if err == errNotOffered { //nolint:errorlint // it is returned as it is
				continue
			}
			return findings, err
		}
		offered++
		whole := map[string]fhir.Resource{}
		for _, resource := range g.whole.Resources() {
			whole[resource.Reference()] = resource
		}
		var untold []string
		for _, resource := range answer.Resources() {
			// What lost nothing need not say so.
			if len(resource) < len(whole[resource.Reference()]) && !isSubsetted(resource) {
				untold = append(untold, resource.Reference())
			}
		}
		if len(untold) > 0 {
			findings = append(findings, result.Finding{
				Rule: "meta-subsetted", Severity: result.SeverityError, Path: g.resourceType + ".meta.tag", Cause: result.LabelLost,
				Message:  fmt.Sprintf("the answer to %s holds only a part of %s and does not say so", answer.Query, first(untold)),
				Expected: "the tag SUBSETTED", Actual: "no such tag", Exchanges: answer.Exchanges,
			})
		}
	}
	if offered == 0 {
		return nil, errNotOffered
	}
	return findings, nil
}

func isSubsetted(resource fhir.Resource) bool {
	return slices.ContainsFunc(resource.Objects("meta", "tag"), func(tag map[string]any) bool { return fhir.Text(tag["code"]) == "SUBSETTED" })
}
