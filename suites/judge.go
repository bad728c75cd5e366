package suites

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"concord/internal/fhir"
	"concord/internal/result"
	"concord/profiles"
)

// UKCore judges resources with a registry of definitions. It is safe for concurrent use.
type UKCore struct {
	registry *profiles.Registry
	known    map[string]profiles.Profile
}

// NewUKCore returns a judge over the registry.
func NewUKCore(registry *profiles.Registry) *UKCore {
	u := &UKCore{registry: registry, known: map[string]profiles.Profile{}}
	for _, profile := range registry.Profiles() {
		u.known[profile.Canonical] = profile
	}
	return u
}

// Judge validates a resource.
func (u *UKCore) Judge(ctx context.Context, resource fhir.Resource, canonicals ...string) ([]result.Finding, error) {
	findings, err := u.registry.ValidateTree(ctx, map[string]any(resource), profiles.Options{Profiles: canonicals})
	if err != nil {
		return nil, fmt.Errorf("validate %s: %w", resource.Reference(), err)
	}
	return findings, nil
}

// Claim says what is wrong with a resource's meta.profile.
func (u *UKCore) Claim(resource fhir.Resource) string {
	claims := resource.List("meta", "profile")
	if len(claims) == 0 {
		return "it claims no profile"
	}
	var wrong []error
	for _, claim := range claims {
		canonical, version, versioned := strings.Cut(fhir.Text(claim), "|")
		profile, known := u.known[canonical]
		switch {
		case !known:
			wrong = append(wrong, fmt.Errorf("it claims %s, which is in none of the packages that are loaded", canonical))
		case profile.Type != resource.Type():
			wrong = append(wrong, fmt.Errorf("it claims %s, which is a profile of %s", canonical, profile.Type))
		case versioned && profile.Version != version:
			wrong = append(wrong, fmt.Errorf("it claims version %s of %s, and the packages hold version %s", version, canonical, profile.Version))
		default:
			return ""
		}
	}
	return strings.ReplaceAll(errors.Join(wrong...).Error(), "\n", "; ")
}
