package scenario

import (
	"context"
	"fmt"

	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// homeBoard asks where a patient who was treated across the border belongs: the practice that they are registered with,
// and the integrated care board that it is part of.
func homeBoard(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P06")
	if err != nil {
		return nil, err
	}
	practice, ok := env.Ledger.Provider(c.person.Practice)
	if !ok {
		return nil, fmt.Errorf("the ledger has no provider %q", c.person.Practice)
	}
	env.By("Given a patient who is registered with %s, a practice of %s, and was treated across the border", practice.ODS, practice.ICB)
	env.By("When %s is asked for the patient, and for the practice", env.System.Title)
	found, err := record.MustFind(ctx, env.System, c.person.NHSNumber)
	if err != nil {
		return nil, err
	}
	finding := result.Finding{Rule: "home-board", Severity: result.SeverityError, Path: "Patient.generalPractitioner", Exchanges: found.Exchanges, Expected: practice.ODS}
	var findings []result.Finding
	registered := false
	for _, patient := range found.Patients {
		for _, reference := range patient.Objects("generalPractitioner") {
			leads, err := leadsTo(ctx, env.System, patient, reference, practice.ODS)
			if err != nil {
				return findings, err
			}
			registered = registered || leads
		}
	}
	if !registered {
		finding.Message, finding.Actual = fmt.Sprintf("%s does not say that the patient is registered with %s", env.System.Name, practice.ODS), "another practice, or none"
		findings = append(findings, finding)
	}
	organizations, exchanges, err := record.Organizations(ctx, env.System, practice.ODS)
	if err != nil {
		return findings, err
	}
	finding.Path, finding.Exchanges, finding.Expected = "Organization.partOf", exchanges, practice.ICB
	if len(organizations) == 0 {
		finding.Message, finding.Actual = fmt.Sprintf("%s does not list %s, with which the patient is registered", env.System.Name, practice.ODS), "no Organization"
		return append(findings, finding), nil
	}
	for _, organization := range organizations {
		part, _ := organization["partOf"].(map[string]any)
		leads, err := leadsTo(ctx, env.System, organization, part, practice.ICB)
		if err != nil {
			return findings, err
		}
		if !leads {
			finding.Message, finding.Actual = fmt.Sprintf("%s does not say that %s, with which the patient is registered, is a practice of %s", env.System.Name, practice.ODS, practice.ICB), "another board, or none"
			findings = append(findings, finding)
		}
	}
	env.By("Then the patient's home is in the area of %s, on this side of the border as on the other", practice.ICB)
	return findings, nil
}
