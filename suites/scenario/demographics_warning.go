package scenario

import (
	"context"
	"fmt"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// mismatch writes a date of birth that is a day away into one system and then into the other, and looks at the asked one. Each
// answer of it that holds records from across the boundary must come with a warning, or hold none: a viewer reads the warnings of
// an answer before it shows what is in it, and has nothing else to go by. While the systems agree there must be no such warning.
// What the other system warns of is asked of that one.
func mismatch(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P34")
	if err != nil {
		return nil, err
	}
	env.By("Given a person with records in both systems, which agree that they were born on %s", c.person.BirthDate)
	findings, err := warned(ctx, env, c, false)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	for _, origin := range []*check.Endpoint{env.System, env.Peer} {
		found, err := record.MustFind(ctx, origin, c.person.NHSNumber)
		if err != nil {
			return findings, err
		}
		for _, date := range []string{c.story.Value("other-birth-date"), c.person.BirthDate} {
			for _, patient := range found.Patients {
				event := check.Event{Type: check.Correct, Reference: patient.Reference(), Change: map[string]any{"birthDate": date}}
				if err := env.Happen(ctx, origin, event); err != nil {
					return findings, err
				}
			}
			differ := date != c.person.BirthDate
			if differ {
				env.By("Then %s warns of it in every answer that holds records of %s", env.System.Title, env.Peer.Title)
			} else {
				env.By("Then the warning ends")
			}
			judged, err := warned(ctx, env, c, differ)
			if err != nil {
				return findings, err
			}
			findings = append(findings, judged...)
		}
	}
	slices.SortStableFunc(findings, result.CompareFindings)
	return slices.CompactFunc(findings, func(a, b result.Finding) bool { return result.CompareFindings(a, b) == 0 }), nil
}

// warned asks the system about each kind of fact from across the boundary, and says which answers lack the warning that the two
// do not agree on who the person is, or give it while they do.
func warned(ctx context.Context, env *check.Env, c cast, differ bool) ([]result.Finding, error) {
	var findings []result.Finding
	across, _ := c.heldBy(env.Peer.Part)
	for _, kind := range kindsOf(across) {
		facts := c.where(func(f fixtures.Fact) bool { return f.Kind == kind && env.Ledger.System(f.Source) == env.Peer.Part })
		l, err := lookAt(ctx, c.truth, env.System, c.person, facts)
		if err != nil {
			return findings, err
		}
		if missing := append(l.answered("before it is read"), l.shows(facts, "before it is read")...); !differ && len(missing) > 0 {
			return nil, check.NoData("the scenario cannot be played: %s", missing[0].Message)
		}
		findings = append(findings, l.answered("although the dates of birth differ")...)
		finding := result.Finding{
			Rule: "mismatch-warned", Severity: result.SeverityError, Path: "Bundle.entry.where(search.mode = 'outcome')", Exchanges: l.exchanges,
			Actual: describeOutcomes(l.outcomes),
		}
		switch said := l.warnsOfIdentity(); {
		case differ && !said && l.hasAny(facts):
			finding.Message = fmt.Sprintf("%s shows %s of %s and does not warn that the two systems hold different dates of birth", env.System.Name, kind, env.Peer.Name)
			finding.Expected = "an OperationOutcome that warns of different demographics, or none of the records"
		case !differ && said:
			finding.Message = fmt.Sprintf("%s warns of different demographics of a person on whom the two systems agree", env.System.Name)
			finding.Expected = "no such warning"
		default:
			continue
		}
		findings = append(findings, finding)
	}
	return findings, nil
}

// hasAny reports whether one of the facts is shown.
func (l look) hasAny(facts []fixtures.Fact) bool {
	for _, fact := range facts {
		if l.has(fact) {
			return true
		}
	}
	return false
}

// warnsOfIdentity reports whether a warning or an error speaks of who the person is.
func (l look) warnsOfIdentity() bool {
	words := []string{"date of birth", "dates of birth", "birthdate", "birth date", "demographic", "identity"}
	for _, outcome := range l.outcomes {
		for _, issue := range outcome.Objects("issue") {
			if fhir.Text(issue["severity"]) != "information" && containsAny(issueText(issue), words) {
				return true
			}
		}
	}
	return false
}
