// Package mocks serves the golden ledger as two supplier-style FHIR R4 systems that federate with each other.
//
// The personalities differ as real products do and both are legal R4, so a harness that passes both has learned to
// accept legal difference:
//
//   - ccr is InterSystems-style: one Patient per person, UUID ids, paging by number over a stored query, relative
//     references, +00:00 offsets, a total on every search.
//   - ohc is Graphnet-style: several linked Patients per person, numeric ids, opaque paging cursors, absolute
//     references, Z, contained practitioners, a total only when _total=accurate asks for it.
//
// Each holds its own providers' data and answers for the neighbour's by asking the neighbour over FHIR. When the
// neighbour cannot be reached it answers in budget with what it has and an OperationOutcome entry that says who is
// missing. Every Patient and record has a Provenance, its own and the neighbour's alike: it is made from the resource when
// somebody asks, so the two always agree.
//
// What happens while they run (corrections, merges, objections, outages, the clock) comes by Happen or the admin API;
// every access to what is about people is in the audit trail, AuditEvent; Auth says how clients prove who they are, and
// Credentials how the neighbour does.
//
// A Server promises the right status and an OperationOutcome for every bad request, never a panic, bounded bodies and
// pages, and byte-identical answers for the same ledger, clock and requests. Named defects (Defects) break exactly one
// of these promises each, so that a harness can be shown to notice.
package mocks
