package parity

import (
	"context"
	"fmt"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// links follows a Patient in an answer to the other Patients that it says are of the same person, there or in another system of the run:
// each must be.
func (c *copies) links(ctx context.Context, answer reply, patient fhir.Resource) []result.Finding {
	var findings []result.Finding
	for _, link := range patient.Objects("link") {
		kind := fhir.Text(link["type"])
		if kind != "seealso" && kind != "refer" && kind != "replaces" {
			continue // whoever was replaced is left to who looks at merges
		}
		target, exchange := c.copy(ctx, fhir.Text(fhir.Get(link, "other", "reference")), patient)
		if target == nil {
			continue
		}
		if kind == "replaces" {
			if target["active"] == true && !slices.ContainsFunc(target.Objects("link"), func(back map[string]any) bool { return back["type"] == "replaced-by" }) {
				f := astray(answer, "Patient.link", fmt.Sprintf("%s says that it replaces %s, and that says that it is in use and that nothing has replaced it", patient.Reference(), target.Reference()),
					"a Patient that is inactive or was replaced (FHIR R4, Patient.link.type)", "an active Patient", exchange)
				f.Cause = result.CauseAltered
				findings = append(findings, f)
			}
			continue // a number may have been replaced with the record
		}
		if c.another(patient, target) {
			f := astray(answer, "Patient.link", fmt.Sprintf("%s links to %s as to another record of the same person, and that is another person's", patient.Reference(), target.Reference()),
				"a Patient of the same person", "a Patient of another", exchange)
			f.Hazard = "S1: one patient's records are shown as another's by " + title(c.system) + "."
			f.Cause = result.CauseExtra
			findings = append(findings, f)
		}
	}
	return findings
}

// another reports whether two Patients are of two people: by their NHS numbers, or, where one has none, by what the ledger knows of whose they are.
func (c *copies) another(patient, other fhir.Resource) bool {
	own, theirs := check.NHSNumbers(patient), check.NHSNumbers(other)
	if len(own) > 0 && len(theirs) > 0 {
		return !slices.ContainsFunc(theirs, func(number string) bool { return slices.Contains(own, number) })
	}
	if c.env.Found {
		return false
	}
	one, known := personOf(c.env.Ledger, patient)
	two, knownToo := personOf(c.env.Ledger, other)
	return known && knownToo && one.ID != two.ID
}

// copy is the other Patient to which one is linked, as the system that keeps it shows it, with an exchange in which it does; nil for one that
// was looked at for this Patient before, or is not to be had: a copy may be closed to who asks.
func (c *copies) copy(ctx context.Context, text string, patient fhir.Resource) (other fhir.Resource, exchange string) {
	if partner := c.system.Partner(text); partner != nil {
		other, exchange, _ = c.readAt(ctx, partner, text, patient.Reference(), c.linked, linkedAtMost)
		return other, exchange
	}
	reference, _ := fhir.ParseReference(text)
	if known, shown := c.shown[reference.Relative()]; shown && !c.system.Elsewhere(text) && len(known.exchanges) > 0 {
		name := patient.Reference() + " is linked to " + text
		if c.told[name] {
			return nil, ""
		}
		c.told[name] = true
		return known.resource, known.exchanges[0]
	}
	other, exchange, _ = c.read(ctx, text, patient.Reference(), c.linked, linkedAtMost)
	return other, exchange
}
