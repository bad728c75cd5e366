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

// alone asks for the records of each type of everybody whose records are compared. Whoever a record names as its patient must be the one who
// was asked about. It tells something only where two answers differ, or where one is wrong.
func alone(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	everybody, err := record.Gather(ctx, record.Sample(env.Ledger), func(ctx context.Context, person fixtures.Person) (somebody, error) {
		found, err := record.Find(ctx, env.System, person.NHSNumber)
		return somebody{person, found}, err
	})
	if err != nil {
		return nil, err
	}
	everybody = slices.DeleteFunc(everybody, func(s somebody) bool { return len(s.shown.Patients) == 0 })
	if len(everybody) < 2 {
		return nil, check.NoData("%s shows fewer than two of the people who are asked about, so nobody can be told from anybody else. %s", env.System.Name, env.Remedy())
	}
	var findings []result.Finding
	told := 0
	for _, kind := range fixtures.Kinds() {
		wrong, differ, err := aloneOf(ctx, env, kind, everybody)
		findings = append(findings, wrong...)
		if err != nil {
			return findings, err
		}
		if differ {
			told++
		}
	}
	if len(findings) == 0 && told == 0 {
		return nil, check.NoData("%s shows records of no type of two people, so nobody can be told from anybody else. %s", env.System.Name, env.Remedy())
	}
	return findings, nil
}

// somebody is a person of the sample as the system shows them.
type somebody struct {
	person fixtures.Person
	shown  record.Person
}

// furtherAsked is how many people more are asked about once an answer was wrong, to tell a parameter that is not applied from records that
// lie with another person.
const furtherAsked = 2

// aloneOf asks about the records of one type. differ says that two people have different ones.
func aloneOf(ctx context.Context, env *check.Env, kind fixtures.Kind, everybody []somebody) (findings []result.Finding, differ bool, err error) {
	compared := map[string]bool{}
	for _, person := range people(env, kind) {
		compared[person.ID] = true
	}
	var (
		distinct      []string
		right, beyond int
	)
	for _, s := range slices.SortedStableFunc(slices.Values(everybody), func(a, b somebody) int { return later(!compared[a.person.ID], !compared[b.person.ID]) }) {
		if len(findings) > 0 && (right > 0 || beyond >= furtherAsked) || len(distinct) == 2 && !compared[s.person.ID] {
			break
		}
		answer, err := env.System.Search(ctx, string(kind), url.Values{"patient": {s.shown.Patients[0].ID()}})
		var refused *check.BrokenAnswer
		if errors.As(err, &refused) && refused.Finding.Cause == result.IgnoredParameter {
			return append(findings, refused.Finding), true, nil
		}
		if errors.Is(orNotOffered(err), errNotOffered) {
			break // that the search must be offered is for the checks of the contract to say
		}
		if err != nil {
			return findings, len(distinct) == 2, err
		}
		wrong := others(s.shown, answer)
		switch {
		case len(wrong) > 0 && len(findings) > 0:
			beyond++
		case len(wrong) > 0:
			findings = append(findings, result.Finding{
				Rule: "patient-alone", Severity: result.SeverityError, Path: string(kind) + ".subject", Query: answer.Curl(), Exchanges: answer.Exchanges,
				Message:  fmt.Sprintf("the answer to %s, a search about one patient, holds records of others", answer.Query),
				Expected: "records of " + s.shown.Patients[0].Reference() + " alone", Actual: "records of " + first(wrong),
			})
		case len(answer.Matches) > 0:
			right++
			if text := fmt.Sprint(found(answer)); len(distinct) < 2 && !slices.Contains(distinct, text) {
				distinct = append(distinct, text)
			}
		}
	}
	if len(findings) > 0 && right > 0 {
		findings[0].Cause = result.OtherPerson // for others the parameter is applied
	}
	return findings, len(distinct) == 2, nil
}

// later compares so that what is true comes after what is not.
func later(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
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
