// Package parity asks whether a system answers clinical questions completely and rightly: against the ledger, against
// itself, and for the data of its peer.
package parity
