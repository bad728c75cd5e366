// Package fhirpath compiles FHIRPath expressions and evaluates them on decoded FHIR JSON.
//
// It promises the normative FHIRPath specification (2.0.0), the functions of its continuous build that published suites use, and the
// functions FHIR R4 adds; exact decimals, partial dates and UCUM quantities; the same answer every time; and no input or output of its
// own: the clock, references, terminology and profiles come through the Environment. An expression is compiled once and is then
// immutable. Evaluation is bounded by Limits, so that no expression can hang a run, and an Evaluator that is reused allocates nothing
// for typical invariants.
//
// Resources are plain decoded JSON: map[string]any, []any, string, json.Number, bool and nil. What an element is called and what type
// it has comes from a Model; without one, JSON names are used as they are.
//
//	types := fhirpath.NewTypes(model)
//	x, err := fhirpath.Compile("name.given.exists()", fhirpath.WithTypes(types), fhirpath.ForType("Patient"))
//	...
//	evaluator := fhirpath.NewEvaluator(&fhirpath.Environment{Types: types})
//	evaluator.SetResource(types.Resource(patient), fhirpath.Item{})
//	truth, err := evaluator.Test(ctx, x, types.Resource(patient))
package fhirpath
