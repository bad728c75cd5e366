package record_test

import (
	"fmt"
	"testing"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/record"
)

// TestOneStatementOfManyThatIsOtherwiseIsOdd has a dozen records of one provider, each with a statement of where it comes from.
func TestOneStatementOfManyThatIsOtherwiseIsOdd(t *testing.T) {
	participant := func(value, reference, display, role string) object {
		return object{
			"who":  object{"identifier": object{"system": record.ODSSystem, "value": value}, "reference": reference, "display": display},
			"type": concept(object{"system": record.ParticipantSystem, "code": role}),
		}
	}
	usual := participant("RRK", "Organization/1", "University Hospitals Birmingham", "author")
	clerk := object{"who": object{"display": "A clerk"}, "type": concept(object{"code": "enterer"})}
	label := object{"tag": []any{object{"system": record.ODSSystem, "code": "RRK"}}}
	for name, c := range map[string]struct {
		odd   []any // the agents of the last statement, nil for no statement
		count int
		cause result.Cause
	}{
		"all alike":                       {[]any{usual}, 12, result.NoCause},
		"none for one of many":            {nil, 12, result.CauseMissing},
		"none for one of few":             {nil, 6, result.NoCause},
		"in another role":                 {[]any{participant("RRK", "Organization/1", "University Hospitals Birmingham", "assembler")}, 12, result.CauseAltered},
		"by another reference":            {[]any{participant("RRK", "Organization/2", "University Hospitals Birmingham", "author")}, 12, result.CauseAltered},
		"by another name":                 {[]any{participant("RRK", "Organization/1", "Blackthorn", "author")}, 12, result.CauseAltered},
		"by somebody besides":             {[]any{usual, clerk}, 12, result.NoCause},
		"by somebody else":                {[]any{clerk}, 12, result.NoCause},
		"in two roles":                    {[]any{usual, participant("RRK", "Organization/1", "University Hospitals Birmingham", "custodian")}, 12, result.NoCause},
		"in another role, of few records": {[]any{participant("RRK", "Organization/1", "University Hospitals Birmingham", "assembler")}, 6, result.NoCause},
	} {
		t.Run(name, func(t *testing.T) {
			var records, statements []fhir.Resource
			for i := range c.count {
				about := fhir.Resource{"resourceType": "Observation", "id": fmt.Sprint(i), "meta": label}
				records = append(records, about)
				agents := []any{usual}
				if i == c.count-1 {
					agents = c.odd
				}
				if agents != nil {
					statements = append(statements, fhir.Resource{
						"resourceType": "Provenance", "id": fmt.Sprint("p", i), "target": []any{object{"reference": about.Reference()}}, "agent": agents,
					})
				}
			}
			found, err := record.Origins(t.Context(), nil, records, statements)
			if err != nil {
				t.Fatal(err)
			}
			if (found != nil) != (c.cause != result.NoCause) || found != nil && (found.Cause != c.cause || found.Severity != result.SeverityWarning) {
				t.Errorf("%+v, want %q", found, c.cause)
			}
		})
	}
}
