package script

import (
	"context"
	"errors"
	"strings"

	"concord.example/concord/internal/fhir"
	"concord.example/concord/suites/check"
)

// identified returns a resource whose literal references carry the business identifiers of what they lead to, for a path
// that looks at identifiers: a system may refer by an id of its own alone (FHIR R4 2.3.0), and means the same record. The
// resource itself is not changed.
func (v *view) identified(ctx context.Context, path string, resource fhir.Resource) (fhir.Resource, error) {
	if !strings.Contains(path, "identifier") {
		return resource, nil
	}
	copied := resource.Clone()
	if err := v.identify(ctx, map[string]any(copied)); err != nil {
		return nil, err
	}
	return copied, nil
}

// identify adds identifiers to the references below a value that have none.
func (v *view) identify(ctx context.Context, value any) error {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			if err := v.identify(ctx, item); err != nil {
				return err
			}
		}
	case map[string]any:
		if text, ok := value["reference"].(string); ok && value["identifier"] == nil {
			target, err := v.target(ctx, text)
			if identifiers := target.Objects("identifier"); err == nil && len(identifiers) > 0 {
				value["identifier"] = identifiers[0]
			}
			return err
		}
		for _, member := range value {
			if err := v.identify(ctx, member); err != nil {
				return err
			}
		}
	}
	return nil
}

// target finds what a reference leads to among what was shown, or else reads it. A reference that leads nowhere is the
// business of the check for references.
func (v *view) target(ctx context.Context, text string) (fhir.Resource, error) {
	reference, ok := fhir.ParseReference(text)
	if !ok || reference.Type == "" {
		return nil, nil
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
