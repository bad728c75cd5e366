// Package proof holds the harness against itself: it switches defects of the mocks on, one at a time, and says which checks
// see them.
//
// It promises that what it finds is what a run over HTTP would find, that no system but its own mocks in this process is ever
// asked, and that a defect is tried at the cost of what it changes.
package proof
