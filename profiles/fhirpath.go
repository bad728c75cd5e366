package profiles

import "concord.example/concord/internal/fhirpath"

// FHIRPathTypes returns the types of the registry as FHIRPath expressions are compiled and evaluated with.
func (r *Registry) FHIRPathTypes() *fhirpath.Types { return r.expressions.types }
