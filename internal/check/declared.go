package check

import (
	"context"
	"slices"

	"concord/internal/fhir"
)

// Declared is what a CapabilityStatement declares of search: parameters by resource type. nil is a statement that could
// not be read, and then everything counts as declared: that is not the same as not offering.
type Declared map[string][]string

// Declares returns what a system declares of search.
func (e *Endpoint) Declares(ctx context.Context) Declared {
	statement, _, err := e.Capabilities(ctx)
	if err != nil || statement == nil {
		return nil
	}
	declared := Declared{}
	for _, resource := range statement.Objects("rest", "resource") {
		resourceType := fhir.Text(resource["type"])
		parameters := fhir.Objects(resource["searchParam"])
		codes := append(slices.Grow(declared[resourceType], len(parameters)+1), "_id")
		for _, parameter := range parameters {
			codes = append(codes, fhir.Text(parameter["name"]))
		}
		declared[resourceType] = codes
	}
	return declared
}

// Type reports whether a resource type is declared.
func (d Declared) Type(resourceType string) bool { return d == nil || d[resourceType] != nil }

// Parameter reports whether a search parameter of a resource type is declared.
func (d Declared) Parameter(resourceType, code string) bool {
	return d == nil || slices.Contains(d[resourceType], code)
}
