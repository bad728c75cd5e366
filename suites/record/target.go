package record

import (
	"context"
	"fmt"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Targets says where one statement of origin is about the records of two people: about are the records that are known, and of those that
// a statement names as well nothing is said. R4 allows a statement to be about many records; who asks about one person is told of another
// one's then. The caller adds the rule, the question and the exchanges of the answer.
func Targets(ctx context.Context, system *check.Endpoint, about, statements []fhir.Resource) (*result.Finding, error) {
	known := map[string]fhir.Resource{}
	for _, resource := range about {
		known[resource.Reference()] = resource
	}
	for _, statement := range statements {
		var first fhir.Resource
		for _, target := range statement.Objects("target") {
			text := fhir.Text(target["reference"])
			reference, ok := fhir.ParseReference(text)
			second := known[reference.Relative()]
			switch {
			case !ok || system.Elsewhere(text) || second == nil || patientOf(second) == "":
				continue
			case first == nil:
				first = second
			}
			another, err := anotherPerson(ctx, system, patientOf(first), patientOf(second))
			if err != nil {
				return nil, err
			}
			if another {
				f := origin("Provenance.target", fmt.Sprintf("%s is about %s and %s, which are records of two people", statement.Reference(), first.Reference(), second.Reference()),
					"records of one person", patientOf(first)+" and "+patientOf(second), result.OtherPerson)
				f.Severity = result.SeverityWarning
				return f, nil
			}
		}
	}
	return nil, nil
}

// anotherPerson reports whether two Patients are of two people, as far as that can be told.
func anotherPerson(ctx context.Context, system *check.Endpoint, one, other string) (bool, error) {
	if one == other {
		return false, nil
	}
	first, _, err := system.Read(ctx, one)
	if err != nil || first == nil {
		return false, err
	}
	second, _, err := system.Read(ctx, other)
	if err != nil || second == nil {
		return false, err
	}
	return check.Stranger(check.NHSNumbers(first), []fhir.Resource{first}, second), nil
}
