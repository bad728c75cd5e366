package profiles

import (
	"fmt"

	"concord.example/concord/profiles/definition"
)

// AsUKCore returns a registry that judges every resource against the UK Core profile of its type (DefaultProfile), whether
// or not the resource claims it: the root, the entries of a Bundle and what is contained. A resource that claims a profile
// which builds on that one is judged against its claim, which includes it. A type that UK Core has no profile for is
// judged as before. What R4 asks of vital signs by their code is enforced, too. An error means that a UK Core profile that is loaded cannot be used.
func (r *Registry) AsUKCore() (*Registry, error) {
	var global []any
	for _, p := range r.Profiles() {
		canonical, loaded := r.DefaultProfile(p.Type)
		if !loaded || canonical != p.Canonical {
			continue
		}
		if _, err := r.shapeOf(canonical); err != nil {
			return nil, fmt.Errorf("judge every %s against %s: %w", p.Type, canonical, err)
		}
		global = append(global, map[string]any{"type": p.Type, "profile": canonical})
	}
	// An implementation guide is FHIR's own way to say that all resources of a type must meet a profile.
	set := definition.NewSet()
	if _, err := set.AddResource(map[string]any{
		"resourceType": "ImplementationGuide", "url": "https://concord.test/ImplementationGuide/as-ukcore", "global": global,
	}); err != nil {
		return nil, fmt.Errorf("judge everything as UK Core: %w", err)
	}
	strict := newRegistry(r, set)
	strict.vitalSigns = VitalSignsEnforce
	return strict, nil
}
