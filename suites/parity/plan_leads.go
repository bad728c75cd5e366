package parity

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// ledAtMost is how many references of Patients one check follows to who keeps them, linkedAtMost how many to other records of the same
// person, furtherAtMost how many of those who keep them. A search by name shows the Patients of a few hundred providers, and each of them
// is led to by few.
const ledAtMost, linkedAtMost, furtherAtMost = 300, 120, 100

// leadsTo follows what a Patient refers to: who keeps the copy and who the practice is, in the system itself, must be whom the
// identifier beside the reference names, and another copy, there or in another system of the run, must be of the same person.
func (c *copies) leadsTo(ctx context.Context, answer reply, patient fhir.Resource) []result.Finding {
	if partial(patient) {
		return nil
	}
	findings := c.links(ctx, answer, patient)
	for _, element := range []string{"generalPractitioner", "managingOrganization"} {
		for _, reference := range fhir.Objects(patient[element]) {
			identifier, _ := reference["identifier"].(map[string]any)
			named := fhir.Text(identifier["system"]) + "|" + fhir.Text(identifier["value"])
			target, exchange, broken := c.read(ctx, fhir.Text(reference["reference"]), named, c.led, ledAtMost)
			for _, f := range broken {
				f.Query = answer.line()
				findings = append(findings, f)
			}
			if target == nil {
				continue
			}
			findings = append(findings, c.listed(reply{curl: answer.curl, exchanges: []string{exchange}}, target)...)
			findings = append(findings, c.beyond(ctx, target)...)
			if identifier == nil {
				continue
			}
			own := record.Identifiers(target)
			// An identifier of another register says nothing against it.
			same := slices.DeleteFunc(slices.Clone(own), func(text string) bool { return !strings.HasPrefix(text, fhir.Text(identifier["system"])+"|") })
			if len(same) > 0 && !slices.Contains(same, named) {
				findings = append(findings, astray(answer, "Patient."+element, fmt.Sprintf("%s is kept by %s, whose identifier is %s, and the identifier beside the reference is %s", patient.Reference(), target.Reference(), first(same), named),
					first(same), named, exchange))
			}
		}
	}
	return findings
}

// astray is the finding that a reference of a Patient in an answer leads to what it should not; exchange shows what is there.
func astray(answer reply, path, message, expected, actual, exchange string) result.Finding {
	return result.Finding{
		Rule: "reference-resolves", Severity: result.SeverityError, Path: path, Cause: result.ReferenceBroken, Query: answer.line(),
		Message: message, Expected: expected, Actual: actual, Exchanges: append(slices.Clone(answer.exchanges), exchange),
	}
}

// beyond follows what the entry that a Patient leads to refers to in its turn: the organisation of which another is a part.
func (c *copies) beyond(ctx context.Context, entry fhir.Resource) []result.Finding {
	var findings []result.Finding
	for _, text := range record.Literals(map[string]any(entry)) {
		_, _, broken := c.read(ctx, text, "", c.further, furtherAtMost)
		findings = append(findings, broken...)
	}
	return findings
}

// read reads what a reference of a Patient leads to in the system, once for what it is asked for, or says that nothing or an error is
// there; nothing of one that leads elsewhere, and of what was read already.
func (c *copies) read(ctx context.Context, text, asked string, known map[string]bool, most int) (target fhir.Resource, exchange string, broken []result.Finding) {
	if c.system.Elsewhere(text) {
		return nil, "", nil
	}
	return c.readAt(ctx, c.system, text, asked, known, most)
}

func (c *copies) readAt(ctx context.Context, system *check.Endpoint, text, asked string, known map[string]bool, most int) (target fhir.Resource, exchange string, broken []result.Finding) {
	reference, ok := fhir.ParseReference(text)
	if !ok || reference.Type == "" || known[text+" "+asked] || len(known) >= most {
		return nil, "", nil
	}
	known[text+" "+asked] = true
	resource, got, err := system.Read(ctx, text)
	wrong := (*check.BrokenAnswer)(nil)
	switch {
	case errors.As(err, &wrong):
		return nil, "", unreadable(c.env, []record.Unread{{Reference: reference.Relative(), Broken: wrong}})
	case err != nil:
		return nil, "", nil // that the system could not be asked is for others to say
	case resource == nil:
		return nil, "", unreadable(c.env, []record.Unread{{Reference: reference.Relative(), Exchange: got.ID}})
	case resource.Reference() != reference.Relative():
		return nil, "", nil
	default:
		return resource, got.ID, nil
	}
}
