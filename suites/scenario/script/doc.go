// Package script reads scenarios that are written in YAML instead of Go: who a story is about, what is asked, and what
// must be seen, as given, when and then sentences.
//
// It promises that a file is read whole or not at all: every fault (an unknown key or step, a story or label that the
// golden ledger does not have, an expression that is not FHIRPath, a resource type that FHIR R4 does not have) is an error
// with its line and column, and nothing is ever left out in silence. A scenario becomes an ordinary check: what must be
// seen comes from the ledger, never from the other system, and a story person whom an endpoint does not hold leaves the
// question open.
package script
