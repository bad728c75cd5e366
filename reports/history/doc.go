// Package history shows many runs on one page: the trend of each system and of each integrated care system, with what was changed
// in between, and what is different between two runs. It promises that a page needs nothing from elsewhere, that a run which
// cannot be read is named, and that what was not shown is never drawn as shown.
package history
