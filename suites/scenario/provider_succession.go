package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// succession asks about a practice that closed and the one that took over. History stays attributed to who recorded it,
// and whoever looks the old practice up is led to the new one.
func succession(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P22")
	if err != nil {
		return nil, err
	}
	predecessor, successor := c.story.Value("predecessor"), c.story.Value("successor")
	env.By("Given a person with history at %s, which closed, and a later fact at its successor %s", predecessor, successor)
	l, err := lookAtWhole(ctx, c.truth, env.System, c.person, c.facts)
	if err != nil {
		return nil, err
	}
	env.By("Then %s shows all of it, each fact with the practice that recorded it", env.System.Title)
	const when = "after the practice closed"
	findings := l.shows(c.facts, when)
	for _, kind := range kindsOf(c.facts) {
		for _, shown := range record.TruthOf(env).Match(c.facts, l.shown[kind]) {
			if sources := record.Sources(shown.Resource); !slices.Contains(sources, shown.Fact.Source) {
				findings = append(findings, result.Finding{
					Rule: "history-keeps-its-source", Severity: result.SeverityError, Path: string(kind) + ".meta.source", Exchanges: l.exchanges,
					Message:  fmt.Sprintf("%s attributes %s to %s, and %s recorded it", env.System.Name, record.Describe(shown.Fact), strings.Join(sources, ", "), shown.Fact.Source),
					Expected: shown.Fact.Source, Actual: strings.Join(sources, ", "),
				})
			}
		}
	}
	led, err := leadsOn(ctx, env, predecessor, successor)
	env.By("And the directory leads from %s to %s", predecessor, successor)
	return append(findings, led...), err
}

// leadsOn looks a provider that closed up in the directory.
func leadsOn(ctx context.Context, env *check.Env, predecessor, successor string) ([]result.Finding, error) {
	organizations, exchanges, err := record.Organizations(ctx, env.System, predecessor)
	if err != nil {
		return nil, err
	}
	finding := result.Finding{
		Rule: "successor-navigable", Severity: result.SeverityError, Path: "Organization", Exchanges: exchanges,
		Expected: predecessor + ", not active, with a reference to " + successor,
	}
	successors, asked, err := record.Organizations(ctx, env.System, successor)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(successors, func(o fhir.Resource) bool { return o["active"] != false }) {
		missing := finding
		missing.Message, missing.Exchanges = fmt.Sprintf("%s does not list %s, which took %s over, as active", env.System.Name, successor, predecessor), asked
		missing.Expected, missing.Actual = successor+", active", "none"
		return []result.Finding{missing}, nil
	}
	if len(organizations) == 0 {
		finding.Message = fmt.Sprintf("%s no longer lists %s, to which history is attributed", env.System.Name, predecessor)
		finding.Actual = "none"
		return []result.Finding{finding}, nil
	}
	var findings []result.Finding
	for _, organization := range organizations {
		if organization["active"] != false {
			finding.Message, finding.Actual = fmt.Sprintf("%s lists %s as active, and it has closed", env.System.Name, predecessor), "active"
			findings = append(findings, finding)
		}
		part, _ := organization["partOf"].(map[string]any)
		leads, err := leadsTo(ctx, env.System, organization, part, successor)
		if err != nil {
			return findings, err
		}
		if !leads {
			finding.Message, finding.Actual = fmt.Sprintf("%s does not lead from %s to who took it over", env.System.Name, predecessor), "no reference to it"
			findings = append(findings, finding)
		}
	}
	return findings, nil
}

// leadsTo reports whether a Reference of a resource is to the organisation with the ODS code, by identifier or by what it leads to,
// in the resource or at the system.
func leadsTo(ctx context.Context, system *check.Endpoint, from fhir.Resource, reference map[string]any, ods string) (bool, error) {
	if fhir.Text(fhir.Get(reference, "identifier", "value")) == ods {
		return true, nil
	}
	literal := fhir.Text(reference["reference"])
	if literal == "" {
		return false, nil
	}
	if name, inside := strings.CutPrefix(literal, "#"); inside {
		return slices.ContainsFunc(from.Objects("contained"), func(inner map[string]any) bool {
			return fhir.Text(inner["id"]) == name && slices.Contains(record.Identifiers(inner), record.ODSSystem+"|"+ods)
		}), nil
	}
	if system.Elsewhere(literal) {
		if parsed, ok := fhir.ParseReference(literal); ok && parsed.ID == ods {
			return true, nil // as the directory of the NHS names organisations
		}
		return false, &check.Inconclusive{Reason: result.NotCheckable, Detail: fmt.Sprintf("%s leads from %s to another server (%s), to which nothing is sent", system.Name, from.Reference(), literal)}
	}
	target, _, err := system.Read(ctx, literal)
	if err != nil || target == nil {
		return false, err
	}
	return slices.Contains(record.Identifiers(target), record.ODSSystem+"|"+ods), nil
}
