package security

import (
	"context"
	"fmt"
	"net/url"

	"concord.example/concord/internal/exchange"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// onePatient asks with a token for one patient about another.
func onePatient(ctx context.Context, env *check.Env) ([]result.Finding, error) {
	bound, err := way(env, check.DoorPatient)
	if err != nil {
		return nil, err
	}
	invited, err := way(env, check.DoorInvited)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 2)
	for i, number := range []string{env.System.Doors.Own, env.System.Doors.Other} {
		shown, err := record.MustFind(ctx, invited, number)
		if err != nil {
			return nil, err
		}
		ids[i] = shown.Patients[0].ID()
	}
	own, err := bound.Ask(ctx, exchange.Request{URL: "Patient/" + ids[0]})
	if err != nil {
		return nil, err
	}
	if !own.Succeeded() {
		return nil, &check.Inconclusive{Reason: result.NotAllowed, Detail: fmt.Sprintf(
			"%s does not show the patient's own record to the patient's token (status %d), so that a refusal would prove nothing; check security.patient", env.System.Name, own.Status)}
	}
	var findings []result.Finding
	for _, question := range []exchange.Request{
		{URL: "Patient/" + ids[1]},
		byNumber(env.System.Doors.Other),
		{URL: "Observation?" + url.Values{"patient": {ids[1]}}.Encode()},
		{URL: "Encounter?" + url.Values{"patient": {ids[1]}}.Encode()},
		// Who finds nothing by an id alone has not refused anything.
		{URL: "Observation?" + url.Values{"patient": {"Patient/" + ids[1]}}.Encode()},
		{URL: "Encounter?" + url.Values{"patient": {"Patient/" + ids[1]}}.Encode()},
		{URL: "Patient/" + ids[1] + "/$everything"},
	} {
		got, err := bound.Ask(ctx, question)
		if err != nil {
			return nil, err
		}
		if err := unavailable(env, got); err != nil {
			return nil, err
		}
		if n := about(got, ids[1]); got.Status < 300 && n > 0 {
			findings = append(findings, finding(env, got, "another-patient", fmt.Sprintf("%s shows somebody else's records to a token for one patient", env.System.Name), "status 403 or 404, or nothing about somebody else",
				fmt.Sprintf("status %d with %d resources about somebody else", got.Status, n)))
		}
	}
	return findings, nil
}

// about is how many resources of an answer are about a patient.
func about(got *exchange.Exchange, id string) int {
	resource := resourceOf(got)
	all := []fhir.Resource{resource}
	if resource.Type() == "Bundle" {
		all = nil
		for _, entry := range fhir.Entries(resource) {
			all = append(all, entry.Resource)
		}
	}
	n := 0
	for _, one := range all {
		ref, _ := fhir.ParseReference(one.Text("subject", "reference"))
		if other, ok := fhir.ParseReference(one.Text("patient", "reference")); ok && ref.ID == "" {
			ref = other
		}
		if one.Type() == "Patient" && one.ID() == id || ref.Type == "Patient" && ref.ID == id {
			n++
		}
	}
	return n
}
