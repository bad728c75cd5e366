// Package causes explains the findings of a run together: it looks for the few causes that account for most of what was
// found, so that a reader sees "this provider is missing" and not a thousand records of it.
//
// It promises that a cause is named only where findings carry its attributes, that the causes of a run do not overlap (each
// finding is counted under one), that what no cause accounts for is counted as such, and that the same run gives the same
// causes in the same order. The smallest set of causes is sought greedily, as is usual for weighted set cover: exactly it
// would take time exponential in the number of candidates.
package causes
