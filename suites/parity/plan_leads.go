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
	var findings []result.Finding
	wrong := func(path, message, expected, actual, exchange string) {
		findings = append(findings, result.Finding{
			Rule: "reference-resolves", Severity: result.SeverityError, Path: path, Cause: result.ReferenceBroken, Query: answer.line(),
			Message: message, Expected: expected, Actual: actual, Exchanges: append(slices.Clone(answer.exchanges), exchange),
		})
	}
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
				wrong("Patient.link", fmt.Sprintf("%s says that it replaces %s, and that says that it is in use and that nothing has replaced it", patient.Reference(), target.Reference()),
					"a Patient that is inactive or was replaced (FHIR R4, Patient.link.type)", "an active Patient", exchange)
				findings[len(findings)-1].Cause = result.CauseAltered
			}
			continue // a number may have been replaced with the record
		}
		if c.another(patient, target) {
			wrong("Patient.link", fmt.Sprintf("%s links to %s as to another record of the same person, and that is another person's", patient.Reference(), target.Reference()),
				"a Patient of the same person", "a Patient of another", exchange)
			findings[len(findings)-1].Hazard = "S1: one patient's records are shown as another's by " + title(c.system) + "."
			findings[len(findings)-1].Cause = result.CauseExtra
		}
	}
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
				wrong("Patient."+element, fmt.Sprintf("%s is kept by %s, whose identifier is %s, and the identifier beside the reference is %s", patient.Reference(), target.Reference(), first(same), named),
					first(same), named, exchange)
			}
		}
	}
	return findings
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
