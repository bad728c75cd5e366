// Package profiles judges FHIR R4 resources against base R4, UK Core and any other package of definitions, without a
// network.
//
// A Registry is a set of loaded definitions. Each profile is compiled, when it is first needed, to a JSON Schema
// (2020-12) with one extension keyword that holds what JSON Schema cannot say: choice types, slicing, bindings, reference
// targets, invariants. Validate returns findings: one for each fault, in document order, the same every time. What cannot
// be checked (a value set that draws on SNOMED CT, say) is reported as not checkable and never passed silently.
package profiles
