package scenario

import (
	"context"
	"fmt"
	"net/url"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// superseded asks by an NHS number that was replaced. The answer must lead to the person's present record: the Patient
// with the new number in place of the old, or the old one, no longer active, with a link to it. No fact may hang on the
// old record only.
func superseded(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	c, err := castOf(env, "P18")
	if err != nil {
		return nil, err
	}
	old := c.story.Value("superseded-number")
	env.By("Given a person whose NHS number was replaced, with facts from before and after")
	env.By("When a clinician asks %s by the old number", env.System.Title)
	answer, err := env.System.Search(ctx, "Patient", url.Values{"identifier": {record.NHSNumberToken(old)}})
	if err != nil {
		return nil, err
	}
	current := record.NHSNumberToken(c.person.NHSNumber)
	var findings []result.Finding
	fault := func(rule, expected, actual, format string, args ...any) {
		findings = append(findings, result.Finding{
			Rule: rule, Severity: result.SeverityError, Path: "Patient", Message: fmt.Sprintf(format, args...), Expected: expected, Actual: actual,
			Exchanges: answer.Exchanges,
		})
	}
	if len(answer.Matches) == 0 {
		fault("superseded-number-found", "the present record, or the old one with a link to it", "nobody",
			"%s finds nobody under the superseded NHS number", env.System.Name)
	}
	survivors, err := record.MustFind(ctx, env.System, c.person.NHSNumber)
	if err != nil {
		return findings, err
	}
	present := map[string]bool{}
	for _, patient := range survivors.Patients {
		present[patient.ID()] = true
	}
	for _, patient := range answer.Resources() {
		if carries(patient, current) {
			continue
		}
		target, linked := replacedBy(patient)
		switch {
		case !linked:
			fault("superseded-number-leads-on", "a link of type replaced-by", "no such link",
				"%s shows %s under the superseded NHS number and does not say which record replaced it", env.System.Name, patient.Reference())
		case !present[target.ID]:
			fault("superseded-number-leads-on", "a link to the record with the present NHS number", target.Relative(),
				"%s says that %s was replaced by %s, which is not a record with the present NHS number", env.System.Name, patient.Reference(), target.Relative())
		}
		if patient["active"] != false {
			fault("superseded-record-inactive", "active false", fhir.Text(patient["active"]),
				"%s shows the record of the superseded NHS number as active", env.System.Name)
		}
	}
	l, err := lookAtWhole(ctx, c.truth, env.System, c.person, c.facts)
	if err != nil {
		return findings, err
	}
	env.By("Then the answer leads to the present record, and every fact from before and after is there")
	return append(findings, l.shows(c.facts, "under the present NHS number")...), nil
}

// carries reports whether a Patient has an identifier.
func carries(patient fhir.Resource, token string) bool {
	for _, identifier := range record.Identifiers(patient) {
		if identifier == token {
			return true
		}
	}
	return false
}

// replacedBy returns the Patient that replaced another, if it says so.
func replacedBy(patient fhir.Resource) (fhir.Reference, bool) {
	for _, link := range patient.Objects("link") {
		if fhir.Text(link["type"]) == "replaced-by" {
			return fhir.ParseReference(fhir.Text(fhir.Get(link, "other", "reference")))
		}
	}
	return fhir.Reference{}, false
}
