// Package doctor looks at an endpoint before a run does: whether it can be reached, lets Concord in, and answers as a run
// needs it to.
//
// It promises a line for every question, also for those that could not be put because an earlier one failed; that a line
// which is not in order names its cause and what to do about it; that a dead host costs no more than the time it is given;
// and that it sends a handful of reads and nothing else.
package doctor
