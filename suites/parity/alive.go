package parity

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/policy"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// mostDeceased is how many people who have died are asked about. They are few, so that a sample has none of them by chance.
const mostDeceased = 5

// deceasedIn returns people of the ledger who have died and of whom something can be seen, in its order: of a system that stands
// alone it holds the records of some only.
func deceasedIn(ledger *fixtures.Ledger) []fixtures.Person {
	var dead []fixtures.Person
	for person := range ledger.People() {
		if len(dead) == mostDeceased {
			break
		}
		if person.Deceased != "" && person.NHSNumber != "" && len(ledger.Visible(person)) > 0 {
			dead = append(dead, person)
		}
	}
	return dead
}

// alive asks for every sampled person and for some who have died, and holds whether they are shown as deceased against the ledger. Where
// it is agreed that people who have died are not shown, showing one is wrong; not showing one is never wrong here.
func alive(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	var findings []result.Finding
	shown, dead := 0, 0
	hidden := env.Policy.For(env.System.Name).Deceased == policy.Hide
	died := deceasedIn(env.Ledger)
	for _, person := range slices.Concat(record.TruthOf(env).Sample(), died) {
		curl := env.System.Curl("Patient", url.Values{"identifier": {record.NHSNumberToken(person.NHSNumber)}})
		found, err := record.Find(ctx, env.System, person.NHSNumber)
		if err != nil {
			return findings, err
		}
		for _, patient := range found.Patients {
			shown++
			if person.Deceased != "" {
				dead++
			}
			if person.Deceased != "" && hidden {
				findings = append(findings, result.Finding{
					Rule: "deceased-hidden", Severity: result.SeverityError, Path: "Patient", Exchanges: found.Exchanges, Expected: "not shown", Actual: "shown",
					Cause: result.CauseExtra, Query: curl,
					Message: fmt.Sprintf("%s is shown, has died, and it is agreed that people who have died are not shown", patient.Reference()),
				})
				continue
			}
			deceased, says := deceasedOf(patient)
			if deceased == (person.Deceased != "") {
				continue
			}
			expected := "alive"
			if person.Deceased != "" {
				expected = "deceased on " + person.Deceased
			}
			findings = append(findings, result.Finding{
				Rule: "deceased", Severity: result.SeverityError, Path: "Patient.deceased[x]", Exchanges: found.Exchanges, Expected: expected, Actual: says,
				Cause: result.CauseAltered, Query: curl,
				Message: fmt.Sprintf("%s is shown as %s, and is %s", patient.Reference(), says, expected),
			})
		}
	}
	if shown == 0 {
		return nil, check.NoData("%s shows none of the sampled people. %s", env.System.Name, env.Remedy())
	}
	if len(died) > 0 && dead == 0 && !hidden && len(findings) == 0 {
		return nil, check.NoData("%s shows none of the people who have died, so whether it shows that they have was not seen. %s", env.System.Name, env.Remedy())
	}
	return findings, nil
}

// deceasedOf reads Patient.deceased[x].
func deceasedOf(patient fhir.Resource) (deceased bool, says string) {
	switch {
	case patient.Text("deceasedDateTime") != "":
		return true, "deceased on " + patient.Text("deceasedDateTime")
	case fhir.Text(patient["deceasedBoolean"]) == "true":
		return true, "deceased"
	default:
		return false, "alive"
	}
}
