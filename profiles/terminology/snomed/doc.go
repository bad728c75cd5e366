// Package snomed compiles a release of SNOMED CT in Release Format 2, which a user has under a licence of their own, into
// an index that is mapped into memory, and answers from it: whether a code exists and is active, its terms, what replaces
// it, and whether it is in what an expression (ECL) selects. No content of SNOMED CT is part of this package.
package snomed
