// Package requirement lists what is required of a system: the rows of the search contract, the profiles of UK Core, the rules for
// England, the scenarios of the proof of concept, and whatever else a check names as where it comes from. It promises that each
// has the checks that test it, or a written reason why none does: what has neither is an error, and never a blank.
package requirement
