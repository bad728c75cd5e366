package scenario

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// sensitiveCodes asks for every code that is agreed never to be shown, about the person of P16, who has items of all four
// groups, and for the items by their identifiers. Neither must find what a list leaves out.
func sensitiveCodes(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	story, ok := env.Ledger.Story("P16")
	if !ok {
		return nil, fmt.Errorf("the ledger has no story P16")
	}
	if _, err := check.Loaded(env, story); err != nil {
		return nil, err
	}
	codes := slices.Clone(env.Policy.For(env.System.Name).SensitiveCodes)
	if len(codes) == 0 {
		for _, label := range story.Labels() {
			if fact, _ := story.Fact(label); fact.Sensitive != "" {
				for _, coding := range fact.Code.Coding {
					codes = append(codes, coding.System+"|"+coding.Code)
				}
			}
		}
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	env.By("Given a person with items of every excluded group, and %d codes that are agreed never to be shown", len(codes))
	found, err := record.MustFind(ctx, env.System, story.Person().NHSNumber)
	if err != nil {
		return nil, err
	}
	env.By("When %s is searched by each of the codes", env.System.Title)
	var findings []result.Finding
	for _, code := range codes {
		part, err := found.Resources(ctx, env.System, "Condition", url.Values{"code": {code}})
		if err != nil {
			return findings, err
		}
		if len(part.Resources) > 0 {
			findings = append(findings, result.Finding{
				Rule: "sensitive-code", Severity: result.SeverityError, Path: "Condition.code", Exchanges: part.Exchanges, Expected: "nothing",
				Message: fmt.Sprintf("a search by a code that is agreed never to be shown finds something in %s", env.System.Name),
				Actual:  fmt.Sprintf("%d resources with %s", len(part.Resources), code),
			})
		}
	}
	env.By("And by the identifiers that the items have where they were recorded")
	for _, label := range story.Labels() {
		fact, _ := story.Fact(label)
		if fact.Sensitive == "" {
			continue
		}
		part, err := found.Resources(ctx, env.System, string(fact.Kind), url.Values{"identifier": {fact.Identifier.Token()}})
		if err != nil {
			return findings, err
		}
		for _, shown := range record.TruthOf(env).Match([]fixtures.Fact{fact}, part.Resources) {
			findings = append(findings, result.Finding{
				Rule: "sensitive-identifier", Severity: result.SeverityError, Path: string(fact.Kind) + ".identifier", Exchanges: part.Exchanges, Expected: "nothing",
				Message: fmt.Sprintf("a search by the identifier of an item that is never to be shown finds it in %s", env.System.Name),
				Actual:  shown.Resource.Reference(),
			})
		}
	}
	env.By("Then none is found")
	return findings, nil
}
