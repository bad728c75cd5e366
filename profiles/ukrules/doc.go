// Package ukrules holds the rules for records in England that profiles cannot say: check digits, forms of identifiers and
// codes, identifier systems that are nearly right, and parts of a resource that contradict each other.
//
// A Set looks through a decoded resource and returns a Fault for each broken rule, at a JSON pointer; the validator adds the
// FHIRPath expression, line and column. Every rule has a stable id, a severity, the source that words it and what to do;
// where no published source was seen for the form, the rule says so and only warns. What cannot be decided from the
// resource alone (whether a code is active, whether a map exists) is not judged.
//
// Resources that define something (a ValueSet, a StructureDefinition) speak about codes and are left out.
package ukrules
