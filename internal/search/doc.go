// Package search is FHIR R4 search (specification section 3.1.1) over decoded resources, with no HTTP in it.
//
// Parse turns a query string into a Query; Query.Match says whether a resource matches it; an Index holds resources and
// finds, sorts and includes them quickly by narrowing what Match is asked about. Which parameters exist, of which type
// and over which elements, is generated from the SearchParameter resources of FHIR R4 (see Parameters).
//
// It promises to change no resource, to refuse what it cannot evaluate (an unsupported modifier or a malformed value is
// an error whatever the handling, because ignoring it would widen the answer), and to bound its work.
//
// Where R4 leaves a choice open, this package has taken it as follows.
//
//   - Date prefixes over ranges: see fhir.Prefix.Matches. A value without a zone is in Options.Zone.
//   - An empty parameter is ignored and said so. An unknown one is ignored or refused as Options.Handling says.
//   - Tokens compare without regard to case, as R4 advises when in doubt, except for _id and elements of type uri.
//     "system|code" matches an element of type code when its required binding has that one system.
//   - "|code" matches an element that states no system, so every element of type code.
//   - :not negates the whole parameter: none of its comma-separated values matches.
//   - Strings compare without case, combining marks, punctuation and repeated space, from the start of a field. A family
//     name is also compared from each of its parts, so that Jones finds Smith-Jones.
//   - A number or quantity without a prefix matches half a unit of its last stated digit either side: 1e2 is 50 to 150,
//     by R4's rule of significant figures (its own example for 1e2, 95 to 105, contradicts that rule).
//   - A Quantity with a comparator is the open range it states, a Range is the range; SampledData has no one value.
//   - A where(resolve() is T) filter drops references known to be of another type; a logical reference without a type
//     passes.
//   - A canonical matches whatever its version unless the search value states one.
//   - When sorting, a resource without a value comes last in either direction.
package search
