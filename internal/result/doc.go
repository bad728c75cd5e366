// Package result is what a check says: findings, results, the run that holds them, and the rules that roll them up to a verdict.
//
// It promises three things that every other room relies on. A status is never better than what was demonstrated: an
// empty roll-up is NotRun and an unset status counts as NotRun. Every status that is not a pass carries a reason that
// tells no data, not offered, not allowed, broken and unreachable apart. And everything marshals in one stable order, so
// that the same run gives the same bytes.
//
// It imports nothing but the standard library.
package result
