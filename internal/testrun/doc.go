// Command testrun runs "go test" as "make test" wants it: no time is too long for tests that make progress, tests that
// stand still are stopped and named, and what failed is printed last, without the stacks of what did not.
//
//	go run ./internal/testrun [-still 20m] -- [flags of go test] packages...
//
// The exit code is that of go test, 1 where it was stopped.
package main
