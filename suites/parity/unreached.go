package parity

import (
	"context"
	"net/url"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/record"
)

// enoughByIdentifier is how many matches of a search by identifier are read: one that is not applied would show everybody's.
const enoughByIdentifier = 20

// isUnreached asks for a record by its identifier where nothing of the kind is found by the person. That it is there, and refers to the
// person, is a fault of the search, and no record was lost. One record of each person is asked for.
func (b *blame) isUnreached(ctx context.Context, p *placed) bool {
	id := p.seen.person.ID
	is, known := b.unreached[id]
	if len(p.difference.Want.Keys) == 0 || !known && len(b.unreached) >= peopleAtMost {
		return false
	}
	query := url.Values{"identifier": {p.difference.Want.Keys[0]}}
	if !known {
		answer, err := b.env.System.UpTo(enoughByIdentifier).Search(ctx, string(b.kind), query)
		is = err == nil && slices.ContainsFunc(answer.Resources(), func(resource fhir.Resource) bool {
			return slices.Contains(record.Identifiers(resource), p.difference.Want.Keys[0]) && slices.ContainsFunc(record.Literals(map[string]any(resource)), func(text string) bool {
				reference, ok := fhir.ParseReference(text)
				return ok && slices.ContainsFunc(p.seen.record.Patients, func(patient fhir.Resource) bool { return patient.Reference() == reference.Relative() })
			})
		})
		b.unreached[id] = is
	}
	if is {
		p.unreached = string(b.kind) + "?identifier=" + query.Get("identifier")
	}
	return is
}
