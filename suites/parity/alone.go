package parity

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// aloneCheck asks whether a search about one patient is one.
func aloneCheck() check.Check {
	return check.Check{
		ID: "PAR-ALONE-001", Suite: "parity", AnyData: true, Level: result.Must, Scope: check.PerSystem,
		Title: "a search about one patient shows that patient's records, and nobody else's",
		Requirement: []result.Ref{
			{ID: "FHIR-SEARCH", Source: "HL7 FHIR R4 3.1.1.4.12 reference"}, {ID: "CONTRACT", Source: "Concord search contract: search by patient of every type"},
		},
		Cause:  result.IgnoredParameter,
		Hazard: "Somebody else's allergies, results and medicines are shown as this patient's, and they are treated by them.",
		Fix:    "Apply the search parameter patient, or refuse the search.",
		Run:    alone,
	}
}

// alone asks for the records of each type of somebody who has many and of somebody else. Whoever a record names as its
// patient must be the one who was asked about. It tells something only where the two answers differ, or where one is wrong.
func alone(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	people, err := record.Gather(ctx, record.Sample(env.Ledger), func(ctx context.Context, person fixtures.Person) (record.Person, error) {
		return record.Find(ctx, env.System, person.NHSNumber)
	})
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(p record.Person) bool { return len(p.Patients) == 0 })
	if len(people) < 2 {
		return nil, check.NoData("%s shows fewer than two of the people who are asked about, so nobody can be told from anybody else. %s", env.System.Name, env.Remedy())
	}
	var (
		findings []result.Finding
		told     int
	)
	for _, kind := range fixtures.Kinds() {
		var distinct []string
		for _, person := range people {
			answer, err := env.System.Search(ctx, string(kind), url.Values{"patient": {person.Patients[0].ID()}})
			var refused *check.BrokenAnswer
			if errors.As(err, &refused) && refused.Finding.Cause == result.IgnoredParameter {
				findings = append(findings, refused.Finding)
				break
			}
			if errors.Is(orNotOffered(err), errNotOffered) {
				break // that the search must be offered is for the checks of the contract to say
			}
			if err != nil {
				return findings, err
			}
			if wrong := others(person, answer); len(wrong) > 0 {
				findings = append(findings, result.Finding{
					Rule: "patient-alone", Severity: result.SeverityError, Path: string(kind) + ".subject", Query: answer.Curl(), Exchanges: answer.Exchanges,
					Message:  fmt.Sprintf("the answer to %s, a search about one patient, holds records of others", answer.Query),
					Expected: "records of " + person.Patients[0].Reference() + " alone", Actual: "records of " + first(wrong),
				})
				break
			}
			if text := fmt.Sprint(found(answer)); len(answer.Matches) > 0 && !slices.Contains(distinct, text) {
				distinct = append(distinct, text)
			}
			if len(distinct) == 2 {
				told++
				break
			}
		}
	}
	if len(findings) == 0 && told == 0 {
		return nil, check.NoData("%s shows records of no type of two people, so nobody can be told from anybody else. %s", env.System.Name, env.Remedy())
	}
	return findings, nil
}

// others are the Patients other than the person's that the records of an answer are about, sorted.
func others(person record.Person, answer *check.Answer) []string {
	var wrong []string
	for _, resource := range answer.Resources() {
		for _, element := range []string{"subject", "patient", "for"} {
			reference, ok := fhir.ParseReference(resource.Text(element, "reference"))
			if !ok || reference.Type != "Patient" || slices.ContainsFunc(person.Patients, func(p fhir.Resource) bool { return p.ID() == reference.ID }) {
				continue
			}
			wrong = append(wrong, reference.Relative())
		}
	}
	return sortedOnce(wrong)
}
