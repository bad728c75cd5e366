package parity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// chain: a chained search finds what two searches find one after the other.
func chain(ctx context.Context, g ground) ([]result.Finding, error) {
	var findings []result.Finding
	identifier := ""
	for _, candidate := range record.Identifiers(g.patient.Resource) {
		if strings.HasPrefix(candidate, fhir.NHSNumberSystem+"|") {
			identifier = candidate
		}
	}
	if identifier == "" {
		return nil, check.NoData("the Patient %s has no NHS number", g.patient.Resource.Reference())
	}
	chained, err := g.system.Search(ctx, g.resourceType, map[string][]string{"patient.identifier": {identifier}})
	if err != nil {
		return nil, orNotOffered(err)
	}
	patients, err := asker{system: g.system}.entries(ctx, Thing{Type: "Patient", Key: identifier})
	if err != nil {
		return nil, err
	}
	var steps []*check.Answer
	for _, patient := range patients {
		answer, err := g.system.Search(ctx, g.resourceType, map[string][]string{"patient": {patient.Resource.ID()}})
		if err != nil {
			return nil, err
		}
		steps = append(steps, answer)
	}
	findings = append(findings, relation{
		rule: "meta-chain", says: chained.Query + " finds what is found for each Patient with the identifier",
		answer: chained, got: found(chained), want: found(steps...), exchanges: exchangesOf(append(steps, chained)...),
	}.findings()...)
	reversed, err := reverseChain(ctx, g)
	return append(findings, reversed...), err
}

// reverseChain: _has finds nobody by a code that none of the records has. A system that refuses _has need not offer it.
func reverseChain(ctx context.Context, g ground) ([]result.Finding, error) {
	if !g.declared.Parameter(g.resourceType, "code") {
		return nil, nil
	}
	// Patient.id is the system's own, so that _id narrows by what it has just shown.
	parameters := map[string][]string{"_id": {g.patient.Resource.ID()}, "_has:" + g.resourceType + ":patient:code": {nobodysCode}}
	answer, err := g.system.Search(ctx, "Patient", parameters)
	if errors.Is(orNotOffered(err), errNotOffered) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return relation{
		rule: "meta-has", says: fmt.Sprintf("%s finds nobody, as no %s has that code", answer.Query, g.resourceType),
		answer: answer, got: found(answer), exchanges: answer.Exchanges,
		why: func(_, _ []string) result.Cause { return result.IgnoredParameter },
	}.findings(), nil
}

// nobodysCode is a code that nothing is coded with.
const nobodysCode = "https://concord.test/CodeSystem/none|none"

// includeClosure: _include brings every record that a result refers to by the parameter and the system holds, and nothing
// that no result refers to.
func includeClosure(ctx context.Context, g ground) ([]result.Finding, error) {
	code := map[string]string{"Observation": "performer", "DiagnosticReport": "result", "AllergyIntolerance": "patient"}[g.resourceType]
	return includes(g.resourceType, code)(ctx, g)
}

// includes is includeClosure for a reference parameter.
func includes(owner, code string) func(context.Context, ground) ([]result.Finding, error) {
	return func(ctx context.Context, g ground) ([]result.Finding, error) { return included(ctx, g, owner, code) }
}

func included(ctx context.Context, g ground, owner, code string) ([]result.Finding, error) {
	parameter, ok := search.Lookup(owner, code)
	if !ok || owner != g.resourceType {
		return nil, fmt.Errorf("%s:%s is no reference parameter of %s to include by", owner, code, g.resourceType)
	}
	answer, err := g.ask(ctx, "_include", g.resourceType+":"+code)
	if err != nil {
		return nil, orNotOffered(err)
	}
	if lost := g.sameMatches(answer); len(lost) > 0 {
		return lost, nil
	}
	var wanted, brought []string
	for _, resource := range answer.Resources() {
		for _, text := range texts(parameter, resource) {
			// What another server has cannot be sent along.
			if reference, ok := fhir.ParseReference(text); ok && reference.Type != "" && !g.system.Elsewhere(text) {
				wanted = append(wanted, reference.Relative())
			}
		}
	}
	for _, entry := range answer.Includes {
		brought = append(brought, entry.Resource.Reference())
	}
	matched := found(answer)
	wanted, brought = sortedOnce(wanted), sortedOnce(brought)
	if len(wanted) == 0 {
		return nil, check.NoData("no %s refers to anything by %s", g.resourceType, code)
	}
	// What is a match already need not be included again.
	return relation{
		rule: "meta-include", says: fmt.Sprintf("%s brings what the results refer to by %s", answer.Query, code),
		answer: answer, got: less(brought, matched), want: less(wanted, matched), exchanges: answer.Exchanges,
		why: func(missing, extra []string) result.Cause {
			if len(missing) == 0 || len(extra) > 0 {
				return result.NoCause
			}
			switch target, _, err := g.system.Read(ctx, missing[0]); {
			case err != nil:
				return result.NoCause
			case target == nil:
				return result.ReferenceBroken
			case len(brought) == 0:
				return result.IgnoredParameter
			default:
				return result.NoCause
			}
		},
	}.findings(), nil
}

func sortedOnce(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}
