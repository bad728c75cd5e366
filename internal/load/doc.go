// Package load puts what one system holds of the golden ledger into an endpoint that accepts writes.
//
// It promises that a resource is sent after those it refers to or together with them, that what was loaded is noted in a
// file before the next request and is not sent again, that nothing is ever deleted, that one load at a time has a folder,
// that one request is under way at a time and no faster than the limit, and that whatever could not be loaded is named
// with what the endpoint said.
package load
