package parity

import (
	"context"
	"fmt"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// strays are resources that an answer brings beside its matches and that refer to none of them, and statements of origin that
// contradict what they are about, or are no such statements.
func (g ground) strays(ctx context.Context, owner, code string, answer *check.Answer) ([]result.Finding, error) {
	parameter, ok := search.Lookup(owner, code)
	if !ok {
		return nil, nil
	}
	matches := map[string]bool{}
	for _, match := range answer.Resources() {
		matches[match.Reference()] = true
	}
	var along []fhir.Resource
	for _, entry := range answer.Includes {
		if entry.Resource.Type() != owner {
			continue
		}
		along = append(along, entry.Resource)
		about := false
		for _, text := range texts(parameter, entry.Resource) {
			reference, ok := fhir.ParseReference(text)
			about = about || ok && matches[reference.Relative()]
		}
		if !about {
			return []result.Finding{{
				Rule: "meta-include", Severity: result.SeverityError, Path: owner + "." + code, Cause: result.ReferenceBroken, Query: answer.Curl(), Exchanges: answer.Exchanges,
				Message:  fmt.Sprintf("%s brings %s, which refers to none of the results by %s", answer.Query, entry.Resource.Reference(), code),
				Expected: "a reference to a result", Actual: strings.Join(texts(parameter, entry.Resource), ", "),
			}}, nil
		}
	}
	return g.misattributed(ctx, answer, answer.Resources(), along)
}

// misattributed says what is wrong with the statements of origin that an answer shows of some records.
func (g ground) misattributed(ctx context.Context, answer *check.Answer, about, statements []fhir.Resource) ([]result.Finding, error) {
	wrong, err := record.Origins(ctx, g.judge, about, statements)
	if err == nil && wrong == nil {
		wrong, err = record.Participants(ctx, g.system, statements)
	}
	if err != nil || wrong == nil {
		return nil, err
	}
	if wrong.Rule == "" {
		wrong.Rule = "meta-include"
	}
	wrong.Query, wrong.Exchanges = answer.Curl(), answer.Exchanges
	return []result.Finding{*wrong}, nil
}
