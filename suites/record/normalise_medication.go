package record

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/internal/result"
	"concord.example/concord/suites/check"
)

// Which medicine it is may stand in the record as a concept, or in a Medication that the record contains or refers to (FHIR R4,
// medication[x]; UK Core's examples do both). Both say the same, so the Medication's code is read as if it stood in the record.

const (
	// medication is how a reference to a Medication begins.
	medication = "Medication/"
	// medicinesAtMost is how many Medications are read for one answer. Some systems make one for each record.
	medicinesAtMost = 1000
	// unreadMember is the member of a concept that stands for a Medication that could not be read.
	unreadMember = " unread"
)

// codeOf is the key under which Names knows the code of a Medication, unreadOf that under which it knows why there is none. No reference
// has a blank.
func codeOf(reference string) string { return reference + " code" }

func unreadOf(reference string) string { return reference + " unread" }

// UnreadMedicine is a Medication that says which medicine a record is about and cannot be read.
type UnreadMedicine struct {
	// Reference is that of the Medication, Status what a request for it is answered with, Query the request and Exchange its id.
	Reference, Query, Exchange string
	Status                     int
	// Untold is why nothing can be told of it, where the request was refused or not answered now; nil where the answer is a fault.
	Untold *check.Inconclusive `json:",omitempty"`
}

// learnMedicine takes in which medicine a Medication is, or why nobody can tell.
func (n Names) learnMedicine(reference string, f followed) {
	if f.unread != nil {
		exchange := f.unread.Exchange
		if len(f.unread.Broken.Finding.Exchanges) > 0 {
			exchange = f.unread.Broken.Finding.Exchanges[0]
		}
		if text, err := json.Marshal(UnreadMedicine{Reference: reference, Query: f.query, Exchange: exchange, Status: f.unread.Broken.Status, Untold: f.untold}); err == nil {
			n[unreadOf(reference)] = string(text)
		}
		return
	}
	code, ok := f.resource["code"].(map[string]any)
	if !ok || f.resource.Type() != "Medication" {
		return
	}
	if text, err := json.Marshal(code); err == nil {
		n[codeOf(reference)] = string(text)
	}
}

// medicinesOf adds to targets the Medications that say which medicine records are about.
func medicinesOf(system *check.Endpoint, resources []fhir.Resource, targets []string) ([]string, error) {
	known := make(map[string]bool, len(targets))
	for _, target := range targets {
		known[target] = true
	}
	medicines := 0
	for _, resource := range resources {
		text := resource.Text("medicationReference", "reference")
		reference, ok := fhir.ParseReference(text)
		if ok && system.Elsewhere(text) {
			continue
		}
		if target := reference.Relative(); ok && reference.Type == "Medication" && resource["medicationCodeableConcept"] == nil && !known[target] {
			if medicines++; medicines > medicinesAtMost {
				return nil, &check.Inconclusive{Reason: result.NotAsked, Detail: fmt.Sprintf(
					"%s says in more than %d Medications which medicines the records of one person are about; no more are read", system.Name, medicinesAtMost)}
			}
			known[target] = true
			targets = append(targets, target)
		}
	}
	return targets, nil
}

// medicineOf is the code of the Medication that a reference leads to, why that cannot be read, or the words of a reference that leads
// nowhere; nil where none is known.
func medicineOf(resource fhir.Resource, reference map[string]any, names Names) map[string]any {
	target := fhir.Text(reference["reference"])
	for _, contained := range resource.Objects("contained") {
		if code, ok := contained["code"].(map[string]any); ok && contained["resourceType"] == "Medication" && "#"+fhir.Text(contained["id"]) == target {
			return code
		}
	}
	if text := names[codeOf(relative(reference))]; text != "" {
		if code, err := fhir.DecodeObject([]byte(text)); err == nil {
			return code
		}
	}
	if text := names[unreadOf(relative(reference))]; text != "" {
		return map[string]any{unreadMember: text}
	}
	if words := fhir.Text(reference["display"]); words != "" {
		return map[string]any{"text": words}
	}
	return nil
}

// withMedicine is a record that says which medicine it is about itself: a copy of one that refers to a Medication, and any other as it is.
func withMedicine(resource fhir.Resource, names Names) fhir.Resource {
	reference, ok := resource["medicationReference"].(map[string]any)
	if !ok || resource["medicationCodeableConcept"] != nil {
		return resource
	}
	code := medicineOf(resource, reference, names)
	if code == nil {
		return resource
	}
	copied := maps.Clone(resource)
	delete(copied, "medicationReference")
	copied["medicationCodeableConcept"] = code
	return copied
}

// WithMedicines are records as they say which medicine they are about: what refers to a Medication is a copy that has its code, for which
// the Medication is read. It is for comparisons that leave references out; the others follow them all.
func WithMedicines(ctx context.Context, system *check.Endpoint, resources []fhir.Resource) ([]fhir.Resource, error) {
	targets, err := medicinesOf(system, resources, nil)
	if err != nil {
		return nil, err
	}
	found, err := Gather(ctx, targets, func(ctx context.Context, target string) (followed, error) { return readIdentity(ctx, system, target) })
	if err != nil {
		return nil, err
	}
	names := Names{}
	for i, f := range found {
		if f.untold != nil {
			return nil, f.untold
		}
		names.learnMedicine(targets[i], f)
	}
	all := make([]fhir.Resource, 0, len(resources))
	for _, resource := range resources {
		all = append(all, withMedicine(resource, names))
	}
	return all, nil
}

// unreadMedicine is the Medication that could not be read for a record; nil where there is none.
func unreadMedicine(resource fhir.Resource) *UnreadMedicine {
	concept, _ := resource["medicationCodeableConcept"].(map[string]any)
	text, ok := concept[unreadMember].(string)
	if !ok {
		return nil
	}
	var is UnreadMedicine
	if json.Unmarshal([]byte(text), &is) != nil {
		return nil
	}
	return &is
}
