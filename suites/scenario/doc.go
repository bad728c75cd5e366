// Package scenario asks what a clinician would ask: proof-of-concept stories, told about story people of the ledger, and
// the sweep of every provider.
package scenario
