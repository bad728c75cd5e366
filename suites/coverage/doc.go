// Package coverage counts what a corpus of resources holds: for each profile, which elements that it marks as mustSupport
// were ever seen with data, and which search parameters of its type find anything. What was never seen could not be judged,
// so the package lists what to add.
package coverage
