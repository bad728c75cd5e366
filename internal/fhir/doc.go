// Package fhir holds FHIR R4's small nouns: resources as decoded JSON, references, Bundles, NHS numbers and identifier
// systems. It promises to change nothing it is given, to do no I/O, and to know no profile.
//
// A resource is plain decoded JSON: map[string]any, []any, string, json.Number, bool and nil. Decimals keep their text,
// because FHIR gives 1.0 and 1.00 different meanings.
package fhir
