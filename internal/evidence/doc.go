// Package evidence keeps the recorded exchanges of a run in a few files and reads them back.
//
// It promises that what was added is on its way to the disk without whoever asked waiting for it, that each distinct body
// is kept once, that a log which was cut short anywhere reads up to its last whole record, that one exchange opens without
// the rest being read, and that a byte that was changed afterwards is named by file, record and offset. It judges nothing.
package evidence
