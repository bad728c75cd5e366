package check

import (
	"context"
	"maps"
	"slices"

	"concord.example/concord/internal/fhir"
)

// Declared is what a CapabilityStatement declares of search, by resource type. nil is a statement that could not be read,
// and then everything counts as declared: that is not the same as not offering.
type Declared map[string]Offer

// Offer is what is declared of one resource type.
type Offer struct {
	// Parameters are the codes of search parameters; _id is always among them.
	Parameters []string
	// Includes are values of _include, as "_include=Observation:patient", and of _revinclude in the same form.
	Includes []string
}

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
		offer := declared[resourceType]
		offer.Parameters = append(slices.Grow(offer.Parameters, len(parameters)+1), "_id")
		for _, parameter := range parameters {
			offer.Parameters = append(offer.Parameters, fhir.Text(parameter["name"]))
		}
		for _, include := range fhir.List(resource["searchInclude"]) {
			offer.Includes = append(offer.Includes, "_include="+fhir.Text(include))
		}
		for _, include := range fhir.List(resource["searchRevInclude"]) {
			offer.Includes = append(offer.Includes, "_revinclude="+fhir.Text(include))
		}
		declared[resourceType] = offer
	}
	return declared
}

// Offers is what a system can be held to: what it declares, and what it must offer.
func (e *Endpoint) Offers(ctx context.Context) Declared {
	declared := e.Declares(ctx)
	if declared == nil {
		return nil
	}
	offers := maps.Clone(declared)
	for resourceType, codes := range e.Owed {
		offer := offers[resourceType]
		offer.Parameters = slices.Concat(offer.Parameters, codes)
		offers[resourceType] = offer
	}
	return offers
}

// Type reports whether a resource type is declared.
func (d Declared) Type(resourceType string) bool {
	_, declared := d[resourceType]
	return d == nil || declared
}

// Parameter reports whether a search parameter of a resource type is declared.
func (d Declared) Parameter(resourceType, code string) bool {
	return d == nil || slices.Contains(d[resourceType].Parameters, code)
}

// Include reports whether an include of a resource type is declared, in the form of Offer.Includes.
func (d Declared) Include(resourceType, include string) bool {
	return d == nil || slices.Contains(d[resourceType].Includes, include)
}
