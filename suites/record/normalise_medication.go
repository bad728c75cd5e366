package record

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// Which medicine it is may stand in the record as a concept, or in a Medication that the record contains or refers to (FHIR R4,
// medication[x]; UK Core's examples do both). Both say the same, so the Medication's code is read as if it stood in the record.

// codeOf is the key under which Names knows the code of a Medication. No reference has a blank.
func codeOf(reference string) string { return reference + " code" }

// learnMedicine takes in which medicine a Medication is.
func (n Names) learnMedicine(reference string, medication map[string]any) {
	code, ok := medication["code"].(map[string]any)
	if !ok || fhir.Text(medication["resourceType"]) != "Medication" {
		return
	}
	if text, err := json.Marshal(code); err == nil {
		n[codeOf(reference)] = string(text)
	}
}

// medicineOf is the code of the Medication that a reference leads to, or the words of a reference that leads nowhere; nil where neither is
// known.
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
	var targets []string
	for _, resource := range resources {
		if len(targets) >= followedAtMost {
			break
		}
		reference, ok := fhir.ParseReference(resource.Text("medicationReference", "reference"))
		if target := reference.Relative(); ok && reference.Type == "Medication" && resource["medicationCodeableConcept"] == nil && !slices.Contains(targets, target) {
			targets = append(targets, target)
		}
	}
	found, err := Gather(ctx, targets, func(ctx context.Context, target string) (followed, error) { return readIdentity(ctx, system, target) })
	if err != nil {
		return nil, err
	}
	names := Names{}
	for i, f := range found {
		names.learnMedicine(targets[i], f.resource)
	}
	all := make([]fhir.Resource, 0, len(resources))
	for _, resource := range resources {
		all = append(all, withMedicine(resource, names))
	}
	return all, nil
}
