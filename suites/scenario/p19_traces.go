package scenario

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"concord/internal/check"
	"concord/internal/fhir"
	"concord/internal/result"
)

// traces are what the audit trail of a system says of changes to two Patients, counted so that what one event adds can be
// told from what was there before. A system that offers no trail has none; the scenarios about audit say so.
type traces struct {
	patients []fhir.Resource
	counts   []int
}

func newTraces(ctx context.Context, system *check.Endpoint, patients ...fhir.Resource) (*traces, error) {
	t := &traces{patients: patients, counts: make([]int, len(patients))}
	for i, patient := range patients {
		n, _, err := changes(ctx, system, patient)
		if err != nil {
			return nil, err
		}
		t.counts[i] = n
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
		n, answer, err := changes(ctx, env.System, patient)
		if err != nil {
			return findings, err
		}
		if n <= t.counts[i] {
			findings = append(findings, result.Finding{
				Rule: "merge-audited", Severity: result.SeverityError, Path: "AuditEvent", Query: answer.Curl(), Exchanges: answer.Exchanges,
				Message:  fmt.Sprintf("the audit trail of %s says nothing of a change to %s %s", env.System.Name, patient.Reference(), when),
				Expected: fmt.Sprintf("%d changes or more", t.counts[i]+1), Actual: fmt.Sprintf("%d changes", n),
			})
		}
		t.counts[i] = n
	}
	return findings, nil
}

// changes counts the AuditEvents about a Patient that tell of anything but looking: neither a read (action R) nor the
// execution of a query (action E with the query in an entity, as IHE BALP has it).
func changes(ctx context.Context, system *check.Endpoint, patient fhir.Resource) (int, *check.Answer, error) {
	if !system.Declares(ctx).Type("AuditEvent") {
		return 0, nil, nil
	}
	answer, err := system.Search(ctx, "AuditEvent", url.Values{"patient": {patient.ID()}})
	if err != nil {
		return 0, nil, err
	}
	n := 0
	for _, event := range answer.Resources() {
		queried := slices.ContainsFunc(event.Objects("entity"), func(entity map[string]any) bool { return entity["query"] != nil })
		if action := event.Text("action"); event.Type() == "AuditEvent" && action != "" && action != "R" && !queried {
			n++
		}
	}
	return n, answer, nil
}
