// Package check says what a check is: one question whose answer is a verdict about one system, one pair of systems or
// one provider, and what a check may use to ask it.
//
// It promises that a check can only ask, read and return: it has no way to write to an endpoint, to print, or to set its
// own status. Findings say what the endpoint did wrong; an error says that we could not tell.
package check
