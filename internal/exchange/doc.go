// Package exchange is the one door through which Concord asks an endpoint anything.
//
// It promises that every request has a deadline, that a distinct request is sent to a system once and its answer shared,
// that what was asked and answered is kept as evidence with secrets taken out, that a run which is not allowed to write
// cannot write, and that no NHS number outside the test range leaves the machine.
package exchange
