package script

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"concord.example/concord/fixtures"
	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
	"concord.example/concord/suites/record"
)

// identified returns a resource whose references carry the business identifiers of what they lead to, for a path
// that looks at identifiers: a system may refer by an id, or by a number, of its own alone (FHIR R4 2.3.0), and means the same record.
// The resource itself is not changed.
func (v *view) identified(ctx context.Context, truth *record.Truth, path string, resource fhir.Resource) (fhir.Resource, error) {
	if !strings.Contains(path, "identifier") {
		return resource, nil
	}
	copied := resource.Clone()
	contained := map[string]fhir.Resource{}
	for _, inner := range fhir.Objects(resource["contained"]) {
		contained["#"+fhir.Text(inner["id"])] = inner
	}
	if err := v.identify(ctx, truth, map[string]any(copied), contained); err != nil {
		return nil, err
	}
	return copied, nil
}

// identify adds identifiers to the references below a value that have none, or one of the system's own. What the resource contains is
// found by its name in it.
func (v *view) identify(ctx context.Context, truth *record.Truth, value any, contained map[string]fhir.Resource) error {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if err := v.identify(ctx, truth, item, contained); err != nil {
				return err
			}
		}
	case map[string]any:
		text, _ := value["reference"].(string)
		if number, own := ownNumber(value); text != "" && value["identifier"] == nil || own {
			target, inside := contained[text]
			var err error
			switch {
			case inside:
			case text != "":
				target, err = v.target(ctx, text)
			default:
				target, err = v.numbered(ctx, fhir.Text(value["type"]), number)
			}
			if identifier := identifying(truth, target); err == nil && identifier != nil {
				value["identifier"] = identifier
			}
			return err
		}
		for _, member := range value {
			if err := v.identify(ctx, truth, member, contained); err != nil {
				return err
			}
		}
	}
	return nil
}

// identifying is the identifier by which others know a resource: one of a system that is the same everywhere, or the number that its source gave
// the record which it says the same as, or else the first that has a system and a value. A system may give a resource as many further identifiers as it likes, in any order.
func identifying(truth *record.Truth, resource fhir.Resource) map[string]any {
	var first map[string]any
	for _, identifier := range fhir.Objects(resource["identifier"]) {
		system := fhir.Text(identifier["system"])
		switch {
		case system == "" || fhir.Text(identifier["value"]) == "":
		case everywhere(identifier):
			return identifier
		case first == nil:
			first = identifier
		}
	}
	if identities := truth.Identities(resource); len(identities) > 0 {
		// The number of the record that it says the same as is the last.
		system, value, _ := strings.Cut(identities[len(identities)-1], "|")
		if system == fixtures.RecordSystem {
			return map[string]any{"system": system, "value": value}
		}
	}
	return first
}

// ownNumber is the identifier of a Reference to a record as system|value, where it is none that others know the record by.
func ownNumber(reference map[string]any) (string, bool) {
	identifier, ok := reference["identifier"].(map[string]any)
	parsed, _ := fhir.ParseReference(fhir.Text(reference["reference"]))
	if !ok || everywhere(identifier) || !slices.Contains(fixtures.Kinds(), fixtures.Kind(cmp.Or(parsed.Type, fhir.Text(reference["type"])))) {
		return "", false
	}
	system, value := fhir.Text(identifier["system"]), fhir.Text(identifier["value"])
	return system + "|" + value, system != "" && value != ""
}

// everywhere reports whether an identifier is of a system that is the same everywhere.
func everywhere(identifier map[string]any) bool {
	return slices.Contains([]string{fixtures.RecordSystem, record.ODSSystem, fhir.NHSNumberSystem}, fhir.Text(identifier["system"]))
}

// numbered finds what has a number among what was shown, or else among the person's records of the type. A number that is nobody's is the
// business of the comparison of records.
func (v *view) numbered(ctx context.Context, resourceType, number string) (fhir.Resource, error) {
	carries := func(resource fhir.Resource) bool { return slices.Contains(record.Identifiers(resource), number) }
	if at := slices.IndexFunc(v.resources, carries); at >= 0 {
		return v.resources[at], nil
	}
	answer, err := record.Identified(ctx, v.endpoint, resourceType, number)
	var broken *check.BrokenAnswer
	var unsure *check.Inconclusive
	if errors.As(err, &broken) || errors.As(err, &unsure) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if at := slices.IndexFunc(answer.Resources(), carries); at >= 0 {
		return answer.Resources()[at], nil
	}
	return nil, nil
}

// target finds what a reference leads to among what was shown, or else reads it. A reference that leads nowhere is the
// business of the check for references.
func (v *view) target(ctx context.Context, text string) (fhir.Resource, error) {
	reference, ok := fhir.ParseReference(text)
	if !ok || reference.Type == "" || v.endpoint.Elsewhere(text) {
		return nil, nil // what another server has is for that one to show
	}
	for _, resource := range v.resources {
		if resource.Reference() == reference.Relative() {
			return resource, nil
		}
	}
	resource, _, err := v.endpoint.Read(ctx, text)
	var broken *check.BrokenAnswer
	var unsure *check.Inconclusive
	if errors.As(err, &broken) || errors.As(err, &unsure) {
		return nil, nil
	}
	return resource, err
}
