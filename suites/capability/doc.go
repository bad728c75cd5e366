// Package capability holds the checks of what an endpoint says of itself and of REST beneath the search: its
// CapabilityStatement, what of it is true, reads and versions, media types and headers, errors, $everything, and the contract
// of paging (HL7 FHIR R4 3.1.0 and 3.1.1, RFC 9110).
//
// The checks ask about whatever people the system shows, so they need no golden ledger. They promise to read only: what
// would write, or uses a method or a media type that a system may not expect, is asked only where the configuration says
// that the system is there to be written to (writes: scratch).
package capability
