// Package testscript runs FHIR R4 TestScript resources against a system and reports them as TestReport resources.
//
// It promises that nothing passes because it was not understood: an element, operation, operator or path that it does not
// support is refused before anything is asked, with the name of the element and, for JSON, its line. It reads and searches
// only; a TestScript that writes is refused, because Concord never changes what an endpoint holds.
package testscript
