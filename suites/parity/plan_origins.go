package parity

import (
	"context"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/record"
)

// statedAtMost is how many records one check reads because a statement of where they come from is in an answer.
const statedAtMost = 40

// origins holds the statements of where records come from that an answer shows against the labels of those records, as the system
// shows them otherwise, and against each other.
func (c *copies) origins(ctx context.Context, answer reply) []result.Finding {
	var statements, about []fhir.Resource
	for _, resource := range answer.resources {
		if resource.Type() != "Provenance" {
			continue
		}
		statements = append(statements, resource)
		for _, target := range resource.Objects("target") {
			if it := c.stated(ctx, fhir.Text(target["reference"])); it != nil {
				about = append(about, it)
			}
		}
	}
	wrong, err := record.Origins(ctx, nil, about, statements)
	if err == nil && wrong == nil {
		wrong, err = record.Participants(ctx, c.system, statements)
	}
	if err == nil && wrong == nil {
		wrong, err = record.Targets(ctx, c.system, about, statements)
	}
	if err != nil || wrong == nil || c.told[wrong.Message] {
		return nil // who does not answer is asked by others
	}
	c.told[wrong.Message] = true
	wrong.Rule, wrong.Query, wrong.Exchanges = "search-origin", answer.line(), answer.exchanges
	return []result.Finding{*wrong}
}

// stated is the record that a statement is about, as the system shows it; nil where it is not known. Who keeps a Patient is not where
// the person's records come from, so of Patients nothing is said.
func (c *copies) stated(ctx context.Context, text string) fhir.Resource {
	reference, ok := fhir.ParseReference(text)
	if !ok || reference.Type == "" || reference.Type == "Patient" || c.system.Elsewhere(text) {
		return nil
	}
	if known, shown := c.shown[reference.Relative()]; shown {
		return known.resource
	}
	if c.stating >= statedAtMost {
		return nil
	}
	c.stating++
	resource, _, err := c.system.Read(ctx, text)
	if err != nil || resource == nil || resource.Reference() != reference.Relative() {
		return nil // that it cannot be read is for others to say
	}
	return resource
}
