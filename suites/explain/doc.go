// Package explain says why an answer is wrong: it gives a difference exactly one cause, by evidence, and finds the
// smallest question that still shows it.
//
// It promises never to guess. A cause is named when the evidence shows it and nothing else does; otherwise it is the
// plain one, missing or extra. Everything but the asking for evidence is a pure function.
package explain
