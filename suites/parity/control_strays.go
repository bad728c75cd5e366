package parity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/internal/search"
	"concord.example/concord/profiles"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// strays are resources that an answer brings beside its matches and that refer to none of them, and statements of origin that
// contradict the label of what they are about.
func strays(owner, code string, answer *check.Answer) []result.Finding {
	parameter, ok := search.Lookup(owner, code)
	if !ok {
		return nil
	}
	matches, elsewhere, keepers := map[string]fhir.Resource{}, map[string]bool{}, map[string]int{}
	for _, match := range answer.Resources() {
		matches[match.Reference()] = match
		for _, source := range record.Sources(match) {
			elsewhere[source] = true
		}
	}
	statements := 0
	for _, entry := range answer.Includes {
		if entry.Resource.Type() == owner {
			statements++
			for _, source := range record.Sources(entry.Resource) {
				keepers[source]++
			}
		}
	}
	finding := func(path, message, expected, actual string, cause result.Cause) []result.Finding {
		return []result.Finding{{
			Rule: "meta-include", Severity: result.SeverityError, Path: path, Message: message, Expected: expected, Actual: actual, Cause: cause, Query: answer.Curl(), Exchanges: answer.Exchanges,
		}}
	}
	for _, entry := range answer.Includes {
		if entry.Resource.Type() != owner {
			continue
		}
		var about []fhir.Resource
		for _, text := range texts(parameter, entry.Resource) {
			if reference, ok := fhir.ParseReference(text); ok && matches[reference.Relative()] != nil {
				about = append(about, matches[reference.Relative()])
			}
		}
		if len(about) == 0 {
			return finding(owner+"."+code, fmt.Sprintf("%s brings %s, which refers to none of the results by %s", answer.Query, entry.Resource.Reference(), code),
				"a reference to a result", strings.Join(texts(parameter, entry.Resource), ", "), result.ReferenceBroken)
		}
		if owner != "Provenance" {
			continue
		}
		for _, match := range about {
			its, sources := record.Sources(entry.Resource), record.Sources(match)
			// Who keeps the statements may label all of them as its own; another provider has nothing to do with one.
			if len(sources) > 0 && slices.ContainsFunc(its, func(source string) bool {
				return !slices.Contains(sources, source) && (elsewhere[source] || statements > 2 && keepers[source] < statements/2)
			}) {
				return finding("Provenance.meta", fmt.Sprintf("%s is labelled as one of %s, and %s, which it is about, as one of %s", entry.Resource.Reference(), first(its), match.Reference(), first(sources)),
					first(sources), first(its), result.LabelLost)
			}
		}
		var who []string
		for _, agent := range entry.Resource.Objects("agent") {
			if fhir.Text(fhir.Get(agent, "who", "identifier", "system")) == record.ODSSystem {
				who = append(who, fhir.Text(fhir.Get(agent, "who", "identifier", "value")))
			}
			if roles := rolesOf(agent); len(roles) > 1 {
				return finding("Provenance.agent.type", fmt.Sprintf("%s says that one participant is %s at once", entry.Resource.Reference(), strings.Join(roles, " and ")),
					"one kind of participant", strings.Join(roles, ", "), result.CauseAltered)
			}
		}
		for _, match := range about {
			sources := record.Sources(match)
			if len(who) > 0 && len(sources) > 0 && len(both(sources, who)) == 0 {
				return finding("Provenance.agent.who", fmt.Sprintf("%s says that %s comes from %s, and its label says %s", entry.Resource.Reference(), match.Reference(), first(who), first(sources)),
					first(sources), first(who), result.LabelLost)
			}
		}
	}
	return nil
}

// rolesOf are the kinds of participant that an agent of a Provenance is said to be. They exclude each other: who wrote a record is not
// who put it together from the records of others.
func rolesOf(agent map[string]any) []string {
	var roles []string
	for _, coding := range fhir.Objects(fhir.Get(agent, "type", "coding")) {
		if code := fhir.Text(coding["code"]); coding["system"] == participantSystem && !slices.Contains(roles, code) {
			roles = append(roles, code)
		}
	}
	slices.Sort(roles)
	return roles
}

const participantSystem = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"

// form says what is wrong with the form and the words of what an answer brings beside its matches: nothing else looks at statements of
// origin. It says so of the first that is wrong.
func (g ground) form(ctx context.Context, owner string, answer *check.Answer) ([]result.Finding, error) {
	if owner != "Provenance" || g.judge == nil {
		return nil, nil
	}
	for _, entry := range answer.Includes {
		if entry.Resource.Type() != owner {
			continue
		}
		found, err := g.judge.Judge(ctx, entry.Resource)
		if err != nil {
			return nil, err
		}
		for _, f := range append(found, g.judge.Rules(ctx, entry.Resource)...) {
			if f.Rule == profiles.RuleNotCheckable || f.Waiver != "" || f.Severity.Rank() < result.SeverityError.Rank() {
				continue
			}
			f.Message, f.Cause, f.Query, f.Exchanges = entry.Resource.Reference()+": "+f.Message, result.ProfileDifference, answer.Curl(), answer.Exchanges
			f.Line, f.Column = 0, 0
			return []result.Finding{f}, nil
		}
	}
	return nil, nil
}
