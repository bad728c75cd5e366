// Package contract holds the search contract: what an endpoint must, should or may let a client search by, each row with
// a requirement id, a level and the document it comes from.
//
// The embedded contract has three layers: UK Core Access of HL7 UK, the query API of NHS England, and parity rows, which
// ask of an endpoint only what it declares. A programme's own file adds rows or changes them by id. It promises that a
// contract that was read holds together: every row is about a resource type and search parameters that FHIR R4 has,
// every id is used once, every override finds its row. What does not is an error with the file and the line.
package contract
