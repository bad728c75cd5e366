// Package terminology decides whether a code is in a value set, from the value sets and code systems that are loaded and
// from nothing else.
//
// A question that they cannot answer gets Unknown and the reason, never a guess: a value set that draws on SNOMED CT is
// not checkable without SNOMED CT.
package terminology
