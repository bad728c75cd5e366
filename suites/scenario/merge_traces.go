package scenario

import (
	"context"
	"fmt"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// traces are the AuditEvents of a system about changes to some Patients, by id, so that what one event adds can be told from
// what was there before. A system that offers no trail has none; the scenarios about audit say so.
type traces struct {
	patients []fhir.Resource
	known    []map[string]bool
}

func newTraces(ctx context.Context, system *check.Endpoint, patients ...fhir.Resource) (*traces, error) {
	t := &traces{patients: patients, known: make([]map[string]bool, len(patients))}
	for i, patient := range patients {
		ids, _, err := changes(ctx, system, patient)
		if err != nil {
			return nil, err
		}
		t.known[i] = map[string]bool{}
		for _, id := range ids {
			t.known[i][id] = true
		}
	}
	return t, nil
}

// grown says of which Patients the trail tells no change that it did not tell before, and remembers what it tells now.
func (t *traces) grown(ctx context.Context, env *check.Env, when string) ([]result.Finding, error) {
	if !env.System.Declares(ctx).Type("AuditEvent") {
		return nil, nil
	}
	env.By("And the audit trail of %s says for both records that they were changed", env.System.Title)
	var findings []result.Finding
	for i, patient := range t.patients {
		ids, answer, err := changes(ctx, env.System, patient)
		if err != nil {
			return findings, err
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return t.known[i][id] })
		if len(ids) == 0 {
			findings = append(findings, result.Finding{
				Rule: "merge-audited", Severity: result.SeverityError, Path: "AuditEvent", Query: answer.Curl(), Exchanges: answer.Exchanges,
				Message:  fmt.Sprintf("the audit trail of %s says nothing of a change to %s %s", env.System.Name, patient.Reference(), when),
				Expected: "an AuditEvent about a change that was not there before", Actual: "none",
			})
		}
		for _, id := range ids {
			t.known[i][id] = true
		}
	}
	return findings, nil
}

// changes are the ids of the AuditEvents about a Patient that tell of anything but looking: neither a read (action R) nor the
// execution of a query (action E with the query in an entity, as IHE BALP has it).
func changes(ctx context.Context, system *check.Endpoint, patient fhir.Resource) ([]string, *check.Answer, error) {
	if !system.Declares(ctx).Type("AuditEvent") {
		return nil, nil, nil
	}
	answer, err := trailOf(ctx, system, patient)
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	for _, event := range answer.Resources() {
		queried := slices.ContainsFunc(event.Objects("entity"), func(entity map[string]any) bool { return entity["query"] != nil })
		if action := event.Text("action"); event.Type() == "AuditEvent" && action != "" && action != "R" && !queried {
			ids = append(ids, event.ID())
		}
	}
	return ids, answer, nil
}
