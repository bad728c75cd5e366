package parity

import (
	"context"
	"fmt"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
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
			answer: answer, got: found(answer), want: found(g.whole), exchanges: exchangesOf(g.whole, answer),
			why: func(missing, extra []string) result.Cause {
				// The last page is full, and no next link leads from it to the rest.
				if len(missing) > 0 && len(extra) == 0 && len(answer.Matches)%size == 0 {
					return result.PagingTruncation
				}
				return result.NoCause
			},
		}.findings()...)
		if repeated := len(answer.Matches) - len(found(answer)); repeated > 0 {
			findings = append(findings, result.Finding{
				Rule: "meta-pages", Severity: result.SeverityError, Cause: repeatCause(answer), Query: answer.Curl(),
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
	return sameNumber("meta-pages", g.whole, counted, g.larger(ctx)), nil
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
		g.tells(answer)
		counted, err := g.ask(ctx, append(slices.Clone(filter), "_summary", "count")...)
		if err != nil {
			return findings, orNotOffered(err)
		}
		findings = append(findings, sameNumber("meta-summary", answer, counted, g.larger(ctx, filter...))...)
	}
	return findings, nil
}

// larger returns what asks the same question for a page that holds everything.
func (g ground) larger(ctx context.Context, pairs ...string) func() (*check.Answer, error) {
	return func() (*check.Answer, error) { return g.ask(ctx, append(slices.Clone(pairs), "_count", "500")...) }
}

// numberCause is why an answer states another number of matches than it holds: it is cut off when a larger page of it holds
// more.
func numberCause(answer *check.Answer, larger func() (*check.Answer, error)) result.Cause {
	if more, err := larger(); err == nil && len(found(more)) > len(found(answer)) {
		return result.PagingTruncation
	}
	return result.WrongTotal
}

// sameNumber compares the total of one answer with the number of results in another.
func sameNumber(rule string, answer, counted *check.Answer, larger func() (*check.Answer, error)) []result.Finding {
	n := len(found(answer))
	var cause result.Cause
	switch {
	case counted.Total == n && len(counted.Matches) == 0:
		return nil
	case counted.Total < 0, len(counted.Matches) > 0 && slices.Equal(found(counted), found(answer)):
		cause = result.IgnoredParameter
	case counted.Total == n:
		cause = result.CauseExtra
	default:
		cause = numberCause(answer, larger)
	}
	says := "states another number"
	switch {
	case counted.Total < 0:
		says = "states no number"
	case counted.Total == n:
		says = "states that number and shows results besides"
	}
	return []result.Finding{{
		Rule: rule, Severity: result.SeverityError, Path: "Bundle.total", Cause: cause, Query: counted.Curl(),
		Message:  fmt.Sprintf("the answer to %s has %d results, and %s %s", answer.Query, n, counted.Query, says),
		Expected: fmt.Sprintf("total %d and no results", n), Actual: fmt.Sprintf("%s and %d results", totalText(counted), len(counted.Matches)),
		Exchanges: exchangesOf(answer, counted),
	}}
}

// sortOrder: _sort orders neighbours on all pages, both ways, and equal ones stand in the same order whatever the size of
// the page.
func sortOrder(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	count := len(g.whole.Matches)/2 + 1
	size := fmt.Sprint(count)
	// By a date that the records have: where those without one stand is left to each server.
	codes := g.dateParameters()
	i := slices.IndexFunc(codes, func(code string) bool { return len(g.values(code)) > 0 })
	if i < 0 {
		return nil, g.lacks(codes, "no %s has a date to sort by", g.resourceType)
	}
	by := codes[i]
	orders := []string{by, "-" + by}
	var searches [][]string
	for _, order := range orders {
		searches = append(searches, []string{"_sort", order}, []string{"_sort", order, "_count", size})
	}
	answers, err := g.askAll(ctx, searches...)
	if err != nil {
		return nil, orNotOffered(err)
	}
	for i, order := range orders {
		rule, err := search.Parse(g.resourceType, "_sort="+order, search.Options{})
		if err != nil {
			return findings, fmt.Errorf("compare neighbours by _sort=%s: %w", order, err)
		}
		whole, paged := answers[2*i], answers[2*i+1]
		for _, answer := range []*check.Answer{whole, paged} {
			findings = append(findings, relation{
				rule: "meta-sort", says: answer.Query + " finds what is found without _sort", answer: answer, got: found(answer), want: found(g.whole), exchanges: exchangesOf(g.whole, answer),
				why: func(_, extra []string) result.Cause {
					if len(extra) == 0 && (answer.Total > len(found(answer)) || len(answer.Matches)%count == 0) {
						return result.PagingTruncation
					}
					return result.NoCause
				},
			}.findings()...)
			resources := answer.Resources()
			for i := 1; i < len(resources); i++ {
				if !rule.After(resources[i-1], resources[i]) {
					continue
				}
				findings = append(findings, result.Finding{
					Rule: "meta-sort", Severity: result.SeverityError, Cause: orderCause(g.whole, answers...), Query: answer.Curl(),
					Message:  fmt.Sprintf("the answer to %s has %s before %s", answer.Query, name(resources[i-1]), name(resources[i])),
					Expected: "results ordered by _sort=" + order, Actual: name(resources[i-1]) + " before " + name(resources[i]), Exchanges: answer.Exchanges,
				})
				break
			}
		}
		if a, b := sequence(whole), sequence(paged); len(a) == len(b) && !slices.Equal(a, b) && !onlyTies(rule, whole.Resources(), paged.Resources()) {
			findings = append(findings, result.Finding{
				Rule: "meta-sort", Severity: result.SeverityError, Cause: orderCause(g.whole, answers...), Query: paged.Curl(), PeerQuery: whole.Curl(),
				Message:  fmt.Sprintf("%s and %s order the same results differently", whole.Query, paged.Query),
				Expected: "one order of equal results", Actual: "two orders", Exchanges: exchangesOf(whole, paged),
			})
		}
	}
	return findings, nil
}

// onlyTies reports whether two orders differ in results alone that the sort puts nowhere before each other. No rule orders those; what
// becomes of them when a page is turned is another check's question.
func onlyTies(rule *search.Query, a, b []fhir.Resource) bool {
	for i := range min(len(a), len(b)) {
		if rule.After(a[i], b[i]) || rule.After(b[i], a[i]) {
			return false
		}
	}
	return true
}

// orderCause is why answers to searches by _sort, in both directions, are not in order: the parameter is not applied when
// all of them are in the order of the answer without it.
func orderCause(unsorted *check.Answer, byOrder ...*check.Answer) result.Cause {
	if slices.ContainsFunc(byOrder, func(answer *check.Answer) bool { return !slices.Equal(sequence(answer), sequence(unsorted)) }) {
		return result.WrongOrder
	}
	return result.IgnoredParameter
}

// repeatCause is why an answer repeats results: its pages overlap, or there is one page that does.
func repeatCause(answer *check.Answer) result.Cause {
	if answer.Pages > 1 {
		return result.PageDrift
	}
	return result.Duplicate
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
			answer: answer, got: found(answer), want: found(g.whole), exchanges: exchangesOf(g.whole, answer),
		}.findings()...)
		again.system = g.system.Afresh("the same question a third time")
	}
	return findings, nil
}

// subsetted: a resource that was cut by _elements or _summary says so.
func subsetted(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	offered := 0
	for _, cut := range [][]string{{"_elements", "code"}, {"_summary", "true"}} {
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
		var lost lackingInPart
		nameless := 0
		for _, resource := range answer.Resources() {
			if resource.ID() == "" {
				nameless++
				continue
			}
			if before := whole[resource.Reference()]; before != nil && isSubsetted(resource) {
				if path, was, is, differs := record.PartContradiction(before, resource); differs {
					findings = append(findings, otherwise(answer.Query, g.whole.Query, path, was, is, before, resource, answer.Curl(), exchangesOf(answer, g.whole)))
				}
			}
			lost.look(cut, whole[resource.Reference()], resource)
			// What lost nothing need not say so.
			if len(resource) < len(whole[resource.Reference()]) && !isSubsetted(resource) {
				untold = append(untold, resource.Reference())
			}
		}
		if nameless == 0 {
			findings = append(findings, g.sameMatches(answer)...)
		} else {
			findings = append(findings, result.Finding{
				Rule: "meta-subsetted-id", Severity: result.SeverityError, Path: g.resourceType + ".id", Cause: result.CauseMissing, Query: answer.Curl(),
				Message:  fmt.Sprintf("%d of %d resources in the answer to %s have lost their id, so that nobody can tell which records they are", nameless, len(answer.Resources()), answer.Query),
				Expected: "the id of each resource, whatever else is left out", Actual: "no id", Exchanges: answer.Exchanges,
			})
		}
		findings = append(findings, lost.findings(g.resourceType, answer)...)
		if len(untold) > 0 {
			findings = append(findings, result.Finding{
				Rule: "meta-subsetted", Severity: result.SeverityError, Path: g.resourceType + ".meta.tag", Cause: result.LabelLost, Query: answer.Curl(),
				Message:  fmt.Sprintf("the answer to %s holds only a part of %s and does not say so", answer.Query, first(untold)),
				Expected: "the tag " + subsettedSystem + "|SUBSETTED", Actual: "no such tag", Exchanges: answer.Exchanges,
			})
		}
	}
	if offered == 0 {
		return nil, errNotOffered
	}
	return findings, nil
}

// subsettedSystem is the code system of the tag (FHIR R4 3.1.1.5.9 and 3.1.1.5.10); under another one nobody looks for it.
const subsettedSystem = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"

func isSubsetted(resource fhir.Resource) bool {
	return slices.ContainsFunc(resource.Objects("meta", "tag"), func(tag map[string]any) bool {
		return fhir.Text(tag["code"]) == "SUBSETTED" && fhir.Text(tag["system"]) == subsettedSystem
	})
}
