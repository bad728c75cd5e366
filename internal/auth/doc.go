// Package auth is how Concord is let in: what a request to a system carries to prove who asks.
//
// It promises that a token is asked for once however many requests wait for it, is renewed before it expires and once when
// the system refuses it, and is known to the redactor before it is used; that credentials go to the system's own token
// endpoint and nowhere else, and follow no redirect; and that an assertion is signed anew for each use.
package auth
