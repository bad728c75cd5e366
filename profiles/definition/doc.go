// Package definition holds the conformance resources that validation needs (StructureDefinition, ValueSet, CodeSystem)
// as slim tables, reads them from FHIR JSON, from packages and from the embedded tables, and generates snapshots.
//
// A table keeps facts (paths, cardinalities, types, bindings, codes) and drops prose. It is written as FHIR JSON with
// everything else left out, so one reader serves official packages and embedded tables alike.
package definition
