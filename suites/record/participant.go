package record

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Participants says where a statement of origin names a participant by an identifier and leads to somebody else. One provider may have
// several entries, so nothing is read but where the same answer refers to one identifier by several references, and of those the ones
// that are not the usual one. The caller adds the rule, the question and the exchanges of the answer.
func Participants(ctx context.Context, system *check.Endpoint, statements []fhir.Resource) (*result.Finding, error) {
	uses := map[string]map[string]int{}
	named := func(agent map[string]any) (identifier, literal string) {
		who := fhir.Get(agent, "who")
		if fhir.Text(fhir.Get(who, "identifier", "value")) == "" || relative(who) == "" {
			return "", ""
		}
		return fhir.Text(fhir.Get(who, "identifier", "system")) + "|" + fhir.Text(fhir.Get(who, "identifier", "value")), relative(who)
	}
	for _, statement := range statements {
		for _, agent := range statement.Objects("agent") {
			if identifier, literal := named(agent); identifier != "" {
				if uses[identifier] == nil {
					uses[identifier] = map[string]int{}
				}
				uses[identifier][literal]++
			}
		}
	}
	for _, statement := range statements {
		for _, agent := range statement.Objects("agent") {
			identifier, literal := named(agent)
			if len(uses[identifier]) < 2 || uses[identifier][literal] == slices.Max(slices.Collect(maps.Values(uses[identifier]))) && uses[identifier][literal] > 1 {
				continue
			}
			found, err := readIdentity(ctx, system, literal)
			if err != nil {
				return nil, err
			}
			if sameTarget(identifier, found.identity) {
				continue
			}
			leads := shownAs(found.identity)
			if leads == "" {
				leads = "nothing"
			}
			return origin("Provenance.agent.who.reference", fmt.Sprintf("%s names a participant as %s, and its reference %s leads to %s", statement.Reference(), identifier, literal, leads),
				"a reference to "+identifier, leads, result.ReferenceBroken), nil
		}
	}
	return nil, nil
}
