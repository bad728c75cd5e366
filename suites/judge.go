package suites

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"concord/internal/fhir"
	"concord/internal/result"
	"concord/profiles"
)

// UKCore judges resources with a registry of definitions.
type UKCore struct{ Registry *profiles.Registry }

// Judge validates a resource.
func (u UKCore) Judge(ctx context.Context, resource fhir.Resource, canonicals ...string) ([]result.Finding, error) {
	findings, err := u.Registry.ValidateTree(ctx, map[string]any(resource), profiles.Options{Profiles: canonicals})
	if err != nil {
		return nil, fmt.Errorf("validate %s: %w", resource.Reference(), err)
	}
	return findings, nil
}

// Claim says what is wrong with a resource's meta.profile.
func (u UKCore) Claim(resource fhir.Resource) string {
	claims := resource.List("meta", "profile")
	if len(claims) == 0 {
		return "it claims no profile"
	}
	var wrong []error
	for _, claim := range claims {
		canonical, version, versioned := strings.Cut(fhir.Text(claim), "|")
		i := slices.IndexFunc(u.Registry.Profiles(), func(p profiles.Profile) bool { return p.Canonical == canonical })
		switch {
		case i < 0:
			wrong = append(wrong, fmt.Errorf("it claims %s, which is in none of the packages that are loaded", canonical))
		case u.Registry.Profiles()[i].Type != resource.Type():
			wrong = append(wrong, fmt.Errorf("it claims %s, which is a profile of %s", canonical, u.Registry.Profiles()[i].Type))
		case versioned && u.Registry.Profiles()[i].Version != version:
			wrong = append(wrong, fmt.Errorf("it claims version %s of %s, and the packages hold version %s", version, canonical, u.Registry.Profiles()[i].Version))
		default:
			return ""
		}
	}
	return strings.ReplaceAll(errors.Join(wrong...).Error(), "\n", "; ")
}
