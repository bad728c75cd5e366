// Package suites runs checks against systems and reports what they said.
//
// It is the only room that knows Ginkgo and Gomega. It promises that every selected check gives exactly one result per
// scope, whatever happens to the endpoint, to the check or to the run; that an endpoint which cannot be reached gives
// Error and never Fail or Pass; and that results do not depend on the order in which checks ran.
package suites
